"""What a run keeps: signals, states and weights that somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["Learnt", "Record", "Recorder"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A signal or a state of a population.

    Parameters
    ----------
    group, places
        The group of the population, and where in it its cells are.
    state
        Name of a state; empty for the signal.
    begin
        Where `values` begin in `Recorder.memory`.
    values
        int64 (samples, steps, cells).
    """

    group: int
    places: Integers
    state: str
    begin: int
    values: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A state of the synapses of a plastic projection, after the last step.

    Parameters
    ----------
    part, state
        Number of the projection among those that are plastic, and name of the state.
    begin
        Where `values` begin in `Recorder.memory`.
    values
        int64 (samples, synapses), in the order of the model; the initial values before a run.
    """

    part: int
    state: str
    begin: int
    values: Integers


class Recorder:
    """Arrays for all that is asked for, side by side in one."""

    def __init__(
        self,
        wiring: Wiring,
        record: Sequence[str],
        record_states: Sequence[str],
        record_weights: Sequence[str],
        inputs: Mapping[str, NDArray[np.integer]],
    ) -> None:
        """`inputs` are (samples, steps, channels): an output may be an input itself."""
        samples, steps = next(iter(inputs.values())).shape[:2]
        self._inputs = inputs
        self._outputs = wiring.experiment.outputs
        self._record = tuple(record)
        signals = {*record, *(source for _, source in self._outputs)}
        wanted = [
            (name, state)
            for name, (group, _) in wiring.cells.items()
            for state in (
                *([""] if name in signals else []),
                *(wiring.groups[group].states if name in record_states else []),
            )
        ]
        sizes = [samples * steps * len(wiring.cells[name][1]) for name, _ in wanted]
        begins = np.cumsum([0, *sizes]).tolist()
        learnt = [
            (number, state)
            for number, part in enumerate(wiring.parts)
            if part.name in record_weights
            for state in part.states
        ]
        sizes = [samples * wiring.parts[number].synapses for number, _ in learnt]
        places = np.cumsum([begins[-1], *sizes]).tolist()
        self.memory: Integers = np.zeros(places[-1], dtype=np.int64)
        none = np.zeros((samples, 0), dtype=np.int64)
        self._weights: dict[str, dict[str, Integers]] = {
            name: dict.fromkeys(wiring.learning[name], none) for name in record_weights
        }
        self._learnt: list[Learnt] = []
        for (number, state), first, last in zip(learnt, places[:-1], places[1:], strict=True):
            part = wiring.parts[number]
            learnt_values = self.memory[first:last].reshape(samples, part.synapses)
            learnt_values[:] = part.states[state][part.order]
            self._learnt.append(Learnt(number, state, first, learnt_values))
            self._weights[part.name][state] = learnt_values
        self._records: dict[tuple[str, str], Record] = {}
        for (name, state), first, last in zip(wanted, begins[:-1], begins[1:], strict=True):
            group, places = wiring.cells[name]
            values = self.memory[first:last].reshape(samples, steps, len(places))
            self._records[name, state] = Record(group, places, state, first, values)
        self._states = {
            name: tuple(wiring.groups[wiring.cells[name][0]].states)
            for name in wiring.cells
            if name in record_states
        }

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them."""
        return tuple(self._records.values())

    @property
    def learnt(self) -> tuple[Learnt, ...]:
        """What is kept of plastic projections."""
        return tuple(self._learnt)

    def emulation(
        self,
        counts: Mapping[str, int],
        per_core: Mapping[str, Integers],
        sent: Mapping[str, Integers],
    ) -> Emulation:
        """What was recorded, with statistics."""
        return Emulation(
            {name: self._signal(source) for name, source in self._outputs},
            {name: self._signal(name) for name in self._record},
            {
                name: {state: self._records[name, state].values for state in states}
                for name, states in self._states.items()
            },
            counts,
            per_core,
            self._weights,
            sent,
        )

    def _signal(self, source: str) -> Integers:
        if source in self._inputs:
            return self._inputs[source].astype(np.int64)
        return self._records[source, ""].values
