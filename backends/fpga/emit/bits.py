"""Widths of numbers in two's complement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["address_bits", "signed_bits", "span"]


def signed_bits(low: int, high: int) -> int:
    """Bits that hold every integer from `low` to `high`, with a sign."""
    return max(high, -low - 1, 0).bit_length() + 1


def address_bits(count: int) -> int:
    """Bits that tell `count` things apart, at least one."""
    return max(1, (count - 1).bit_length())


def span(values: NDArray[np.int64]) -> tuple[int, int]:
    """The least and the largest, 0 among them."""
    return min(0, int(values.min(initial=0))), max(0, int(values.max(initial=0)))
