"""Products of arrays with programming and read noise, for `bench.crossbar`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.cells import programmed
from somac.backends.crossbar.device.columns import ColumnNoise
from somac.backends.crossbar.device.model import GRID, DeviceModel
from somac.backends.crossbar.device.places import Corner, Firings
from somac.backends.crossbar.device.reading import moments, read_sigmas
from somac.backends.crossbar.device.spreads import Spread
from somac.backends.crossbar.emulator.products.fast import Products
from somac.backends.crossbar.emulator.products.firing import Firing

__all__ = ["NoisyProducts", "noisy_sums"]

Raw = NDArray[np.int64]

SEED: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class NoisyProducts:
    """An array that was programmed once: means of what its cells read as, and their variances."""

    products: Products
    noise: ColumnNoise
    core: int

    @classmethod
    def of(cls, firing: Firing, core: int, programming: float, reading: float) -> NoisyProducts:
        """From pairs of cells of 16 levels; standard deviations relative to the largest one."""
        top = 15
        model = DeviceModel.of(
            0,
            top,
            top + 1,
            programming=Spread.constant(programming, top),
            read=Spread.constant(reading, top),
        )
        planes, variances = [], []
        for number, plane in enumerate(firing.planes):
            read = []
            for side, codes in enumerate((np.maximum(plane, 0), np.maximum(-plane, 0))):
                corner = Corner(core, 0, (2 * number + side) * firing.columns)
                grid = programmed(codes.astype(np.uint8), model, SEED, corner)
                read.append(moments(grid, read_sigmas(grid, model)))
            planes.append(read[0].mean - read[1].mean)
            variances.append(read[0].variance + read[1].variance)
        given = firing.plane_factors, firing.pulses, firing.steps, firing.low, firing.high
        products = Products(Firing(np.stack(planes), *given, unit=GRID))
        pulses = firing.pulses
        noise = ColumnNoise(np.stack(variances), pulses.bits, pulses.count, pulses.signs, SEED)
        return cls(products, noise, core)


def noisy_sums(arrays: Sequence[NoisyProducts], signals: Raw) -> Raw:
    """Sums of all arrays, each with the next rows, (batch, outputs), of signals (batch, inputs)."""
    batch, columns = len(signals), arrays[0].products.firing.columns
    samples, first = np.arange(batch), np.zeros(batch, np.int64)
    sums, row = np.zeros((batch, columns), np.int64), 0
    for array in arrays:
        rows = array.products.firing.rows
        given = signals[:, row : row + rows]
        when = Firings(array.core, samples, first, first)
        array.products.add(given, sums, array.noise.of(given, when))
        row += rows
    return sums
