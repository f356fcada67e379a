"""What a run keeps: signals and states of the populations that somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["Recorder"]

Integers = NDArray[np.int64]


class Recorder:
    """Collects, group by group and step by step, into arrays made beforehand."""

    def __init__(
        self,
        wiring: Wiring,
        record: Sequence[str],
        record_states: Sequence[str],
        inputs: Mapping[str, Integers],
    ) -> None:
        """`inputs` are (samples, steps, channels): an output may be an input itself."""
        self._samples, self._steps = next(iter(inputs.values())).shape[:2]
        self._inputs = inputs
        self._wanted = {o: o for o in record} | {s: s for _, s in wiring.experiment.outputs}
        self._record = tuple(record)
        self._outputs = wiring.experiment.outputs
        self._signals: dict[str, Integers] = {}
        self._states: dict[str, dict[str, Integers]] = {}
        self._by_group: dict[int, list[tuple[str, NDArray[np.int64] | slice]]] = {}
        for name, (group, cells) in wiring.cells.items():
            place = _contiguous(cells)
            self._by_group.setdefault(group, []).append((name, place))
            if name in self._wanted:
                self._signals[name] = self._array(len(cells))
            if name in record_states:
                states = wiring.groups[group].states
                self._states[name] = {state: self._array(len(cells)) for state in states}

    def _array(self, cells: int) -> Integers:
        return np.zeros((self._samples, self._steps, cells), dtype=np.int64)

    def keep(
        self,
        group: int,
        samples: slice,
        step: int,
        signal: Integers,
        states: Mapping[str, Integers],
    ) -> None:
        """One update of a group: signal and states, each (samples, cells)."""
        for name, place in self._by_group[group]:
            if name in self._signals:
                self._signals[name][samples, step] = signal[:, place]
            for state, kept in self._states.get(name, {}).items():
                kept[samples, step] = states[state][:, place]

    def emulation(self, counts: Mapping[str, int]) -> Emulation:
        """All of it."""
        seen = {**self._inputs, **self._signals}
        return Emulation(
            {name: seen[source] for name, source in self._outputs},
            {name: seen[name] for name in self._record},
            self._states,
            counts,
        )


def _contiguous(cells: Integers) -> Integers | slice:
    """A slice where the cells lie side by side, which they mostly do."""
    first, last = int(cells[0]), int(cells[-1]) + 1
    side_by_side = last - first == len(cells) and bool((np.diff(cells) == 1).all())
    return slice(first, last) if side_by_side else cells
