"""Fixed point with the vocabulary of `ap_fixed`, exact on int64 arrays.

A value is a *raw* integer; the number it stands for is ``raw * 2**-fraction``. Every integer
of somac is made by the functions here, and `docs/reference/semantics.md` states them as formulas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BOOL",
    "MAX_BITS",
    "MAX_FRACTION",
    "Format",
    "FormatError",
    "Overflow",
    "Rounding",
    "cast",
    "fit_overflow",
    "quantise",
    "round_shift",
    "to_real",
]

Raw = NDArray[np.int64]

MAX_BITS = 63
"""Widest two's complement value anywhere; an unsigned value counts one bit more than it has.

Every value then fits int64, and so does the sum of any two: nothing wraps unseen.
"""

MAX_FRACTION = 960
"""Largest distance of the binary point from the least significant bit, to either side.

Every raw value times its step is then a finite float64 of full precision.
"""


_TEXT = re.compile(r"(u?)fixed<([0-9]{1,4}),(-?[0-9]{1,4})(?:,([A-Z_]+),([A-Z_]+))?>")


class Rounding(Enum):
    """What happens to the bits below the least significant one (names of `ap_fixed`)."""

    TRN = "TRN"
    """Towards minus infinity (drop the bits)."""
    RND = "RND"
    """To nearest, ties towards plus infinity."""
    RND_CONV = "RND_CONV"
    """To nearest, ties to even."""
    TRN_ZERO = "TRN_ZERO"
    """Towards zero."""


class Overflow(Enum):
    """What happens to a value out of range (names of `ap_fixed`)."""

    WRAP = "WRAP"
    """Keep the low bits (two's complement)."""
    SAT = "SAT"
    """Clamp to the nearest end of the range."""


class FormatError(ValueError):
    """There is no such format; the text says why."""


@dataclass(frozen=True, slots=True)
class Format:
    """`ap_[u]fixed<width, integer, rounding, overflow>`.

    `integer` counts the bits left of the binary point, the sign bit included; it may be
    negative or larger than `width`, as in `ap_fixed`.

    Raises
    ------
    FormatError
        If the width is not in 1..63 (1..62 unsigned), or `fraction` not in -960..960.
    """

    width: int
    integer: int
    signed: bool = True
    rounding: Rounding = Rounding.TRN
    overflow: Overflow = Overflow.WRAP

    def __post_init__(self) -> None:
        widest = MAX_BITS - (not self.signed)
        if not 1 <= self.width <= widest:
            kind = "signed" if self.signed else "unsigned"
            raise FormatError(f"a width in a {kind} format is 1 to {widest}, not {self.width}")
        if abs(self.fraction) > MAX_FRACTION:
            raise FormatError(f"{self.fraction} fraction bits, not within +-{MAX_FRACTION}")

    @property
    def fraction(self) -> int:
        """Bits right of the binary point."""
        return self.width - self.integer

    @property
    def minimum(self) -> int:
        """Smallest raw value."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        """Largest raw value."""
        return (1 << (self.width - 1)) - 1 if self.signed else (1 << self.width) - 1

    @property
    def step(self) -> float:
        """What one raw unit stands for."""
        return float(2.0**-self.fraction)

    def __str__(self) -> str:
        name = "fixed" if self.signed else "ufixed"
        modes = ""
        if (self.rounding, self.overflow) != (Rounding.TRN, Overflow.WRAP):
            modes = f",{self.rounding.value},{self.overflow.value}"
        return f"{name}<{self.width},{self.integer}{modes}>"

    @classmethod
    def parse(cls, text: str) -> Format:
        """The format that prints as `text`; ValueError where there is none."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a format such as fixed<16,8> or ufixed<8,8,RND,SAT>")
        unsigned, width, integer, rounding, overflow = found.groups()
        return cls(
            int(width),
            int(integer),
            not unsigned,
            Rounding(rounding or "TRN"),
            Overflow(overflow or "WRAP"),
        )


BOOL = Format(1, 1, signed=False)
"""The format of a truth value: 0 or 1."""


