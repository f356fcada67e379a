"""Projections and separation for the relaxation of placements to tables of distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["majorised", "shortest_ways_round"]


@njit
def majorised(
    rows: NDArray[np.float64],
    order: NDArray[np.int64],
    least: NDArray[np.float64],
    equal: bool,
) -> NDArray[np.float64]:
    """The nearest rows of which no k entries sum to less than the k smallest of `least`.

    Pool adjacent violators, on entries in ascending order: an entry is raised at least as much
    as all larger ones (isotonic regression; for the permutahedron C. Lim and S. Wright, 2016).

    Parameters
    ----------
    rows
        float64 (rows, entries).
    order
        int64 (rows, entries): sorts each row in ascending order.
    least
        float64 (entries,), ascending.
    equal
        Whether all entries of a row must sum to exactly the sum of `least`.
    """
    near = rows.copy()
    entries = rows.shape[1]
    mean = np.empty(entries)
    count = np.empty(entries, dtype=np.int64)
    for row in range(len(rows)):
        pools = 0
        for rank in range(entries):
            mean[pools] = least[rank] - rows[row, order[row, rank]]
            count[pools] = 1
            pools += 1
            while pools > 1 and mean[pools - 2] < mean[pools - 1]:
                both = count[pools - 2] + count[pools - 1]
                mean[pools - 2] = (
                    mean[pools - 2] * count[pools - 2] + mean[pools - 1] * count[pools - 1]
                ) / both
                count[pools - 2] = both
                pools -= 1
        rank = 0
        for pool in range(pools):
            raised = mean[pool]
            if raised < 0.0 and not equal:
                raised = 0.0
            for _ in range(count[pool]):
                near[row, order[row, rank]] += raised
                rank += 1
    return near


@njit
def shortest_ways_round(table: NDArray[np.float64], over: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much shorter the best way over a third one is than the direct way.

    Parameters
    ----------
    table
        float64 (n, n), symmetric, with zeros on the diagonal only.
    over
        int64 (n, n): above the diagonal, set to the third one.

    Returns
    -------
    float64 (n, n), above the diagonal.
    """
    n = len(table)
    shorter = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            least = np.inf
            for k in range(n):
                way = table[i, k] + table[j, k]
                if way < least and k != i and k != j:  # noqa: PLR1714 (compiled)
                    least = way
                    over[i, j] = k
            shorter[i, j] = table[i, j] - least
    return shorter
