"""Lengths of multicast trees while slices move, compiled.

A net's length is that of a spanning tree over the distinct places it touches, in hops (R. C.
Prim, Bell System Technical Journal 36, 1957): a router that joins paths needs no more links,
and tests show by how few it needs less. Nets that touch very many places have the half
perimeter of their box instead, or the number of places if that is more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.place.distance import Distance
from somac.compiler.mapping.place.distance_kernels import hops_between

__all__ = ["MAX_TREE", "NetTables", "commit", "lengths", "reroute"]

MAX_TREE = 64
"""Places that a spanning tree is made for."""


class NetTables(NamedTuple):
    """Nets, the length of each, and room to work in. Private to one search.

    Parameters
    ----------
    start
        int64 (nets + 1,): where the slices of a net begin.
    slice
        int64 (pins,): slices of each net, each once, its source among them; -1 is the host.
    rate
        int64 (nets,).
    first
        int64 (slices + 1,): where the nets of a slice begin.
    net
        int64 (pins,): nets of each slice.
    x, y
        int64 (places + 1,): column and row of each place.
    length
        int64 (nets,): hops.
    changed, altered, stamp
        int64 (nets,): lengths after a move, the nets that it alters, and the last move that
        touched each.
    seen
        int64 (places + 1,): the last tree that touched each place.
    member, away
        int64 (`MAX_TREE`,): places of a tree, and how far each is from those in it.
    clock
        int64 (3,): number of the last move, how many nets it alters, number of the last tree.
    one_way
        Whether some way back is of another length than the way there.
    """

    start: NDArray[np.int64]
    slice: NDArray[np.int64]
    rate: NDArray[np.int64]
    first: NDArray[np.int64]
    net: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    length: NDArray[np.int64]
    changed: NDArray[np.int64]
    altered: NDArray[np.int64]
    stamp: NDArray[np.int64]
    seen: NDArray[np.int64]
    member: NDArray[np.int64]
    away: NDArray[np.int64]
    clock: NDArray[np.int64]
    one_way: bool


@njit
def lengths(nets: NetTables, distance: Distance, at: NDArray[np.int64]) -> int:
    """Find the length of every net; the sum of rate times length."""
    for n in range(len(nets.rate)):
        nets.altered[n] = n
    nets.clock[1] = len(nets.rate)
    _measure(nets, distance, at)
    commit(nets)
    total = 0
    for n in range(len(nets.rate)):
        total += nets.rate[n] * nets.length[n]
    return total


@njit
def commit(nets: NetTables) -> None:
    """Keep the lengths of the last move."""
    for k in range(nets.clock[1]):
        n = nets.altered[k]
        nets.length[n] = nets.changed[n]


@njit
def reroute(
    nets: NetTables, distance: Distance, at: NDArray[np.int64], i: int, j: int, p: int, q: int
) -> int:
    """What it costs more that slice i went from place p to q, and j, if any, from q to p."""
    nets.clock[0] += 1
    now = nets.clock[0]
    count = 0
    for mover in (i, j):
        if mover < 0:
            continue
        for e in range(nets.first[mover], nets.first[mover + 1]):
            n = nets.net[e]
            if nets.stamp[n] == now:
                continue
            nets.stamp[n] = now
            # slices of the net on p and on q, now and before
            on_p, on_q, moved = 0, 0, 0
            for pin in range(nets.start[n], nets.start[n + 1]):
                k = nets.slice[pin]
                if k >= 0:
                    on_p += at[k] == p
                    on_q += at[k] == q
                    moved += (k == i) - (k == j)
            fewer = (on_p > 0) != (on_p + moved > 0) or (on_q > 0) != (on_q - moved > 0)
            # where ways back are longer, it matters which slice is at which of the same places
            if fewer or nets.one_way:
                nets.altered[count] = n
                count += 1
    nets.clock[1] = count
    _measure(nets, distance, at)
    total = 0
    for k in range(count):
        n = nets.altered[k]
        total += nets.rate[n] * (nets.changed[n] - nets.length[n])
    return total


@njit
def _measure(nets: NetTables, distance: Distance, at: NDArray[np.int64]) -> None:
    """Find the lengths of the nets that a move alters: all in one call, as calls are dear."""
    host = len(nets.seen) - 1
    member, away, near = nets.member, nets.away, distance.near
    now = nets.clock[2]
    for turn in range(nets.clock[1]):
        n = nets.altered[turn]
        now += 1
        count = 0
        left, right, low, high = np.int64(1 << 40), np.int64(-1), np.int64(1 << 40), np.int64(-1)
        for pin in range(nets.start[n], nets.start[n + 1]):
            k = nets.slice[pin]
            place = host if k < 0 else at[k]
            if nets.seen[place] == now:
                continue
            nets.seen[place] = now
            if count < MAX_TREE:
                member[count] = place
            else:
                left, right = min(left, nets.x[place]), max(right, nets.x[place])
                low, high = min(low, nets.y[place]), max(high, nets.y[place])
            count += 1
        if count > MAX_TREE:
            for k in range(MAX_TREE):
                left, right = min(left, nets.x[member[k]]), max(right, nets.x[member[k]])
                low, high = min(low, nets.y[member[k]]), max(high, nets.y[member[k]])
            nets.changed[n] = max(np.int64(count - 1), right - left + high - low)
            continue
        total = np.int64(0)
        for k in range(1, count):
            away[k] = np.int64(1 << 40)
        root = member[0]
        for joined in range(1, count):
            nearest = joined
            for k in range(joined, count):
                if distance.dense:
                    away[k] = min(away[k], np.int64(near[root, member[k]]))
                else:
                    away[k] = min(away[k], np.int64(hops_between(distance, root, member[k])))
                if away[k] < away[nearest]:
                    nearest = k
            total += away[nearest]
            root = member[nearest]
            member[nearest], away[nearest] = member[joined], away[joined]
        nets.changed[n] = total
    nets.clock[2] = now
