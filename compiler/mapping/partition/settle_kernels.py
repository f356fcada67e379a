"""The kernel that makes capacities hard: what is too much moves where there is room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.partition.nets import Nets
from somac.compiler.mapping.partition.spread_kernels import (
    Rules,
    Spread,
    conflict,
    exchange,
    move,
    survey,
)

__all__ = ["settle"]


@njit
def settle(
    nets: Nets,
    spread: Spread,
    rules: Rules,
    part: NDArray[np.int32],
    load: NDArray[np.int64],
    limit: int,
) -> int:
    """Empty clusters that hold more than `rules.high`, one cheapest move after another.

    A move goes to a cluster with room, found by nets or else the roomiest ones; it is not
    made if it overfills another. Units in conflict with another of their cluster go first.
    Where no unit frees anything by itself, as what its nets take is taken for others too, one
    goes all the same, and the next may.

    Returns
    -------
    Clusters that are still too full, or hold a conflict, after at most `limit` moves of each.
    """
    clusters = len(load)
    first, member = _members(part, clusters)
    gain = np.zeros(clusters, np.int64)
    near = np.empty(clusters + 1, np.int32)
    failed = 0
    for cluster in range(clusters):
        for step in range(limit + 1):
            over = _over(load[cluster], rules.high)
            clash = _clash(rules, part, member[first[cluster] : first[cluster + 1]], cluster)
            if not over and clash < 0:
                break
            if step == limit:
                failed += 1
                break
            unit, there = _cheapest(
                nets,
                spread,
                rules,
                part,
                load,
                member[first[cluster] : first[cluster + 1]],
                cluster,
                clash,
                (gain, near),
            )
            if unit < 0:
                failed += 1
                break
            leaving = rules.demand[unit].copy()
            joining = leaving.copy()
            if rules.entering.shape[1] > 0:
                exchange(nets, spread, rules, part, unit, there, leaving, joining)
            load[cluster] -= leaving
            load[there] += joining
            move(nets, spread, part, unit, there)
    return failed


@njit
def _members(part: NDArray[np.int32], clusters: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Units by cluster: where each cluster's begin, and which they are."""
    first = np.zeros(clusters + 1, np.int64)
    for unit in range(len(part)):
        first[part[unit] + 1] += 1
    for cluster in range(clusters):
        first[cluster + 1] += first[cluster]
    free = first[:-1].copy()
    member = np.empty(len(part), np.int32)
    for unit in range(len(part)):
        member[free[part[unit]]] = unit
        free[part[unit]] += 1
    return first, member


@njit
def _over(load: NDArray[np.int64], high: NDArray[np.int64]) -> bool:
    excess = 0
    for resource in range(len(load)):
        excess = max(excess, load[resource] - high[resource])
    return excess > 0


@njit
def _clash(rules: Rules, part: NDArray[np.int32], members: NDArray[np.int32], cluster: int) -> int:
    """A unit that may move and is with one it must be kept apart from, or -1."""
    for unit in members:
        here = part[unit] == cluster and not rules.fixed[unit]
        if here and conflict(rules, part, unit, cluster):
            return int(unit)
    return -1


@njit
def _cheapest(
    nets: Nets,
    spread: Spread,
    rules: Rules,
    part: NDArray[np.int32],
    load: NDArray[np.int64],
    members: NDArray[np.int32],
    home: int,
    clash: int,
    scratch: tuple[NDArray[np.int64], NDArray[np.int32]],
) -> tuple[int, int]:
    """The move out of a cluster, of a unit in conflict if there is one, that costs least.

    Cost is growth of the connectivity per share of capacity that is freed; moves that free
    nothing come last.
    """
    gain, near = scratch
    high = rules.high
    leaving = np.zeros(len(high), np.int64)
    joining = np.zeros(len(high), np.int64)
    best_unit, best_there, least, frees = -1, -1, np.inf, False
    for unit in members:
        if part[unit] != home or rules.fixed[unit] or (clash >= 0 and unit != clash):
            continue
        everything, lonely, found = survey(nets, spread, unit, home, gain, near)
        # clusters next to it first; the others only count where none of these has room
        open_near = False
        for index in range(found + len(load)):
            there = near[index] if index < found else index - found
            if there == home or (index >= found and (open_near or gain[there] > 0)):
                continue
            leaving[:] = rules.demand[unit]
            joining[:] = leaving
            if rules.entering.shape[1] > 0:
                exchange(nets, spread, rules, part, unit, there, leaving, joining)
            relief = 0.0
            room = True
            for resource in range(len(high)):
                if load[there, resource] + joining[resource] > high[resource]:
                    room = False
                if load[home, resource] > high[resource]:
                    relief += leaving[resource] / max(high[resource], 1)
            if not room:
                continue
            open_near = True
            rise = everything - lonely - gain[there]
            cost = float(rise)
            freeing = clash >= 0 or relief > 0.0
            if clash < 0 and freeing:
                cost = rise / relief if rise > 0 else rise * relief
            better = (freeing and not frees) or (freeing == frees and cost < least)
            if better and not conflict(rules, part, unit, there):
                best_unit, best_there, least, frees = unit, there, cost, freeing
        for index in range(found):
            gain[near[index]] = 0
    return best_unit, best_there
