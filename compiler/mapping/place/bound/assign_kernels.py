"""Cheapest assignments with their prices, for bounds that live on what an assignment leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["reduce_by_assignment"]

FAR = 1 << 62


@njit
def reduce_by_assignment(
    cost: NDArray[np.int64], room: NDArray[np.int64], column: NDArray[np.int64]
) -> int:
    """Take the cheapest assignment out of a matrix of costs.

    Shortest augmenting paths (R. Jonker and A. Volgenant, Computing 38, 1987), for columns
    with room for several rows. The prices u of rows and v <= 0 of columns that prove the
    optimum are subtracted: for every assignment that respects the rooms

        sum of old costs >= total + sum of new costs,    new costs >= 0.

    Parameters
    ----------
    cost
        int64 (rows, columns), changed in place to what is left.
    room
        int64 (columns,): rows that fit, enough for all of them.
    column
        int64 (rows,): set to the column of each row.

    Returns
    -------
    The total: the sum of u, and of v times the room.
    """
    rows, columns = cost.shape
    u = np.zeros(rows, dtype=np.int64)
    v = np.zeros(columns, dtype=np.int64)
    load = np.zeros(columns, dtype=np.int64)
    for row in range(rows):
        least = FAR
        for q in range(columns):
            if cost[row, q] < least and room[q] > 0:
                least = cost[row, q]
        u[row] = least
        column[row] = -1
        for q in range(columns):
            if cost[row, q] == least and load[q] < room[q]:
                column[row] = q
                load[q] += 1
                break
    distance = np.empty(columns, dtype=np.int64)
    before = np.empty(columns, dtype=np.int64)
    done = np.empty(columns, dtype=np.bool_)
    for row in range(rows):
        if column[row] >= 0:
            continue
        for q in range(columns):
            done[q] = room[q] == 0
            distance[q] = cost[row, q] - u[row] - v[q]
            before[q] = row
        while True:
            end, least = -1, FAR
            for q in range(columns):
                if not done[q] and distance[q] < least:
                    end, least = q, distance[q]
            if load[end] < room[end]:
                break
            done[end] = True
            for other in range(rows):
                if column[other] != end:
                    continue
                base = least - u[other]
                for q in range(columns):
                    if not done[q]:
                        way = base + cost[other, q] - v[q]
                        if way < distance[q]:
                            distance[q] = way
                            before[q] = other
        u[row] += least
        for other in range(rows):
            q = column[other]
            if q >= 0 and done[q]:
                u[other] += least - distance[q]
        for q in range(columns):
            if done[q] and room[q] > 0:
                v[q] += distance[q] - least
        load[end] += 1
        while True:
            mover = before[end]
            column[mover], end = end, column[mover]
            if mover == row:
                break
    total = 0
    for q in range(columns):
        total += v[q] * room[q]
    for row in range(rows):
        total += u[row]
        for q in range(columns):
            cost[row, q] -= u[row] + v[q]
    return total
