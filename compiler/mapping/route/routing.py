"""All of routing: cores at which nets start and end, to trees, keys and tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.keys import compressible_keys
from somac.compiler.mapping.route.stops import Stops, stops_of
from somac.compiler.mapping.route.tables import Table, minimised_tables
from somac.compiler.mapping.route.trees import NetEnds, RouteOptions, Trees, grow
from somac.ir.digest import freeze_arrays
from somac.ir.mapping import KeyBlock
from somac.ir.target import Topology

__all__ = ["PlacedNets", "Routing", "route_nets"]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedNets:
    """Nets between cores: net n ends at ``core[first[n]:first[n + 1]]``.

    Parameters
    ----------
    source
        int64 (nets,): node at which packets start.
    first
        int64 (nets + 1,).
    core
        int64 (ends,): cores that receive, each once per net.
    weight
        int64 (nets,): packets, in any unit.
    keys
        int64 (nets,): keys that each net must have, at least 1.
    """

    source: NDArray[np.int64]
    first: NDArray[np.int64]
    core: NDArray[np.int64]
    weight: NDArray[np.int64]
    keys: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Routing:
    """A tree and a block of keys per net, and a table per chip; `stops` is what tables hold."""

    trees: Trees
    keys: tuple[KeyBlock, ...]
    stops: Stops
    tables: tuple[Table, ...]


def route_nets(
    topology: Topology, nets: PlacedNets, options: RouteOptions | None = None
) -> Routing:
    """Route nets whose ends are placed.

    Raises
    ------
    SomacError
        E0604 if no way leads to a core, E0605 if there are not enough keys.
    """
    ends = NetEnds(nets.source, nets.first, topology.core_node[nets.core], nets.weight)
    trees = grow(topology, ends, options)
    stops = stops_of(topology, trees, nets.first, nets.core)
    keys = compressible_keys(nets.keys.tolist(), stops)
    return Routing(trees, keys, stops, minimised_tables(stops, keys))
