"""Dual ascent of the level-1 reformulation-linearisation of a quadratic assignment.

`linear[i, p]` is what slice i pays on place p, `pairs[i, p, j, q]` what it pays in addition
if slice j is on place q. A pair is priced from both its ends, and costs wander between them,
and between pairs and slices, without a change of any placement's total; whatever an
assignment must pay in any case goes to the bound (P. Hahn and T. Grant, Operations Research
46, 1998). All is in integers and never negative, so the bound is exact at every moment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.place.bound.assign_kernels import reduce_by_assignment

__all__ = ["ascend"]

OPTIMISM = 2
"""How many times the latest gain a pass that is still to come may bring."""


@njit
def ascend(
    linear: NDArray[np.int64],
    pairs: NDArray[np.int64],
    room: NDArray[np.int64],
    goal: int,
    most: int,
) -> tuple[int, int]:
    """Move costs from pairs to slices to the bound; both arrays are changed.

    Parameters
    ----------
    linear
        int64 (slices, places).
    pairs
        int64 (slices, places, slices, places).
    room
        int64 (places,): slices that fit, at least 1 each.
    goal
        The ascent ends when this much is gained, or cannot be in the passes that are left.
    most
        Passes at most.

    Returns
    -------
    What was gained, and the passes.
    """
    slices, places = linear.shape
    column = np.empty(slices, dtype=np.int64)
    gained = reduce_by_assignment(linear, room, column)
    if slices == 1:
        return gained, 0
    part = np.empty((slices - 1, places), dtype=np.int64)
    left = room.copy()
    passes = 0
    while gained < goal and passes < most:
        _spread(linear, pairs)
        for turn in range(slices):
            i = turn if passes % 2 == 0 else slices - 1 - turn
            for p in range(places):
                left[p] -= 1
                _gather(pairs, i, p, part)
                linear[i, p] = reduce_by_assignment(part, left, column)
                _keep(pairs, i, p, part, left)
                left[p] += 1
        step = reduce_by_assignment(linear, room, column)
        gained += step
        passes += 1
        if gained + step * (most - passes) * OPTIMISM < goal:
            break
    return gained, passes


@njit
def _spread(linear: NDArray[np.int64], pairs: NDArray[np.int64]) -> None:
    """What a slice pays on a place becomes what it pays with each of the others there."""
    slices, places = linear.shape
    for i in range(slices):
        for p in range(places):
            share = linear[i, p] // (slices - 1)
            odd = linear[i, p] - share * (slices - 1)
            linear[i, p] = 0
            for j in range(slices):
                if j == i:
                    continue
                more = share
                if odd > 0:
                    more += 1
                    odd -= 1
                for q in range(places):
                    pairs[i, p, j, q] += more


@njit
def _gather(pairs: NDArray[np.int64], i: int, p: int, part: NDArray[np.int64]) -> None:
    """Price the pairs of slice i on place p from this end alone."""
    slices, places = pairs.shape[:2]
    for j in range(slices):
        if j != i:
            for q in range(places):
                part[j - (j > i), q] = pairs[i, p, j, q] + pairs[j, q, i, p]


@njit
def _keep(
    pairs: NDArray[np.int64], i: int, p: int, part: NDArray[np.int64], left: NDArray[np.int64]
) -> None:
    """What an assignment left goes back to the pairs, half to either end."""
    slices, places = pairs.shape[:2]
    for j in range(slices):
        if j != i:
            for q in range(places):
                # without room, the two cannot be there together
                rest = part[j - (j > i), q] if left[q] > 0 else 0
                pairs[j, q, i, p] = rest // 2
                pairs[i, p, j, q] = rest - rest // 2
