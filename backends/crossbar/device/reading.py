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
from typing import Final

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
    Corner,
    Purpose,
    within,
)
from somac.backends.crossbar.device.spreads import Number, OneOverF, Spread, rational
from somac.ir.normal import UNIT_BITS

__all__ = [
    "Moments",
    "moments",
    "read_cells",
    "read_sigmas",
]

Conductances = NDArray[np.int32]

_MOST: Final = (1 << 31) - 1


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

    No more than 2^23 grid steps, 128 levels: squares fit, and cells that spread more say nothing.

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
            sigmas = _sigmas(model.read, 2 * model.top, model.unit_us).at(wide)
        case OneOverF():
            then = wide if fresh is None else fresh.astype(np.int64)
            unit = model.unit_us / model.g_max_us
            time = rational(seconds, "the time of a read")
            ratio = _ratios(model.read, 2 * model.top, unit, time)
            sigmas = scaled(wide, ratio.at(then), FRACTION_BITS - SIGMA_BITS)
    return np.minimum(sigmas, _MOST)


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
