"""Memory images: a word a line, hexadecimal, all of one width, with a newline at the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["hex_image", "packed_words", "unsigned_width"]


def unsigned_width(largest: int) -> int:
    """Bits that hold 0 to `largest`, at least one."""
    return max(1, largest.bit_length())


def hex_image(words: Sequence[int], width: int, depth: int) -> bytes:
    """An image of `depth` words of `width` bits; those that are not given are 0."""
    digits = -(-width // 4)
    filled = [*words, *([0] * (depth - len(words)))]
    return "".join(f"{word:0{digits}x}\n" for word in filled).encode()


def packed_words(fields: Sequence[tuple[NDArray[np.int64], int]], count: int) -> list[int]:
    """Words made of fields, the first in the lowest bits, negative values in two's complement.

    Parameters
    ----------
    fields
        Values, 0-d or (count,), and their width in bits.
    """
    words = [0] * count
    place = 0
    for values, width in fields:
        mask = (1 << width) - 1
        spread = np.broadcast_to(values, (count,)).tolist()
        words = [w | (v & mask) << place for w, v in zip(words, spread, strict=True)]
        place += width
    return words
