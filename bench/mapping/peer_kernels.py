"""Peers of placement on a square mesh, as the literature has them: compiled, for a fair race.

Annealing from a Hilbert start with a geometric temperature and a range that shrinks; swaps of
neighbours until none helps (force-directed, after Jin et al., ASPLOS 2023).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["anneal", "force_directed", "mesh_cost", "typical_change"]


@njit
def mesh_cost(
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    rate: NDArray[np.int64],
    at: NDArray[np.int64],
    side: int,
) -> int:
    """Sum of rate times Manhattan distance; each pair is listed at both ends."""
    total = 0
    for i in range(len(at)):
        for e in range(start[i], start[i + 1]):
            p, q = at[i], at[other[e]]
            total += rate[e] * (abs(p // side - q // side) + abs(p % side - q % side))
    return total // 2


@njit
def _change(
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    rate: NDArray[np.int64],
    at: NDArray[np.int64],
    on: NDArray[np.int64],
    side: int,
    p: int,
    q: int,
) -> int:
    """What it costs more to swap the clusters on places p and q."""
    total = 0
    for mover, here, there, partner in ((on[p], p, q, on[q]), (on[q], q, p, on[p])):
        for e in range(start[mover], start[mover + 1]):
            if other[e] != partner:
                x = at[other[e]]
                after = abs(there // side - x // side) + abs(there % side - x % side)
                before = abs(here // side - x // side) + abs(here % side - x % side)
                total += rate[e] * (after - before)
    return total


@njit
def _swap(at: NDArray[np.int64], on: NDArray[np.int64], p: int, q: int) -> None:
    on[p], on[q] = on[q], on[p]
    at[on[p]], at[on[q]] = p, q


@njit
def force_directed(
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    rate: NDArray[np.int64],
    at: NDArray[np.int64],
    on: NDArray[np.int64],
    side: int,
    sweeps: int,
) -> None:
    """Swap neighbouring places while that helps."""
    for _ in range(sweeps):
        gain = 0
        for p in range(side * side):
            for q in (p + 1, p + side):
                if q >= side * side or (q == p + 1 and q % side == 0):
                    continue
                change = _change(start, other, rate, at, on, side, p, q)
                if change < 0:
                    _swap(at, on, p, q)
                    gain -= change
        if gain == 0:
            break


@njit
def typical_change(
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    rate: NDArray[np.int64],
    at: NDArray[np.int64],
    on: NDArray[np.int64],
    side: int,
    seed: int,
) -> float:
    """The mean size of the change by a random swap."""
    np.random.seed(seed)
    total = 0
    for _ in range(2000):
        p, q = np.random.randint(side * side), np.random.randint(side * side)
        total += abs(_change(start, other, rate, at, on, side, p, q))
    return total / 2000


@njit
def anneal(
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    rate: NDArray[np.int64],
    at: NDArray[np.int64],
    on: NDArray[np.int64],
    side: int,
    moves: int,
    hot: float,
    cold: float,
    seed: int,
) -> None:
    """Random swaps of near places, from temperature `hot` to `cold`."""
    np.random.seed(seed)
    temperature, factor = hot, (cold / hot) ** (1.0 / moves)
    for move in range(moves):
        reach = max(1, int(side / 2 * (1.0 - move / moves) + 0.5))
        p = at[np.random.randint(side * side)]
        row = p // side + np.random.randint(-reach, reach + 1)
        column = p % side + np.random.randint(-reach, reach + 1)
        temperature *= factor
        if row < 0 or column < 0 or row >= side or column >= side:
            continue
        q = row * side + column
        if p == q:
            continue
        change = _change(start, other, rate, at, on, side, p, q)
        if change <= 0 or np.random.random() < np.exp(-change / temperature):
            _swap(at, on, p, q)
