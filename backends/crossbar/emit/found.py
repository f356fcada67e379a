"""Cells that nobody programmed: what they conduct, as it was read back of the device."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Copy
from somac.backends.crossbar.emit.cells import cell_codes
from somac.ir.integer import IntegerProjection
from somac.ir.target import Array
from somac.ir.tiling import Block, Converters

__all__ = ["found_conductances", "rest"]

GRID = 1 << 16
"""Steps of the grid of conductances between two levels of a cell."""


def rest(array: Array) -> int:
    """The conductance of code 0 on the grid, the nearest."""
    least, most = (Fraction(str(float(g))) for g in (array.g_min_us, array.g_max_us))
    unit = (most - least) / ((1 << array.cell_bits) - 1) / GRID
    return floor(least / unit + Fraction(1, 2))


def found_conductances(
    array: Array,
    count: int,
    tiled: Sequence[IntegerProjection],
    copies: Sequence[Sequence[Sequence[Copy]]],
) -> list[NDArray[np.int32] | None]:
    """int32 (rows, columns) of each of `count` arrays, -1 where cells are programmed.

    None for arrays whose cells all are.
    """
    found: list[NDArray[np.int32] | None] = [None] * count
    least = rest(array)
    for p, places in zip(tiled, copies, strict=True):
        if p.device is None or p.tiling is None:
            continue
        wiring = p.connectivity
        # a column of 0 for rows and columns that are not used
        real = np.zeros((wiring.target_size + 1, wiring.source_size + 1))
        real[:-1, :-1] = p.device.weights(p.name, wiring.target_size, wiring.source_size)
        for block, here in zip(p.tiling.blocks, places, strict=True):
            own = real[block.targets[0]][:, block.sources[0]].T
            cells = _cells(p.tiling.converters, block, own, least)
            for copy in here:
                known = found[copy.array]
                if known is None:
                    known = np.full((array.rows, array.columns), -1, np.int32)
                    found[copy.array] = known
                rows = slice(copy.row, copy.row + cells.shape[0])
                known[rows, copy.column : copy.column + cells.shape[1]] = cells
    return found


def _cells(
    how: Converters, block: Block, real: NDArray[np.float64], least: int
) -> NDArray[np.int64]:
    """int64 (rows, columns * cells): the codes, and in the lowest bits what they leave out.

    `real` are the weights before they were rounded to those of the block.
    """
    rows, columns = block.weights.shape
    shape = rows, columns, how.slices, how.cells // how.slices
    grid = cell_codes(how, block.weights).reshape(shape).astype(np.int64) * GRID
    missing = np.floor(real * GRID + 0.5).astype(np.int64) - block.weights.astype(np.int64) * GRID
    lowest = grid[:, :, 0]
    if how.polarity == "offset":
        lowest[..., 0] += missing
    else:
        signed = lowest[..., 0] - lowest[..., 1] + missing
        lowest[..., 0], lowest[..., 1] = np.maximum(signed, 0), np.maximum(-signed, 0)
    return np.maximum(grid + least, 0).reshape(rows, -1)
