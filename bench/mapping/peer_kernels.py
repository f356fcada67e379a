"""Peers of placement on a square mesh, as the literature has them: compiled, for a fair race.

Annealing from a Hilbert start with a geometric temperature and a range that shrinks; swaps of
neighbours until none helps (force-directed, after Jin et al., ASPLOS 2023).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["Layout", "anneal", "force_directed", "typical_change"]


class Layout(NamedTuple):
    """Clusters on the places of a square mesh, one each; kernels move them.

    Attributes
    ----------
    start, other, rate
        int64 (clusters + 1,), (pairs,), (pairs,): cluster `i` has traffic ``rate[e]`` with
        ``other[e]``, for e from ``start[i]`` to ``start[i + 1]``; each pair is listed at both ends.
    at, on
        int64 (clusters,): the place of each cluster, row by row, and the cluster on each place.
    side
        Places in a row.
    """

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    rate: NDArray[np.int64]
    at: NDArray[np.int64]
    on: NDArray[np.int64]
    side: int


@njit
def _change(layout: Layout, p: int, q: int) -> int:
    """What it costs more to swap the clusters on places p and q: rate times Manhattan distance."""
    on, side, total = layout.on, layout.side, 0
    for mover, here, there, partner in ((on[p], p, q, on[q]), (on[q], q, p, on[p])):
        for e in range(layout.start[mover], layout.start[mover + 1]):
            if layout.other[e] != partner:
                x = layout.at[layout.other[e]]
                after = abs(there // side - x // side) + abs(there % side - x % side)
                before = abs(here // side - x // side) + abs(here % side - x % side)
                total += layout.rate[e] * (after - before)
    return total


@njit
def _swap(layout: Layout, p: int, q: int) -> None:
    at, on = layout.at, layout.on
    on[p], on[q] = on[q], on[p]
    at[on[p]], at[on[q]] = p, q


@njit
def force_directed(layout: Layout, sweeps: int) -> None:
    """Swap neighbouring places while that helps."""
    side = layout.side
    for _ in range(sweeps):
        gain = 0
        for p in range(side * side):
            for q in (p + 1, p + side):
                if q >= side * side or (q == p + 1 and q % side == 0):
                    continue
                change = _change(layout, p, q)
                if change < 0:
                    _swap(layout, p, q)
                    gain -= change
        if gain == 0:
            break


@njit
def typical_change(layout: Layout, seed: int) -> float:
    """The mean size of the change by a random swap."""
    np.random.seed(seed)
    places, total = layout.side * layout.side, 0
    for _ in range(2000):
        total += abs(_change(layout, np.random.randint(places), np.random.randint(places)))
    return total / 2000


@njit
def anneal(layout: Layout, moves: int, hot: float, cold: float, seed: int) -> None:
    """Random swaps of near places, from temperature `hot` to `cold`."""
    np.random.seed(seed)
    side = layout.side
    temperature, factor = hot, (cold / hot) ** (1.0 / moves)
    for move in range(moves):
        reach = max(1, int(side / 2 * (1.0 - move / moves) + 0.5))
        p = layout.at[np.random.randint(side * side)]
        row = p // side + np.random.randint(-reach, reach + 1)
        column = p % side + np.random.randint(-reach, reach + 1)
        temperature *= factor
        if row < 0 or column < 0 or row >= side or column >= side:
            continue
        q = row * side + column
        if p == q:
            continue
        change = _change(layout, p, q)
        if change <= 0 or np.random.random() < np.exp(-change / temperature):
            _swap(layout, p, q)
