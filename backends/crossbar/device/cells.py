"""What becomes of cells: programmed, drifted, stuck. Each a pure function of codes or conductances.

Arrays are of physical cells, (rows, columns). Conductances are int32, in grid steps of the model
(`DeviceModel`); what a cell draws depends on the seed and on its place alone.
"""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.curves import (
    DECIMALS,
    FRACTION_BITS,
    Curve,
    curve,
    decimal,
    halvings,
    logarithm,
    nearest,
)
from somac.backends.crossbar.device.draws import cell_normals, cell_words
from somac.backends.crossbar.device.effects import LogLaw
from somac.backends.crossbar.device.model import GRID_BITS, SIGMA_BITS, DeviceModel
from somac.backends.crossbar.device.places import Corner, Purpose
from somac.backends.crossbar.device.spreads import Number, rational, shown
from somac.ir.errors import SomacError
from somac.ir.normal import UNIT_BITS

__all__ = [
    "Fault",
    "decayed",
    "drifted",
    "exponents",
    "faults",
    "level_sigmas",
    "octaves",
    "programmed",
    "stuck",
    "targets",
]

Conductances = NDArray[np.int32]


class Fault(IntEnum):
    """What is wrong with a cell."""

    NONE = 0
    AT_MIN = 1
    AT_MAX = 2
    OPEN = 3


def targets(codes: NDArray[np.uint8], model: DeviceModel) -> Conductances:
    """Conductances of the levels that `codes` name, exactly; E0687 for a code that is no level."""
    if codes.size and int(codes.max()) >= model.levels:
        row, column = np.unravel_index(int(codes.argmax()), codes.shape)
        raise SomacError(
            "E0687",
            f"the cell at row {row}, column {column} has a code that is no level",
            have=f"code {codes.max()}",
            need=f"0 to {model.levels - 1}",
        )
    return (model.rest + (codes.astype(np.int64) << GRID_BITS)).astype(np.int32)


def level_sigmas(model: DeviceModel) -> NDArray[np.int64]:
    """Standard deviation of programming per level, in 2^-8 grid steps: int64 (levels,)."""
    if model.programming is None:
        return np.zeros(model.levels, np.int64)
    unit = model.unit_us / (1 << SIGMA_BITS)
    levels = (model.g_min_us + level * model.step_us for level in range(model.levels))
    return np.array([nearest(model.programming.sigma_us(g) / unit) for g in levels], np.int64)


def programmed(
    codes: NDArray[np.uint8], model: DeviceModel, seed: int, corner: Corner
) -> Conductances:
    """Conductances after programming: ``max(0, G + sigma(G) N)``, N per cell.

    Parameters
    ----------
    codes
        Levels, uint8 (rows, columns).
    model, seed
        The technology, and the device.
    corner
        Where the first cell is.

    Returns
    -------
    int32 of the same shape. Without programming error, `targets`.
    """
    exact = targets(codes, model)
    if model.programming is None:
        return exact
    numbers = cell_normals(_shape(codes), seed, Purpose.PROGRAMMING, corner)
    error = _product(level_sigmas(model)[codes], numbers)
    grid: Conductances = np.maximum(exact + error, 0).astype(np.int32)
    return grid


