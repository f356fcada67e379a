"""Memory images back to integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["field", "read_image"]

Bits = NDArray[np.bool_]
Integers = NDArray[np.int64]

FOLDER = "mem/"

_VALUES = np.full(256, 255, np.uint8)
_VALUES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


def read_image(program: Program, name: str, words: int, bits: int) -> Bits:
    """bool (words, bits): a memory image, the least significant bit first.

    Raises
    ------
    SomacError
        E0703 if there is no such file, E0711 if it is not `words` lines of so many bits.
    """
    content = program.files.get(FOLDER + name)
    if content is None:
        raise SomacError("E0703", f"the bundle has no file {FOLDER}{name}", place=Place(file=name))
    digits = -(-bits // 4)
    text = np.frombuffer(content, np.uint8)
    if text.size != words * (digits + 1):
        raise _damaged(name, f"{text.size} bytes, not {words} lines of {digits} digits")
    lines = text.reshape(words, digits + 1)
    values = _VALUES[lines[:, :digits]]
    if (values > 15).any() or (lines[:, digits] != ord("\n")).any():
        raise _damaged(name, "not hexadecimal digits in lines")
    unpacked = (values[:, ::-1, None] >> np.arange(4)) & 1
    found = unpacked.reshape(words, digits * 4).astype(np.bool_)
    if found[:, bits:].any():
        raise _damaged(name, f"a word of more than {bits} bits")
    return found[:, :bits]


def field(words: Bits, first: int, width: int, *, signed: bool = True) -> Integers:
    """int64 (words,): bits `first` and up of each word, in two's complement."""
    taken = words[:, first : first + width]
    weights = np.left_shift(np.int64(1), np.arange(width, dtype=np.int64))
    if signed:
        weights[-1] = -weights[-1]
    found: Integers = taken @ weights
    return found


def _damaged(name: str, problem: str) -> SomacError:
    return SomacError(
        "E0711",
        f"the memory image is damaged: {problem}",
        place=Place(file=FOLDER + name),
        hint="compile the model again",
    )
