"""Drawings are seated, compiled: the machine is cut in halves, and a drawing after it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.place.anneal_kernels import Pairs, pairs_cost
from somac.compiler.mapping.place.distance import Distance
from somac.compiler.mapping.random_kernels import next_bits

__all__ = ["Halves", "cut_machine", "drawing_costs", "seat_drawing"]


class Halves(NamedTuple):
    """A machine cut into halves again and again, down to single places.

    Parameters
    ----------
    axis
        int64 (cuts,): 0 if x decides, 1 if y does, 2 if the part is one place.
    seats
        int64 (cuts,): seats of the part.
    place
        int64 (cuts,): the place of a part that is one.

    The first half of part c is part ``c + 1``, as in a walk in depth; the second follows the
    last part of the first.
    """

    axis: NDArray[np.int64]
    seats: NDArray[np.int64]
    place: NDArray[np.int64]


@njit
def cut_machine(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    chip_x: NDArray[np.int64],
    chip_y: NDArray[np.int64],
    seats: NDArray[np.int64],
) -> Halves:
    """Cut places into halves with about as many seats, across their longer side.

    Parts of several chips are cut between chips only.

    Parameters
    ----------
    x, y
        int64 (places,): column and row.
    chip_x, chip_y
        int64 (places,): column and row of the chip.
    seats
        int64 (places,).
    """
    places = len(x)
    order = np.arange(places)
    spare = np.empty(places, dtype=np.int64)
    most = 0
    for k in range(places):
        most = max(most, x[k], y[k], chip_x[k], chip_y[k])
    sums = np.zeros(most + 1, dtype=np.int64)
    axes = np.zeros(2 * places - 1, dtype=np.int64)
    room = np.zeros(2 * places - 1, dtype=np.int64)
    place = np.zeros(2 * places - 1, dtype=np.int64)
    stack = [(0, places)]
    part = 0
    while stack:
        begin, end = stack.pop()
        for k in range(begin, end):
            room[part] += seats[order[k]]
        if end - begin == 1:
            axes[part] = 2
            place[part] = order[begin]
            part += 1
            continue
        wide = _extent(x, order, begin, end) >= _extent(y, order, begin, end)
        chips_x = _extent(chip_x, order, begin, end)
        chips_y = _extent(chip_y, order, begin, end)
        if chips_x > 0 or chips_y > 0:
            wide = chips_y == 0 or (wide and chips_x > 0)
            key = chip_x if wide else chip_y
        else:
            key = x if wide else y
        axes[part] = 0 if wide else 1
        middle = _halve(key, seats, order, begin, end, room[part], sums, spare)
        part += 1
        stack.append((middle, end))
        stack.append((begin, middle))
    return Halves(axes, room, place)


@njit
def _extent(key: NDArray[np.int64], order: NDArray[np.int64], begin: int, end: int) -> int:
    low = high = key[order[begin]]
    for k in range(begin + 1, end):
        low, high = min(low, key[order[k]]), max(high, key[order[k]])
    return high - low  # type: ignore[no-any-return]


@njit
def _halve(
    key: NDArray[np.int64],
    seats: NDArray[np.int64],
    order: NDArray[np.int64],
    begin: int,
    end: int,
    room: int,
    sums: NDArray[np.int64],
    spare: NDArray[np.int64],
) -> int:
    """Reorder a part so that lower keys come first; where its second half begins."""
    for value in range(len(sums)):
        sums[value] = 0
    for k in range(begin, end):
        sums[key[order[k]]] += seats[order[k]]
    best, border, left = room + 1, -1, 0
    for value in range(len(sums)):
        left += sums[value]
        if 0 < left < room and abs(2 * left - room) < best:
            best, border = abs(2 * left - room), value
    if border < 0:
        return (begin + end) // 2
    low, behind = begin, 0
    for k in range(begin, end):
        if key[order[k]] <= border:
            order[low] = order[k]
            low += 1
        else:
            spare[behind] = order[k]
            behind += 1
    for k in range(behind):
        order[low + k] = spare[k]
    return low


@njit
def seat_drawing(
    halves: Halves,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    vertex: NDArray[np.int64],
    at: NDArray[np.int64],
) -> None:
    """Give every vertex of a drawing a place: halves of the drawing to halves of the machine.

    Parameters
    ----------
    halves
        The machine; seats enough for all.
    x, y
        float64 (vertices,): the drawing.
    vertex
        int64 (vertices to seat,): which of them; reordered.
    at
        int64 (vertices,): place of each; changed where `vertex` says.
    """
    bits = np.uint64(0x9E3779B97F4A7C15)
    parts = len(halves.axis)
    # where the second half of a part begins: behind all parts of the first
    second = np.zeros(parts, dtype=np.int64)
    size = np.ones(parts, dtype=np.int64)
    for part in range(parts - 1, -1, -1):
        if halves.axis[part] < 2:
            second[part] = part + 1 + size[part + 1]
            size[part] += size[part + 1] + size[second[part]]
    stack = [(0, 0, len(vertex))]
    while stack:
        part, begin, end = stack.pop()
        if begin == end:
            continue
        if halves.axis[part] == 2:
            for k in range(begin, end):
                at[vertex[k]] = halves.place[part]
            continue
        first, other = part + 1, second[part]
        count = end - begin
        # as full as the other half, rounded
        left = (2 * count * halves.seats[first] + halves.seats[part]) // (2 * halves.seats[part])
        left = max(left, count - halves.seats[other])
        left = min(left, halves.seats[first], count)
        key = x if halves.axis[part] == 0 else y
        bits = _select(key, vertex, begin, end, begin + left, bits)
        stack.append((other, begin + left, end))
        stack.append((first, begin, begin + left))


@njit
def drawing_costs(
    halves: Halves,
    drawings: NDArray[np.float64],
    fixed: NDArray[np.int64],
    pairs: Pairs,
    distance: Distance,
) -> NDArray[np.int64]:
    """What drawings cost by pairs once they are seated.

    Parameters
    ----------
    drawings
        float64 (drawings, 2, vertices): coordinates x and y.
    fixed
        int64 (vertices,): the place that a vertex is held on, -1 if it is to be seated.
    """
    free = np.flatnonzero(fixed < 0)
    costs = np.empty(len(drawings), dtype=np.int64)
    for k in range(len(drawings)):
        at = fixed.copy()
        seat_drawing(halves, drawings[k, 0], drawings[k, 1], free.copy(), at)
        costs[k] = pairs_cost(pairs, distance, at)
    return costs


@njit
def _select(
    key: NDArray[np.float64],
    vertex: NDArray[np.int64],
    begin: int,
    end: int,
    middle: int,
    bits: np.uint64,
) -> np.uint64:
    """Reorder `vertex` so that none before `middle` has a larger key than one behind it.

    Quickselect (C. A. R. Hoare, Communications of the ACM 4, 1961).
    """
    low, high = begin, end - 1
    while low < high:
        bits = next_bits(bits)
        pivot = key[vertex[low + np.int64(bits >> np.uint64(33)) % (high - low + 1)]]
        i, j = low, high
        while i <= j:
            while key[vertex[i]] < pivot:
                i += 1
            while key[vertex[j]] > pivot:
                j -= 1
            if i <= j:
                vertex[i], vertex[j] = vertex[j], vertex[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break
    return bits
