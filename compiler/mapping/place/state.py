"""A placement under change: what every move would cost, kept up to date."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance

__all__ = ["State"]


class State:
    """Slices on places, and the price of every place for every slice.

    Mutable, and private to one search.

    Parameters
    ----------
    instance
        The problem.
    at
        int64 (slices,): a place per slice, -1 for slices that are nowhere yet.
    """

    def __init__(self, instance: Instance, at: NDArray[np.int64]) -> None:
        self.instance = instance
        self.at = np.array(at, dtype=np.int64)
        self.room = instance.room - np.bincount(at[at >= 0], minlength=instance.places)
        self.mobile = instance.fixed < 0
        out = instance.traffic
        into = instance.traffic.T.tocsr()
        self._out = (out.indptr.tolist(), out.indices, out.data)
        self._into = (into.indptr.tolist(), into.indices, into.data)
        both = (out + into).tocsr()
        self._both = (both.indptr.tolist(), both.indices, both.data)
        self._hops = instance.hops
        self.round_trip = self._hops + self._hops.T
        self.price = np.outer(instance.host_traffic, instance.host_hops)
        for part in np.flatnonzero(self.at >= 0).tolist():
            self._charge(part, -1, int(self.at[part]))

    def move(self, part: int, place: int) -> None:
        """Put a slice on a place that has room."""
        before = int(self.at[part])
        self._charge(part, before, place)
        if before >= 0:
            self.room[before] += 1
        self.room[place] -= 1
        self.at[part] = place

    def swap(self, first: int, second: int) -> None:
        """Exchange two slices."""
        here, there = int(self.at[first]), int(self.at[second])
        self._charge(first, here, there)
        self._charge(second, there, here)
        self.at[first], self.at[second] = there, here

    def neighbours(self, part: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Slices that exchange traffic with `part`, and how much in both directions."""
        start, indices, data = self._both
        span = slice(start[part], start[part + 1])
        return indices[span], data[span]

    def _charge(self, part: int, before: int, after: int) -> None:
        """Change the prices of the neighbours of a slice that goes from place to place."""
        hops = self._hops
        there = hops[after] - hops[before] if before >= 0 else hops[after]
        back = hops[:, after] - hops[:, before] if before >= 0 else hops[:, after]
        for (start, indices, data), change in ((self._out, there), (self._into, back)):
            span = slice(start[part], start[part + 1])
            self.price[indices[span]] += data[span, None] * change
