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

_AT_ONCE = 1 << 16

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
    unpacked = (values[:, ::-1, None] >> np.arange(4, dtype=np.uint8)) & 1
    found = unpacked.reshape(words, digits * 4).astype(np.bool_)
    if found[:, bits:].any():
        raise _damaged(name, f"a word of more than {bits} bits")
    return found[:, :bits]


def field(words: Bits, first: int, width: int, *, signed: bool = True) -> Integers:
    """int64 (words,): bits `first` and up of each word, in two's complement."""
    found = np.zeros(len(words), np.int64)
    for begin in range(0, len(words), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        taken = words[some, first : first + width]
        # the last bit is copied up to the end of a word of this machine
        wide = np.repeat(taken[:, -1:], 64, axis=1) if signed else np.zeros((len(taken), 64), bool)
        wide[:, :width] = taken
        found[some] = np.packbits(wide, axis=1, bitorder="little").view("<i8")[:, 0]
    return found


def _damaged(name: str, problem: str) -> SomacError:
    return SomacError(
        "E0711",
        f"the memory image is damaged: {problem}",
        place=Place(file=FOLDER + name),
        hint="compile the model again",
    )
