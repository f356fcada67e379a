"""The two levels on which packets travel: nodes of one chip, and chips of the machine.

A packet enters and leaves a chip through the chip's router alone, and passes a router that has
no cores of its own for no other purpose. So a route is a tree over chips, and in each of them a
tree over its nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import freeze_arrays
from somac.ir.target import Topology

__all__ = ["Level", "chip_level", "node_level"]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A directed graph; the edges that leave vertex v are ``first[v]`` to ``first[v + 1]``.

    Parameters
    ----------
    first
        int64 (vertices + 1,).
    tail, head
        int64 (edges,): vertices that an edge leaves and enters.
    cost
        int64 (edges,): hops, at least 1.
    link
        int64 (edges,): the link of the topology.
    closed
        bool (vertices,): vertices at which packets may start or end, but not pass.
    """

    first: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    cost: NDArray[np.int64]
    link: NDArray[np.int64]
    closed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def vertices(self) -> int:
        """Number of vertices."""
        return len(self.closed)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.head)

    def two_way(self) -> NDArray[np.bool_]:
        """bool (edges,): whether an edge leads back where this one came from."""
        there = self.tail * self.vertices + self.head
        back = self.head * self.vertices + self.tail
        return np.isin(there, back)


def node_level(topology: Topology) -> Level:
    """Nodes of all chips, and the links inside them; routers without cores are closed."""
    closed = np.zeros(topology.nodes, dtype=np.bool_)
    closed[topology.chip_router] = True
    closed[topology.core_node] = False
    links = np.flatnonzero(~topology.link_crosses)
    return _level(
        links,
        topology.link_source[links],
        topology.link_target[links],
        topology.link_cost[links],
        closed,
    )


def chip_level(topology: Topology) -> Level:
    """Chips, and the links between them.

    Raises
    ------
    ValueError
        If a link between chips does not join their routers.
    """
    links = np.flatnonzero(topology.link_crosses)
    chip = topology.node_chip
    ends = np.stack([topology.link_source[links], topology.link_target[links]])
    if not np.array_equal(ends, topology.chip_router[chip[ends]]):
        raise ValueError("a link between chips must join their routers")
    closed = np.zeros(topology.chips, dtype=np.bool_)
    return _level(links, chip[ends[0]], chip[ends[1]], topology.link_cost[links], closed)


def _level(
    link: NDArray[np.int64],
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    cost: NDArray[np.int64],
    closed: NDArray[np.bool_],
) -> Level:
    if len(cost) and int(cost.min()) < 1:
        raise ValueError("a link costs at least one hop")
    order = np.lexsort((link, head, tail))
    tail = tail[order]
    first = np.searchsorted(tail, np.arange(len(closed) + 1))
    return Level(first.astype(np.int64), tail, head[order], cost[order], link[order], closed)
