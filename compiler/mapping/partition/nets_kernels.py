"""Kernels that make, check and turn round the nets of a hypergraph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = [
    "distinct_homes",
    "distinct_pins",
    "first_fault",
    "merged",
    "permuted",
    "selected",
    "transpose",
]


@njit
def distinct_pins(
    units: int,
    source: NDArray[np.int32],
    start: NDArray[np.int64],
    target: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Starts and pins of nets: the source, if any, then each target once, in order.

    A net that nobody but its source hears has no pins.
    """
    nets = len(source)
    where = np.zeros(nets + 1, np.int64)
    pins = np.empty(len(target) + nets, np.int32)
    seen = np.full(units, -1, np.int32)
    end = 0
    for net in range(nets):
        own = source[net]
        begin = end
        if own >= 0:
            seen[own] = net
            pins[end] = own
            end += 1
        lone = end
        for at in range(start[net], start[net + 1]):
            unit = target[at]
            if seen[unit] != net:
                seen[unit] = net
                pins[end] = unit
                end += 1
        if end == lone:
            end = begin
        where[net + 1] = end
    return where, pins[:end].copy()


@njit
def distinct_homes(
    start: NDArray[np.int64],
    target: NDArray[np.int64],
    home: NDArray[np.int64],
    homes: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the targets of each net are: starts, and each home once, in order of appearance.

    Target t is at ``home[t]``, of `homes`.
    """
    nets = len(start) - 1
    where = np.zeros(nets + 1, np.int64)
    seen = np.full(homes, -1, np.int64)
    for net in range(nets):
        where[net + 1] = where[net]
        for at in range(start[net], start[net + 1]):
            if seen[home[target[at]]] != net:
                seen[home[target[at]]] = net
                where[net + 1] += 1
    found = np.empty(where[nets], np.int64)
    seen[:] = -1
    end = 0
    for net in range(nets):
        for at in range(start[net], start[net + 1]):
            here = home[target[at]]
            if seen[here] != net:
                seen[here] = net
                found[end] = here
                end += 1
    return where, found


@njit
def first_fault(
    units: int,
    source: NDArray[np.int32],
    start: NDArray[np.int64],
    pin: NDArray[np.int32],
) -> int:
    """The first net that has a unit twice, or pins but not its source; -1 if none has."""
    seen = np.full(units, -1, np.int32)
    for net in range(len(source)):
        for at in range(start[net], start[net + 1]):
            if seen[pin[at]] == net:
                return net
            seen[pin[at]] = net
        own = source[net]
        if own >= 0 and start[net + 1] > start[net] and seen[own] != net:
            return net
    return -1


@njit
def transpose(
    units: int, start: NDArray[np.int64], pin: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The nets of each unit, ascending: where they begin, and which they are."""
    first = np.zeros(units + 1, np.int64)
    for at in range(len(pin)):
        first[pin[at] + 1] += 1
    for unit in range(units):
        first[unit + 1] += first[unit]
    free = first[:-1].copy()
    net_of = np.empty(len(pin), np.int32)
    for net in range(len(start) - 1):
        for at in range(start[net], start[net + 1]):
            unit = pin[at]
            net_of[free[unit]] = net
            free[unit] += 1
    return first, net_of


@njit
def merged(
    source: NDArray[np.int32],
    start: NDArray[np.int64],
    pin: NDArray[np.int32],
    group: NDArray[np.int32],
    groups: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Source, start and pins of nets between groups of units, each group once in a net."""
    nets = len(source)
    origin = source.copy()
    begin = np.zeros(nets + 1, np.int64)
    pins = np.empty(len(pin), np.int32)
    seen = np.full(groups, -1, np.int32)
    end = 0
    for net in range(nets):
        if source[net] >= 0:
            origin[net] = group[source[net]]
        for at in range(start[net], start[net + 1]):
            near = group[pin[at]]
            if seen[near] != net:
                seen[near] = net
                pins[end] = near
                end += 1
        begin[net + 1] = end
    return origin, begin, pins[:end].copy()


@njit
def selected(
    start: NDArray[np.int64], pin: NDArray[np.int32], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Start and pins of the nets chosen, in that order."""
    begin = np.zeros(len(chosen) + 1, np.int64)
    for index in range(len(chosen)):
        net = chosen[index]
        begin[index + 1] = begin[index] + start[net + 1] - start[net]
    pins = np.empty(begin[-1], np.int32)
    for index in range(len(chosen)):
        base = start[chosen[index]]
        for at in range(begin[index], begin[index + 1]):
            pins[at] = pin[base + at - begin[index]]
    return begin, pins


@njit
def permuted(pin: NDArray[np.int32], number: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pins with the units numbered anew."""
    pins = np.empty(len(pin), np.int32)
    for at in range(len(pin)):
        pins[at] = number[pin[at]]
    return pins
