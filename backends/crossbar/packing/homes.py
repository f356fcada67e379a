"""Which core's unit updates which neurons: near the arrays that compute most of their sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.packing.relieve import Copy
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.tiling import Block

__all__ = ["Homes", "homes_of"]

Integers = NDArray[np.int64]
Tiled = tuple[IntegerProjection, Block]
"""A block, and the projection that it is of."""

_MOST_RUNS = 64
"""Ranges of a population that prefer different units, up to which each may have its own."""


class Homes:
    """Units of parts as they fill up.

    `home` is int64 (cells,) per population: the part of each cell. Parts are numbered on where
    those with arrays have no room.
    """

    def __init__(self, arrays: int, room: int) -> None:
        self.home: dict[str, Integers] = {}
        self.left = [room] * arrays
        self.room = room

    def give(self, population: str, start: int, stop: int, preferred: Sequence[int]) -> None:
        """Cells to the first parts with room: those preferred, any in use, new ones."""
        home = self.home[population]
        others = (part for part in range(len(self.left)) if part not in set(preferred))
        for part in (*preferred, *others):
            if start == stop:
                return
            taken = min(stop - start, self.left[part])
            home[start : start + taken] = part
            self.left[part] -= taken
            start += taken
        while start < stop:
            self.left.append(self.room)
            taken = min(stop - start, self.room)
            home[start : start + taken] = len(self.left) - 1
            self.left[-1] -= taken
            start += taken


def homes_of(
    network: IntegerNetwork,
    blocks: Sequence[Tiled],
    copies: Sequence[Sequence[Copy]],
    arrays: int,
    room: int,
) -> Homes:
    """Every neuron to a part, `room` neurons to one at most.

    Parameters
    ----------
    blocks
        Of all tiled projections.
    copies
        Per block, where it lies.
    arrays
        Parts that have an array, the first ones.
    """
    homes = Homes(arrays, room)
    on_arrays = {projection.target for projection, _ in blocks}
    for population in network.populations:
        homes.home[population.name] = np.zeros(population.size, np.int64)
        if population.name in on_arrays:
            own = [n for n, (p, _) in enumerate(blocks) if p.target == population.name]
            _near_arrays(homes, population.name, [(blocks[n][1], copies[n]) for n in own])
    waiting = [p.name for p in network.populations if p.name not in on_arrays]
    for name in _sources_first(network, waiting):
        _near_sources(homes, network, name)
    return homes


def _near_arrays(
    homes: Homes, population: str, blocks: Sequence[tuple[Block, Sequence[Copy]]]
) -> None:
    """Each cell near the block that adds to it most often."""
    size = len(homes.home[population])
    often, best = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for number, (block, _) in enumerate(blocks):
        cells, counts = np.unique(block.targets[block.targets >= 0], return_counts=True)
        more = counts > often[cells]
        often[cells[more]], best[cells[more]] = counts[more], number
    for start, stop, number in _ranges(best):
        preferred = [copy.array for copy in blocks[number][1]]
        helping = [
            copy.array
            for block, places in blocks
            if ((block.targets >= start) & (block.targets < stop)).any()
            for copy in places
        ]
        homes.give(population, start, stop, list(dict.fromkeys((*preferred, *helping))))


def _near_sources(homes: Homes, network: IntegerNetwork, population: str) -> None:
    """Each cell near the unit from which most of its synapses come; a chain's inputs count too."""
    size = len(homes.home[population])
    # a wish that there is no part for stands for none
    pairs = [np.stack((np.arange(size), np.full(size, len(homes.left))))]
    for projection in network.projections:
        source = homes.home.get(projection.source)
        if projection.target != population or source is None or projection.source == population:
            continue
        rows = projection.structure.rows(0, projection.structure.source_size)
        near = np.repeat(source, np.diff(rows.indptr))
        pairs.append(np.stack((rows.target, near)))
    (cells, parts), counts = np.unique(np.concatenate(pairs, axis=1), axis=1, return_counts=True)
    # of each cell the part with most, of equals the first
    order = np.lexsort((-parts, counts, parts < len(homes.left), cells))
    last = np.append(np.diff(cells[order]) > 0, True)
    for start, stop, part in _ranges(parts[order][last]):
        homes.give(population, start, stop, [part] if part < len(homes.left) else [])


def _sources_first(network: IntegerNetwork, names: Sequence[str]) -> Iterator[str]:
    """In an order in which most have the homes of their sources before them."""
    left = list(names)
    while left:
        ready = next(
            (
                name
                for name in left
                if not any(p.target == name and p.source in left for p in network.projections)
            ),
            left[0],
        )
        left.remove(ready)
        yield ready


def _ranges(wanted: Integers) -> Iterator[tuple[int, int, int]]:
    """First cell, end and wish of ranges of cells; where wishes change often, what most want."""
    runs = np.flatnonzero(np.diff(wanted)) + 1
    if len(runs) >= _MOST_RUNS:
        step = -(-len(wanted) // _MOST_RUNS)
        wanted = np.concatenate(
            [
                np.full(len(part), np.bincount(part).argmax())
                for part in np.split(wanted, range(step, len(wanted), step))
            ]
        )
        runs = np.flatnonzero(np.diff(wanted)) + 1
    ends = [0, *runs.tolist(), len(wanted)]
    for start, stop in pairwise(ends):
        yield start, stop, int(wanted[start])
