"""Compiled search for nets that share a tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["bits_of", "joined"]

Integers = NDArray[np.int64]
Words = NDArray[np.uint64]

_FAR = np.iinfo(np.int64).max


@njit
def joined(
    begin: Integers,
    net: Integers,
    first: Integers,
    core: Integers,
    weight: Integers,
    cores: int,
    most: int,
    window: int,
) -> Integers:
    """Trees for nets, of which those with one source may share one.

    Nets of one source that end at the same cores share a tree. Where a source has more trees
    than `most`, the two are joined, one pair after the other, whose packets reach the fewest
    cores that need not have them.

    Parameters
    ----------
    begin, net
        Source s sends the nets ``net[begin[s]:begin[s + 1]]``; nets that end at the same cores
        follow each other.
    first, core
        Net n ends at ``core[first[n]:first[n + 1]]``.
    weight
        (nets,): packets.
    cores
        Cores there are.
    most
        Trees that a source may have, at least 1.
    window
        Of a source with more than so many trees, so many at a time are compared.

    Returns
    -------
    int64 (nets,): trees, numbered from 0.
    """
    tree = np.empty(len(weight), np.int64)
    number = np.full(cores, -1, np.int64)
    known = np.empty(cores, np.int64)
    trees = 0
    for source in range(len(begin) - 1):
        low, high = begin[source], begin[source + 1]
        # the cores that this source reaches, and its different sets of them, numbered from 0
        reached, sets = 0, 0
        for at in range(low, high):
            for end in range(first[net[at]], first[net[at] + 1]):
                if number[core[end]] < 0:
                    number[core[end]] = reached
                    known[reached] = core[end]
                    reached += 1
            if at == low or not _same(core, first, net[at - 1], net[at]):
                sets += 1
            tree[net[at]] = sets - 1
        ends = np.zeros((sets, (reached + 63) >> 6), np.uint64)
        packets = np.zeros(sets, np.int64)
        home = np.empty(sets, np.int64)
        for at in range(low, high):
            own = tree[net[at]]
            home[own] = own
            packets[own] += weight[net[at]]
            for end in range(first[net[at]], first[net[at] + 1]):
                bit = number[core[end]]
                ends[own, bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
        left = sets
        while left > most:
            left = _narrowed(ends, packets, home, left, most, window)
        left = _renumber(home)
        for at in range(low, high):
            tree[net[at]] = trees + home[tree[net[at]]]
        trees += left
        for at in range(reached):
            number[known[at]] = -1
    return tree


@njit
def _same(core: Integers, first: Integers, one: int, other: int) -> bool:
    """Whether two nets end at the same cores."""
    size = first[one + 1] - first[one]
    if first[other + 1] - first[other] != size:
        return False
    at = 0
    while at < size and core[first[one] + at] == core[first[other] + at]:
        at += 1
    return bool(at == size)


@njit
def _narrowed(
    ends: Words, packets: Integers, home: Integers, left: int, most: int, window: int
) -> int:
    """Of `left` sets join some until `most` are left, or half of each window; how many are left.

    `home` is the set that each has been joined to, `ends` and `packets` are kept for those.
    """
    alive = np.empty(left, np.int64)
    count = 0
    for at in range(len(home)):
        if home[at] == at:
            alive[count] = at
            count += 1
    for begin in range(0, count, window):
        size = min(window, count - begin)
        wanted = most if count <= window else (size + 1) // 2
        times = min(max(size - wanted, 0), left - most)
        _merge(ends, packets, home, alive, begin, size, times)
        left -= times
    return left


@njit
def _merge(
    ends: Words,
    packets: Integers,
    home: Integers,
    sets: Integers,
    begin: int,
    size: int,
    times: int,
) -> None:
    """Join the two nearest of some sets, so many times."""
    near = np.zeros(size, np.int64)
    cost = np.full(size, _FAR)
    for one in range(size):
        _find_nearest(ends, packets, home, sets, begin, one, near, cost)
    for _ in range(times):
        one = 0
        for other in range(1, size):
            if cost[other] < cost[one]:
                one = other
        keep, gone = min(one, near[one]), max(one, near[one])
        whole, part = sets[begin + keep], sets[begin + gone]
        for word in range(ends.shape[1]):
            ends[whole, word] |= ends[part, word]
        packets[whole] += packets[part]
        home[part] = whole
        cost[gone] = _FAR
        for rest in range(size):
            number = sets[begin + rest]
            if home[number] != number:
                continue
            if rest == keep or near[rest] == keep or near[rest] == gone:
                _find_nearest(ends, packets, home, sets, begin, rest, near, cost)
            else:
                surplus = _surplus(ends, packets, number, whole)
                if surplus < cost[rest]:
                    cost[rest], near[rest] = surplus, keep


@njit
def _find_nearest(
    ends: Words,
    packets: Integers,
    home: Integers,
    sets: Integers,
    begin: int,
    one: int,
    near: Integers,
    cost: Integers,
) -> None:
    """Find the set that one of them is joined to at the least cost."""
    cost[one] = _FAR
    for other in range(len(cost)):
        number = sets[begin + other]
        if other != one and home[number] == number:
            surplus = _surplus(ends, packets, sets[begin + one], number)
            if surplus < cost[one]:
                cost[one], near[one] = surplus, other


@njit
def _surplus(ends: Words, packets: Integers, one: int, other: int) -> int:
    """Packets that reach cores without need, once two sets are one."""
    total = 0
    for word in range(ends.shape[1]):
        a, b = ends[one, word], ends[other, word]
        total += int(packets[one]) * bits_of(b & ~a) + int(packets[other]) * bits_of(a & ~b)
    return total


@njit
def bits_of(word: np.uint64) -> int:
    """Ones in a word of 64 bits (the well-known sum of neighbours)."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = np.uint64(0x3333333333333333)
    word = (word & pairs) + ((word >> np.uint64(2)) & pairs)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    for half in (8, 16, 32):
        word += word >> np.uint64(half)
    return int(word & np.uint64(127))


@njit
def _renumber(home: Integers) -> int:
    """Number the sets that are left from 0, in order; how many there are.

    A set was joined to one before it, whose number is known when its own is asked for.
    """
    count = 0
    for at in range(len(home)):
        if home[at] == at:
            home[at] = count
            count += 1
        else:
            home[at] = home[home[at]]
    return count
