"""Which slices share a core: the partition of a mapping problem."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.hypergraph import Hypergraph
from somac.compiler.mapping.partition.problem import (
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
)
from somac.compiler.mapping.partition.solve import partition_units
from somac.compiler.mapping.problem import MappingProblem
from somac.ir.errors import SomacError

__all__ = ["alone", "clustered"]


def alone(problem: MappingProblem) -> NDArray[np.int64]:
    """int64 (slices,): a cluster for every slice, but for those that are to share one.

    Raises
    ------
    SomacError
        E0601 for slices that are to share a core that cannot hold them.
    """
    home = np.arange(problem.slices, dtype=np.int64)
    pinned: dict[int, list[int]] = {}
    for part, core in problem.constraints.pins.items():
        pinned.setdefault(core, []).append(part)
    for group in (*problem.constraints.together, *pinned.values()):
        joined = home[list(group)]
        home[np.isin(home, joined)] = joined.min(initial=problem.slices)
    cluster = np.unique(home, return_inverse=True)[1].astype(np.int64)
    _require_room(problem, cluster)
    return cluster


def _require_room(problem: MappingProblem, cluster: NDArray[np.int64]) -> None:
    takes = np.zeros((int(cluster.max(initial=-1)) + 1, len(problem.resources)), dtype=np.int64)
    np.add.at(takes, cluster, problem.demand)
    over = np.argwhere(takes > problem.capacity)
    if len(over) == 0:
        return
    large, resource = over[0]
    members, name = np.flatnonzero(cluster == large), problem.resources[resource]
    who = f"slice {members[0]} does" if len(members) == 1 else "slices that are to share a core do"
    raise SomacError(
        "E0601",
        f"{who} not fit a core of {problem.machine.name}",
        have=f"{problem.capacity[resource]} {name} on a core",
        need=f"{takes[large, resource]} {name}",
        hint="a machine with larger cores" if len(members) == 1 else "keep fewer slices together",
    )


def clustered(problem: MappingProblem, options: PartitionOptions) -> PartitionResult:
    """Slices to clusters that fit a core each; slices pinned to one core share a cluster.

    Raises
    ------
    SomacError
        E0601 for what is too large for a core, E0602 if more cores are needed than there are.
    """
    wishes, nets = problem.constraints, problem.nets
    number = {core: rank for rank, core in enumerate(sorted(set(wishes.pins.values())))}
    return partition_units(
        PartitionProblem(
            graph=Hypergraph.of_targets(
                problem.slices, nets.source, nets.rate, nets.start, nets.target
            ),
            resources=problem.resources,
            demand=problem.demand,
            capacity=problem.capacity,
            clusters=int(problem.usable.sum()),
            together=wishes.together,
            apart=tuple(pair for group in wishes.apart for pair in combinations(group, 2)),
            pinned=tuple((part, number[core]) for part, core in sorted(wishes.pins.items())),
        ),
        options,
    )
