"""How far nodes are apart along the links that are there.

Two tables of hops, one per level of `somac.ir.levels`, say it for any two
nodes: of a chip, and of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import freeze_arrays
from somac.ir.levels import Level, chip_level, node_level
from somac.ir.target import Topology

__all__ = ["UNREACHABLE", "Paths", "find_paths"]

UNREACHABLE = 1 << 30
"""Hops between nodes that no way connects (and more, if several legs are missing)."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Lengths of the shortest paths.

    Parameters
    ----------
    local
        int64 (nodes,): number of each node within its chip.
    chip
        int64 (nodes,): chip of each node.
    router
        int64 (chips,): router of each chip.
    near
        int32 (nodes, width): hops to a node from the k-th node of its own chip.
    far
        int32 (chips, chips): hops to the first chip's router from the second's.
    """

    local: NDArray[np.int64]
    chip: NDArray[np.int64]
    router: NDArray[np.int64]
    near: NDArray[np.int32]
    far: NDArray[np.int32]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def hops(self, source: Any, target: Any) -> NDArray[np.int64]:
        """Hops from nodes to nodes; arrays of any shapes that broadcast."""
        source, target = np.asarray(source), np.asarray(target)
        home, away = self.chip[source], self.chip[target]
        inside = self.near[target, self.local[source]].astype(np.int64)
        across = (
            self.near[self.router[home], self.local[source]].astype(np.int64)
            + self.far[away, home]
            + self.near[target, self.local[self.router[away]]]
        )
        return np.asarray(np.where(home == away, inside, across))


def find_paths(topology: Topology) -> Paths:
    """The shortest paths of a machine.

    Links between chips must join their routers, and cost at least one hop, as all links must.
    """
    chip = topology.node_chip
    by_chip = np.argsort(chip, kind="stable")
    first = np.searchsorted(chip[by_chip], np.arange(topology.chips))
    local = np.empty(topology.nodes, dtype=np.int64)
    local[by_chip] = np.arange(topology.nodes) - first[chip[by_chip]]
    near = _hops(node_level(topology), start=local)
    far = _hops(chip_level(topology), start=np.arange(topology.chips))
    return Paths(local, chip, topology.chip_router, near, far)


def _hops(level: Level, start: NDArray[np.int64]) -> NDArray[np.int32]:
    """Hops from every start to every vertex, all at once (Bellman-Ford).

    Column k belongs to the vertices whose `start` is k; pieces that share columns are not
    linked.
    """
    vertices, width = len(start), int(start.max()) + 1
    hops = np.full((vertices, width), UNREACHABLE, dtype=np.int32)
    hops[np.arange(vertices), start] = 0
    if level.edges == 0:
        return hops
    order = np.argsort(level.head, kind="stable")
    tail, head = level.tail[order], level.head[order]
    begin = np.flatnonzero(np.diff(head, prepend=-1))
    reached = head[begin]
    cost = level.cost[order, None].astype(np.int32)
    leaves = ~level.closed[tail, None] | (start[tail, None] == np.arange(width))
    while True:
        through = np.where(leaves, hops[tail] + cost, UNREACHABLE)
        best = np.minimum(hops[reached], np.minimum.reduceat(through, begin))
        if np.array_equal(best, hops[reached]):
            return hops
        hops[reached] = best
