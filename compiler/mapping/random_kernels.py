"""Random numbers for kernels: the state is a value, so that a seed gives the same everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["below", "next_bits", "seeded"]

GOLDEN = 0x9E3779B97F4A7C15


def seeded(seed: int) -> NDArray[np.uint64]:
    """uint64 (1,): a state for kernels to change; never 0, from which there is no way out."""
    mixed = (seed + 1) * GOLDEN % (1 << 64)
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % (1 << 64)
    return np.array([mixed or GOLDEN], dtype=np.uint64)


@njit
def next_bits(bits: np.uint64) -> np.uint64:
    """The next state of a xorshift generator (G. Marsaglia, J. Statistical Software 8, 2003)."""
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    return bits


@njit
def below(bits: np.uint64, limit: int) -> int:
    """A number from 0 to `limit` (exclusive, at most 2^31), from the upper half of the bits."""
    return (np.int64(bits >> np.uint64(33)) * limit) >> 31  # type: ignore[return-value]
