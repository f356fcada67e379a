"""The slow modes of a graph, and the planes in which they make good drawings.

Modes are the lowest eigenvectors of the graph's Laplacian (K. Hall, Management Science 17,
1970), found by inverse iteration of several at once. Which two of them to draw by is open: a
sheet that is bent, closed or longer one way than the other has several that are about as slow,
and what comes out is a mixture. So planes through all of them are tried.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from somac.compiler.mapping.place.spring_kernels import Springs

__all__ = ["MODES", "planes", "slow_modes"]

MODES = 4

MOST_ITERATIONS, SETTLED = 40, 1e-3
"""Inverse iterations, at most; fewer if the sum of the eigenvalues falls by less than this part."""

STEPS, TOLERANCE = 50, 1e-3
"""Limits of the solver of one system: steps, and the residual relative to the first."""

ANGLES = 8
"""Ways in which two modes are turned, over a right angle."""

LEANS, MOST_LEANS = (1 / 8, 1 / 16, 1 / 32), 2
"""Angles, in units of a right one, by which a plane is leant towards other modes, and how often
by each at most, as long as it helps."""


def slow_modes(springs: Springs, seed: int, count: int = MODES) -> NDArray[np.float64]:
    """The slowest modes, float64 (modes, vertices), the slowest first.

    Parameters
    ----------
    springs
        The graph. A vertex has its degree as mass.
    seed
        Of the first vectors.
    count
        How many modes.
    """
    from somac.compiler.mapping.place.spring_kernels import iterate, mix, orthogonal, stiffness

    vertices = len(springs.start) - 1
    owner = np.repeat(np.arange(vertices), np.diff(springs.start))
    degree = np.bincount(owner, springs.weight, minlength=vertices).astype(np.float64)
    # isolated vertices have a mass too, or nothing would keep their numbers within bounds
    mass = np.maximum(degree, 1.0)
    raw = np.random.PCG64(seed).random_raw(count * vertices) >> np.uint64(11)
    modes = raw.astype(np.float64).reshape(count, vertices)
    orthogonal(modes, mass)
    energy = np.empty((count, count))
    values, slowness = np.zeros(count), np.inf
    for _ in range(MOST_ITERATIONS):
        iterate(springs, mass, modes, values, STEPS, TOLERANCE)
        orthogonal(modes, mass)
        stiffness(springs, modes, energy)
        values, ways = np.linalg.eigh(energy)
        mix(np.ascontiguousarray(ways.T), modes)
        before, slowness = slowness, float(values.sum())
        if slowness >= (1 - SETTLED) * before:
            break
    return modes


def planes(
    modes: NDArray[np.float64],
    prices: Callable[[NDArray[np.float64]], NDArray[np.int64]],
    *,
    breadth: int,
    lean: bool,
    mirrored: bool,
) -> list[NDArray[np.float64]]:
    """The best drawing by each two of the modes, float64 (2, vertices), the cheapest first.

    Parameters
    ----------
    modes
        float64 (modes, vertices).
    prices
        Of drawings, float64 (drawings, 2, vertices): int64 (drawings,).
    breadth
        How many of the modes are tried, two at a time.
    lean
        Whether drawings are leant towards the other modes, too.
    mirrored
        Whether the four ways round, and mirror images, differ.
    """
    turns = np.arange(4 * ANGLES if mirrored else ANGLES) / ANGLES
    around = [(first, second) for first in (0, 1) for second in range(first + 1, len(modes))]
    found = []
    for pair in combinations(range(breadth), 2):
        basis = modes[[*pair, *(k for k in range(len(modes)) if k not in pair)]]
        ways = [_turned(basis, 0, 1, turn) for turn in turns.tolist()]
        if mirrored:
            ways += [np.concatenate([way[:1], -way[1:]]) for way in ways]
        least, basis = _cheapest(ways, prices)
        for angle in LEANS if lean else ():
            for _ in range(MOST_LEANS):
                ways = [_turned(basis, *axes, turn) for axes in around for turn in (angle, -angle)]
                cost, leant = _cheapest(ways, prices)
                if cost >= least:
                    break
                least, basis = cost, leant
        found.append((least, basis[:2]))
    found.sort(key=lambda plane: plane[0])
    return [drawing for _, drawing in found]


def _turned(
    basis: NDArray[np.float64], first: int, second: int, turn: float
) -> NDArray[np.float64]:
    """A basis with two of its vectors turned in their plane; `turn` counts right angles."""
    angle = turn * np.pi / 2
    turned = basis.copy()
    turned[first] = np.cos(angle) * basis[first] + np.sin(angle) * basis[second]
    turned[second] = np.cos(angle) * basis[second] - np.sin(angle) * basis[first]
    return turned


def _cheapest(
    bases: list[NDArray[np.float64]],
    prices: Callable[[NDArray[np.float64]], NDArray[np.int64]],
) -> tuple[int, NDArray[np.float64]]:
    cost = prices(np.stack([basis[:2] for basis in bases]))
    best = int(np.argmin(cost))
    return int(cost[best]), bases[best]
