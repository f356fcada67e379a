"""Sets of instructions that look bytes up in a table: which there are, and how each is written.

Where pulses have one bit, the sum of some rows of a column is one of a few numbers: a table of
them, made once, takes the place of products. A vector holds samples, and one instruction looks up
what some rows add for each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from somac.backends.crossbar.emulator.products.paths import features
from somac.backends.crossbar.emulator.products.text import Text

__all__ = ["LOOKUPS", "Lookup", "lookups_here"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A set of instructions, and what suits its registers.

    Parameters
    ----------
    name
        Of the set.
    needs
        Features of the processor, as LLVM calls them.
    samples
        In a vector.
    rows
        That a table knows: it has a byte for every set of them.
    pulses
        That are summed up together.
    declare
        What is called.
    table
        Writes a vector for a table at an address.
    look
        Writes a lookup: of a text, table and indices.
    high
        Writes the upper words of products: of a text and two vectors of 16-bit words.
    """

    name: str
    needs: tuple[str, ...]
    samples: int
    rows: int
    pulses: int
    declare: str
    table: Callable[[Text, str], str]
    look: Callable[[Text, str, str], str]
    high: Callable[[Text, str, str], str]

    @property
    def entries(self) -> int:
        """Bytes of a table."""
        return 1 << self.rows


def _calling(name: str, kind: str) -> tuple[str, Callable[[Text, str, str], str]]:
    """What declares an instruction of two vectors, and what writes it."""

    def write(text: Text, left: str, right: str) -> str:
        return text.new(f"call {kind} {name}({kind} {left}, {kind} {right})")

    return f"declare {kind} {name}({kind}, {kind})", write


def _whole() -> Lookup:
    def table(text: Text, address: str) -> str:
        return text.load("<64 x i8>", address, 1)

    looks, look = _calling("@llvm.x86.avx512.permvar.qi.512", "<64 x i8>")
    multiplies, high = _calling("@llvm.x86.avx512.pmulhu.w.512", "<32 x i16>")
    needs = ("avx512vbmi", "avx512bw")
    return Lookup("avx512vbmi", needs, 64, 6, 8, f"{looks}\n{multiplies}", table, look, high)


def _half() -> Lookup:
    # both halves of a vector have a table of their own
    twice = "<" + ", ".join(f"i32 {n % 16}" for n in range(32)) + ">"

    def table(text: Text, address: str) -> str:
        once = text.load("<16 x i8>", address, 1)
        return text.new(f"shufflevector <16 x i8> {once}, <16 x i8> poison, <32 x i32> {twice}")

    looks, look = _calling("@llvm.x86.avx2.pshuf.b", "<32 x i8>")
    multiplies, high = _calling("@llvm.x86.avx2.pmulhu.w", "<16 x i16>")
    return Lookup("avx2", ("avx2",), 32, 4, 4, f"{looks}\n{multiplies}", table, look, high)


LOOKUPS: Final = (_whole(), _half())
"""The quickest first."""


@cache
def lookups_here() -> tuple[Lookup, ...]:
    """That this processor has, the quickest first; perhaps none."""
    return tuple(lookup for lookup in LOOKUPS if set(lookup.needs) <= features())
