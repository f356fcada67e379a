"""Noise of reading columns: a number per conversion, or one per cell for those who can wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Converters
from somac.backends.crossbar.device.places import Corner, Firings
from somac.backends.crossbar.device.reading import add_read_noise, exact_in_float32, read_cells
from somac.backends.crossbar.emulator.conductances import planes_of
from somac.backends.crossbar.emulator.effects import ArrayCells
from somac.backends.crossbar.emulator.matrices import Moments
from somac.backends.crossbar.emulator.products.fast import Noise
from somac.backends.crossbar.emulator.products.firing import Pulses
from somac.backends.crossbar.emulator.products.reference import pulses_of

__all__ = ["CellNoise", "ColumnNoise"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnNoise:
    """By the variance of every sum, which is known.

    Parameters
    ----------
    variances, unit
        Of a plane's columns, float32 (rows, planes * columns), integers in parts of `unit`.
    planes
        How many there are.
    pulses
        How rows are driven.
    seed, core, begun
        The device, whose array it is, and the number of the first use among the firings of it.
    """

    variances: NDArray[np.float32]
    unit: float
    planes: int
    pulses: Pulses
    seed: int
    core: int
    begun: int

    @classmethod
    def of(
        cls, cells: Integers, how: Converters, pulses: Pulses, seed: int, core: int, begun: int
    ) -> ColumnNoise:
        """From int64 (rows, columns, slices, cells of a slice) variances of cells."""
        if how.polarity == "differential":
            # noise of cells that are subtracted adds up
            cells = cells.sum(axis=3, keepdims=True)
        planes = np.moveaxis(cells.reshape(*cells.shape[:2], -1), 2, 1)
        flat = planes.reshape(len(cells), -1)
        variances, unit = exact_in_float32(flat, pulses.most**2)
        return cls(variances, unit, planes.shape[1], pulses, seed, core, begun)

    def __call__(self, signals: Integers, moments: Moments) -> Noise:
        """See `somac.backends.crossbar.emulator.matrices.NoiseOf`."""

        def noise(first: int, stop: int, out: Integers) -> None:
            part = slice(first, stop)
            driven = pulses_of(self.pulses, signals[part])
            squares = (driven * driven).astype(np.float32)
            sums = squares.reshape(-1, squares.shape[2]) @ self.variances
            shape = len(driven), stop - first, self.planes, -1
            by_product = np.ascontiguousarray(np.moveaxis(sums.reshape(shape), 0, 1))
            when = Firings(
                self.core,
                moments.samples[part],
                moments.steps[part],
                self.begun + moments.uses[part],
            )
            add_read_noise(out, by_product, self.unit, self.seed, when)

        return noise


@dataclass(frozen=True, slots=True, eq=False)
class CellNoise:
    """By reading every cell anew in every pulse: what the other one stands for.

    Parameters
    ----------
    cells
        Those of the array.
    rows, columns
        Where in it the block is.
    """

    cells: ArrayCells
    how: Converters
    pulses: Pulses
    rows: slice
    columns: slice
    seed: int
    core: int
    begun: int

    def __call__(self, signals: Integers, moments: Moments) -> Noise:
        """See `somac.backends.crossbar.emulator.matrices.NoiseOf`."""

        def noise(first: int, stop: int, out: Integers) -> None:
            driven = pulses_of(self.pulses, signals[first:stop])
            for product in range(first, stop):
                for pulse in range(len(driven)):
                    read = self._read(product, pulse, moments)
                    out[product - first, pulse] = driven[pulse, product - first] @ read

        return noise

    def _read(self, product: int, pulse: int, moments: Moments) -> NDArray[Any]:
        """int64 (planes, rows, columns): how much more cells add than on average."""
        cells, where = self.cells, (self.rows, self.columns)
        read = read_cells(
            cells.grid[where],
            cells.sigmas[where],
            self.seed,
            Corner(self.core, self.rows.start, self.columns.start),
            sample=int(moments.samples[product]),
            step=int(moments.steps[product]),
            firing=self.begun + int(moments.uses[product]),
            pulse=pulse,
        )
        more = np.rint((read - cells.read[where]) * cells.smaller[where]).astype(np.int64)
        rows = self.rows.stop - self.rows.start
        return planes_of(
            more.reshape(rows, -1, self.how.slices, self.how.cells // self.how.slices), self.how
        )
