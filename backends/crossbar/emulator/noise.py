"""Noise of reading columns: a number per conversion, or one per cell for those who can wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Converters
from somac.backends.crossbar.device.columns import ColumnNoise
from somac.backends.crossbar.device.places import Corner, Firings
from somac.backends.crossbar.device.reading import read_cells
from somac.backends.crossbar.emulator.conductances import planes_of
from somac.backends.crossbar.emulator.effects import ArrayCells
from somac.backends.crossbar.emulator.matrices import Moments
from somac.backends.crossbar.emulator.products.fast import Noise
from somac.backends.crossbar.emulator.products.firing import Pulses
from somac.backends.crossbar.emulator.products.reference import pulses_of

__all__ = ["CellNoise", "SumNoise"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SumNoise:
    """By the variance of every sum, which is known: `columns` of array `core`.

    `begun` is the number of the first use among the firings of the array.
    """

    columns: ColumnNoise
    core: int
    begun: int

    @classmethod
    def of(
        cls, cells: Integers, how: Converters, pulses: Pulses, seed: int, core: int, begun: int
    ) -> SumNoise:
        """From int64 (rows, columns, slices, cells of a slice) variances of cells."""
        if how.polarity == "differential":
            # noise of cells that are subtracted adds up
            cells = cells.sum(axis=3, keepdims=True)
        planes = np.moveaxis(cells.reshape(*cells.shape[:2], -1), 2, 0)
        columns = ColumnNoise(planes, pulses.bits, pulses.count, pulses.signs, seed)
        return cls(columns, core, begun)

    def __call__(self, signals: Integers, moments: Moments) -> Noise:
        """See `somac.backends.crossbar.emulator.matrices.NoiseOf`."""
        uses = self.begun + moments.uses
        return self.columns.of(signals, Firings(self.core, moments.samples, moments.steps, uses))


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
