"""The emulator: what a bundle does in a run, step by step of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.backends.crossbar.description import FILE
from somac.backends.crossbar.emulator.cells import Updates
from somac.backends.crossbar.emulator.decode import Decoded, decode
from somac.backends.crossbar.emulator.stages import Stage, stages_of
from somac.backends.crossbar.emulator.ways import Way, Work, exact_ways
from somac.ir.program import Program

__all__ = ["CrossbarEmulator", "Runner"]

Integers = NDArray[np.int64]

# signals of a batch of samples, of all steps and cells
_BATCH = 1 << 25


class CrossbarEmulator:
    """An emulator of one bundle, whose files it decodes once: every sum is what it should be."""

    def __init__(self, program: Program) -> None:
        """Decode; SomacError E0703 to E0713 if a file is missing or damaged."""
        decoded = decode(program)
        self._runner = Runner(decoded, exact_ways(decoded))

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        /,
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        """Emulate, as `somac.backends.api.Emulator` says; see `Runner.run`."""
        return self._runner.run(inputs, record, record_states, record_weights)


class Runner:
    """A decoded program with its ways, exact ones or those of a device."""

    def __init__(self, decoded: Decoded, ways: Sequence[Way]) -> None:
        self._decoded = decoded
        self._ways = ways
        names = [c.name for c in self._decoded.cells]
        heard = {n: [w.source for w in self._ways if w.target == n] for n in names}
        self._stages = stages_of(names, heard)
        self._updates = {c.name: Updates(c) for c in self._decoded.cells}

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        record: Sequence[str],
        record_states: Sequence[str],
        record_weights: Sequence[str] = (),
        *,
        first: int = 0,
    ) -> Emulation:
        """Run all samples, numbered from `first`, and keep what is asked for.

        Counts are ``spikes``, signals that are not 0; ``firings`` of arrays, pulses in which a
        row is driven; ``conversions`` of columns in them. Firings are in `per_core` by array.

        Raises
        ------
        SomacError
            E0715 if the inputs do not fit the program, E0716 if there is nothing of a name
            to record.
        """
        decoded = self._decoded
        description = decoded.description
        raw = checked_inputs(
            inputs, [Taken(i.name, i.size, i.low, i.high) for i in description.inputs]
        )
        check_recorded(
            record,
            record_states,
            record_weights,
            inputs=[i.name for i in description.inputs],
            populations=self._updates,
            file=FILE,
        )
        samples, steps = next(iter(raw.values())).shape[:2]
        kept = _Kept.of(decoded, raw, record, record_states, (samples, steps))
        work = Work(np.zeros(len(description.arrays), np.int64))
        cells = sum(p.size for p in (*description.inputs, *description.populations))
        some = max(1, _BATCH // max(1, steps * cells))
        for start in range(0, samples, some):
            part = slice(start, min(start + some, samples))
            given = {name: values[part] for name, values in raw.items()}
            self._batch(given, part, first + start, kept, work)
        return Emulation(
            {o.name: kept.signal(o.source, raw) for o in description.outputs},
            {name: kept.signal(name, raw) for name in record},
            {name: kept.states[name] for name in record_states},
            {
                "spikes": sum(int(kept.sent[c.name].sum()) for c in decoded.cells),
                "firings": int(work.firings.sum()),
                "conversions": work.conversions,
            },
            {"firings": work.firings},
            {},
            kept.sent,
        )

    def _batch(
        self,
        raw: Mapping[str, NDArray[Any]],
        part: slice,
        first: int,
        kept: _Kept,
        work: Work,
    ) -> None:
        # time first: what all samples send in a step is one piece of memory
        signals = {n: np.ascontiguousarray(v.swapaxes(0, 1), np.int64) for n, v in raw.items()}
        for stage in self._stages:
            self._stage(stage, signals, part, first, kept, work)
        kept.keep(signals, part)

    def _stage(
        self,
        stage: Stage,
        signals: dict[str, Integers],
        part: slice,
        first: int,
        kept: _Kept,
        work: Work,
    ) -> None:
        steps, samples = next(iter(signals.values())).shape[:2]
        own = {name: self._updates[name] for name in stage.names}
        sums = {
            name: [np.zeros((steps, samples, u.size), np.int64) for _ in u.ports]
            for name, u in own.items()
        }
        inside: dict[str, list[tuple[Way, Integers]]] = {name: [] for name in own}
        for way in self._ways:
            if way.target not in own or way.delay >= steps:
                continue
            arrived = sums[way.target][own[way.target].ports.index(way.port)][way.delay :]
            if way.source in own:
                inside[way.target].append((way, arrived))
            else:
                way.add(signals[way.source][: steps - way.delay], arrived, (first, 0), work)
        for name, update in own.items():
            signals[name] = np.zeros((steps, samples, update.size), np.int64)
        neurons = {name: u.neurons(samples, steps) for name, u in own.items()}
        for step in range(steps):
            for name, some in neurons.items():
                for way, arrived in inside[name]:
                    sent = step - way.delay
                    if sent >= 0:
                        some_steps = slice(sent, sent + 1)
                        way.add(
                            signals[way.source][some_steps],
                            arrived[some_steps],
                            (first, sent),
                            work,
                        )
                some.step([values[step] for values in sums[name]], signals[name][step])
                if name in kept.states:
                    for state, values in some.states().items():
                        kept.states[name][state][part, step] = values


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What a run keeps: signals and states that somebody asked for, and how often cells sent."""

    signals: dict[str, Integers]
    states: dict[str, dict[str, Integers]]
    sent: dict[str, Integers]

    @classmethod
    def of(
        cls,
        decoded: Decoded,
        inputs: Mapping[str, NDArray[Any]],
        record: Sequence[str],
        record_states: Sequence[str],
        shape: tuple[int, int],
    ) -> _Kept:
        wanted = {*record, *(o.source for o in decoded.description.outputs)}
        cells = {c.name: c for c in decoded.cells}
        sizes = {i.name: i.size for i in decoded.description.inputs}
        return cls(
            {n: np.zeros((*shape, cells[n].size), np.int64) for n in wanted if n not in inputs},
            {
                n: {s: np.zeros((*shape, cells[n].size), np.int64) for s in cells[n].initial}
                for n in record_states
            },
            {n: np.zeros(s, np.int64) for n, s in sizes.items()}
            | {n: np.zeros(c.size, np.int64) for n, c in cells.items()},
        )

    def keep(self, signals: Mapping[str, Integers], part: slice) -> None:
        for name, values in signals.items():
            self.sent[name] += np.count_nonzero(values, axis=(0, 1))
            if name in self.signals:
                self.signals[name][part] = values.swapaxes(0, 1)

    def signal(self, name: str, inputs: Mapping[str, NDArray[Any]]) -> Integers:
        return inputs[name].astype(np.int64) if name in inputs else self.signals[name]
