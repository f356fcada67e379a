"""Proof that a placement is the best one, by branch and bound.

A branch puts one more slice on a place. What the ascent on dual prices has learned stays with
the branches, so each starts at its parent's bound and soon goes beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.exact.symmetry import (
    representatives,
    stabiliser,
    symmetries,
)
from somac.compiler.mapping.place.instance import Instance

__all__ = ["Proven", "branch_and_bound", "is_small"]

MAX_PAIRS = 1 << 22
"""Prices of pairs that a search may keep per level: 32 MB."""

WORK = 1 << 30
"""Prices that one unit of work looks at: about 30 s."""

ROOT_PASSES = 60
PASSES = 12

SCALE_BITS = 10
"""Costs are multiplied by up to 2 to the so many, so that they can be shared out finely."""

MAX_BITS = 58


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """What a search found.

    Parameters
    ----------
    at
        int64 (slices,): the best placement known.
    bound
        No placement costs less; equal to the cost of `at` if the search was completed.
    nodes
        Branches that were looked at.
    """

    at: NDArray[np.int64]
    bound: int
    nodes: int


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A partial placement and the prices of the rest; `_Search` counts in scaled costs.

    Parameters
    ----------
    bound
        No completion costs less.
    linear, pairs
        int64 (free, open) and (free, open, free, open): see `rlt_kernels`.
    free
        int64 (free,): slices that are nowhere yet.
    open
        int64 (open,): places with room.
    room
        int64 (open,): how much.
    at
        int64 (slices,): a place per slice, -1 for free ones.
    group
        int64 (symmetries, places): symmetries that leave the partial placement as it is.
    """

    bound: int
    linear: NDArray[np.int64]
    pairs: NDArray[np.int64]
    free: NDArray[np.int64]
    open: NDArray[np.int64]
    room: NDArray[np.int64]
    at: NDArray[np.int64]
    group: NDArray[np.int64]


def is_small(instance: Instance) -> bool:
    """Whether the prices of all pairs fit into memory."""
    free = int((instance.fixed < 0).sum())
    return 0 < (free * instance.places) ** 2 <= MAX_PAIRS


def branch_and_bound(instance: Instance, at: NDArray[np.int64], work: float) -> Proven:
    """Improve a placement until no other can be better, or the work is done.

    Parameters
    ----------
    instance
        The problem; `is_small` says whether it is small enough.
    at
        int64 (slices,): a placement to start with; the better, the shorter the search.
    work
        How much to do at most: 1.0 takes about half a minute.
    """
    search = _Search(instance, at, round(work * WORK))
    bound = search.below(search.root(), ROOT_PASSES)
    cost = instance.cost(search.at)
    return Proven(search.at, min(search.in_costs(bound), cost), search.nodes)


class _Search:
    """Mutable, and private to one call.

    Parameters
    ----------
    instance
        The problem.
    at
        int64 (slices,): the best placement so far.
    work
        Prices to look at.
    """

    def __init__(self, instance: Instance, at: NDArray[np.int64], work: int) -> None:
        self.instance = instance
        self.at = at
        self.left = work
        self.nodes = 0
        cost = instance.cost(at)
        rates = np.append(instance.traffic.data, instance.host_traffic)
        self._step = max(1, gcd(*rates.tolist()))
        worst = int(rates.sum()) * max(1, instance.distance.most) * max(1, instance.slices)
        self._scale = 1 << max(0, min(SCALE_BITS, MAX_BITS - worst.bit_length()))
        self._goal = self._scaled_goal(cost)

    def in_costs(self, bound: int) -> int:
        """The smallest cost that is possible at a scaled bound."""
        unit = self._scale * self._step
        return -(-bound // unit) * self._step

    def _scaled_goal(self, cost: int) -> int:
        """Scaled bounds from here on leave no place for a better placement."""
        return (cost - self._step) * self._scale + 1

    def root(self) -> _Node:
        """Only the pinned slices are on their places."""
        instance = self.instance
        fixed = instance.fixed
        pinned, free = np.flatnonzero(fixed >= 0), np.flatnonzero(fixed < 0)
        room = instance.room - np.bincount(fixed[pinned], minlength=instance.places)
        places = np.flatnonzero(room > 0)
        hops = instance.hops
        traffic = instance.traffic.toarray()
        linear = np.outer(instance.host_traffic, instance.host_hops)
        linear += traffic[:, pinned] @ hops[:, fixed[pinned]].T
        linear += traffic[pinned].T @ hops[fixed[pinned]]
        settled = np.where(fixed >= 0, fixed, 0)
        between = (traffic * hops[settled[:, None], settled[None, :]])[np.ix_(pinned, pinned)]
        host = (instance.host_traffic * instance.host_hops[settled])[pinned]
        pairs = np.einsum("ij,pq->ipjq", traffic[np.ix_(free, free)], hops[np.ix_(places, places)])
        group = symmetries(instance)
        for place in np.unique(fixed[pinned]).tolist():
            group = stabiliser(group, place)
        return _Node(
            bound=int(between.sum() + host.sum()) * self._scale,
            linear=linear[np.ix_(free, places)] * self._scale,
            pairs=np.ascontiguousarray(pairs * self._scale),
            free=free,
            open=places,
            room=room[places],
            at=fixed.copy(),
            group=group,
        )

    def below(self, node: _Node, passes: int) -> int:
        """Search the placements that a node stands for; a lower bound of them all.

        The arrays of the node are used up.
        """
        from somac.compiler.mapping.place.exact.rlt_kernels import ascend

        self.nodes += 1
        if len(node.free) == 0:
            return self._offer(node)
        gained, done = ascend(node.linear, node.pairs, node.room, self._goal - node.bound, passes)
        self.left -= node.pairs.size * (done + 1)
        bound = node.bound + gained
        if bound >= self._goal:
            return bound
        row = int(np.argmax(self._promise(node, bound)))
        some = representatives(node.group)[node.open]
        least = self._goal
        for column in np.argsort(node.linear[row], kind="stable").tolist():
            lower = bound + int(node.linear[row, column])
            if lower >= self._goal:
                break
            if not some[column]:
                continue
            if self.left > 0:
                lower = max(lower, self.below(self._child(node, bound, row, column), PASSES))
            least = min(least, lower)
        return max(least, bound)

    def _promise(self, node: _Node, bound: int) -> NDArray[np.int64]:
        """How much a branch on each of the slices would gain."""
        return np.asarray(np.minimum(node.linear, self._goal - bound).sum(axis=1))

    def _child(self, node: _Node, bound: int, row: int, column: int) -> _Node:
        """One more slice on a place."""
        rows = np.delete(np.arange(len(node.free)), row)
        room = node.room.copy()
        room[column] -= 1
        columns = np.flatnonzero(room > 0)
        mine = node.pairs[row, column] + node.pairs[:, :, row, column]
        at = node.at.copy()
        at[node.free[row]] = node.open[column]
        return _Node(
            bound=bound + int(node.linear[row, column]),
            linear=(node.linear + mine)[np.ix_(rows, columns)],
            pairs=np.ascontiguousarray(node.pairs[np.ix_(rows, columns, rows, columns)]),
            free=node.free[rows],
            open=node.open[columns],
            room=room[columns],
            at=at,
            group=stabiliser(node.group, int(node.open[column])),
        )

    def _offer(self, node: _Node) -> int:
        cost = self.instance.cost(node.at)
        if cost < self.instance.cost(self.at):
            self.at = node.at
            self._goal = self._scaled_goal(cost)
        return cost * self._scale
