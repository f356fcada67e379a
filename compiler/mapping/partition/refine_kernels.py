"""Kernels that move units between clusters: annealed sweeps under soft capacities.

A sweep visits units and moves each to the cluster of least energy, where energy is

    weighted connectivity + stiffness * sum of squared relative overloads,

plus Gumbel noise at a temperature. The least of noisy energies is a sample of the Boltzmann
distribution over all clusters next to the unit (E. J. Gumbel, 1954): one evaluation is a
whole heat-bath step, not one proposal that is mostly rejected. Capacities are soft on the way
because in a full machine no single move is allowed, and hard at the end.
"""

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
from somac.compiler.mapping.random_kernels import next_bits

__all__ = ["scale_of", "sweep"]


@njit
def sweep(
    nets: Nets,
    spread: Spread,
    rules: Rules,
    part: NDArray[np.int32],
    load: NDArray[np.int64],
    wait: NDArray[np.int8],
    order: NDArray[np.int32],
    temperature: float,
    stiffness: float,
    random: NDArray[np.uint64],
) -> tuple[int, int]:
    """Visit the units in the order given, and move each to the cluster of least energy.

    Parameters
    ----------
    part, load, spread
        The partition; changed.
    wait
        (units,): sweeps for which a unit that is far from moving is passed over; changed.
    temperature, stiffness
        In units of connectivity.
    random
        (1,): state of the generator; changed.

    Returns
    -------
    Units moved, and by how much the connectivity has grown.
    """
    clusters = len(load)
    gain = np.zeros(clusters, np.int64)
    near = np.empty(clusters + 1, np.int32)
    leaving = np.zeros(len(rules.high), np.int64)
    joining = np.zeros(len(rules.high), np.int64)
    moved, growth = 0, 0
    roomiest = 0
    for step in range(len(order)):
        unit = order[step]
        if step % 64 == 0:
            roomiest = _roomiest(load, rules.high)
        if wait[unit] > 0:
            wait[unit] -= 1
            continue
        if rules.fixed[unit]:
            continue
        home = part[unit]
        everything, lonely, found = survey(nets, spread, unit, home, gain, near)
        if gain[roomiest] == 0:
            near[found] = roomiest
            found += 1
        leaving[:] = rules.demand[unit]
        joining[:] = leaving
        strain = stiffness * _strain(rules, load[home], leaving, -1)
        best = home
        least = _noise(temperature, random)
        if conflict(rules, part, unit, home):
            least = np.inf
        gap = np.inf
        for index in range(found):
            there = near[index]
            if there == home:
                continue
            rise = everything - lonely - gain[there]
            energy = rise + strain
            if rules.entering.shape[1] > 0:
                exchange(nets, spread, rules, part, unit, there, leaving, joining)
                energy = rise + stiffness * _strain(rules, load[home], leaving, -1)
            energy += stiffness * _strain(rules, load[there], joining, 1)
            gap = min(gap, energy)
            if energy > 8.0 * temperature and least < np.inf:
                continue
            energy += _noise(temperature, random)
            if energy < least and not conflict(rules, part, unit, there):
                least = energy
                best = there
        rise = everything - lonely - gain[best]
        for index in range(found):
            gain[near[index]] = 0
        if best == home:
            if gap > 8.0 * temperature:
                wait[unit] = min(4, int(gap / (16.0 * temperature + everything / 64 + 1)))
            continue
        if rules.entering.shape[1] > 0:
            exchange(nets, spread, rules, part, unit, best, leaving, joining)
        load[home] -= leaving
        load[best] += joining
        move(nets, spread, part, unit, best)
        moved += 1
        growth += rise
    return moved, growth


@njit
def scale_of(nets: Nets) -> float:
    """What a move typically changes: root of the sum of squared weights, mean over units."""
    total = 0.0
    units = len(nets.first) - 1
    for unit in range(units):
        squares = 0.0
        for index in range(nets.first[unit], nets.first[unit + 1]):
            weight = np.float64(nets.weight[nets.net[index]])
            squares += weight * weight
        total += np.sqrt(squares)
    return total / max(units, 1)


@njit
def _noise(temperature: float, random: NDArray[np.uint64]) -> float:
    """A sample of the Gumbel distribution for minima, times the temperature."""
    if temperature <= 0.0:
        return 0.0
    random[0] = next_bits(random[0])
    share = (np.float64(random[0] >> np.uint64(11)) + 0.5) / 9007199254740992.0
    return float(temperature * np.log(-np.log(share)))


@njit
def _roomiest(load: NDArray[np.int64], capacity: NDArray[np.int64]) -> int:
    """The cluster whose fullest resource is least full."""
    best, least = 0, np.inf
    for cluster in range(len(load)):
        fill = 0.0
        for resource in range(len(capacity)):
            fill = max(fill, load[cluster, resource] / max(capacity[resource], 1))
        if fill < least:
            best, least = cluster, fill
    return best


@njit
def _strain(rules: Rules, load: NDArray[np.int64], change: NDArray[np.int64], sign: int) -> float:
    """By how much the squared strain of a cluster grows if its load changes."""
    total = 0.0
    for resource in range(len(load)):
        old = load[resource]
        new = old + sign * change[resource]
        low, high = rules.low[resource], rules.high[resource]
        if old > high or new > high or old < low or new < low:
            before = (max(old - high, 0) + max(low - old, 0)) / max(high, 1)
            after = (max(new - high, 0) + max(low - new, 0)) / max(high, 1)
            total += after * after - before * before
    return total
