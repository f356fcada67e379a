"""What columns can add up to at most, and how far conversion can take a sum from the exact one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.ir.fixed import Format
from somac.ir.tiling import Block, Converters

__all__ = ["block_errors", "sum_bounds", "worst_steps"]

Raw = NDArray[np.int64]


def sum_bounds(converters: Converters, weights: NDArray[np.int32], sent: Format) -> tuple[Raw, Raw]:
    """The least and the largest sum of each column: int64 (planes, columns) each.

    Reached, unless one source drives several rows or a format sends less than its bits say.
    """
    planes = converters.planes_of(weights)
    above = np.maximum(planes, 0).sum(axis=1)
    below = np.maximum(-planes, 0).sum(axis=1)
    pulse = (1 << converters.pulse_bits) - 1
    if converters.pulses == 1:
        pulse = max(-sent.minimum, sent.maximum)
    if converters.signs == "bipolar":
        return -pulse * (above + below), pulse * (above + below)
    return -pulse * below, pulse * above


def worst_steps(converters: Converters, low: Raw, high: Raw) -> Raw:
    """int64 (planes,): the least steps with which nothing within bounds is clipped.

    Bounds are (planes, columns); none is negative where codes are not.
    """
    steps = -(-high // converters.high)
    if converters.low:
        steps = np.maximum(steps, -(low // -converters.low))
    return np.asarray(np.maximum(steps.max(axis=1), 1))


def block_errors(converters: Converters, block: Block, sent: Format) -> list[int]:
    """Per column of a block, the most that all its conversions of one use are off together."""
    low, high = sum_bounds(converters, block.weights, sent)
    steps = block.steps[:, None]
    rounded = np.minimum(np.where(steps == 1, 0, steps // 2), np.maximum(high, -low))
    clipped = np.maximum(high - steps * converters.high, steps * converters.low - low)
    worst = np.maximum(rounded, np.maximum(clipped, 0))
    # beyond 64 bits, where need be
    planes = np.abs(converters.plane_factors).astype(object) @ worst.astype(object)
    firings = int(np.abs(converters.pulse_factors).sum())
    return [int(most) * firings for most in planes.tolist()]
