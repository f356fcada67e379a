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
from somac.backends.crossbar.emulator.products.text import Text, vector

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


def _table(bytes_: int, samples: int) -> Callable[[Text, str], str]:
    """What loads a table, again and again until a vector is full."""
    again = ", ".join(f"i32 {n % bytes_}" for n in range(samples))
    once, many = vector(bytes_, "i8"), vector(samples, "i8")

    def write(text: Text, address: str) -> str:
        found = text.load(once, address, 1)
        mask = f"{vector(samples, 'i32')} <{again}>"
        return text.new(f"shufflevector {once} {found}, {once} poison, {mask}")

    return write if bytes_ < samples else lambda text, address: text.load(many, address, 1)


def _lookup(
    name: str, needs: tuple[str, ...], bits: int, rows: int, pulses: int, look: str, high: str
) -> Lookup:
    """With vectors of so many bits, and the names of two instructions."""
    samples = bits // 8
    looks, write_look = _calling(f"@llvm.x86.{look}", vector(samples, "i8"))
    multiplies, write_high = _calling(f"@llvm.x86.{high}", vector(samples // 2, "i16"))
    table, declare = _table(1 << rows, samples), f"{looks}\n{multiplies}"
    return Lookup(name, needs, samples, rows, pulses, declare, table, write_look, write_high)


_WHOLE: Final = "avx512.pmulhu.w.512"

LOOKUPS: Final = (
    _lookup(
        *("avx512vbmi", ("avx512vbmi", "avx512bw"), 512, 6, 8),
        *("avx512.permvar.qi.512", _WHOLE),
    ),
    _lookup("avx512bw", ("avx512bw",), 512, 4, 8, "avx512.pshuf.b.512", _WHOLE),
    _lookup("avx2", ("avx2",), 256, 4, 4, "avx2.pshuf.b", "avx2.pmulhu.w"),
)
"""The quickest first."""


@cache
def lookups_here() -> tuple[Lookup, ...]:
    """That this processor has, the quickest first; perhaps none."""
    return tuple(lookup for lookup in LOOKUPS if set(lookup.needs) <= features())
