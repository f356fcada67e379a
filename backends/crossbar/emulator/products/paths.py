"""Sets of instructions that multiply and add: which there are, and how each is written.

All compute the same: int32 sums of products of digits of pulses (signed) and of cells (unsigned),
some rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from somac.backends.crossbar.emulator.products.text import Text, vector

__all__ = ["CELL_BITS", "PATHS", "PULSE_BITS", "Path", "best_path", "features", "paths_here"]

CELL_BITS: Final = 8
"""Of a digit of a cell: 0 to 255."""

PULSE_BITS: Final = 7
"""Of a digit of a pulse: -127 to 127."""


@dataclass(frozen=True, slots=True)
class Path:
    """A set of instructions, and what suits its registers.

    Parameters
    ----------
    name
        Of the set.
    needs
        Features of the processor, as LLVM calls them; each is one of several.
    lanes
        Sums in a vector.
    together
        Rows that one instruction multiplies, and adds to every sum; a step takes 4 bytes a lane.
    vectors
        That are summed up together.
    samples
        Numbers of samples that are computed together, the most first; the last is 1.
    declare
        What is called.
    add
        Writes sums plus products: of a text, sums, cells, and a pulse in every lane (all int32).
    """

    name: str
    needs: tuple[tuple[str, ...], ...]
    lanes: int
    together: int
    vectors: int
    samples: tuple[int, ...]
    declare: str
    add: Callable[[Text, str, str, str], str]

    @property
    def bits(self) -> int:
        """Of a stored digit."""
        return 32 // self.together

    @property
    def width(self) -> int:
        """Columns that are summed up together."""
        return self.lanes * self.vectors


def _bytes(bits: int) -> tuple[str, Callable[[Text, str, str, str], str]]:
    """Four products of bytes in a lane."""
    kind = vector(bits // 32, "i32")
    name = f"@llvm.x86.avx512.vpdpbusd.{bits}"

    def add(text: Text, sums: str, cells: str, pulse: str) -> str:
        return text.new(f"call {kind} {name}({kind} {sums}, {kind} {cells}, {kind} {pulse})")

    return f"declare {kind} {name}({kind}, {kind}, {kind})", add


_PAIRS: Final = "@llvm.x86.avx2.pmadd.wd"


def _add_pairs(text: Text, sums: str, cells: str, pulse: str) -> str:
    left, right = (text.new(f"bitcast <8 x i32> {value} to <16 x i16>") for value in (cells, pulse))
    pairs = text.new(f"call <8 x i32> {_PAIRS}(<16 x i16> {left}, <16 x i16> {right})")
    return text.new(f"add <8 x i32> {sums}, {pairs}")


def _add_plain(text: Text, sums: str, cells: str, pulse: str) -> str:
    """The lower halves of all lanes, then the upper ones."""
    for half in ("shl", "none"):
        left, right = cells, pulse
        if half == "shl":
            left, right = (
                text.new(f"shl <4 x i32> {value}, {_each(16)}") for value in (left, right)
            )
        left, right = (text.new(f"ashr <4 x i32> {value}, {_each(16)}") for value in (left, right))
        product = text.new(f"mul <4 x i32> {left}, {right}")
        sums = text.new(f"add <4 x i32> {sums}, {product}")
    return sums


def _each(value: int) -> str:
    return "<" + ", ".join([f"i32 {value}"] * 4) + ">"


def _paths() -> Mapping[str, Path]:
    whole, half = _bytes(512), _bytes(256)
    found = (
        Path("avx512vnni", (("avx512vnni",), ("avx512bw",)), 16, 4, 4, (6, 3, 1), *whole),
        Path("avxvnni", (("avxvnni", "avx512vnni"), ("avx2",)), 8, 4, 2, (5, 2, 1), *half),
        Path(
            "avx2",
            (("avx2",),),
            8,
            2,
            2,
            (4, 2, 1),
            f"declare <8 x i32> {_PAIRS}(<16 x i16>, <16 x i16>)",
            _add_pairs,
        ),
        Path("plain", (), 4, 2, 2, (2, 1), "", _add_plain),
    )
    return {path.name: path for path in found}


PATHS: Final[Mapping[str, Path]] = _paths()
"""By name, the quickest first; the last runs everywhere."""


@cache
def features() -> frozenset[str]:
    """Of this processor, as LLVM calls them."""
    import llvmlite.binding as llvm

    return frozenset(name for name, there in llvm.get_host_cpu_features().items() if there)


@cache
def paths_here() -> tuple[Path, ...]:
    """That this processor has, the quickest first."""
    have = features()
    return tuple(p for p in PATHS.values() if all(have & set(some) for some in p.needs))


def best_path() -> Path:
    """The quickest that this processor has."""
    return paths_here()[0]
