"""Annealing of placements by swaps of seats, compiled: costs change by what a swap touches.

Costs are integers throughout; the state of the random numbers is an argument.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.place.distance import Distance
from somac.compiler.mapping.place.distance_kernels import hops_between
from somac.compiler.mapping.place.net_kernels import NetTables, commit, reroute
from somac.compiler.mapping.random_kernels import below, next_bits

__all__ = ["FREE", "HELD", "Pairs", "Proposals", "Seating", "Seats", "anneal_swaps", "pairs_cost"]

FREE = -1
HELD = -2


class Seats(NamedTuple):
    """The seats of a machine, one per slice that fits, in the cells of a grid.

    Parameters
    ----------
    first
        int64 (cells + 1,): where the seats of each cell begin, cells by row, then column.
    cell, place
        int64 (seats,): cell and place of each seat.
    width, height
        Columns and rows of the grid.
    around, over
        Whether the grid is a torus: its columns, and its rows.
    """

    first: NDArray[np.int64]
    cell: NDArray[np.int64]
    place: NDArray[np.int64]
    width: int
    height: int
    around: bool
    over: bool


class Seating(NamedTuple):
    """Who sits where; changed in place by the kernels.

    Parameters
    ----------
    at
        int64 (slices,): place.
    seat
        int64 (slices,): seat.
    taken
        int64 (seats,): the slice on a seat, `FREE` if there is none, `HELD` if it may not
        move.
    mobile
        int64 (mobile slices,): slices that may move.
    """

    at: NDArray[np.int64]
    seat: NDArray[np.int64]
    taken: NDArray[np.int64]
    mobile: NDArray[np.int64]


class Pairs(NamedTuple):
    """Traffic between slices, seen from either end, and from the host.

    Parameters
    ----------
    start
        int64 (slices + 1,): where the neighbours of a slice begin.
    other
        int64 (2 pairs,): neighbours.
    there, back
        int64 (2 pairs,): rate to the neighbour and from it. If ways back are as long as ways
        there, `there` holds both and `back` has no entries.
    host
        int64 (slices,): rate from the host.
    """

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    there: NDArray[np.int64]
    back: NDArray[np.int64]
    host: NDArray[np.int64]


class Proposals(NamedTuple):
    """How swaps are chosen and accepted.

    Parameters
    ----------
    number
        Swaps looked at.
    temperature
        In units of the cost.
    neglog
        float64 (4096,): -ln(u) for u evenly spread in (0, 1).
    reach
        Cells to either side in which a seat is chosen.
    directed
        Of 256 proposals, how many go next to a random neighbour instead.
    screen
        If nets count, swaps that cost more than this by pairs are not looked at further.
    """

    number: int
    temperature: float
    neglog: NDArray[np.float64]
    reach: int
    directed: int
    screen: float


@njit
def pairs_cost(pairs: Pairs, distance: Distance, at: NDArray[np.int64]) -> int:
    """Rate times hops, over all pairs and from the host, which is the last place."""
    host = len(distance.group) - 1
    total = 0
    for i in range(len(at)):
        p = at[i]
        total += pairs.host[i] * hops_between(distance, host, p)
        for e in range(pairs.start[i], pairs.start[i + 1]):
            j = pairs.other[e]
            if len(pairs.back) or i < j:
                total += pairs.there[e] * hops_between(distance, p, at[j])
    return total


@njit
def anneal_swaps(
    pairs: Pairs,
    nets: NetTables,
    distance: Distance,
    seats: Seats,
    seating: Seating,
    how: Proposals,
    state: NDArray[np.uint64],
) -> int:
    """Propose swaps at one temperature (N. Metropolis et al., J. Chemical Physics 21, 1953).

    A slice changes seats with whatever is on a seat of a cell near its own, or near that of a
    neighbour.

    Parameters
    ----------
    pairs
        Traffic by pairs: the cost, and what makes slices neighbours.
    nets
        Traffic by nets, which is the cost instead if there are any; their lengths are changed.
    distance, seats
        The machine.
    seating
        Where the slices are; changed.
    how
        How swaps are chosen.
    state
        uint64 (1,): of the random numbers; changed.

    Returns
    -------
    The change of the cost.
    """
    at, seat, taken, mobile = seating.at, seating.seat, seating.taken, seating.mobile
    start, other, there, back = pairs.start, pairs.other, pairs.there, pairs.back
    host_rate, host, near = pairs.host, len(distance.group) - 1, distance.near
    width, height = seats.width, seats.height
    by_net = len(nets.rate) > 0
    bits = state[0]
    total = 0
    for _ in range(how.number):
        bits = next_bits(bits)
        i = mobile[below(bits, len(mobile))]
        old = seat[i]
        degree = start[i + 1] - start[i]
        from_cell, span = seats.cell[old], how.reach
        if np.int64(bits & np.uint64(255)) < how.directed and degree > 0:
            bits = next_bits(bits)
            from_cell = seats.cell[seat[other[start[i] + below(bits, degree)]]]
            # a cell with one seat is full with the neighbour
            span = 1 if seats.first[from_cell + 1] - seats.first[from_cell] == 1 else 0
        bits = next_bits(bits)
        side = 2 * span + 1
        x = from_cell % width + below(bits, side) - span
        bits = next_bits(bits)
        y = from_cell // width + below(bits, side) - span
        if seats.around:
            x %= width
        if seats.over:
            y %= height
        if x < 0 or y < 0 or x >= width or y >= height:
            continue
        cell = y * width + x
        new, room = seats.first[cell], seats.first[cell + 1] - seats.first[cell]
        if room == 0:
            continue
        if room > 1:
            bits = next_bits(bits)
            new += below(bits, room)
        p, q = seats.place[old], seats.place[new]
        j = taken[new]
        if p == q or j == HELD:
            continue
        change = 0
        # both slices in one loop, written out: a call would cost more than what it does
        mover, source, goal, swapped = i, p, q, j
        for _side in range(2):
            if mover >= 0:
                if host_rate[mover]:
                    longer = hops_between(distance, host, goal)
                    longer -= hops_between(distance, host, source)
                    change += host_rate[mover] * np.int64(longer)
                for e in range(start[mover], start[mover + 1]):
                    k = other[e]
                    x = at[k]
                    if k == swapped:
                        # the two change ends, which matters if ways back are longer; count once
                        if len(back) and mover < k:
                            longer = hops_between(distance, goal, source)
                            longer -= hops_between(distance, source, goal)
                            change += (there[e] - back[e]) * np.int64(longer)
                        continue
                    if distance.dense:
                        change += there[e] * np.int64(near[goal, x] - near[source, x])
                    else:
                        longer = hops_between(distance, goal, x)
                        longer -= hops_between(distance, source, x)
                        change += there[e] * np.int64(longer)
                    if len(back):
                        longer = hops_between(distance, x, goal)
                        longer -= hops_between(distance, x, source)
                        change += back[e] * np.int64(longer)
            mover, source, goal, swapped = j, q, p, i
        if by_net:
            if change > how.screen:
                continue
            at[i] = q
            if j >= 0:
                at[j] = p
            change = reroute(nets, distance, at, i, j, p, q)
        if change > 0:
            bits = next_bits(bits)
            if change > how.temperature * how.neglog[np.int64(bits >> np.uint64(52))]:
                if by_net:
                    at[i] = p
                    if j >= 0:
                        at[j] = q
                continue
        if by_net:
            commit(nets)
        taken[old], taken[new] = j, i
        seat[i], at[i] = new, q
        if j >= 0:
            seat[j], at[j] = old, p
        total += change
    state[0] = bits
    return total
