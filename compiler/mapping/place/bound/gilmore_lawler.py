"""A lower bound for any placement, after Gilmore and Lawler.

Take a slice on a place: its neighbours can at best take the nearest seats, the heaviest first.
That prices every slice on every place too low, and the cheapest assignment at these prices is
a bound (P. C. Gilmore, J. SIAM 10, 1962; E. L. Lawler, Management Science 9, 1963).

The traffic of a pair is charged to its two ends in shares. Every sharing gives a bound, and
the bound is concave in the shares, so a subgradient ascent finds good ones: a neighbour that
sits further away in one slice's view than in the other's is charged more to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.assign import assign
from somac.compiler.mapping.place.instance import Instance
from somac.ir.paths import UNREACHABLE

__all__ = ["gilmore_lawler"]

SHARES = 256
"""Parts that the traffic of a pair is divided into."""

MAX_ARCS = 1_000_000
"""Slices times places up to which the assignment is solved; beyond, each slice alone."""

MAX_PRICE = 1 << 48
"""Largest price that the assignment scales by its number of nodes without overflow."""

MAX_PRICES = 1 << 24
"""Slices times places up to which places are told apart; beyond, all are as good as the best."""

MAX_STEPS = 150
WORK = 1 << 28
"""Spent on the ascent, at most; a step takes so much per slice and place:"""

WORK_OF_ASSIGNMENT = 32

PATIENCE = 10
"""Steps after which the length of the steps shrinks."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of slices with traffic, each twice: from either end.

    Parameters
    ----------
    end, other
        int64 (2 pairs,): the slices, ordered by `end`.
    weight
        int64 (2 pairs,): traffic in both directions.
    start
        int64 (slices + 1,): where the pairs of each end begin.
    reverse
        int64 (2 pairs,): the same pair seen from the other end.
    """

    end: NDArray[np.int64]
    other: NDArray[np.int64]
    weight: NDArray[np.int64]
    start: NDArray[np.int64]
    reverse: NDArray[np.int64]

    @property
    def most(self) -> int:
        """The largest number of neighbours of a slice."""
        return int(np.diff(self.start).max(initial=0))


def gilmore_lawler(instance: Instance, cost: int) -> int:
    """No placement of the instance costs less than this.

    Parameters
    ----------
    instance
        The problem.
    cost
        Of a placement that is known: scales the steps of the ascent, and ends it when met.
    """
    if (instance.fixed >= 0).all():
        return instance.cost(instance.fixed)
    pairs = _pairs(instance)
    if instance.slices * instance.places > MAX_PRICES:
        return min(cost, _each_alone(instance, pairs))
    # a pair costs at least its traffic times the shorter of the two ways
    hops = instance.hops
    hops = np.minimum(hops, hops.T)
    seats = _nearest_seats(hops, instance.room, pairs.most)
    host = SHARES * np.outer(instance.host_traffic, instance.host_hops)
    work = host.size * (pairs.most + WORK_OF_ASSIGNMENT)
    steps = max(1, min(MAX_STEPS, WORK // work)) if len(pairs.end) else 1
    share = np.full(len(pairs.end), SHARES / 2)
    best, length = 0, 1.0
    for step in range(1, steps + 1):
        charged = _whole(share, pairs)
        rank = _heaviest_first(charged, pairs)
        heavy = np.zeros((instance.slices, pairs.most), dtype=np.int64)
        heavy[pairs.end, rank] = charged
        at, price = _cheapest(instance, heavy @ seats.T + host)
        bound = -(-price // SHARES)
        best = max(best, bound)
        if best >= cost or step == steps:
            break
        away = seats[at[pairs.end], rank]
        slope = (pairs.weight * (away - away[pairs.reverse])).astype(np.float64)
        norm = fsum((slope * slope).tolist()) / 2
        if norm == 0.0:
            break
        share = share + length * max(cost - bound, 1) * SHARES / norm * slope
        share = np.clip(share, 0, SHARES)
        if step % PATIENCE == 0:
            length *= 0.7
    return min(best, cost)


def _pairs(instance: Instance) -> _Pairs:
    both: Any = (instance.traffic + instance.traffic.T).tocsr()
    both.sort_indices()
    slices = instance.slices
    end = np.repeat(np.arange(slices), np.diff(both.indptr))
    other = both.indices.astype(np.int64)
    reverse = np.searchsorted(end * slices + other, other * slices + end)
    return _Pairs(end, other, both.data, both.indptr.astype(np.int64), reverse)


def _whole(share: NDArray[np.float64], pairs: _Pairs) -> NDArray[np.int64]:
    """The traffic charged to each end: whole numbers, and of a pair exactly `SHARES` of it."""
    rounded = np.rint(share).astype(np.int64)
    first = pairs.end < pairs.other
    return np.where(first, rounded, SHARES - rounded[pairs.reverse]) * pairs.weight


def _heaviest_first(charged: NDArray[np.int64], pairs: _Pairs) -> NDArray[np.int64]:
    """The rank of each pair among those of its end."""
    rank = np.empty(len(charged), dtype=np.int64)
    rank[np.lexsort((-charged, pairs.end))] = np.arange(len(charged)) - pairs.start[pairs.end]
    return rank


def _nearest_seats(
    hops: NDArray[np.int64], room: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """int64 (places, most): hops to the nearest other seats from a seat of each place."""
    seats = np.zeros((len(room), most), dtype=np.int64)
    for place in range(len(room)):
        left = room.copy()
        left[place] -= 1
        nearest = np.argsort(hops[place], kind="stable")
        enough = int(np.searchsorted(np.cumsum(left[nearest]), most)) + 1
        seats[place] = np.repeat(hops[place, nearest[:enough]], left[nearest[:enough]])[:most]
    return seats


def _each_alone(instance: Instance, pairs: _Pairs) -> int:
    """Each slice on the best place of all, which no other slice takes from it."""
    seats = _most_central(instance, pairs.most)
    rank = _heaviest_first(pairs.weight, pairs)
    free, way = instance.fixed < 0, instance.host_hops
    hops = np.where(free, way.min(initial=UNREACHABLE), way[instance.fixed])
    between = int((pairs.weight * seats[rank]).sum())
    return -(-between // 2) + int((instance.host_traffic * hops).sum())


def _most_central(instance: Instance, most: int) -> NDArray[np.int64]:
    """int64 (most,): hops to the nearest other seats, no more than from any seat."""
    every, room = np.arange(instance.places), instance.room
    within = np.zeros(1, dtype=np.int64)
    both_ways = instance.distance.symmetric
    for place in range(instance.places):
        hops = instance.distance.hops(np.int64(place), every)
        if not both_ways:
            hops = np.minimum(hops, instance.distance.hops(every, np.int64(place)))
        seats = np.cumsum(np.bincount(hops, weights=room)).astype(np.int64) - 1
        size = max(len(within), len(seats))
        within = np.maximum(
            *(np.pad(part, (0, size - len(part)), "edge") for part in (within, seats))
        )
    return np.searchsorted(within, np.arange(1, most + 1)).astype(np.int64)


def _cheapest(instance: Instance, price: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """A place per slice, and the sum of the prices there: no assignment's is less."""
    free = instance.fixed < 0
    at = instance.fixed.copy()
    if price.size > MAX_ARCS or int(price.max(initial=0)) > MAX_PRICE:
        at[free] = np.argmin(price[free], axis=1)
    else:
        room = instance.room - np.bincount(instance.fixed[~free], minlength=instance.places)
        at[free], _ = assign(price[free], room)
    return at, int(price[np.arange(len(at)), at].sum())
