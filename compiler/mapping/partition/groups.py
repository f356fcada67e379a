"""Units that are to share a cluster: which they are, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic

__all__ = ["contradictions", "demand_by_group", "groups_of", "too_large"]


def groups_of(
    units: int, together: Iterable[Sequence[int]], pinned: Iterable[tuple[int, int]]
) -> NDArray[np.int32]:
    """int32 (units,): the group of each unit, numbered in the order of their first units.

    Parameters
    ----------
    units
        Number of units.
    together
        Units that share a cluster.
    pinned
        Units and the place of each; those of one place share a cluster.
    """
    at: dict[int, list[int]] = {}
    for unit, place in pinned:
        at.setdefault(place, []).append(unit)
    ties = [*together, *at.values()]
    if not ties:
        return np.arange(units, dtype=np.int32)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    heads = np.array([tie[0] for tie in ties for _ in tie], np.int64)
    members = np.array([unit for tie in ties for unit in tie], np.int64)
    links = coo_array((np.ones(len(heads), np.int8), (heads, members)), shape=(units, units))
    count, label = connected_components(links, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(count, np.int32)
    rank[np.argsort(first)] = np.arange(count, dtype=np.int32)
    return rank[inverse]


def demand_by_group(group: NDArray[np.integer], demand: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 (groups, resources): what groups take, of that of units, (units, resources)."""
    taken = np.zeros((int(group.max(initial=-1)) + 1, demand.shape[1]), np.int64)
    np.add.at(taken, group, demand)
    return taken


def contradictions(
    group: NDArray[np.integer],
    apart: Iterable[tuple[int, int]],
    pinned: Iterable[tuple[int, int]],
    *,
    unit: str = "unit",
) -> Iterator[Diagnostic]:
    """E0620: pairs of one group that are to be apart, groups that are pinned to two clusters.

    Parameters
    ----------
    group
        The group of each unit, (units,).
    apart
        Pairs of units that do not share a cluster.
    pinned
        Units and the cluster each must be in.
    unit
        What the user calls a unit.
    """
    for one, other in apart:
        if group[one] == group[other]:
            yield Diagnostic(
                "E0620",
                f"{unit}s {one} and {other} are to be kept apart, but are also to be together",
                hint="drop one of the two wishes, or a pin that joins them",
            )
    home: dict[int, tuple[int, int]] = {}
    for member, cluster in pinned:
        first, where = home.setdefault(int(group[member]), (member, cluster))
        if where != cluster:
            yield Diagnostic(
                "E0620",
                f"{unit}s {first} and {member} are to be together, but are pinned to clusters "
                f"{where} and {cluster}",
                hint="pin both to one cluster, or drop the wish to keep them together",
            )


def too_large(
    group: NDArray[np.integer],
    demand: NDArray[np.int64],
    capacity: NDArray[np.int64],
    resources: Sequence[str],
    *,
    unit: str = "unit",
    core: str = "a core",
) -> Iterator[Diagnostic]:
    """E0601 for the first group that no core holds, with the resource that it lacks most.

    Parameters
    ----------
    group
        The group of each unit, (units,).
    demand
        int64 (groups, resources).
    capacity
        int64 (resources,).
    resources
        Their names.
    unit, core
        What the user calls a unit, and a core.
    """
    over = (demand > capacity).any(axis=1)
    for large in np.flatnonzero(over)[:1].tolist():
        resource = int(np.argmax(demand[large] / np.maximum(capacity, 1)))
        members = np.flatnonzero(group == large)
        alone = len(members) == 1
        yield Diagnostic(
            "E0601",
            f"{unit} {members[0]} does not fit {core}"
            if alone
            else f"{len(members)} {unit}s that are to be together (the first is {members[0]}) "
            f"do not fit {core}",
            have=f"{capacity[resource]} {resources[resource]} on a core",
            need=f"{demand[large, resource]} {resources[resource]}",
            hint="a machine with larger cores" if alone else f"keep fewer {unit}s together",
        )
