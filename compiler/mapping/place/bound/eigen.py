"""What no rearrangement of a table of distances can beat, by eigenvalues.

For symmetric A and D and every permutation of D's rows and columns alike, <A, D'> is at least
the sum of the eigenvalues of A and D, smallest with largest, taken orthogonally to the vector
of ones, plus a term in row sums alone (S. Hadley, F. Rendl and H. Wolkowicz, Mathematics of
Operations Research 17, 1992). Floating point finds the eigenvalues; residuals that bound
their error, and integers for the rest, make a proof of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spectrum", "least_product", "spectrum"]

EPSILON = 2.0**-52

EXACT = 1 << 53
"""Integers below are exact in floating point."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Of a symmetric integer matrix, orthogonally to the vector of ones.

    Parameters
    ----------
    values
        float64 (n - 1,), ascending: eigenvalues of the matrix times n squared.
    error
        None of the values is further from the true one.
    sums
        int64 (n,), ascending: row sums.
    """

    values: NDArray[np.float64]
    error: float
    sums: NDArray[np.int64]


def spectrum(matrix: NDArray[np.int64]) -> Spectrum:
    """Eigenvalues with a proven error.

    With residual R = K U - U L and defect E = U'U - 1 of the computed vectors U and values L,
    no eigenvalue of K is further from its computed one than |R| + 2 |K| |E| (Weyl, for the
    orthogonal matrix next to U); what computing R and E adds is bounded term by term. Of the
    values, one belongs to the vector of ones and is 0: the smallest one is dropped for it,
    which moves others by three errors at most.

    Parameters
    ----------
    matrix
        int64 (n, n), symmetric.

    Raises
    ------
    OverflowError
        If entries are too large for exact arithmetic.
    """
    n = len(matrix)
    sums = matrix.sum(axis=1)
    largest = int(np.abs(matrix).max(initial=0))
    if 4 * n * n * largest >= EXACT:
        raise OverflowError(f"entries up to {largest} are too large for {n} rows")
    centred = n * n * matrix - n * (sums[:, None] + sums[None, :]) + int(sums.sum())
    exact = centred.astype(np.float64)
    values, vectors = np.linalg.eigh(exact)
    size = float(np.linalg.norm(exact))
    long = float(np.linalg.norm(vectors))
    residual = float(np.linalg.norm(exact @ vectors - vectors * values))
    defect = float(np.linalg.norm(vectors.T @ vectors - np.eye(n)))
    rounding = (n + 8) * EPSILON
    residual += 3 * rounding * size * long
    defect += 2 * rounding * long * long
    error = 1.01 * (residual + 2 * size * defect)
    rest = np.delete(values, np.argmin(np.abs(values)))
    return Spectrum(rest, 4 * error, np.sort(sums))


def least_product(first: Spectrum, second: Spectrum) -> int:
    """No rearrangement has a smaller inner product of the two matrices."""
    n = len(first.sums)
    pairs = first.values * second.values[::-1]
    doubt = first.error * float(np.abs(second.values).sum())
    doubt += second.error * float(np.abs(first.values).sum())
    doubt += n * first.error * second.error
    doubt += 2 * n * EPSILON * float(np.abs(pairs).sum())
    # eigenvalues are n^2 times too large, both
    whole = Fraction(float(pairs.sum()) - 1.01 * doubt) / n**4
    rows = sum(a * b for a, b in zip(first.sums.tolist(), second.sums[::-1].tolist(), strict=True))
    total = int(first.sums.sum()) * int(second.sums.sum())
    return floor(whole + Fraction(2 * rows, n) - Fraction(total, n * n))
