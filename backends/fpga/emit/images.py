"""Memory images: the hexadecimal text that `$readmemh` reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Field", "hex_image", "packed"]

Integers = NDArray[np.int64]
Bits = NDArray[np.bool_]

Field = tuple[Integers, int]
"""Integers of any shape, and the bits that each takes."""


def packed(fields: Sequence[Field]) -> Bits:
    """bool (words, bits): fields (words, ...) one after the other, from the least significant bit.

    The values of a field follow each other in C order; negative ones are in two's complement.
    """
    parts = []
    for values, width in fields:
        flat = np.asarray(values, np.int64).reshape(len(values), -1, 1)
        parts.append(((flat >> np.arange(width)) & 1).astype(np.bool_).reshape(len(flat), -1))
    return np.concatenate(parts, axis=1)


def hex_image(words: Bits) -> bytes:
    """A word per line, all of one width; the last line ends too.

    Some versions of Verilator drop the last word of a file that does not end with a newline.
    """
    count, width = words.shape
    digits = -(-width // 4)
    padded = np.zeros((count, digits * 4), np.bool_)
    padded[:, :width] = words
    nibbles = padded.reshape(count, digits, 4) @ np.array([1, 2, 4, 8])
    letters = np.frombuffer(b"0123456789abcdef", np.uint8)[nibbles[:, ::-1]]
    lines = np.concatenate([letters, np.full((count, 1), ord("\n"), np.uint8)], axis=1)
    return lines.tobytes()
