"""What is kept of a run, in one piece of memory that compiled code writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emulator.decode import Decoded

__all__ = ["Record", "Recorder"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """The signals of a section, or one of its states.

    Parameters
    ----------
    part
        Number of the section.
    state
        Name of the state; empty for what it sends.
    begin
        Where it begins in the memory.
    places
        int64 (cells,): where its cells are among those of the population.
    values
        int64 (samples, steps, cells of the population): where it is written.
    """

    part: int
    state: str
    begin: int
    places: Integers
    values: Integers


class Recorder:
    """Records of a run of (samples, steps)."""

    def __init__(
        self,
        decoded: Decoded,
        signals: Sequence[str],
        states: Sequence[str],
        shape: tuple[int, int],
    ) -> None:
        """Make room for the signals and states of populations."""
        things = [(name, "") for name in dict.fromkeys(signals)]
        for name in dict.fromkeys(states):
            first = decoded.parts[decoded.sections_of(name)[0]].section
            things += [(name, state.name) for state in first.states]
        sizes = [shape[0] * shape[1] * len(decoded.places[name]) for name, _ in things]
        self.memory: Integers = np.zeros(sum(sizes), np.int64)
        self.records: list[Record] = []
        self._values: dict[tuple[str, str], Integers] = {}
        begin = 0
        for (name, state), size in zip(things, sizes, strict=True):
            values = self.memory[begin : begin + size].reshape(*shape, len(decoded.places[name]))
            self._values[name, state] = values
            for part in decoded.sections_of(name):
                places = np.array(decoded.parts[part].section.order, np.int64)
                self.records.append(Record(part, state, begin, places, values))
            begin += size

    def signal(self, population: str) -> Integers:
        """What a population sent, in the order of the model."""
        return self._values[population, ""]

    def states(self, population: str) -> Mapping[str, Integers]:
        """Its states."""
        found = self._values.items()
        return {state: values for (name, state), values in found if name == population and state}
