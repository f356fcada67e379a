"""Memory images, decoded: hexadecimal lines to integers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.damage import require
from somac.backends.fpga.verify.content import content
from somac.ir.program import Program

__all__ = ["FOLDER", "Integers", "fields", "signed_bits", "words"]

Bits = NDArray[np.uint8]
Integers = NDArray[np.int64]

FOLDER = "mem/"
"""Where images are in a bundle."""

_DIGITS = b"0123456789abcdef"
_WIDEST = 64


def words(program: Program, name: str, depth: int, width: int) -> Bits:
    """uint8 (depth, width) of 0 and 1, from the least significant bit: an image of a memory."""
    file = FOLDER + name
    text = content(program, file)
    digits = -(-width // 4)
    require(depth > 0, file, "a memory without words")
    require(
        len(text) == depth * (digits + 1),
        file,
        f"{len(text)} bytes, not {depth} lines of {digits} digits",
    )
    ends = text[digits :: digits + 1]
    require(ends == b"\n" * depth, file, "a line that does not end where it should")
    rest = text.translate(None, b"\n")
    bare = len(rest) == depth * digits and not rest.translate(None, _DIGITS)
    require(bare, file, "not hexadecimal digits, in lower case")
    # each line is padded to whole bytes, whose order is turned round
    odd = digits % 2
    lines = np.frombuffer(rest, np.uint8).reshape(depth, digits)
    if odd:
        lines = np.concatenate([np.full((depth, 1), ord("0"), np.uint8), lines], axis=1)
    data = np.frombuffer(bytes.fromhex(lines.tobytes().decode()), np.uint8)
    bits = np.unpackbits(data.reshape(depth, -1)[:, ::-1], axis=1, bitorder="little")
    require(not bits[:, width:].any(), file, f"a word of more than {width} bits")
    return bits[:, :width]


def fields(bits: Bits, widths: Sequence[tuple[int, bool]]) -> list[Integers]:
    """int64 (n,) per field of (n, bits): fields of `widths` from the lowest bit, signed or not."""
    found, at = [], 0
    for width, signed in widths:
        padded = np.zeros((len(bits), _WIDEST), np.uint8)
        padded[:, :width] = bits[:, at : at + width]
        if signed:
            padded[:, width:] = bits[:, at + width - 1, None]
        packed = np.packbits(padded, axis=1, bitorder="little")
        found.append(packed.view(np.dtype("<i8")).reshape(-1).astype(np.int64))
        at += width
    return found


def signed_bits(low: int, high: int) -> int:
    """Bits of the narrowest two's complement integer that holds `low` and `high`."""
    width = 1
    while not -(1 << (width - 1)) <= low <= high < 1 << (width - 1):
        width += 1
    return width
