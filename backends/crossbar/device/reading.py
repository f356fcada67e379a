"""Read noise: of every cell at every pulse, or of every conversion by its exact mean and variance.

A cell reads as ``max(0, G + sigma(G) N)`` with a new N for every pulse of every firing. The sum of
a column is then a sum of independent numbers whose mean and variance are known in closed form, so
that one normal number per conversion does for all of its cells: two moments are exact, and the
distribution is as far from the sum's as the central limit theorem says (not at all where no cell is
clipped). What the cells draw is the oracle; what the columns draw is what runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.curves import (
    FRACTION_BITS,
    Curve,
    curve,
    scaled,
    standard_clipped,
)
from somac.backends.crossbar.device.draws import cell_normals
from somac.backends.crossbar.device.model import SIGMA_BITS, DeviceModel
from somac.backends.crossbar.device.places import (
    GROUP,
    Corner,
    Firings,
    Purpose,
    checked_seed,
    within,
)
from somac.backends.crossbar.device.spreads import Number, OneOverF, Spread, rational
from somac.ir.normal import UNIT_BITS, quantiles

__all__ = [
    "Moments",
    "add_read_noise",
    "exact_in_float32",
    "moments",
    "read_cells",
    "read_sigmas",
]

Conductances = NDArray[np.int32]

_EXACT_BITS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What cells read as: mean int32 in grid steps, variance int64 in their squares."""

    mean: Conductances
    variance: NDArray[np.int64]


def read_sigmas(
    grid: Conductances,
    model: DeviceModel,
    *,
    seconds: Number = 0,
    fresh: Conductances | None = None,
) -> NDArray[np.int64]:
    """Standard deviation of each cell from read to read, in 2^-8 grid steps, int64.

    Parameters
    ----------
    grid
        Conductances as they are when read.
    seconds, fresh
        For 1/f noise: time after programming, and conductances then (`grid` if they are the same).
        E0683 for a time before the first read has ended.
    """
    wide = grid.astype(np.int64)
    match model.read:
        case None:
            return np.zeros(grid.shape, np.int64)
        case Spread():
            return _sigmas(model.read, 2 * model.top, model.unit_us).at(wide)
        case OneOverF():
            then = wide if fresh is None else fresh.astype(np.int64)
            unit = model.unit_us / model.g_max_us
            time = rational(seconds, "the time of a read")
            ratio = _ratios(model.read, 2 * model.top, unit, time)
            return scaled(wide, ratio.at(then), FRACTION_BITS - SIGMA_BITS)


@lru_cache(maxsize=64)
def _sigmas(spread: Spread, top: int, unit_us: Fraction) -> Curve:
    fine = unit_us / (1 << SIGMA_BITS)
    return curve(lambda g: max(spread.sigma_us(g), Fraction(0)) / fine, top, unit_us)


@lru_cache(maxsize=64)
def _ratios(noise: OneOverF, top: int, unit: Fraction, seconds: Fraction) -> Curve:
    growth = Fraction(noise.growth(seconds)) * (1 << FRACTION_BITS)
    return curve(lambda x: Fraction(noise.relative(x)) * growth, top, unit)


