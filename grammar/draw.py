"""Random numbers that are the same on every machine.

The bits are those of Philox, whose stream NumPy never changes; what is made of them uses
IEEE sums, products and quotients alone. Library logarithms differ in their last bits from
machine to machine, and NumPy's distributions from version to version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_SEED", "Purpose", "Stream"]

MAX_SEED = 2**64 - 1

Real = NDArray[np.float64]

_LN2 = 0.6931471805599453
_NORMAL_WIDTH = 1.7155277699214135  # 2 * sqrt(2 / e)
_BLOCK = 1 << 18


class Purpose(IntEnum):
    """What numbers are drawn for: one seed gives independent streams."""

    WIRING = 0
    WEIGHT = 1
    DELAY = 2
    PARAMETER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A sequence of random numbers; drawing goes on where the last draw ended."""

    bits: Any

    @classmethod
    def of(cls, seed: int, purpose: Purpose) -> Stream:
        """The stream of a seed in 0 to 2**64 - 1 for a purpose."""
        key = np.array([seed, int(purpose)], dtype=np.uint64)
        return cls(np.random.Philox(key=key))

    def unit(self, count: int) -> Real:
        """Uniform in [0, 1), multiples of 2**-53; float64 (count,)."""
        raw = np.asarray(self.bits.random_raw(count), dtype=np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def uniform(self, low: float, high: float, count: int) -> Real:
        """Uniform in [low, high); float64 (count,)."""
        return low + (high - low) * self.unit(count)

    def integers(self, low: int, high: int, count: int) -> NDArray[np.int64]:
        """Uniform whole numbers from low to high, both included; int64 (count,)."""
        return low + np.floor((high - low + 1) * self.unit(count)).astype(np.int64)

    def normal(self, mean: float, deviation: float, count: int) -> Real:
        """Normal; float64 (count,).

        Ratio of uniforms (Kinderman and Monahan 1977, doi:10.1145/355744.355750).
        """
        parts: list[Real] = []
        missing = count
        while missing > 0:
            pairs = self.unit(2 * _BLOCK if missing > _BLOCK else 2 * (missing + 64))
            u, v = 1.0 - pairs[0::2], pairs[1::2]
            x = _NORMAL_WIDTH * (v - 0.5) / u
            accepted = x[x * x <= -4.0 * _log(u)]
            parts.append(accepted[:missing])
            missing -= len(parts[-1])
        return mean + deviation * np.concatenate(parts or [np.zeros(0)])

    def chosen(self, probability: float, total: int) -> NDArray[np.int64]:
        """The numbers below `total` that are chosen, each with that probability; ascending.

        Gaps between the chosen are geometric, so that the work is in proportion to them.
        """
        if probability >= 1.0:
            return np.arange(total, dtype=np.int64)
        parts = [np.zeros(0, np.int64)]
        start = 0
        while probability > 0.0 and start < total:
            expected = probability * (total - start)
            count = int(min(_BLOCK, 64 + expected))
            with np.errstate(over="ignore"):
                gaps = np.floor(_log(1.0 - self.unit(count)) / _log_of_rest(probability)) + 1.0
                # the sums stay far below 2**63: what is beyond the end is cut off in float64
                inside = np.cumsum(gaps) <= total - start
            places = start - 1 + np.cumsum(gaps[inside].astype(np.int64))
            parts.append(places[places < total])
            if not inside.all():
                break
            start = int(places[-1]) + 1
        return np.concatenate(parts)


def _log(x: Real) -> Real:
    """Natural logarithm of positive numbers."""
    mantissa, exponent = np.frexp(x)
    return _twice_artanh((mantissa - 1.0) / (mantissa + 1.0)) + exponent * _LN2


def _log_of_rest(probability: float) -> Real:
    """``log(1 - probability)``, exact for the smallest probabilities too."""
    if probability > 0.5:
        return _log(np.asarray(1.0 - probability))
    if probability < 2.0**-53:
        # the series would halve it, and half of the least number is nothing
        return np.asarray(-probability)
    return _twice_artanh(np.asarray(-probability / (2.0 - probability)))


def _twice_artanh(s: Real) -> Real:
    """``2 artanh(s)`` for -1/3 <= s <= 1/3, by its power series."""
    square = s * s
    total = np.zeros_like(square)
    for odd in range(35, 0, -2):
        total = total * square + 1.0 / odd
    return 2.0 * s * total
