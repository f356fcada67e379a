"""The synapses of a projection as arrays, and which of them end on which core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.scan import row_blocks
from somac.ir.connectivity import synapses
from somac.ir.integer import IntegerProjection

__all__ = ["Synapses", "cut", "gather"]


@dataclass(frozen=True, slots=True, eq=False)
class Synapses:
    """Some synapses of a projection, ordered by source: integer arrays (synapses,).

    `source` is numbered in the source population, `target` in the target population or on
    a core of it; `delay` is the total, in ticks.
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[Any]
    delay: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.source)

    @property
    def magnitude(self) -> int:
        """The largest weight magnitude."""
        return int(np.abs(self.weight.astype(np.int64)).max(initial=0))

    @property
    def delays(self) -> tuple[int, ...]:
        """Delays in use, ascending."""
        return tuple(np.unique(self.delay).tolist())


def gather(projection: IntegerProjection) -> Synapses:
    """All synapses of a projection; of one that learns, those of weight 0 too."""
    if projection.plasticity is not None:
        every = synapses(projection.connectivity)
        return Synapses(
            every.source.astype(np.int32),
            every.target.astype(np.int32),
            every.weight,
            (every.delay + projection.delay).astype(np.int32),
        )
    none = np.zeros(0, np.int32)
    columns: tuple[list[Any], ...] = ([none], [none], [none], [none])
    for start, rows in row_blocks(projection.connectivity):
        count = np.diff(rows.indptr)
        sources = np.arange(start, start + len(count), dtype=np.int32)
        block = (
            np.repeat(sources, count),
            rows.target.astype(np.int32),
            rows.weight,
            (rows.delay + projection.delay).astype(np.int32),
        )
        for column, values in zip(columns, block, strict=True):
            column.append(values)
    return Synapses(*(np.concatenate(column) for column in columns))


def cut(given: Synapses, starts: NDArray[np.int64]) -> Iterator[Synapses]:
    """The synapses of each slice of the target, whose cells begin at `starts` (ascending)."""
    owner = np.searchsorted(starts, given.target, side="right") - 1
    order = np.argsort(owner, kind="stable")
    ends = np.cumsum(np.bincount(owner, minlength=len(starts)))
    for start, first, last in zip(starts.tolist(), (0, *ends[:-1]), ends, strict=True):
        chosen = order[first:last]
        yield Synapses(
            given.source[chosen],
            given.target[chosen] - np.int32(start),
            given.weight[chosen],
            given.delay[chosen],
        )