def moments(grid: Conductances, sigmas: NDArray[np.int64]) -> Moments:
    """Mean and variance of ``max(0, G + sigma N)`` per cell; `sigmas` as from `read_sigmas`.

    With a = G / sigma: ``m = G Phi(a) + sigma phi(a)`` and
    ``v = (G^2 + sigma^2) Phi(a) + G sigma phi(a) - m^2``, each to the nearest grid step or below.
    """
    shift, share = standard_clipped()
    wide = grid.astype(np.int64)
    # a in units of 2^-16, beyond the end of the curves where there is no noise
    a = np.where(sigmas > 0, (wide << (16 + SIGMA_BITS)) // np.maximum(sigmas, 1), 1 << 40)
    bits = SIGMA_BITS + FRACTION_BITS
    mean = wide + ((sigmas * shift.at(a) + (1 << (bits - 1))) >> bits)
    squares = sigmas * sigmas
    variance = scaled(squares, share.at(a), FRACTION_BITS) >> (2 * SIGMA_BITS)
    return Moments(mean.astype(np.int32), variance)


def read_cells(
    grid: Conductances,
    sigmas: NDArray[np.int64],
    seed: int,
    corner: Corner,
    *,
    sample: int = 0,
    step: int = 0,
    firing: int = 0,
    pulse: int = 0,
) -> Conductances:
    """What every cell reads as at one pulse of one firing, int32: the oracle.

    E0685 for a place or a time without random numbers.
    """
    for what, value in (
        ("sample", sample),
        ("time step", step),
        ("firing", firing),
        ("pulse", pulse),
    ):
        within(what, value)
    rows, columns = grid.shape
    numbers = cell_normals(
        (rows, columns),
        seed,
        Purpose.READING_CELLS,
        corner,
        sample=sample,
        step=step,
        firing=firing,
        pulse=pulse,
    )
    bits = SIGMA_BITS + UNIT_BITS
    noise = (sigmas * numbers + (1 << (bits - 1))) >> bits
    return np.maximum(grid + noise, 0).astype(np.int32)


def exact_in_float32(
    variance: NDArray[np.int64], largest: int
) -> tuple[NDArray[np.float32], float]:
    """Variances of the rows of columns for matrix products in float32 without rounding.

    Parameters
    ----------
    variance
        int64 (rows, columns): of the cells that a conversion reads in that row, summed.
    largest
        The largest square of an input.

    Returns
    -------
    Integers, float32 (rows, columns), and what they are in units of, a power of 2: the smallest
    for which no sum over the rows, times `largest`, has more than 24 bits. A sum is then the same
    in any order.
    """
    most = int(variance.sum(axis=0).max()) * largest if variance.size else 0
    shift = max(0, most.bit_length() - _EXACT_BITS)
    while True:
        rounded = (variance + ((1 << shift) >> 1)) >> shift
        # rounded up, sums may have a bit more
        if not rounded.size or int(rounded.sum(axis=0).max()) * largest < 1 << _EXACT_BITS:
            return rounded.astype(np.float32), float(1 << shift)
        shift += 1


def add_read_noise(
    sums: NDArray[np.int64] | NDArray[np.float64],
    variances: NDArray[np.generic],
    unit: float,
    seed: int,
    firings: Firings,
    *,
    first_column: int = 0,
) -> None:
    """Add read noise to sums of columns, in place: the nearest integer to ``sqrt(variance) N``.

    Parameters
    ----------
    sums
        In grid steps (batch, pulses, planes, columns): int64, or float64 that are integers.
    variances
        ``sum x^2 v`` of each in units of `unit`, of the same shape: integers in any type.
    unit
        A power of 2, as from `exact_in_float32`.
    seed
        The device.
    firings
        When each element of the batch is read: noise depends on nothing else.
    first_column
        Where in the array the columns begin that `sums` has, if it does not have all: a multiple
        of `GROUP`.

    Errors
    ------
    E0685 for a place or a time without random numbers.
    """
    from somac.backends.crossbar.device.kernels import add_noise

    batch, pulses, planes, columns = sums.shape
    if batch != len(firings) or sums.shape != variances.shape or first_column % GROUP:
        raise ValueError("sums, variances, firings and columns do not fit each other")
    if not sums.size:
        return
    within("pulse", 0, pulses - 1)
    within("plane", 0, planes - 1)
    within("column", first_column, first_column + columns - 1)
    core = np.full(batch, firings.core, np.int64)
    when = np.stack([core, firings.firings, firings.steps, firings.samples], axis=1)
    purpose = int(Purpose.READING_COLUMNS)
    add_noise(sums, variances, unit, when, first_column, checked_seed(seed), purpose, quantiles())
