"""The plain engine: NumPy, as many samples side by side as fit a fixed amount of memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, numpy_kernel
from somac.backends.manycore.emulator.cells import Group
from somac.backends.manycore.emulator.delivery import Delivery, Sent, deliveries
from somac.backends.manycore.emulator.plain_learning import Learner, rule_kernels
from somac.backends.manycore.emulator.recorder import Recorder
from somac.backends.manycore.emulator.synapses import FlatSynapses
from somac.backends.manycore.emulator.wiring import Wiring
from somac.ir.fixed import Format

__all__ = ["PlainEngine"]

Integers = NDArray[np.int64]

# accumulators of one tick over all samples of a batch: few enough to stay in the caches
_BATCH = 1 << 18
# accumulators of all slots of the ring buffer
_RING = 1 << 26


class PlainEngine:
    """Kernels of the groups, and how each segment delivers."""

    def __init__(self, wiring: Wiring, synapses: FlatSynapses, batch: int = _BATCH) -> None:
        """`batch` accumulators of one tick are computed at once."""
        self._wiring = wiring
        self._batch = batch
        self._kernels = tuple(numpy_kernel(group.datapath) for group in wiring.groups)
        self._rules = tuple(rule_kernels(part) for part in wiring.parts)
        self._deliveries = _deliveries(wiring, synapses)

    @property
    def table_bytes(self) -> int:
        """What the synapses take."""
        return sum(way.bytes for ways in self._deliveries for way in ways)

    def run(self, inputs: Any, recorder: Recorder) -> Integers:
        """Run all samples; see `somac.backends.manycore.emulator.run.Engine`."""
        wiring = self._wiring
        raw = [inputs[i.name].astype(np.int64) for i in wiring.experiment.inputs]
        samples = len(raw[0])
        sent = np.zeros(wiring.sources, dtype=np.int64)
        most = min(self._batch, _RING // wiring.slots)
        # every sample has weights of its own
        size = wiring.accumulators + sum(part.synapses for part in wiring.parts)
        batch = max(1, min(samples, most // max(1, size)))
        for first in range(0, samples, batch):
            part = slice(first, min(first + batch, samples))
            run = _Run(wiring, self._kernels, self._rules, self._deliveries, recorder, part, sent)
            run.run([values[part] for values in raw])
        return sent


def _deliveries(wiring: Wiring, synapses: FlatSynapses) -> list[list[Delivery]]:
    blocks = [g.first + port * g.stride for g in wiring.groups for port in range(len(g.ports))]
    blocks += [part.arrivals for part in wiring.parts]
    blocks.append(wiring.accumulators)
    return [
        list(
            deliveries(
                segment.cells,
                max(-segment.low, segment.high, 1),
                not segment.graded,
                np.array(blocks),
                synapses.source[own] - np.int32(segment.first),
                synapses.target[own],
                synapses.weight[own],
                synapses.delay[own],
            )
        )
        for segment in wiring.segments
        for own in [_own(synapses.source, segment.first, segment.cells)]
    ]


def _own(source: NDArray[np.int32], first: int, cells: int) -> slice:
    low, high = np.searchsorted(source, [first, first + cells]).tolist()
    return slice(low, high)


@dataclass(slots=True, eq=False)
class _Run:
    """Some samples on their way through the ticks."""

    wiring: Wiring
    kernels: Sequence[NumpyKernel]
    rules: Sequence[Mapping[str, NumpyKernel]]
    deliveries: Sequence[Sequence[Delivery]]
    recorder: Recorder
    samples: slice
    sent: Integers

    def run(self, given: Sequence[Integers]) -> None:
        """Run them; adds to `sent` how often each source has sent."""
        wiring = self.wiring
        size, steps = given[0].shape[:2]
        ring = np.zeros((wiring.slots, size, wiring.accumulators), dtype=np.int32)
        states = [
            {name: np.broadcast_to(v, (size, g.cells)) for name, v in g.states.items()}
            for g in wiring.groups
        ]
        parts = zip(wiring.parts, self.rules, strict=True)
        learners = [Learner(part, kernels, size) for part, kernels in parts]
        last = max((g.start + (steps - 1) * g.period for g in wiring.groups), default=0)
        for tick in range(last + 1 if steps else 0):
            arrived = ring[tick % wiring.slots]
            signals: list[tuple[int, Integers]] = []
            for number, group in enumerate(wiring.groups):
                step, phase = divmod(tick - group.start, group.period)
                if tick < group.start or phase or step >= steps:
                    continue
                learning = [one for one in learners if one.part.group == number]
                for learner in learning:
                    learner.arrive(*_arriving(learner, group, arrived), states[number])
                kernel = self.kernels[number]
                after, output = kernel(_ports(group, arrived), states[number], group.parameters)
                signal = np.broadcast_to(output, (size, group.cells))
                states[number] = {
                    name: np.broadcast_to(value, (size, group.cells))
                    for name, value in after.items()
                }
                for learner in learning:
                    learner.adapt(signal, states[number])
                self._record(number, step, signal, states[number])
                signals.append((number, signal))
            arrived[...] = 0
            step, phase = divmod(tick, wiring.experiment.period)
            if not phase and step < steps:
                for number, values in enumerate(given, start=len(wiring.groups)):
                    signals.append((number, values[:, step]))
            for number, signal in signals:
                self._send(number, signal, ring, tick)
        for learnt in self.recorder.learnt:
            learner = learners[learnt.part]
            learnt.values[self.samples] = learner.states[learnt.state][:, learner.part.order]

    def _record(self, group: int, step: int, signal: Integers, states: Any) -> None:
        for record in self.recorder.records:
            if record.group == group:
                values = states[record.state] if record.state else signal
                record.values[self.samples, step] = values[:, record.places]

    def _send(self, number: int, signal: Integers, ring: NDArray[np.int32], tick: int) -> None:
        """Deliver what a segment sends in one tick, and count it."""
        what = Sent(signal)
        _, cell, _ = what.events()
        if not len(cell):
            return
        segment = self.wiring.segments[number]
        own = self.sent[segment.first : segment.first + segment.cells]
        own += np.bincount(cell, minlength=segment.cells)
        for way in self.deliveries[number]:
            way.add(what, ring[(tick + way.delay) % self.wiring.slots])


def _arriving(
    learner: Learner, group: Group, arrived: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """What has arrived from the source cells of a part, and the sums that it adds to."""
    part = learner.part
    first = group.first + part.port * group.stride
    return (
        arrived[:, part.arrivals : part.arrivals + part.cells],
        arrived[:, first : first + group.cells],
    )


def _ports(group: Group, arrived: NDArray[np.int32]) -> dict[str, Integers]:
    """What has arrived for a group, (samples, cells) per port."""
    ports = {}
    for number, (name, format) in enumerate(group.ports.items()):
        first = group.first + number * group.stride
        values = arrived[:, first : first + group.cells].astype(np.int64)
        ports[name] = _wrapped(values, format)
    return ports


def _wrapped(values: Integers, format: Format) -> Integers:
    """The low bits that a port narrower than an accumulator keeps."""
    if format.minimum <= -(1 << 31) and format.maximum >= (1 << 31) - 1:
        return values
    return (values - format.minimum & (1 << format.width) - 1) + format.minimum