def _product(sigmas: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    bits = SIGMA_BITS + UNIT_BITS
    return (sigmas * numbers + (1 << (bits - 1))) >> bits


def drifted(
    grid: Conductances, model: DeviceModel, seconds: Number, seed: int, corner: Corner
) -> Conductances:
    """Conductances at a time after programming: ``G (t / t0)^-nu``, nu per cell.

    `grid` is that of the reference time t0 of the drift, at which nothing has changed; nu is drawn
    by the conductance that the cell has there. E0683 for an earlier time. Without drift, `grid`.
    """
    if model.drift is None:
        return grid
    return decayed(grid, exponents(grid, model, seed, corner), octaves(model, seconds))


def octaves(model: DeviceModel, seconds: Number) -> int:
    """``log2(t / t0)`` of the model's drift in units of 2^-24; 0 without drift, E0683 before t0."""
    if model.drift is None:
        return 0
    time, t0 = rational(seconds, "the time of a read"), model.drift.t0_seconds
    if time < t0:
        raise SomacError(
            "E0683",
            "a read comes before drift is known",
            have=f"{shown(time)} s after programming",
            need=f"at least {shown(t0)} s, the reference time of drift",
        )
    exact = DECIMALS.divide(logarithm(time / t0), logarithm(Fraction(2)))
    return nearest(Fraction(exact) * (1 << FRACTION_BITS))


def exponents(
    grid: Conductances, model: DeviceModel, seed: int, corner: Corner
) -> NDArray[np.int64]:
    """nu of each cell in units of 2^-24: ``|mean(G) + sigma(G) N|``, int64; zeros without drift."""
    if model.drift is None:
        return np.zeros(grid.shape, np.int64)
    wide = grid.astype(np.int64)
    unit = model.unit_us / model.g_max_us
    mean, sigma = (
        _law(law, model.top, unit).at(wide) for law in (model.drift.mean, model.drift.sigma)
    )
    numbers = cell_normals(_shape(grid), seed, Purpose.DRIFT, corner)
    return np.abs(mean + ((sigma * numbers + (1 << (UNIT_BITS - 1))) >> UNIT_BITS))


@lru_cache(maxsize=64)
def _law(law: LogLaw, top: int, unit: Fraction) -> Curve:
    """By grid steps, of which `unit` makes conductances relative to the largest."""
    low, high, one = decimal(law.low), decimal(law.high), 1 << FRACTION_BITS

    def at(x: Fraction) -> Fraction:
        if not law.slope or x <= 0:
            # what the logarithm tends to
            value = decimal(law.offset) if not law.slope else (high if law.slope < 0 else low)
        else:
            value = DECIMALS.fma(decimal(law.slope), logarithm(x), decimal(law.offset))
        return Fraction(min(max(value, low), high)) * one

    return curve(at, top, unit)


def decayed(grid: Conductances, nu: NDArray[np.int64], time: int) -> Conductances:
    """``G 2^(-nu time)``, with `nu` and `time` (in octaves) in units of 2^-24, neither negative.

    Nothing changes where one is 0; no conductance grows with either. Times add up to within a grid
    step per decay.
    """
    exponent = (nu * time) >> FRACTION_BITS
    whole = np.minimum(exponent >> FRACTION_BITS, 31)
    factor = halvings().at(exponent & ((1 << FRACTION_BITS) - 1))
    shift = whole + 30
    left: Conductances = ((grid * factor + (np.int64(1) << (shift - 1))) >> shift).astype(np.int32)
    return left


def faults(
    shape: tuple[int, int], model: DeviceModel, seed: int, corner: Corner
) -> NDArray[np.uint8]:
    """The `Fault` of each cell, uint8 (rows, columns): each cell by itself, with the model's
    shares."""
    kinds = np.zeros(shape, np.uint8)
    if model.faults is None:
        return kinds
    words = cell_words(shape, seed, Purpose.FAULTS, corner).astype(np.int64)
    shares = (model.faults.at_min, model.faults.at_max, model.faults.open)
    total = Fraction(0)
    for kind, share in zip((Fault.AT_MIN, Fault.AT_MAX, Fault.OPEN), shares, strict=True):
        first, total = nearest(total * (1 << 32)), total + share
        kinds[(words >= first) & (words < nearest(total * (1 << 32)))] = kind
    return kinds


def stuck(grid: Conductances, model: DeviceModel, kinds: NDArray[np.uint8]) -> Conductances:
    """Conductances with the faulty cells at what they are stuck at; `kinds` as from `faults`.

    A fault changes the sum of its column by exactly ``x * (stuck - G)``.
    """
    at = np.array([0, model.rest, model.top, 0], np.int64)[kinds]
    return np.where(kinds == Fault.NONE, grid, at).astype(np.int32)


def _shape(array: NDArray[np.generic]) -> tuple[int, int]:
    rows, columns = array.shape
    return rows, columns
