"""Ways through a machine: the shortest paths that routes take, and their lengths.

Inside a chip a packet goes from node to node, x first where the mesh allows it. It enters and
leaves a chip through the chip's router alone, and passes a router that has no cores of its own
for no other purpose. So there are two levels, each with a tree of shortest paths per start:
nodes of a chip, and chips of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import read_only
from somac.ir.target import Topology

__all__ = ["UNREACHABLE", "Paths", "find_paths"]

UNREACHABLE = 1 << 30
"""Hops between nodes that no way connects (and more, if several legs are missing)."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Trees of shortest paths.

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
    near_link
        int32 (nodes, width): the last link of that way, -1 at its start.
    far
        int32 (chips, chips): hops to the first chip's router from the second's.
    far_link
        int32 (chips, chips): the last link of that way, -1 at its start.
    """

    local: NDArray[np.int64]
    chip: NDArray[np.int64]
    router: NDArray[np.int64]
    near: NDArray[np.int32]
    near_link: NDArray[np.int32]
    far: NDArray[np.int32]
    far_link: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, read_only(getattr(self, name)))

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
    if topology.links and int(topology.link_cost.min()) < 1:
        raise ValueError("a link costs at least one hop")
    chip, router = topology.node_chip, topology.chip_router
    crosses = chip[topology.link_source] != chip[topology.link_target]
    ends = np.stack([topology.link_source[crosses], topology.link_target[crosses]])
    if not np.array_equal(ends, router[chip[ends]]):
        raise ValueError("a link between chips must join their routers")

    by_chip = np.argsort(chip, kind="stable")
    first = np.searchsorted(chip[by_chip], np.arange(topology.chips))
    local = np.empty(topology.nodes, dtype=np.int64)
    local[by_chip] = np.arange(topology.nodes) - first[chip[by_chip]]
    only_router = np.zeros(topology.nodes, dtype=np.bool_)
    only_router[router] = True
    only_router[topology.core_node] = False

    near, near_link = _trees(
        topology,
        links=np.flatnonzero(~crosses),
        source=topology.link_source,
        target=topology.link_target,
        start=local,
        closed=only_router,
        position=topology.node_position,
    )
    far, far_link = _trees(
        topology,
        links=np.flatnonzero(crosses),
        source=chip[topology.link_source],
        target=chip[topology.link_target],
        start=np.arange(topology.chips),
        closed=np.zeros(topology.chips, dtype=np.bool_),
        position=topology.chip_position,
    )
    return Paths(local, chip, router, near, near_link, far, far_link)


def _trees(
    topology: Topology,
    *,
    links: NDArray[np.int64],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    start: NDArray[np.int64],
    closed: NDArray[np.bool_],
    position: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Shortest paths from every start to every vertex, all at once (Bellman-Ford).

    Column k belongs to the vertices whose `start` is k; pieces that share columns are not
    linked. `closed` vertices are left only by packets that start there.
    """
    vertices, width = len(start), int(start.max()) + 1
    hops = np.full((vertices, width), UNREACHABLE, dtype=np.int32)
    hops[np.arange(vertices), start] = 0
    last = np.full((vertices, width), -1, dtype=np.int32)
    if links.size == 0:
        return hops, last

    # a packet that goes x first takes its last steps in y: prefer those as last links
    step = np.abs(position[target[links]] - position[source[links]])
    preference = (step[:, 0] > 0).astype(np.int64) - (step[:, 1] > 0)
    links = links[np.lexsort((links, preference, target[links]))]
    begin = np.flatnonzero(np.diff(target[links], prepend=-1))
    reached = target[links[begin]]
    cost = topology.link_cost[links, None].astype(np.int32)
    leaves = ~closed[source[links], None] | (start[source[links], None] == np.arange(width))

    while True:
        through = np.where(leaves, hops[source[links]] + cost, UNREACHABLE)
        best = np.minimum(hops[reached], np.minimum.reduceat(through, begin))
        if np.array_equal(best, hops[reached]):
            break
        hops[reached] = best

    shortest = (through == hops[target[links]]) & (through < UNREACHABLE)
    order = np.where(shortest, np.arange(len(links))[:, None], len(links))
    first = np.minimum.reduceat(order, begin)
    found = np.append(links, -1).astype(np.int32)
    last[reached] = found[first]
    return hops, last
