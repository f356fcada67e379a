"""All of routing: cores at which nets start and end, to trees, keys and tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.keys import compressible_keys
from somac.compiler.mapping.route.nets import PlacedNets
from somac.compiler.mapping.route.share import Shared, shared, unshared
from somac.compiler.mapping.route.stops import Stops, stops_of
from somac.compiler.mapping.route.tables import Table, minimised_tables
from somac.compiler.mapping.route.trees import NetEnds, RouteOptions, Trees, grow
from somac.ir.digest import read_only
from somac.ir.mapping import KeyBlock
from somac.ir.target import Topology

__all__ = ["Routing", "route_nets", "route_shared"]

Integers = NDArray[np.int64]

MOST_TREES = 1 << 16
"""Trees that are grown at most, as long as each node may have one."""

_CAUTION = 0.8
"""Share of the entries that are aimed at where tables were too large."""


@dataclass(frozen=True, slots=True, eq=False)
class Routing:
    """Which way every net goes.

    Parameters
    ----------
    nets
        What goes along a tree each: the nets that were given, or several of them as one.
    trees, keys
        A tree, and a block of keys, of each of `nets`.
    tree, offset, within
        int64 (nets given,): the tree of each net, where its own keys begin in the block of the
        tree, and which bits tell them from others in it.
    stops
        What tables hold.
    tables
        One per chip.
    """

    nets: PlacedNets
    trees: Trees
    keys: tuple[KeyBlock, ...]
    tree: Integers
    offset: Integers
    within: Integers
    stops: Stops
    tables: tuple[Table, ...]

    def __post_init__(self) -> None:
        for name in ("tree", "offset", "within"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def shared(self) -> bool:
        """Whether any nets share a tree."""
        return len(self.tree) != len(self.trees)

    def links_of(self, net: int) -> Integers:
        """int64: links that a given net takes, parents before children."""
        return self.trees[int(self.tree[net])]

    def cores_of(self, net: int) -> Integers:
        """int64: cores that the packets of a given net reach, ascending."""
        tree = self.tree[net]
        return self.nets.core[self.nets.first[tree] : self.nets.first[tree + 1]]

    def keys_of(self, net: int) -> KeyBlock:
        """The keys of a given net."""
        block = self.keys[int(self.tree[net])]
        return KeyBlock(block.key + int(self.offset[net]), block.mask | int(self.within[net]))


def route_nets(
    topology: Topology, nets: PlacedNets, options: RouteOptions | None = None
) -> Routing:
    """Route nets whose ends are placed, each along a tree of its own.

    Raises
    ------
    SomacError
        E0604 if no way leads to a core, E0605 if there are not enough keys.
    """
    return _routed(topology, unshared(nets), options)


def route_shared(
    topology: Topology, nets: PlacedNets, entries: int, options: RouteOptions | None = None
) -> Routing:
    """Route nets, which share trees if tables of so many entries cannot hold them otherwise.

    There is a tree per node at least, and tables may be too large even so.

    Raises
    ------
    SomacError
        As `route_nets`.
    """
    given = unshared(nets)
    if len(nets) > MOST_TREES:
        nodes = len(np.unique(nets.source))
        given = shared(nets, topology.cores, max(MOST_TREES // nodes, 1))
    while True:
        routing = _routed(topology, given, options)
        fullest = max(map(len, routing.tables), default=0)
        if fullest <= entries or given.most <= 1:
            return routing
        most = int(_CAUTION * given.most * entries / fullest)
        given = shared(nets, topology.cores, max(most, 1))


def _routed(topology: Topology, given: Shared, options: RouteOptions | None) -> Routing:
    nets = given.nets
    ends = NetEnds(nets.source, nets.first, topology.core_node[nets.core], nets.weight)
    trees = grow(topology, ends, options)
    stops = stops_of(topology, trees, nets.first, nets.core)
    keys = compressible_keys(nets.keys.tolist(), stops)
    tables = minimised_tables(stops, keys)
    return Routing(nets, trees, keys, given.tree, given.offset, given.within, stops, tables)
