"""Constraints made part of the problem: what stays together becomes one unit.

What cannot be met whatever the clusters are is found here, before any search, and explained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.bounds import least_clusters
from somac.compiler.mapping.partition.groups import (
    contradictions,
    demand_by_group,
    groups_of,
    too_large,
)
from somac.compiler.mapping.partition.nets import Pins, grouped
from somac.compiler.mapping.partition.problem import PartitionProblem
from somac.ir.digest import read_only
from somac.ir.errors import SomacError

__all__ = ["Reduced", "reduced"]


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """A problem whose units are groups that share a cluster.

    Parameters
    ----------
    group
        int32 (units,): the group of each unit of the problem as it was given.
    nets
        Nets between groups; their numbers are those of the problem.
    demand
        int64 (groups, resources).
    entering
        int64 (nets, resources), or no columns if nets take nothing.
    anchor
        The group that is pinned to a cluster, by cluster.
    apart
        Pairs of groups that must not share a cluster, each pair once, the lower first.
    least
        Clusters below which there is no partition.
    """

    group: NDArray[np.int32]
    nets: Pins
    demand: NDArray[np.int64]
    entering: NDArray[np.int64]
    anchor: Mapping[int, int]
    apart: tuple[tuple[int, int], ...]
    least: int


def reduced(problem: PartitionProblem) -> Reduced:
    """Merge what stays together, and refuse what cannot be.

    Raises
    ------
    SomacError
        E0601 for what is too large for any cluster, E0602 if more clusters are needed than
        there may be, E0620 for constraints that contradict each other.
    """
    group = groups_of(problem.graph.units, problem.together, problem.pinned)
    demand = demand_by_group(group, problem.demand)
    anchor: dict[int, int] = {}
    for unit, cluster in problem.pinned:
        anchor.setdefault(cluster, int(group[unit]))
    apart = {
        (min(pair), max(pair))
        for pair in ((int(group[one]), int(group[other])) for one, other in problem.apart)
    }
    found = [
        *contradictions(group, problem.apart, problem.pinned),
        *too_large(group, demand, problem.capacity, problem.resources),
    ]
    if found:
        raise SomacError.of(found)
    least = max(
        least_clusters(demand, problem.capacity), max(anchor, default=-1) + 1, 2 if apart else 0
    )
    _require(problem, demand, least)
    entering = problem.entering
    if entering is None:
        entering = np.zeros((problem.graph.nets, 0), np.int64)
    return Reduced(
        group,
        _merged_nets(problem, group, len(demand)),
        read_only(demand),
        read_only(entering),
        anchor,
        tuple(sorted(apart)),
        least,
    )


def _merged_nets(problem: PartitionProblem, group: NDArray[np.int32], groups: int) -> Pins:
    bare = problem.graph.bare()
    return bare if groups == problem.graph.units else grouped(bare, group, groups)


def _require(problem: PartitionProblem, demand: NDArray[np.int64], least: int) -> None:
    """Refuse fewer clusters than there must be, with the resource that forces them."""
    if least <= problem.most:
        return
    total = demand.sum(axis=0)
    share = [-(-int(t) // max(int(c), 1)) for t, c in zip(total, problem.capacity, strict=True)]
    resource = int(np.argmax(share))
    name = problem.resources[resource]
    if share[resource] > problem.most:
        reason = f"their {name} alone take {share[resource]}"
    elif problem.apart and problem.most == 1:
        reason = "some are to be kept apart"
    else:
        reason = "too many of them are so large that no two share a core"
    raise SomacError(
        "E0602",
        f"the units do not fit {problem.most} cores: {reason}",
        have=f"{problem.most} cores with {problem.capacity[resource]} {name} each",
        need=f"{total[resource]} {name} in all: at least {least} cores, or "
        f"{-(-int(total[resource]) // max(problem.most, 1))} {name} on each of {problem.most}",
        hint="allow more cores, or cores that have more of it",
    )
