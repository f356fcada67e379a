"""Graphs drawn by springs, compiled: linear systems of balance, and what modes need of them.

Sums run in one fixed order, so that a drawing does not depend on threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["Springs", "draw", "iterate", "mix", "orthogonal", "stiffness"]


class Springs(NamedTuple):
    """An undirected weighted graph: each edge from either end.

    Parameters
    ----------
    start
        int64 (vertices + 1,): where the neighbours of a vertex begin.
    other
        int64 (edges,): neighbours.
    weight
        float64 (edges,).
    """

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    weight: NDArray[np.float64]


@njit
def draw(
    springs: Springs,
    anchor: NDArray[np.float64],
    target: NDArray[np.float64],
    x: NDArray[np.float64],
    linear: bool,
    steps: int,
    tolerance: float,
) -> None:
    """Move coordinates to where springs and anchors are in balance.

    The springs' energy is the sum of weight times distance squared, or with `linear` of about
    weight times distance: each weight is divided by the distance at the start, at least 1 (the
    model of P. Spindler, U. Schlichtmann and F. M. Johannes, IEEE Trans. CAD 27, 2008). Solved
    by conjugate gradients with the diagonal as preconditioner.

    Parameters
    ----------
    anchor, target
        float64 (vertices,): strength of the spring that holds a vertex, and where.
    x
        float64 (vertices,): coordinates; changed.
    steps, tolerance
        Limits of the solver: iterations, and the residual relative to the first.
    """
    vertices = len(x)
    weight = np.empty(len(springs.other))
    diagonal = anchor.copy()
    for i in range(vertices):
        for e in range(springs.start[i], springs.start[i + 1]):
            w = springs.weight[e]
            if linear:
                w /= max(1.0, abs(x[i] - x[springs.other[e]]))
            weight[e] = w
            diagonal[i] += w
    residual = np.empty(vertices)
    step = np.empty(vertices)
    image = np.empty(vertices)
    product = 0.0
    for i in range(vertices):
        total = anchor[i] * target[i] - diagonal[i] * x[i]
        for e in range(springs.start[i], springs.start[i + 1]):
            total += weight[e] * x[springs.other[e]]
        residual[i] = total
        if diagonal[i] == 0.0:
            diagonal[i] = 1.0
        step[i] = total / diagonal[i]
        product += total * step[i]
    enough = product * tolerance * tolerance
    for _ in range(steps):
        if product <= enough or product <= 0.0:
            break
        curvature = 0.0
        for i in range(vertices):
            total = diagonal[i] * step[i]
            for e in range(springs.start[i], springs.start[i + 1]):
                total -= weight[e] * step[springs.other[e]]
            image[i] = total
            curvature += total * step[i]
        if curvature <= 0.0:
            break
        length = product / curvature
        before, product = product, 0.0
        for i in range(vertices):
            x[i] += length * step[i]
            residual[i] -= length * image[i]
            product += residual[i] * residual[i] / diagonal[i]
        for i in range(vertices):
            step[i] = residual[i] / diagonal[i] + product / before * step[i]


@njit
def iterate(
    springs: Springs,
    mass: NDArray[np.float64],
    modes: NDArray[np.float64],
    values: NDArray[np.float64],
    steps: int,
    tolerance: float,
) -> None:
    """An inverse iteration of every row of `modes`, float64 (modes, vertices), in place.

    Parameters
    ----------
    mass
        float64 (vertices,).
    values
        float64 (modes,): about the eigenvalue of each, which tells where the solver begins.
    steps, tolerance
        Limits of the solver: see `draw`.
    """
    rows, vertices = modes.shape
    anchor = mass / vertices
    for r in range(rows):
        target = modes[r].copy()
        start = target / (1.0 + values[r] * vertices)
        draw(springs, anchor, target, start, False, steps, tolerance)
        for i in range(vertices):
            modes[r, i] = start[i]


@njit
def orthogonal(vectors: NDArray[np.float64], mass: NDArray[np.float64]) -> None:
    """Make rows mean zero, orthogonal to those before them, and of length 1; in place.

    Vertices count by their mass, float64 (vertices,).
    """
    rows, vertices = vectors.shape
    whole = 0.0
    for i in range(vertices):
        whole += mass[i]
    for r in range(rows):
        mean = 0.0
        for i in range(vertices):
            mean += mass[i] * vectors[r, i]
        for i in range(vertices):
            vectors[r, i] -= mean / whole
        for before in range(r + 1):
            product = 0.0
            for i in range(vertices):
                product += mass[i] * vectors[r, i] * vectors[before, i]
            if before < r:
                for i in range(vertices):
                    vectors[r, i] -= product * vectors[before, i]
            else:
                norm = max(np.sqrt(product), 1e-300)
                for i in range(vertices):
                    vectors[r, i] /= norm


@njit
def stiffness(springs: Springs, vectors: NDArray[np.float64], energy: NDArray[np.float64]) -> None:
    """The springs' energy of every two rows of `vectors`, float64 (rows, vertices).

    `energy` is float64 (rows, rows), set to the sum over edges of weight times the product of
    what the rows differ by between its ends.
    """
    rows, vertices = vectors.shape
    for r in range(rows):
        for c in range(r + 1):
            total = 0.0
            for i in range(vertices):
                for e in range(springs.start[i], springs.start[i + 1]):
                    j = springs.other[e]
                    if i < j:
                        apart = vectors[r, i] - vectors[r, j]
                        total += springs.weight[e] * apart * (vectors[c, i] - vectors[c, j])
            energy[r, c] = energy[c, r] = total


@njit
def mix(ways: NDArray[np.float64], vectors: NDArray[np.float64]) -> None:
    """Make row r of `vectors` the sum over rows s of ``ways[r, s]`` times row s; in place."""
    rows, vertices = vectors.shape
    old = np.empty(rows)
    for i in range(vertices):
        for r in range(rows):
            old[r] = vectors[r, i]
        for r in range(rows):
            total = 0.0
            for s in range(rows):
                total += ways[r, s] * old[s]
            vectors[r, i] = total
