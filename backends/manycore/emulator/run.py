"""The emulator: runs a program from its files alone, bit for bit as the cores would.

Every tick, the populations that are due read what has arrived for this tick, update, and
send; packets go along the routing tables into ring buffers, for a later tick. Samples are
independent, and as many run side by side as fit a fixed amount of memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.manycore.emulator.cells import Group
from somac.backends.manycore.emulator.delivery import Sent
from somac.backends.manycore.emulator.reading import FILE, InputPlan
from somac.backends.manycore.emulator.recorder import Recorder
from somac.backends.manycore.emulator.wiring import COSTS, Wiring, wire
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import Format
from somac.ir.program import Program

__all__ = ["ManycoreEmulator"]

Integers = NDArray[np.int64]

# accumulators of one tick over all samples of a batch: few enough to stay in the caches
_BATCH = 1 << 18
# accumulators of all slots of the ring buffer
_RING = 1 << 26


class ManycoreEmulator:
    """An emulator of one program, whose files it decodes once."""

    def __init__(self, program: Program) -> None:
        """Decode; SomacError E0703 to E0714 if a file is missing or damaged."""
        self._wiring = wire(program)

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
    ) -> Emulation:
        """Emulate, as `somac.backends.api.Emulator` says.

        Raises
        ------
        SomacError
            E0715 if the inputs do not fit the program, E0716 if there is nothing of a name
            to record.
        """
        wiring = self._wiring
        raw = _checked(inputs, wiring.experiment.inputs)
        _check_names(wiring, record, record_states)
        recorder = Recorder(wiring, record, record_states, raw)
        samples = next(iter(raw.values())).shape[0]
        sent = [np.zeros(segment.cost.shape[1], dtype=np.int64) for segment in wiring.segments]
        batch = _batch_size(wiring, samples)
        for first in range(0, samples, batch):
            _run(wiring, raw, slice(first, min(first + batch, samples)), recorder, sent)
        return recorder.emulation(_counts(wiring, sent))


def _run(
    wiring: Wiring,
    inputs: Mapping[str, Integers],
    samples: slice,
    recorder: Recorder,
    sent: Sequence[Integers],
) -> None:
    """Run some samples; adds to `sent` how often each cell of each segment has sent."""
    size = samples.stop - samples.start
    given = [inputs[i.name][samples] for i in wiring.experiment.inputs]
    steps = given[0].shape[1]
    ring = np.zeros((wiring.slots, size, wiring.accumulators), dtype=np.int32)
    states = [
        {name: np.broadcast_to(v, (size, g.cells)) for name, v in g.states.items()}
        for g in wiring.groups
    ]
    last = max((g.start + (steps - 1) * g.period for g in wiring.groups), default=0)
    for tick in range(last + 1 if steps else 0):
        arrived = ring[tick % wiring.slots]
        signals: list[tuple[int, Integers]] = []
        for number, group in enumerate(wiring.groups):
            step, phase = divmod(tick - group.start, group.period)
            if tick < group.start or phase or step >= steps:
                continue
            after, output = group.kernel(_ports(group, arrived), states[number], group.parameters)
            signal = np.broadcast_to(output, (size, group.cells))
            states[number] = {
                name: np.broadcast_to(value, (size, group.cells)) for name, value in after.items()
            }
            recorder.keep(number, samples, step, signal, states[number])
            signals.append((number, signal))
        arrived[...] = 0
        step, phase = divmod(tick, wiring.experiment.period)
        if not phase and step < steps:
            for number, values in enumerate(given, start=len(wiring.groups)):
                signals.append((number, values[:, step]))
        for number, signal in signals:
            _send(wiring, number, signal, ring, tick, sent)


def _ports(group: Group, arrived: NDArray[np.int32]) -> dict[str, Integers]:
    """What has arrived for a group, (samples, cells) per port."""
    ports = {}
    for number, (name, format) in enumerate(group.ports.items()):
        first = group.first + number * group.cells
        values = arrived[:, first : first + group.cells].astype(np.int64)
        ports[name] = _wrapped(values, format)
    return ports


def _wrapped(values: Integers, format: Format) -> Integers:
    """The low bits that a port narrower than an accumulator keeps."""
    if format.minimum <= -(1 << 31) and format.maximum >= (1 << 31) - 1:
        return values
    return (values - format.minimum & (1 << format.width) - 1) + format.minimum


def _send(
    wiring: Wiring,
    number: int,
    signal: Integers,
    ring: NDArray[np.int32],
    tick: int,
    sent: Sequence[Integers],
) -> None:
    """Deliver what a segment sends in one tick, and count it."""
    what = Sent(signal)
    _, cell, _ = what.events()
    if not len(cell):
        return
    sent[number] += np.bincount(cell, minlength=signal.shape[1])
    for way in wiring.segments[number].deliveries:
        way.add(what, ring[(tick + way.delay) % wiring.slots])


def _batch_size(wiring: Wiring, samples: int) -> int:
    most = min(_BATCH, _RING // wiring.slots)
    return max(1, min(samples, most // max(1, wiring.accumulators)))


def _counts(wiring: Wiring, sent: Sequence[Integers]) -> dict[str, int]:
    """Events by kind."""
    costs = sum(
        (segment.cost @ count for segment, count in zip(wiring.segments, sent, strict=True)),
        start=np.zeros(len(COSTS), dtype=np.int64),
    )
    spikes = sum(int(count.sum()) for count in sent[: len(wiring.groups)])
    return {"spikes": spikes} | dict(zip(COSTS, costs.tolist(), strict=True))


def _checked(inputs: Mapping[str, NDArray[Any]], plans: Sequence[InputPlan]) -> dict[str, Integers]:
    """The inputs as int64 (samples, steps, channels); every problem at once."""
    problems = [
        Diagnostic("E0715", f"the program has no input {name!r}", Place(node=name))
        for name in sorted(set(inputs) - {plan.name for plan in plans})
    ]
    raw: dict[str, Integers] = {}
    for plan in plans:
        place = Place(node=plan.name)
        if plan.name not in inputs:
            problems.append(Diagnostic("E0715", f"input {plan.name} is missing", place))
            continue
        values = np.asarray(inputs[plan.name])
        if values.ndim != 3 or values.shape[2] != plan.size:
            have, need = f"shape {values.shape}", f"(samples, steps, {plan.size})"
            problems.append(
                Diagnostic("E0715", f"input {plan.name} has another shape", place, have, need)
            )
        elif values.dtype.kind not in "biu":
            have = f"dtype {values.dtype}"
            problems.append(
                Diagnostic("E0715", f"input {plan.name} is not integer", place, have, "raw values")
            )
        elif values.size and not plan.low <= values.min() <= values.max() <= plan.high:
            have, need = f"{values.min()} to {values.max()}", f"{plan.low} to {plan.high}"
            problems.append(
                Diagnostic("E0715", f"input {plan.name} is out of range", place, have, need)
            )
        else:
            raw[plan.name] = values.astype(np.int64)
    shapes = sorted({values.shape[:2] for values in raw.values()})
    if not problems and len(shapes) != 1:
        have = ", ".join(map(str, shapes)) or "no inputs"
        problems.append(Diagnostic("E0715", "inputs differ in samples or steps", have=have))
    if problems:
        raise SomacError.of(problems)
    return raw


def _check_names(wiring: Wiring, record: Sequence[str], record_states: Sequence[str]) -> None:
    known = {i.name for i in wiring.experiment.inputs} | set(wiring.cells)
    unknown = [name for name in record if name not in known]
    unknown += [name for name in record_states if name not in wiring.cells]
    if unknown:
        raise SomacError.of(
            Diagnostic(
                "E0716",
                f"there is no population {name!r}",
                Place(file=FILE, node=name),
                need=", ".join(sorted(known)),
            )
            for name in unknown
        )
