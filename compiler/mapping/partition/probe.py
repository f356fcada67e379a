"""A few clusters of a network, to see whether it has any structure that a partition could use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.hypergraph import Hypergraph
from somac.compiler.mapping.partition.nets import transposed
from somac.ir.digest import read_only

__all__ = ["probed"]


def probed(
    graph: Hypergraph, demand: NDArray[np.int64], capacity: NDArray[np.int64], clusters: int
) -> NDArray[np.int64]:
    """Grow clusters around units of random pins, as a partition begins.

    Parameters
    ----------
    demand, capacity
        int64 (units, resources) and (resources,).
    clusters
        How many; a small part of the network.

    Returns
    -------
    int64 (units,): the cluster of each unit, `clusters` for all that are in none.
    """
    from somac.compiler.mapping.partition.grow_kernels import grow

    rng = np.random.default_rng(0)
    around = np.unique(rng.choice(graph.pin, clusters))
    anchor = np.full(clusters + 1, -1, np.int32)
    anchor[: len(around)] = around
    nets = transposed(graph.bare(), graph.units)
    part = grow(nets, read_only(demand), read_only(capacity), read_only(anchor))
    return np.where(part < 0, clusters, part).astype(np.int64)
