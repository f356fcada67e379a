"""What a partition is to kernels: where nets are, what clusters may hold, and one move of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.partition.nets import Nets

__all__ = ["Rules", "Spread", "conflict", "exchange", "loads", "move", "spread_of", "survey"]


class Spread(NamedTuple):
    """In which clusters the pins of each net are, and how many of them.

    Attributes
    ----------
    slot
        int64 (nets + 1,): net `n` may use the slots ``slot[n]`` to ``slot[n + 1]``.
    used
        int32 (nets,): of which the first so many hold a cluster.
    cluster, pins
        int32 (slots,): a cluster, and the number of the net's pins in it.
    """

    slot: NDArray[np.int64]
    used: NDArray[np.int32]
    cluster: NDArray[np.int32]
    pins: NDArray[np.int32]


class Rules(NamedTuple):
    """What a cluster may hold.

    Attributes
    ----------
    demand
        int64 (units, resources): what a unit takes of its cluster.
    entering
        int64 (nets, resources or 0): what a net takes of each cluster that it enters from
        outside; no columns if nets take nothing.
    low, high
        int64 (resources,): loads between which a cluster is under no strain.
    fixed
        bool (units,): units that stay where they are.
    apart, other
        Unit `u` is never with ``other[apart[u]:apart[u + 1]]``; int64 and int32.
    """

    demand: NDArray[np.int64]
    entering: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    fixed: NDArray[np.bool_]
    apart: NDArray[np.int64]
    other: NDArray[np.int32]


@njit
def spread_of(nets: Nets, part: NDArray[np.int32], clusters: int) -> Spread:
    """The spread of every net."""
    count = len(nets.source)
    slot = np.zeros(count + 1, np.int64)
    for net in range(count):
        slot[net + 1] = slot[net] + min(nets.start[net + 1] - nets.start[net], clusters)
    used = np.zeros(count, np.int32)
    cluster = np.empty(slot[count], np.int32)
    number = np.empty(slot[count], np.int32)
    for net in range(count):
        begin = slot[net]
        end = begin
        for pin in range(nets.start[net], nets.start[net + 1]):
            home = part[nets.pin[pin]]
            at = begin
            while at < end and cluster[at] != home:
                at += 1
            if at == end:
                cluster[at] = home
                number[at] = 0
                end += 1
            number[at] += 1
        used[net] = end - begin
    return Spread(slot, used, cluster, number)


@njit
def loads(
    nets: Nets, spread: Spread, rules: Rules, part: NDArray[np.int32], clusters: int
) -> NDArray[np.int64]:
    """What each cluster holds, int64 (clusters, resources)."""
    load = np.zeros((clusters, len(rules.high)), np.int64)
    for unit in range(len(part)):
        load[part[unit]] += rules.demand[unit]
    if rules.entering.shape[1] > 0:
        for net in range(len(nets.source)):
            home = -1 if nets.source[net] < 0 else part[nets.source[net]]
            for at in range(spread.slot[net], spread.slot[net] + spread.used[net]):
                if spread.cluster[at] != home:
                    load[spread.cluster[at]] += rules.entering[net]
    return load


@njit
def survey(
    nets: Nets,
    spread: Spread,
    unit: int,
    home: int,
    gain: NDArray[np.int64],
    near: NDArray[np.int32],
) -> tuple[int, int, int]:
    """Look at all nets of a unit, and at the clusters in which they are.

    Parameters
    ----------
    gain
        (clusters,), all 0: set, for each cluster found, to the weight of the nets that are
        there. The caller sets it back.
    near
        (clusters + 1,): set to the clusters found, home among them.

    Returns
    -------
    Weight of all nets, weight of those that have no other pin at home, clusters found. A
    move to cluster `c` makes the connectivity grow by the first less the second less gain[c].
    """
    everything, lonely, found = 0, 0, 0
    for index in range(nets.first[unit], nets.first[unit + 1]):
        # unsigned, here and below: a number that cannot be negative needs no second look at
        # whether it counts from the end, and this is the loop in which all the time goes
        net = np.uint32(nets.net[index])
        weight = nets.weight[net]
        if weight == 0:
            continue
        everything += weight
        at = np.uint64(spread.slot[net])
        end = at + np.uint64(spread.used[net])
        while at < end:
            there = np.uint32(spread.cluster[at])
            so_far = gain[there]
            gain[there] = so_far + weight
            near[np.uint64(found)] = there
            found += so_far == 0
            if there == home and spread.pins[at] == 1:
                lonely += weight
            at += np.uint64(1)
    return everything, lonely, found


@njit
def exchange(
    nets: Nets,
    spread: Spread,
    rules: Rules,
    part: NDArray[np.int32],
    unit: int,
    there: int,
    leaving: NDArray[np.int64],
    joining: NDArray[np.int64],
) -> None:
    """What a unit frees at home and takes there, with the nets that stop or start to enter."""
    home = part[unit]
    leaving[:] = rules.demand[unit]
    joining[:] = leaving
    for index in range(nets.first[unit], nets.first[unit + 1]):
        net = nets.net[index]
        lone, entered = False, False
        for at in range(spread.slot[net], spread.slot[net] + spread.used[net]):
            if spread.cluster[at] == there:
                entered = True
            elif spread.cluster[at] == home:
                lone = spread.pins[at] == 1
        source = nets.source[net]
        if source == unit:
            # its own net becomes internal there, and comes from outside at home
            if entered:
                joining -= rules.entering[net]
            if not lone:
                leaving -= rules.entering[net]
        else:
            owner = -1 if source < 0 else part[source]
            if not entered and owner != there:
                joining += rules.entering[net]
            if lone and owner != home:
                leaving += rules.entering[net]


@njit
def move(nets: Nets, spread: Spread, part: NDArray[np.int32], unit: int, there: int) -> None:
    """Move a unit, and keep the spread of its nets."""
    home = part[unit]
    part[unit] = there
    for index in range(nets.first[unit], nets.first[unit + 1]):
        net = nets.net[index]
        begin = spread.slot[net]
        end = begin + spread.used[net]
        old, new = -1, -1
        for at in range(begin, end):
            if spread.cluster[at] == home:
                old = at
            elif spread.cluster[at] == there:
                new = at
        if new >= 0:
            spread.pins[new] += 1
            spread.pins[old] -= 1
            if spread.pins[old] == 0:
                spread.cluster[old] = spread.cluster[end - 1]
                spread.pins[old] = spread.pins[end - 1]
                spread.used[net] -= 1
        elif spread.pins[old] == 1:
            spread.cluster[old] = there
        else:
            spread.pins[old] -= 1
            spread.cluster[end] = there
            spread.pins[end] = 1
            spread.used[net] += 1


@njit
def conflict(rules: Rules, part: NDArray[np.int32], unit: int, there: int) -> bool:
    """Whether a cluster has a unit that this one must be kept apart from."""
    for at in range(rules.apart[unit], rules.apart[unit + 1]):
        if part[rules.other[at]] == there:
            return True
    return False
