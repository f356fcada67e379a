"""A lower bound from what the distances between slices have in common, however they are placed.

Place the slices, and write down the table of distances between them. Whatever the placement,
the table has the eigenvalues and row sums of the machine's own, no k entries of a row are less
than the k nearest seats together, and the way round is never shorter than the direct one. The
cheapest symmetric table that can be mixed of such ones costs no more than any placement.

The alternating direction method of multipliers finds that table, and with it how to divide the
traffic between the conditions. Any division proves a bound: see `certificate`. The conditions
on eigenvalues are those of S. Hadley, F. Rendl and H. Wolkowicz (1992) and of H. Mittelmann and
J. Peng (SIAM J. Optimization 20, 2010), those on rows are a part of Gilmore's and Lawler's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound.certificate import Division, Seated, prove

__all__ = ["metric_bound"]

ITERATIONS = 25
"""Between two proofs: a round."""

MIN_ROUNDS, MAX_ROUNDS = 4, 40
"""Fewer rounds prove nothing worth the while."""

FIXED_STEPS = 1300
"""Steps of an iteration: per pair of seats, the number of seats and so many."""

STEP = 0.35
"""How fast traffic moves between the conditions, in units of the mean traffic of a pair."""

OVER = 0.6
"""By what part of itself every step towards a condition is prolonged (over-relaxation: J. Eckstein
and D. Bertsekas, Mathematical Programming 55, 1992)."""

MIN_SEATS = 3

STALL = 5e-4
PATIENCE = 3
"""Ends after so many rounds, each of which improved the bound by less of the cost."""

DIRECT = np.array([1.0, -1.0, -1.0])
"""Of a triangle: the direct way, less the two halves of the way round."""

SLACK = 0.02
IDLE = 1e-9
NEW_TRIANGLES = 64
"""Per seat and round."""


def metric_bound(problem: Seated, cost: int, work: int) -> int:
    """A lower bound on the cost of placements; 0 if there is work for none.

    Parameters
    ----------
    problem
        The problem, a slice for each seat.
    cost
        Of a placement that is known: more need not be proven.
    work
        Elementary steps, about 5 * 10^9 in a second.
    """
    seats = problem.seats
    round_steps = ITERATIONS * seats**2 * (seats + FIXED_STEPS)
    rounds = min(MAX_ROUNDS, work // round_steps) if seats >= MIN_SEATS else 0
    if rounds < MIN_ROUNDS or not problem.flow.any():
        return 0
    solver = _Solver(problem)
    best = stalled = 0
    for _ in range(rounds):
        solver.iterate(ITERATIONS)
        bound = prove(problem, solver.division())
        stalled = stalled + 1 if bound - best < STALL * cost else 0
        best = max(best, bound)
        if best >= cost or stalled == PATIENCE:
            break
        if problem.metric:
            solver.separate()
    return min(best, cost)


class _Solver:
    """Mutable, and private to one call. `z` is the table above its diagonal.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: Seated) -> None:
        n = problem.seats
        self._upper = np.triu_indices(n, 1)
        number = np.zeros((n, n), dtype=np.int64)
        number[self._upper] = np.arange(len(self._upper[0]))
        number = number + number.T
        self._number = number
        self._rows = number[~np.eye(n, dtype=bool)].reshape(n, n - 1)
        hops = problem.hops.astype(np.float64)
        self._values = _orthogonal_to_ones(hops)[0]
        self._sums = np.sort(hops.sum(axis=1))
        self._nearest = np.diff(np.cumsum(problem.nearest, axis=1).min(axis=0), prepend=0)
        self._flow = problem.flow[self._upper].astype(np.float64)
        self._step = max(STEP * float(problem.flow.mean()), 1e-9)
        self._z = np.full(len(self._flow), hops.sum() / (n * (n - 1)))
        self._eigen = np.zeros((n, n))
        self._row = np.zeros((n, n - 1))
        self._triangles = np.zeros((0, 3), dtype=np.int64)
        self._around = np.zeros((0, 3))

    def iterate(self, count: int) -> None:
        """Let the conditions agree on one table."""
        size = len(self._z)
        ends = np.concatenate([self._rows.reshape(-1), self._triangles.reshape(-1)])
        copies = 1.0 + np.bincount(ends, minlength=size)
        nearest = self._nearest.astype(np.float64)
        for _ in range(count):
            table, in_rows, on_ways = self._table(), self._z[self._rows], self._z[self._triangles]
            similar = self._similar(table - self._eigen)
            similar += OVER * (similar - table)
            rows = _nearest_rows(in_rows - self._row, nearest, False)
            rows += OVER * (rows - in_rows)
            around = on_ways - self._around
            # a way round that is too short: the three distances share the difference
            around -= np.maximum(0.0, around @ DIRECT / 3)[:, None] * DIRECT
            around += OVER * (around - on_ways)
            parts = np.concatenate(
                [(rows + self._row).reshape(-1), (around + self._around).reshape(-1)]
            )
            total = (similar + self._eigen)[self._upper] - self._flow / self._step
            self._z = (total + np.bincount(ends, weights=parts, minlength=size)) / copies
            self._eigen += similar - self._table()
            self._row += rows - self._z[self._rows]
            self._around += around - self._z[self._triangles]

    def separate(self) -> None:
        """Ask more ways round to be no shorter than the direct ones, and forget idle ones."""
        from somac.compiler.mapping.place.bound.metric_kernels import shortest_ways_round

        n = len(self._number)
        over = np.zeros((n, n), dtype=np.int64)
        shorter = shortest_ways_round(self._table(), over)[self._upper]
        worst = np.argsort(-shorter, kind="stable")[: NEW_TRIANGLES * n]
        worst = worst[shorter[worst] > SLACK]
        i, j = self._upper[0][worst], self._upper[1][worst]
        k = over[i, j]
        new = np.stack([self._number[i, j], self._number[i, k], self._number[k, j]], axis=1)
        active = self._around @ DIRECT < -IDLE
        known = self._triangles[active]
        new = new[~np.isin(_keys(new, n * n), _keys(known, n * n))]
        self._triangles = np.concatenate([known, new])
        self._around = np.concatenate([self._around[active], np.zeros(new.shape)])

    def division(self) -> Division:
        """The traffic that each condition answers for."""
        return Division(
            eigen=self._step * self._eigen,
            rows=self._step * self._row,
            triangles=self._triangles,
            around=-self._step * (self._around @ DIRECT) / 3,
        )

    def _table(self) -> NDArray[np.float64]:
        table = np.zeros(self._number.shape)
        table[self._upper] = self._z
        return table + table.T

    def _similar(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """The nearest table with eigenvalues and row sums mixed of the machine's."""
        n, own = len(table), table.sum(axis=1)
        values, vectors = _orthogonal_to_ones(table)
        values = _nearest_rows(values[None, :], self._values, True)[0]
        sums = _nearest_rows(own[None, :], self._sums, True)[0]
        rows = (sums[:, None] + sums[None, :]) / n - float(self._sums.sum()) / n**2
        return np.asarray((vectors * values) @ vectors.T + rows)


def _orthogonal_to_ones(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Eigenvalues, ascending, and vectors of a symmetric matrix without its row sums."""
    n, sums = len(table), table.sum(axis=1)
    centred = table - (sums[:, None] + sums[None, :]) / n + sums.sum() / n**2
    # the vector of ones is an eigenvector: made the last one
    values, vectors = np.linalg.eigh(centred + (2 * np.linalg.norm(centred) + 1) / n)
    return values[:-1], vectors[:, :-1]


def _nearest_rows(
    rows: NDArray[np.float64], least: NDArray[np.float64], equal: bool
) -> NDArray[np.float64]:
    """See `metric_kernels.majorised`."""
    from somac.compiler.mapping.place.bound.metric_kernels import majorised

    return majorised(rows, np.argsort(rows, axis=1), least, equal)


def _keys(triangles: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """A number for each: its direct way and one of the others name it."""
    return triangles[:, 0] * size + triangles[:, 1]
