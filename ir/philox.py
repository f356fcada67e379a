"""Random words without state: Philox4x32-10, a function of a counter and a key.

Salmon, Moraes, Dror, Shaw, 'Parallel random numbers: as easy as 1, 2, 3', SC'11. Words that are
drawn at a counter are the same whoever draws them, in whatever order, and whatever else is drawn.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["KEYS", "MULTIPLIERS", "ROUNDS", "WEYL", "WORDS", "philox"]

WORDS: Final = 4
"""Words of a counter, and of what is drawn at it."""

KEYS: Final = 2
"""Words of a key."""

ROUNDS: Final = 10

MULTIPLIERS: Final = (0xD2511F53, 0xCD9E8D57)
WEYL: Final = (0x9E3779B9, 0xBB67AE85)
"""What is added to the words of the key after each round."""

_LOW: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)


def philox(counter: ArrayLike, key: ArrayLike) -> NDArray[np.uint32]:
    """Four uniform words per counter.

    Parameters
    ----------
    counter
        Integers of 32 bits, (..., 4); the first is the least significant.
    key
        Integers of 32 bits, (..., 2); broadcast against the counters.

    Returns
    -------
    uint32, of the shape of the two together.
    """
    c0, c1, c2, c3 = np.moveaxis(np.asarray(counter, np.uint64), -1, 0)
    k0, k1 = np.moveaxis(np.asarray(key, np.uint64), -1, 0)
    m0, m1 = (np.uint64(multiplier) for multiplier in MULTIPLIERS)
    w0, w1 = (np.uint64(weyl) for weyl in WEYL)
    for _ in range(ROUNDS):
        low, high = m0 * c0, m1 * c2
        c0, c1, c2, c3 = (
            (high >> _HALF) ^ c1 ^ k0,
            high & _LOW,
            (low >> _HALF) ^ c3 ^ k1,
            low & _LOW,
        )
        k0, k1 = (k0 + w0) & _LOW, (k1 + w1) & _LOW
    return np.stack(np.broadcast_arrays(c0, c1, c2, c3), axis=-1).astype(np.uint32)
