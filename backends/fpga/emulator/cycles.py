"""When everything happens, by what it is: the names under which cycles are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Description
from somac.backends.fpga.emulator.timing import Timing

__all__ = ["Cycles"]

Integers = NDArray[np.int64]


class Cycles(Mapping[str, Integers]):
    """Cycles int64 (samples, steps, times), as `somac.backends.api.Emulation` has them.

    Per input when each of its beats is taken, per section when each of its updates has left its
    pipeline, and per stream out when each of its beats leaves; computed when they are asked for.
    """

    def __init__(self, description: Description, timing: Timing) -> None:
        d = description
        words = {s.id: s.words for s in d.senders()}
        end = timing.cycles[:, None, None]
        self._made: dict[str, Callable[[], Integers]] = {}
        for i, first in zip(d.inputs, timing.accepted, strict=True):
            self._made[i.id] = partial(_taken, first, i.words, end)
        sections = (s for e in d.engines for s in e.sections)
        for s, first in zip(sections, timing.updates, strict=True):
            self._made[s.id] = partial(_each, first, s.words, s.flight)
        for o, first in zip(d.outputs, timing.outputs, strict=True):
            self._made[o.stream] = partial(_each, first, words[o.source], 0)

    def __getitem__(self, name: str) -> Integers:
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _each(first: Integers, words: int, after: int) -> Integers:
    return first[:, :, None] + after + np.arange(words)


def _taken(first: Integers, words: int, end: Integers) -> Integers:
    """What nothing waits for may be under way when all else has ended: -1."""
    taken = _each(first, words, 0)
    return np.where(taken < end, taken, -1)
