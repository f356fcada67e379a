"""Functions of a real number as tables of integers with straight lines between their entries.

What is computed with them is the same on every machine: entries come from exact fractions, or from
decimal arithmetic whose logarithms and exponentials are correctly rounded (module `decimal`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DECIMALS",
    "FRACTION_BITS",
    "Curve",
    "curve",
    "decimal",
    "halvings",
    "logarithm",
    "nearest",
    "scaled",
    "standard_clipped",
]

DECIMALS: Final = Context(prec=40)
"""Digits of what is not rational."""

FRACTION_BITS: Final = 24
"""Bits below the binary point of factors, exponents and ratios."""

_NODES: Final = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A function by its values at 0, ``1 << bits``, ``2 << bits``...; constant beyond the last.

    `values` is int64 (nodes,), of less than 2^40 each.
    """

    values: NDArray[np.int64]
    bits: int

    def at(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """The function at integers, not negative, rounded down between two entries."""
        last = len(self.values) - 1
        x = np.minimum(x, last << self.bits)
        node = np.minimum(x >> self.bits, max(last - 1, 0))
        before, after = self.values[node], self.values[np.minimum(node + 1, last)]
        rest = x - (node << self.bits)
        between: NDArray[np.int64] = before + ((after - before) * rest >> self.bits)
        return between


def curve(function: Callable[[Fraction], Fraction | Decimal], top: int, unit: Fraction) -> Curve:
    """The curve of a function on 0 to `top` grid steps; the function is given ``steps * unit``.

    Its values are rounded to integers.
    """
    bits = max(0, (top // _NODES).bit_length())
    nodes = (top >> bits) + 2
    values = [nearest(function((n << bits) * unit)) for n in range(nodes)]
    return Curve(np.array(values, np.int64), bits)


def nearest(value: Fraction | Decimal) -> int:
    """The nearest integer, halves upwards."""
    return math.floor(Fraction(value) + Fraction(1, 2))


def decimal(value: Fraction) -> Decimal:
    """A fraction with the digits of `DECIMALS`."""
    return DECIMALS.divide(Decimal(value.numerator), Decimal(value.denominator))


def logarithm(value: Fraction) -> Decimal:
    """The natural logarithm of a positive fraction."""
    return DECIMALS.ln(decimal(value))


def scaled(values: NDArray[np.int64], factors: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """``values * factors >> bits`` without its low bits being lost or its high ones wrapping.

    Values from 0 to 2^62, factors from 0 to 2^bits; `bits` no more than 31.
    """
    low = values & ((1 << bits) - 1)
    return (values >> bits) * factors + (low * factors >> bits)


@cache
def halvings() -> Curve:
    """``2^-f`` in units of 2^-30, f from 0 to 1 in units of 2^-`FRACTION_BITS`.

    The straight lines are off by 4e-9 at most.
    """
    parts = 12
    half = DECIMALS.ln(Decimal("0.5"))
    exponents = (
        DECIMALS.multiply(half, decimal(Fraction(n, 1 << parts))) for n in range((1 << parts) + 1)
    )
    values = [nearest(Fraction(DECIMALS.exp(e)) * (1 << 30)) for e in exponents]
    return Curve(np.array(values, np.int64), FRACTION_BITS - parts)


@cache
def standard_clipped() -> tuple[Curve, Curve]:
    """Mean and variance of a normal number clipped at 0, by its mean ``a`` in standard deviations.

    With E = max(0, N(a, 1)): ``E[E] - a = phi(a) - a Phi(-a)`` and ``Var[E]``, in units of 2^-24,
    for a from 0 to 8 in units of 2^-16; beyond, 0 and 1 to the last unit. The lines are off by 8e-7
    at most.
    """
    bits = 8
    places = [n / (1 << (16 - bits)) for n in range((8 << (16 - bits)) + 1)]
    pairs = [_clipped(a) for a in places]
    return Curve(
        _integers([mean - a for (mean, _), a in zip(pairs, places, strict=True)]), bits
    ), Curve(_integers([variance for _, variance in pairs]), bits)


def _clipped(a: float) -> tuple[float, float]:
    above = 0.5 * math.erfc(-a / math.sqrt(2.0))
    density = math.exp(-a * a / 2.0) / math.sqrt(2.0 * math.pi)
    mean = a * above + density
    return mean, (a * a + 1.0) * above + a * density - mean * mean


def _integers(values: Sequence[float]) -> NDArray[np.int64]:
    # an error of 1e-14 moves none of these to another integer: they are that far from halves
    integers: NDArray[np.int64] = np.rint(np.array(values) * (1 << FRACTION_BITS)).astype(np.int64)
    return integers