def round_shift(raw: Raw, shift: int, rounding: Rounding) -> Raw:
    """``raw * 2**-shift`` as an integer, rounded.

    Exact for every int64 where ``shift > 0``. For ``shift <= 0`` nothing is rounded and the
    result is taken modulo 2**64, in two's complement.
    """
    if shift <= 0:
        return np.asarray(raw << -shift, dtype=np.int64)
    if shift > MAX_BITS:
        # at most one half in magnitude, and the half itself only as -1/2, whose even
        # neighbour and whose neighbour above are both 0
        return raw >> MAX_BITS if rounding is Rounding.TRN else np.zeros_like(raw)
    floor = raw >> shift
    rest = raw & np.int64((1 << shift) - 1)
    half = np.int64(1 << (shift - 1))
    match rounding:
        case Rounding.TRN:
            return floor
        case Rounding.TRN_ZERO:
            up = (raw < 0) & (rest != 0)
        case Rounding.RND:
            up = rest >= half
        case Rounding.RND_CONV:
            up = (rest > half) | ((rest == half) & ((floor & 1) == 1))
    return np.asarray(floor + up, dtype=np.int64)


def fit_overflow(raw: Raw, format: Format) -> Raw:
    """Bring `raw` into the range of `format` by its overflow mode."""
    if format.overflow is Overflow.SAT:
        return np.asarray(np.clip(raw, format.minimum, format.maximum), dtype=np.int64)
    low = raw & np.int64((1 << format.width) - 1)
    if not format.signed:
        return low
    sign = np.int64(1 << (format.width - 1))
    return (low ^ sign) - sign


def cast(raw: Raw, fraction: int, format: Format) -> Raw:
    """Convert raw values with `fraction` bits below the point to `format`.

    First rounding, then overflow, as `ap_fixed` assignment does. Exact for every int64 and
    every distance of the two binary points.
    """
    shift = fraction - format.fraction
    if shift < 0 and format.overflow is Overflow.SAT:
        # shifted, a large value would lose its high bits before it is seen to be too large
        low, high = -(-format.minimum >> -shift), format.maximum >> -shift
        inside = np.clip(raw, low, high) << -shift
        beyond = np.where(raw > high, np.int64(format.maximum), np.int64(format.minimum))
        return np.where((raw < low) | (raw > high), beyond, inside)
    return fit_overflow(round_shift(raw, shift, format.rounding), format)


def quantise(real: ArrayLike, format: Format) -> Raw:
    """The raw values of `format` for real numbers, by its rounding and overflow modes.

    Exact for every finite float64.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    number = np.asarray(real, dtype=np.float64)
    if not np.isfinite(number).all():
        raise ValueError(f"numbers that are not finite have no raw value in {format}")
    # bring the number near the range first: its scaled value is then finite, and no bit is
    # lost, because fmod is exact and every end of a range is a float64 or rounds to 2**62
    if format.overflow is Overflow.SAT:
        ends = to_real([format.minimum, format.maximum], format)
        near = np.clip(number, ends[0], ends[1])
    else:
        near = np.fmod(number, np.ldexp(1.0, format.integer))
    scaled = np.ldexp(near, format.fraction)
    # a subnormal result has lost bits, but rounds as any other small number of its sign
    smallest = np.finfo(np.float64).tiny
    lost = (near != 0) & (np.abs(scaled) < smallest)
    scaled = np.where(lost, np.copysign(smallest, near), scaled)
    match format.rounding:
        case Rounding.TRN:
            whole = np.floor(scaled)
        case Rounding.TRN_ZERO:
            whole = np.trunc(scaled)
        case Rounding.RND:
            below = np.floor(scaled)
            whole = below + (scaled - below >= 0.5)
        case Rounding.RND_CONV:
            whole = np.rint(scaled)
    return fit_overflow(whole.astype(np.int64), format)


def to_real(raw: ArrayLike, format: Format) -> NDArray[np.float64]:
    """What raw values of `format` stand for: the nearest float64, exact up to 53 bits."""
    return np.asarray(np.ldexp(np.asarray(raw, dtype=np.float64), -format.fraction))
