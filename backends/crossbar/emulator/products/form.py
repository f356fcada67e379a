"""Kinds of machine code for products, and what all of them are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from somac.backends.crossbar.emulator.products.paths import Path

__all__ = ["ARGUMENTS", "FUNCTION", "CellBits", "Conversion", "Form"]

FUNCTION: Final = "products"
"""``void products(int64_t *arguments)``, of `ARGUMENTS`."""

ARGUMENTS: Final = (
    # cells, and what drives rows: `dense_kernel`, `listed_kernel`
    *("cells", "pulses", "beside"),
    # reciprocals of steps, and what is added before the fraction is dropped, float32 or float64
    # (planes, blocks, width); what a code counts, int32 or int64 (phases, planes, blocks, width)
    *("reciprocals", "halves", "weights"),
    # int64 (samples, columns) with a stride, which is added to; int64 (samples, firings, planes,
    # columns), with room for a block of columns behind it
    *("sums", "noise"),
    *("samples", "steps", "count", "phases", "planes", "blocks", "columns", "stride"),
    *("bits", "low", "high", "cell_digits", "pulse_digits"),
)

Conversion = Literal["clip", "float", "double"]
CellBits = Literal[8, 16, 32]


@dataclass(frozen=True, slots=True)
class Form:
    """What machine code is made for.

    Parameters
    ----------
    path
        The instructions.
    conversion
        Steps of 1 for all columns, or the floating-point type that holds sums and codes exactly
        enough (`somac.backends.crossbar.emulator.products.layout`).
    wide
        Whether sums of columns take more than 32 bits.
    long
        Whether results do.
    noisy
        Whether noise is added to sums.
    digits
        Whether cells have more than one digit; None where they are whole numbers.
    cell_bits
        Of a whole number.
    """

    path: Path
    conversion: Conversion
    wide: bool
    long: bool
    noisy: bool
    digits: bool | None
    cell_bits: CellBits

    @property
    def sum_bits(self) -> int:
        """Of a sum that is converted."""
        return 64 if self.wide or self.noisy else 32

    @property
    def result_bits(self) -> int:
        """Of what results are added up in."""
        return 64 if self.long else 32
