"""What goes from part to part: signals to arrays and adders, partial sums to units of neurons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.packing.homes import Tiled
from somac.backends.crossbar.packing.relieve import Copy
from somac.ir.integer import IntegerNetwork

__all__ = ["Heard", "heard", "partial_sums", "ranges"]

Integers = NDArray[np.int64]
Heard = Mapping[str, tuple[tuple[int, ...], ...]]
"""Per population and input, per cell, the parts that hear it, ascending."""

_MOST_RANGES = 8
"""Ranges of cells of one home that are told apart by who hears them."""


def heard(
    network: IntegerNetwork,
    blocks: Sequence[Tiled],
    copies: Sequence[Sequence[Copy]],
    home: Mapping[str, Integers],
) -> Heard:
    """Who hears whom: arrays whose rows a cell drives, units that add its signal up exactly."""
    sizes = {
        **{entry.name: entry.size for entry in network.inputs},
        **{population.name: population.size for population in network.populations},
    }
    pairs: dict[str, list[Integers]] = {name: [np.zeros((2, 0), np.int64)] for name in sizes}
    for (projection, block), places in zip(blocks, copies, strict=True):
        for copy in places:
            sources = np.unique(block.sources[copy.number :: len(places)])
            cells = sources[sources >= 0].astype(np.int64)
            pairs[projection.source].append(np.stack((cells, np.full_like(cells, copy.array))))
    for projection in network.projections:
        if projection.tiling is not None:
            continue
        rows = projection.structure.rows(0, projection.structure.source_size)
        cells = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
        found = np.stack((cells, home[projection.target][rows.target]))
        pairs[projection.source].append(np.unique(found, axis=1))
    result = {}
    for name, size in sizes.items():
        cells, parts = np.unique(np.concatenate(pairs[name], axis=1), axis=1)
        ends = np.searchsorted(cells, np.arange(size + 1))
        result[name] = tuple(tuple(parts[a:b].tolist()) for a, b in pairwise(ends.tolist()))
    return result


def ranges(hears: Sequence[tuple[int, ...]], start: int, stop: int) -> list[tuple[int, int]]:
    """Ranges of cells from `start` to `stop` that the same parts hear; one if they are many."""
    ends = [start, *(n for n in range(start + 1, stop) if hears[n] != hears[n - 1]), stop]
    return list(pairwise(ends)) if len(ends) <= _MOST_RANGES + 1 else [(start, stop)]


def partial_sums(
    blocks: Sequence[Tiled], copies: Sequence[Sequence[Copy]], home: Mapping[str, Integers]
) -> Counter[tuple[int, int]]:
    """Sums of a step that go from the part of an array to that of a neuron's unit, by both parts.

    The unit beside an array shifts and adds what its converters give, and sends one sum for a
    column of weights and use. Sums of its own neurons stay.
    """
    found: Counter[tuple[int, int]] = Counter()
    for (projection, block), places in zip(blocks, copies, strict=True):
        for copy in places:
            targets = block.targets[copy.number :: len(places)]
            parts, counts = np.unique(
                home[projection.target][targets[targets >= 0]], return_counts=True
            )
            for part, count in zip(parts.tolist(), counts.tolist(), strict=True):
                if part != copy.array:
                    found[copy.array, part] += count
    return found
