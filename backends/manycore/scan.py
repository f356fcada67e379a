"""Walking through the synapses of a projection, a block of source cells at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Rows
from somac.ir.integer import IntegerNetwork, IntegerProjection

__all__ = ["Profile", "incoming", "profile", "row_blocks"]

# source cells times target cells expanded at once
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What the memory of a projection's synapses follows from.

    Parameters
    ----------
    magnitude
        The largest weight magnitude, 0 without synapses.
    delays
        Total delays in use, ticks, ascending.
    synapses
        int64 (target cells + 1,): synapses that end on cells before each.
    repeated
        Whether two synapses join the same cells.
    first, last
        int64 (target cells,): the first and the last source cell with a synapse on each;
        without one, the number of source cells and -1.
    """

    magnitude: int
    delays: tuple[int, ...]
    synapses: NDArray[np.int64]
    repeated: bool
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def span(self, start: int, stop: int) -> int:
        """Source cells from the first to the last with a synapse on target cells of a range."""
        return max(0, int(self.last[start:stop].max() - self.first[start:stop].min()) + 1)


def row_blocks(connectivity: Connectivity) -> Iterator[tuple[int, Rows]]:
    """All rows in order, in blocks of bounded size: (first source cell, rows)."""
    step = max(1, _BLOCK // max(1, connectivity.target_size))
    for start in range(0, connectivity.source_size, step):
        yield start, connectivity.rows(start, min(start + step, connectivity.source_size))


def incoming(network: IntegerNetwork, population: str) -> tuple[IntegerProjection, ...]:
    """The projections that end on a population, in the order of the network."""
    return tuple(p for p in network.projections if p.target == population)


def profile(projection: IntegerProjection) -> Profile:
    """Count the synapses of a projection once; those that learn count whatever they weigh."""
    wiring = projection.structure
    counts = np.zeros(wiring.target_size + 1, dtype=np.int64)
    first = np.full(wiring.target_size, wiring.source_size, dtype=np.int64)
    last = np.full(wiring.target_size, -1, dtype=np.int64)
    magnitude, repeated = 0, False
    delays: set[int] = set()
    for start, rows in row_blocks(wiring):
        if not len(rows.target):
            continue
        counts[1:] += np.bincount(rows.target, minlength=wiring.target_size)
        source = np.repeat(np.arange(start, start + len(rows.indptr) - 1), np.diff(rows.indptr))
        repeated |= bool(((np.diff(rows.target) == 0) & (np.diff(source) == 0)).any())
        # sources ascend: what is written last stays
        last[rows.target] = source
        fresh = np.full(wiring.target_size, wiring.source_size, dtype=np.int64)
        fresh[rows.target[::-1]] = source[::-1]
        first = np.minimum(first, fresh)
        magnitude = max(magnitude, int(np.abs(rows.weight.astype(np.int64)).max()))
        delays.update(np.unique(rows.delay).tolist())
    total = tuple(projection.delay + delay for delay in sorted(delays))
    return Profile(magnitude, total, np.cumsum(counts), repeated, first, last)
