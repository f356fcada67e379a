"""The emulator: runs a program from its files alone, bit for bit as the cores would.

Every tick, what was sent long enough ago arrives, the populations that are due read it, update,
and send; packets go along the routing tables. Two engines do this. The plain one is NumPy, starts
at once, and is a second witness for the other, which runs compiled code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.backends.manycore.emulator.reading import FILE
from somac.backends.manycore.emulator.recorder import Recorder
from somac.backends.manycore.emulator.statistics import PerCore, gather
from somac.backends.manycore.emulator.synapses import FlatSynapses
from somac.backends.manycore.emulator.wiring import Wiring, wire
from somac.ir.program import Program

__all__ = ["Engine", "EngineName", "ManycoreEmulator"]

EngineName = Literal["plain", "fast"]

Integers = NDArray[np.int64]
Inputs = Mapping[str, NDArray[np.integer[Any]]]

# The plain engine takes some 60 us for each group and tick of a batch, 20 ns for each cell, 0.05 ns
# for each synapse, and 10 ns for each that learns; the other takes half a second before it begins.
_SECONDS_PER_TICK, _SECONDS_PER_CELL, _SECONDS_PER_SYNAPSE = 60e-6, 20e-9, 5e-11
_SECONDS_PER_LEARNING_SYNAPSE = 10e-9
_SMALL_SECONDS = 0.3
_SMALL_SYNAPSES = 1 << 20


class Engine(Protocol):
    """Runs samples; one per emulator, for any number of runs."""

    @property
    def table_bytes(self) -> int:
        """What the synapses take."""
        ...

    def run(self, inputs: Inputs, recorder: Recorder) -> Integers:
        """Fill the records of `recorder`, and return how often each source has sent.

        `inputs` are integers (samples, steps, channels) within their range.
        """
        ...


class ManycoreEmulator:
    """An emulator of one program, whose files it decodes once."""

    def __init__(
        self, program: Program, *, engine: EngineName | None = None, threads: int | None = None
    ) -> None:
        """Decode; SomacError E0703 to E0714 if a file is missing or damaged.

        Parameters
        ----------
        engine
            The one that runs, or None for whichever is done first.
        threads
            Samples run side by side in at most so many, or as there are processors.
        """
        self._wiring, synapses = wire(program)
        self._statistics = gather(self._wiring, synapses)
        self.synapses = len(synapses.source)
        """How many there are on all cores."""
        make = partial(_made, self._wiring, synapses, threads)
        only = engine or ("fast" if self.synapses >= _SMALL_SYNAPSES else None)
        if only is None:
            self._engine: Callable[[EngineName], Engine] = cache(make)
        else:
            # what it has of the synapses is all that is kept of them
            chosen = make(only)
            self._engine = lambda _: chosen

    @property
    def table_bytes(self) -> int:
        """What the synapses take in the engine of long runs."""
        return self._engine("fast").table_bytes

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

        Raises
        ------
        SomacError
            E0715 if the inputs do not fit the program, E0716 if there is nothing of a name
            to record.
        """
        wiring = self._wiring
        taken = [Taken(i.name, i.size, i.low, i.high) for i in wiring.experiment.inputs]
        raw = checked_inputs(inputs, taken)
        check_recorded(
            record,
            record_states,
            record_weights,
            inputs=[i.name for i in wiring.experiment.inputs],
            populations=wiring.cells,
            learning=wiring.learning,
            file=FILE,
        )
        recorder = Recorder(wiring, record, record_states, record_weights, raw)
        samples, steps = next(iter(raw.values())).shape[:2]
        engine = self._engine(self._quicker(samples, steps))
        sent = engine.run(raw, recorder)
        per_core = PerCore(self._statistics, sent, samples * steps)
        totals = self._statistics.totals(sent, samples * steps)
        return recorder.emulation(totals, per_core, self._by_name(sent))

    def _by_name(self, sent: Integers) -> dict[str, Integers]:
        """How often each cell and channel has sent, in the order of the model."""
        wiring = self._wiring
        found = {
            name: sent[wiring.segments[group].first + places]
            for name, (group, places) in wiring.cells.items()
        }
        inputs = wiring.segments[len(wiring.groups) :]
        for plan, segment in zip(wiring.experiment.inputs, inputs, strict=True):
            found[plan.name] = sent[segment.first : segment.first + segment.cells]
        return found

    def _quicker(self, samples: int, steps: int) -> EngineName:
        """The engine that is done first."""
        wiring = self._wiring
        ticks = steps * wiring.experiment.period * len(wiring.groups)
        ticks += 2 * steps * len(wiring.parts)
        cells = sum(group.cells for group in wiring.groups)
        learning = sum(part.synapses for part in wiring.parts)
        seconds = ticks * _SECONDS_PER_TICK + samples * steps * (
            cells * _SECONDS_PER_CELL
            + self.synapses * _SECONDS_PER_SYNAPSE
            + learning * _SECONDS_PER_LEARNING_SYNAPSE
        )
        return "plain" if seconds < _SMALL_SECONDS else "fast"


def _made(wiring: Wiring, synapses: FlatSynapses, threads: int | None, name: EngineName) -> Engine:
    """An engine; what it needs is imported with it."""
    if name == "plain":
        from somac.backends.manycore.emulator.plain import PlainEngine

        return PlainEngine(wiring, synapses)
    from somac.backends.manycore.emulator.fast import FastEngine, Limits

    return FastEngine(wiring, synapses, Limits(threads) if threads else None)
