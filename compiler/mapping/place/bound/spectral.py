"""A lower bound from eigenvalues alone, for machines too large for more.

The Laplacian of the traffic, less its diagonal, is the traffic; distances of a seat to itself
are 0, so that the diagonal is free. With it, the bound of Hadley, Rendl and Wolkowicz says how
well the traffic can be cut in several directions at once. Slices without traffic would be cut
first, at no price: the diagonal gives them one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound.certificate import Division, Seated, prove

__all__ = ["spectral_bound"]

CANDIDATES = 64


def spectral_bound(problem: Seated, cost: int) -> int:
    """A lower bound on the cost of placements.

    Parameters
    ----------
    problem
        The problem, a slice for each seat.
    cost
        Of a placement that is known: more need not be proven.
    """
    seats = problem.seats
    laplacian = problem.flow.astype(np.float64)
    np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
    idle: NDArray[np.bool_] = problem.flow.max(axis=1) == 0
    if idle.any() and not idle.all():
        laplacian[idle, idle] = -_price_of_idle(problem, idle, -laplacian)
    division = Division(
        eigen=laplacian,
        rows=np.zeros((seats, max(0, seats - 1))),
        triangles=np.zeros((0, 3), dtype=np.int64),
        around=np.zeros(0),
    )
    return min(cost, prove(problem, division))


def _price_of_idle(
    problem: Seated, idle: NDArray[np.bool_], laplacian: NDArray[np.float64]
) -> float:
    """What slices without traffic best pay for being cut: one of the smallest eigenvalues.

    An idle slice adds its price to the eigenvalues, and takes it from the term of row sums.
    """
    cuts = -problem.spectrum.values / problem.seats**2
    far = float(problem.hops.sum()) / problem.seats**2
    values = np.linalg.eigvalsh(laplacian[np.ix_(~idle, ~idle)])[1:]
    number = int(idle.sum())

    def worth(price: float) -> float:
        every = np.sort(np.append(values, np.full(number, price)))
        return float(every @ cuts) - price * number * far

    return max(values[:CANDIDATES].tolist(), key=worth, default=0.0)
