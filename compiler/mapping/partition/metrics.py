"""What a partition costs and how full its clusters are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.groups import demand_by_group
from somac.compiler.mapping.partition.nets import transposed
from somac.compiler.mapping.partition.problem import PartitionProblem
from somac.ir.digest import read_only

if TYPE_CHECKING:
    from somac.compiler.mapping.partition.spread_kernels import Rules

__all__ = ["Metrics", "measure"]


@dataclass(frozen=True, slots=True, eq=False)
class Metrics:
    """Measures of a partition.

    Parameters
    ----------
    clusters
        Clusters with a unit.
    connectivity
        Sum over nets of weight times (clusters with a pin, less one).
    cut
        Weight of the nets that are in more than one cluster.
    fan_in
        int64 (clusters,): nets that enter each cluster from outside.
    load
        int64 (clusters, resources): what each cluster holds.
    """

    clusters: int
    connectivity: int
    cut: int
    fan_in: NDArray[np.int64]
    load: NDArray[np.int64]


def measure(problem: PartitionProblem, cluster: NDArray[np.int32]) -> Metrics:
    """Measure a partition, int32 (units,).

    Raises
    ------
    ValueError
        If it does not give every unit a cluster.
    """
    from somac.compiler.mapping.partition.spread_kernels import loads, spread_of

    graph = problem.graph
    if cluster.shape != (graph.units,) or (graph.units and cluster.min() < 0):
        raise ValueError(f"not a cluster for each of {graph.units} units")
    clusters = int(cluster.max()) + 1 if graph.units else 0
    nets = transposed(graph.bare(), graph.units)
    part = np.array(cluster, np.int32)
    spread = spread_of(nets, part, max(clusters, 1))
    lone = np.ones((graph.nets, 1), np.int64)
    fan_in = loads(nets, spread, _counting(graph.units, lone), part, clusters)
    load = demand_by_group(part, problem.demand)
    if problem.entering is not None:
        rules = _counting(graph.units, problem.entering)
        load += loads(nets, spread, rules, part, clusters)
    spans = (spread.used - 1).clip(0).astype(np.int64)
    return Metrics(
        len(np.unique(part)),
        int((spans * nets.weight).sum()),
        int(nets.weight[spans > 0].sum()),
        fan_in[:, 0],
        load,
    )


def _counting(units: int, entering: NDArray[np.int64]) -> Rules:
    """Rules under which only nets take something of a cluster."""
    from somac.compiler.mapping.partition.spread_kernels import Rules

    width = entering.shape[1]
    none = read_only(np.zeros(width, np.int64))
    return Rules(
        read_only(np.zeros((units, width), np.int64)),
        read_only(entering),
        none,
        none,
        read_only(np.zeros(units, np.bool_)),
        read_only(np.zeros(units + 1, np.int64)),
        read_only(np.zeros(0, np.int32)),
    )
