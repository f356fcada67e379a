"""A start for many slices: their graph is drawn in the plane, and the drawing is seated.

The drawing begins with the slow modes of the graph (its Laplacian's lowest eigenvectors, by
inverse iteration). Then slices are drawn again and again: springs pull those with traffic
together, and anchors hold each where it was seated last, a little stronger every round, so
that the drawing spreads over the machine (SimPL: M.-C. Kim, D.-J. Lee and I. L. Markov, IEEE
Trans. CAD 31, 2012). A drawing is seated by halving it as the machine is halved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance

if TYPE_CHECKING:
    from somac.compiler.mapping.place.anneal_kernels import Pairs
    from somac.compiler.mapping.place.embed_kernels import Halves, Springs

__all__ = ["drawn_start"]

LEAST_MODES, MOST_MODES = 8, 40
"""Inverse iterations for the slow modes: a quarter of the root of the number of slices, within
these limits, as larger graphs have slower modes. The steps that solve one system, at most:"""

MODE_STEPS = 100
TOLERANCE = 1e-3

ANGLES = 8
"""Ways in which the modes are turned, over a right angle."""

ROUND_STEPS = 20
FIRST_ANCHOR = 0.001
LAST_ANCHOR = 0.1
"""Strength of anchors in the first and the last round, in units of a slice's mean traffic."""

PINNED = 1e6
"""Strength that nothing moves, in the same units."""


def drawn_start(
    instance: Instance, pairs: Pairs, rounds: int, linear: bool, seed: int
) -> NDArray[np.int64]:
    """A place per slice, int64 (slices,).

    Parameters
    ----------
    instance
        The problem.
    pairs
        Its traffic.
    rounds
        Times that slices are drawn and seated.
    linear
        Whether springs pull as hops do, by their weight alone, or the harder the longer they
        are. The first keeps most pairs short, the second no pair long.
    seed
        Of the first vectors of the modes.
    """
    from somac.compiler.mapping.place.embed_kernels import cut_machine, draw, seat_drawing

    plan, at = instance.plan, instance.fixed.copy()
    free = np.flatnonzero(at < 0)
    room = instance.room - np.bincount(at[at >= 0], minlength=instance.places)
    halves = cut_machine(plan.x[:-1], plan.y[:-1], plan.chip_x[:-1], plan.chip_y[:-1], room)
    springs = _springs(pairs)
    degree = _degree(springs, instance.slices)
    unit = max(float(degree.mean()), 1.0)
    host = instance.host_traffic.astype(np.float64)
    column, row = plan.x.astype(np.float64), plan.y.astype(np.float64)
    x, y = _best_way_round(instance, pairs, halves, free, _modes(springs, degree, seed))
    seat_drawing(halves, x, y, free, at)
    x, y = column[at], row[at]
    for step in range(rounds):
        strength = FIRST_ANCHOR * (LAST_ANCHOR / FIRST_ANCHOR) ** (step / max(1, rounds - 1))
        hold = np.where(instance.fixed >= 0, PINNED * unit, strength * unit)
        for where, drawn in ((column, x), (row, y)):
            home = where[-1]
            pull = host / np.maximum(np.abs(drawn - home), 1.0) if linear else host
            target = (hold * where[at] + pull * home) / (hold + pull)
            draw(springs, hold + pull, target, drawn, linear, ROUND_STEPS, TOLERANCE)
        seat_drawing(halves, x, y, free, at)
    return at


def _springs(pairs: Pairs) -> Springs:
    from somac.compiler.mapping.place.embed_kernels import Springs

    weight = pairs.there + pairs.back if len(pairs.back) else pairs.there
    return Springs(pairs.start, pairs.other, weight.astype(np.float64))


def _degree(springs: Springs, slices: int) -> NDArray[np.float64]:
    owner = np.repeat(np.arange(slices), np.diff(springs.start))
    return np.bincount(owner, springs.weight, minlength=slices).astype(np.float64)


def _modes(
    springs: Springs, degree: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two slowest modes of the graph, by degree as mass."""
    from somac.compiler.mapping.place.embed_kernels import draw, orthogonal

    slices = len(degree)
    raw = np.random.PCG64(seed).random_raw(2 * slices) >> np.uint64(11)
    modes = raw.astype(np.float64).reshape(2, slices)
    # isolated slices have a mass too, or nothing would keep their numbers within bounds
    mass = np.maximum(degree, 1.0)
    orthogonal(modes, mass)
    iterations = min(max(round(slices**0.5 / 4), LEAST_MODES), MOST_MODES)
    for _ in range(iterations):
        for mode in modes:
            draw(springs, mass / slices, mode.copy(), mode, False, MODE_STEPS, TOLERANCE)
        orthogonal(modes, mass)
    return modes[0], modes[1]


def _best_way_round(
    instance: Instance,
    pairs: Pairs,
    halves: Halves,
    free: NDArray[np.int64],
    modes: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The modes turned (and mirrored, if slices are held) so that their seating costs least.

    Modes that are about as slow come out mixed, which is a drawing that is turned.
    """
    from somac.compiler.mapping.place.anneal_kernels import pairs_cost
    from somac.compiler.mapping.place.embed_kernels import seat_drawing

    held = instance.host_traffic.any() or len(free) < instance.slices
    ways: list[tuple[int, int, NDArray[np.float64], NDArray[np.float64]]] = []
    for turn in range(4 * ANGLES if held else ANGLES):
        angle = turn * np.pi / (2 * ANGLES)
        for mirror in (1, -1) if held else (1,):
            x = np.cos(angle) * modes[0] + mirror * np.sin(angle) * modes[1]
            y = mirror * np.cos(angle) * modes[1] - np.sin(angle) * modes[0]
            at = instance.fixed.copy()
            seat_drawing(halves, x, y, free.copy(), at)
            ways.append((pairs_cost(pairs, instance.distance, at), len(ways), x, y))
    _, _, x, y = min(ways, key=lambda way: way[:2])
    return x, y
