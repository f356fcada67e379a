"""Constraints made part of the problem: what stays together becomes one unit.

What cannot be met whatever the clusters are is found here, before any search, and explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.bounds import least_clusters
from somac.compiler.mapping.partition.nets import Pins, grouped
from somac.compiler.mapping.partition.problem import PartitionProblem
from somac.ir.digest import read_only
from somac.ir.errors import Diagnostic, SomacError

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
    group, groups = _groups(problem)
    demand = np.zeros((groups, len(problem.resources)), np.int64)
    np.add.at(demand, group, problem.demand)
    anchor: dict[int, int] = {}
    for unit, cluster in problem.pinned:
        anchor.setdefault(cluster, int(group[unit]))
    apart = {
        (min(pair), max(pair))
        for pair in ((int(group[one]), int(group[other])) for one, other in problem.apart)
    }
    found = [*_contradictions(problem, group), *_too_large(problem, group, demand)]
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
        _merged_nets(problem, group, groups),
        read_only(demand),
        read_only(entering),
        anchor,
        tuple(sorted(apart)),
        least,
    )


def _groups(problem: PartitionProblem) -> tuple[NDArray[np.int32], int]:
    """The group of each unit, counted in the order of their first units."""
    units = problem.graph.units
    ties = [*problem.together]
    pinned: dict[int, list[int]] = {}
    for unit, cluster in problem.pinned:
        pinned.setdefault(cluster, []).append(unit)
    ties += [tuple(members) for members in pinned.values()]
    if not ties:
        return np.arange(units, dtype=np.int32), units
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    heads = np.array([tie[0] for tie in ties for _ in tie], np.int64)
    members = np.array([unit for tie in ties for unit in tie], np.int64)
    links = coo_array((np.ones(len(heads), np.int8), (heads, members)), shape=(units, units))
    count, label = connected_components(links, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(count, np.int32)
    rank[np.argsort(first)] = np.arange(count, dtype=np.int32)
    return rank[inverse], int(count)


def _merged_nets(problem: PartitionProblem, group: NDArray[np.int32], groups: int) -> Pins:
    bare = problem.graph.bare()
    return bare if groups == problem.graph.units else grouped(bare, group, groups)


def _contradictions(problem: PartitionProblem, group: NDArray[np.int32]) -> Iterator[Diagnostic]:
    for one, other in problem.apart:
        if group[one] == group[other]:
            yield Diagnostic(
                "E0620",
                f"units {one} and {other} are to be kept apart, but are also to be together",
                hint="drop one of the two wishes, or a pin that joins them",
            )
    home: dict[int, tuple[int, int]] = {}
    for unit, cluster in problem.pinned:
        first, where = home.setdefault(int(group[unit]), (unit, cluster))
        if where != cluster:
            yield Diagnostic(
                "E0620",
                f"units {first} and {unit} are to be together, but are pinned to clusters "
                f"{where} and {cluster}",
                hint="pin both to one cluster, or drop the wish to keep them together",
            )


def _too_large(
    problem: PartitionProblem, group: NDArray[np.int32], demand: NDArray[np.int64]
) -> Iterator[Diagnostic]:
    over = demand > problem.capacity
    for large in np.nonzero(over.any(axis=1))[0][:1].tolist():
        resource = int(np.argmax(demand[large] / np.maximum(problem.capacity, 1)))
        members = np.nonzero(group == large)[0]
        name = problem.resources[resource]
        alone = len(members) == 1
        yield Diagnostic(
            "E0601",
            f"unit {members[0]} does not fit a core"
            if alone
            else f"{len(members)} units that are to be together (the first is {members[0]}) "
            "do not fit a core",
            have=f"{problem.capacity[resource]} {name} on a core",
            need=f"{demand[large, resource]} {name}",
            hint="a target with larger cores" if alone else "keep fewer units together",
        )


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
