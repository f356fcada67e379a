"""Read noise of columns: one normal number per conversion, of the variance of all its cells.

The variance of a conversion is ``sum x^2 v`` over its rows, a matrix product of squares of pulses
and variances of cells. Variances are integers that are coarse enough for sums of 24 bits, or of 53,
so that the product is exact in floating point: BLAS may sum in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.places import (
    GROUP,
    Firings,
    Purpose,
    checked_seed,
    within,
)
from somac.ir.normal import quantiles

__all__ = ["ColumnNoise", "draw_read_noise", "exact_in_products"]

_FLOAT32_BITS: Final = 24
_FLOAT64_BITS: Final = 53

_KEPT_BITS: Final = 12
"""Of the largest variance of a cell, so that no noise is off by more than a part in 8192."""


def exact_in_products(
    variance: NDArray[np.int64], largest: int
) -> tuple[NDArray[np.float32] | NDArray[np.float64], float]:
    """Variances for matrix products in floating point that are exact.

    Parameters
    ----------
    variance
        int64 (rows, columns): of the cells that a conversion reads in that row, summed.
    largest
        The largest square of an input.

    Returns
    -------
    Integers (rows, columns), and what they are in units of, a power of 2: the smallest for which
    no sum over the rows, times `largest`, has more bits than the significand of their type. That
    is float32 if it leaves the largest variance `_KEPT_BITS` bits, as with pulses of one bit in
    up to 4096 rows; float64 otherwise.
    """
    most = int(variance.max(initial=0))
    small, unit = _exact(variance, largest, _FLOAT32_BITS)
    if unit == 1 or most >= unit * (1 << (_KEPT_BITS - 1)):
        return small.astype(np.float32), unit
    large, unit = _exact(variance, largest, _FLOAT64_BITS)
    return large.astype(np.float64), unit


def _exact(variance: NDArray[np.int64], largest: int, bits: int) -> tuple[NDArray[np.int64], float]:
    most = int(variance.sum(axis=0).max(initial=0)) * largest
    shift = max(0, most.bit_length() - bits)
    while True:
        rounded = (variance + ((1 << shift) >> 1)) >> shift
        # rounded up, sums may have a bit more
        if int(rounded.sum(axis=0).max(initial=0)) * largest < 1 << bits:
            return rounded, float(1 << shift)
        shift += 1


def draw_read_noise(
    out: NDArray[np.int64],
    variances: NDArray[np.generic],
    unit: float,
    seed: int,
    firings: Firings,
    *,
    first_column: int = 0,
) -> None:
    """Write read noise of conversions: the nearest integer to ``sqrt(variance) N``.

    Parameters
    ----------
    out
        In grid steps, int64 (batch, pulses, planes, columns).
    variances
        ``sum x^2 v`` of each in units of `unit`, of the same shape: integers in any type.
    unit
        A power of 2, as from `exact_in_products`.
    seed
        The device.
    firings
        When each element of the batch is read: noise depends on nothing else.
    first_column
        The column from which on `out` has them, where it does not have all: a multiple of
        `GROUP`.

    Raises
    ------
    SomacError
        E0685 for a place or a time without random numbers.
    ValueError
        If shapes do not fit.
    """
    from somac.backends.crossbar.device.kernels import draw_noise

    batch, pulses, planes, columns = out.shape
    if batch != len(firings) or out.shape != variances.shape or first_column % GROUP:
        raise ValueError("noise, variances, firings and columns do not fit each other")
    if not out.size:
        return
    within("pulse", 0, pulses - 1)
    within("plane", 0, planes - 1)
    within("column", first_column, first_column + columns - 1)
    core = np.full(batch, firings.core, np.int64)
    when = np.stack([core, firings.firings, firings.steps, firings.samples], axis=1)
    purpose = int(Purpose.READING_COLUMNS)
    draw_noise(out, variances, unit, when, first_column, checked_seed(seed), purpose, quantiles())


class ColumnNoise:
    """What reading adds to the sums of the columns of one block of cells.

    Parameters
    ----------
    variance
        Of what a cell, or a pair, adds to its column per unit of a pulse: int64 (planes, rows,
        columns), as from `reading.moments`.
    bits, count, signs
        Pulses: bits of each, how many carry a magnitude, and what becomes of negative signals.
    seed
        The device.
    """

    def __init__(
        self,
        variance: NDArray[np.int64],
        bits: int,
        count: int,
        signs: Literal["none", "bipolar", "phases"],
        seed: int,
    ) -> None:
        planes, rows, columns = variance.shape
        side_by_side = variance.transpose(1, 0, 2).reshape(rows, planes * columns)
        self._variance, self._unit = exact_in_products(side_by_side, ((1 << bits) - 1) ** 2)
        self._shape = planes, columns
        self._bits, self._count, self._phases = bits, count, signs == "phases"
        self._seed = checked_seed(seed)

    def of(
        self, signals: NDArray[np.int64], firings: Firings
    ) -> Callable[[int, int, NDArray[np.int64]], None]:
        """What writes the noise of elements ``first`` to ``last`` (exclusive) of a batch.

        Parameters
        ----------
        signals
            int64 (batch, rows).
        firings
            When each of them is read.

        Returns
        -------
        Given first, last and int64 (last - first, pulses, planes, columns), it writes all of that.
        However the batch is cut, it writes the same.
        """

        def write(first: int, last: int, out: NDArray[np.int64]) -> None:
            self.draw(signals[first:last], firings[first:last], out)

        return write

    def draw(self, signals: NDArray[np.int64], firings: Firings, out: NDArray[np.int64]) -> None:
        """Write the noise of a whole batch: int64 (batch, pulses, planes, columns)."""
        from somac.backends.crossbar.device.kernels import square_pulses

        batch, rows = signals.shape
        pulses = self._count * (2 if self._phases else 1)
        squares = np.empty((batch, pulses, rows), self._variance.dtype)
        square_pulses(squares, signals, self._bits, self._phases)
        variances = squares.reshape(batch * pulses, rows) @ self._variance
        shaped = variances.reshape(batch, pulses, *self._shape)
        draw_read_noise(out, shaped, self._unit, self._seed, firings)
