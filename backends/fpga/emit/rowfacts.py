"""What is known of the rows of a network: the same for every folding, and slow to find out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import numpy as np

from somac.backends.fpga.rows import duplicates, rows_of, sparse_words
from somac.ir.connectivity import Connectivity

__all__ = ["RowFacts"]

Ends = tuple[int, int]
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class RowFacts:
    """Facts of rows from places `source` to places `target`, each found out when it is asked for.

    Hundreds of foldings are weighed for a part, and each asks the same of every projection.
    """

    def __init__(self) -> None:
        self._words: dict[tuple[Connectivity, Ends, Ends, int], int] = {}
        self._duplicates: dict[tuple[Connectivity, Ends, Ends], bool] = {}
        self._spans: dict[tuple[Connectivity, Ends, Ends], tuple[int, int]] = {}
        self._reaches: dict[tuple[Connectivity, Ends, Ends], bool] = {}

    def words(self, connectivity: Connectivity, source: Ends, target: Ends, lanes: int) -> int:
        """How many words sparse rows have."""
        key = (connectivity, source, target, lanes)
        return _kept(self._words, key, lambda: sparse_words(connectivity, source, target, lanes))

    def duplicates(self, connectivity: Connectivity, source: Ends, target: Ends) -> bool:
        """Whether two synapses join the same cells."""
        key = (connectivity, source, target)
        return _kept(self._duplicates, key, lambda: duplicates(*key))

    def span(self, connectivity: Connectivity, source: Ends, target: Ends) -> tuple[int, int]:
        """The least and the largest sum of the weights between two cells."""
        key = (connectivity, source, target)
        return _kept(self._spans, key, lambda: _span(*key))

    def reaches(self, connectivity: Connectivity, source: Ends, target: Ends) -> bool:
        """Whether there is a synapse."""
        key = (connectivity, source, target)
        return _kept(self._reaches, key, lambda: any(len(rows.target) for _, rows in rows_of(*key)))


def _kept(found: dict[_K, _V], key: _K, find: Callable[[], _V]) -> _V:
    if key not in found:
        found[key] = find()
    return found[key]


def _span(
    connectivity: Connectivity, source: tuple[int, int], target: tuple[int, int]
) -> tuple[int, int]:
    """The least and the largest sum of the weights between two cells."""
    low = high = 0
    for _, rows in rows_of(connectivity, source, target):
        cells = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
        begins = np.flatnonzero(
            np.concatenate(([True], (np.diff(cells) != 0) | (np.diff(rows.target) != 0)))
        )
        if not len(rows.weight):
            continue
        sums = np.add.reduceat(rows.weight.astype(np.int64), begins)
        for values in (sums, rows.weight):
            low, high = min(low, int(values.min())), max(high, int(values.max()))
    return low, high
