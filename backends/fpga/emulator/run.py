"""The emulator: bits and cycles of a design, from the files of its bundle alone.

Two engines do this. The plain one is NumPy and Python, starts at once, and is a second witness
for the other, which runs compiled code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.backends.fpga.description import FILE, Description
from somac.backends.fpga.emulator.cycles import Cycles
from somac.backends.fpga.emulator.decode import Decoded, decode
from somac.backends.fpga.emulator.recorder import Recorder
from somac.backends.fpga.emulator.timing import Timing, Totals
from somac.ir.program import Program

__all__ = ["Engine", "EngineName", "FpgaEmulator"]

EngineName = Literal["plain", "fast"]

Integers = NDArray[np.int64]

# The plain engine takes some 60 us for a section and step of all samples, and for each of these
# 30 us for a section and 0.5 us for a cell, of which some send; the other takes half a second
# before it begins.
_SECONDS_PER_STEP, _SECONDS_PER_SECTION, _SECONDS_PER_CELL = 60e-6, 30e-6, 0.5e-6
_SMALL_SECONDS = 0.5


class Engine(Protocol):
    """Runs samples; one per emulator, for any number of runs."""

    def run(
        self,
        inputs: Sequence[NDArray[np.integer[Any]]],
        recorder: Recorder,
        timing: Timing,
        totals: Totals,
    ) -> None:
        """Fill what is beside the inputs, integers (samples, steps, channels) within range."""
        ...


class FpgaEmulator:
    """An emulator of one bundle, whose files it decodes once."""

    def __init__(
        self, program: Program, *, engine: EngineName | None = None, threads: int | None = None
    ) -> None:
        """Decode; SomacError E0703 to E0713 if a file is missing or damaged.

        Parameters
        ----------
        engine
            The one that runs, or None for whichever is done first.
        threads
            Samples run side by side in at most so many, or as there are processors.
        """
        self._decoded = decode(program)
        self._chosen = engine
        self._engine: Callable[[EngineName], Engine] = cache(partial(_made, self._decoded, threads))

    @property
    def description(self) -> Description:
        """The design."""
        return self._decoded.description

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
        """Emulate, as `somac.backends.api.Emulator` says.

        Counts are ``cycles`` of all samples, ``spikes``, ``events`` that engines went through,
        ``row_words`` that were read for them, and cycles in which sections stood still:
        ``waits_for_links``, ``waits_for_updates`` to leave the pipeline, ``waits_for_room`` for
        what is sent. The same but cycles and spikes are in `per_core` by engine.

        Raises
        ------
        SomacError
            E0715 if the inputs do not fit the program, E0716 if there is nothing of a name
            to record.
        """
        return self._emulated(inputs, record, record_states, record_weights)[0]

    def timed(
        self,
        inputs: Mapping[str, NDArray[Any]],
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
    ) -> tuple[Emulation, Timing]:
        """Emulate, and say when everything happens; errors as for `run`."""
        return self._emulated(inputs, record, record_states)

    def _emulated(
        self,
        inputs: Mapping[str, NDArray[Any]],
        record: Sequence[str],
        record_states: Sequence[str],
        record_weights: Sequence[str] = (),
    ) -> tuple[Emulation, Timing]:
        decoded = self._decoded
        taken = [Taken(i.name, i.cells, i.low, i.high) for i in decoded.description.inputs]
        raw = checked_inputs(inputs, taken)
        check_recorded(
            record,
            record_states,
            record_weights,
            inputs=[i.name for i in decoded.description.inputs],
            populations=decoded.places,
            file=FILE,
        )
        samples, steps = next(iter(raw.values())).shape[:2]
        sources = {s.id: s.population for part in decoded.parts for s in [part.section]}
        sources |= {i.id: i.name for i in decoded.description.inputs}
        outputs = {o.output: sources[o.source] for o in decoded.description.outputs}
        signals = [n for n in (*outputs.values(), *record) if n in decoded.places]
        recorder = Recorder(decoded, signals, record_states, (samples, steps))
        timing = Timing.empty(decoded, samples, steps)
        totals = Totals.empty(decoded)
        engine = self._engine(self._chosen or self._quicker(samples, steps))
        engine.run([raw[i.name] for i in decoded.description.inputs], recorder, timing, totals)

        def signal(name: str) -> Integers:
            return raw[name].astype(np.int64) if name in raw else recorder.signal(name)

        emulation = Emulation(
            {output: signal(source) for output, source in outputs.items()},
            {name: signal(name) for name in record},
            {name: recorder.states(name) for name in record_states},
            *_counts(decoded, timing, totals),
            {},
            _by_name(decoded, totals),
            Cycles(decoded.description, timing),
        )
        return emulation, timing

    def _quicker(self, samples: int, steps: int) -> EngineName:
        """The engine that is done first."""
        decoded = self._decoded
        parts, cells = len(decoded.parts), sum(s.cells for s in decoded.senders)
        each = parts * _SECONDS_PER_SECTION + cells * _SECONDS_PER_CELL
        seconds = steps * (parts * _SECONDS_PER_STEP + samples * each)
        return "plain" if seconds < _SMALL_SECONDS else "fast"


def _made(decoded: Decoded, threads: int | None, name: EngineName) -> Engine:
    """An engine; what it needs is imported with it."""
    if name == "plain":
        from somac.backends.fpga.emulator.plain import PlainEngine

        return PlainEngine(decoded)
    from somac.backends.fpga.emulator.fast import FastEngine

    return FastEngine(decoded, threads)


_KINDS = ("waits_for_links", "waits_for_updates", "waits_for_room", "events", "row_words")


def _counts(
    decoded: Decoded, timing: Timing, totals: Totals
) -> tuple[dict[str, int], dict[str, Integers]]:
    """Events by kind, of all and by engine."""
    engines = np.zeros((len(decoded.description.engines), Totals.KINDS), np.int64)
    np.add.at(engines, [part.number for part in decoded.parts], totals.sections)
    per_engine = {kind: engines[:, n] for n, kind in enumerate(_KINDS)}
    cells = sum(part.section.cells for part in decoded.parts)
    spikes = int(totals.sent[len(totals.sent) - cells :].sum())
    counts = {"cycles": int(timing.cycles.sum()), "spikes": spikes}
    return counts | {kind: int(values.sum()) for kind, values in per_engine.items()}, per_engine


def _by_name(decoded: Decoded, totals: Totals) -> dict[str, Integers]:
    """How often each cell and channel has sent, in the order of the model."""
    ends = np.cumsum([s.cells for s in decoded.senders])
    pieces = np.split(totals.sent, ends[:-1])
    inputs = decoded.description.inputs
    found = {i.name: piece for i, piece in zip(inputs, pieces, strict=False)}
    own = pieces[len(inputs) :]
    for name, places in decoded.places.items():
        found[name] = np.zeros(len(places), np.int64)
        found[name][places] = np.concatenate([own[n] for n in decoded.sections_of(name)])
    return found
