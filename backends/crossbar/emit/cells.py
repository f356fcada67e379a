"""Codes of cells: weights cut into bits, and these laid out on arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Copy
from somac.ir.errors import SomacError
from somac.ir.target import Array
from somac.ir.tiling import Converters, Tiling

__all__ = ["cell_codes", "lay_out"]

Codes = NDArray[np.uint8]


def cell_codes(converters: Converters, weights: NDArray[np.int32]) -> Codes:
    """uint8 (rows, columns * cells): what the cells of a block of weights keep.

    The cells of a weight are neighbours: its lowest bits first, and of each pair the cell that
    counts positive first.
    """
    rows, columns = weights.shape
    whole = weights.astype(np.int64)[..., None]
    shifts = np.arange(converters.slices) * converters.cell_bits
    mask = (1 << converters.cell_bits) - 1
    if converters.polarity == "offset":
        codes = (whole + converters.offset) >> shifts & mask
    else:
        digits = np.abs(whole) >> shifts & mask
        codes = np.stack((digits * (whole > 0), digits * (whole < 0)), axis=-1)
    return codes.reshape(rows, columns * converters.cells).astype(np.uint8)


def lay_out(
    array: Array,
    count: int,
    tilings: Sequence[Tiling],
    copies: Sequence[Sequence[Sequence[Copy]]],
) -> list[Codes]:
    """uint8 (rows, columns) for each of `count` arrays; cells that nothing uses are 0.

    Raises
    ------
    SomacError
        E0656 for a block beyond the edge of its array.
    """
    codes = [np.zeros((array.rows, array.columns), np.uint8) for _ in range(count)]
    for tiling, places in zip(tilings, copies, strict=True):
        for block, here in zip(tiling.blocks, places, strict=True):
            cells = cell_codes(tiling.converters, block.weights)
            for copy in here:
                rows = slice(copy.row, copy.row + cells.shape[0])
                columns = slice(copy.column, copy.column + cells.shape[1])
                if rows.stop > array.rows or columns.stop > array.columns:
                    raise SomacError(
                        "E0656",
                        "the mapping does not suit the target: a block beyond the edge of an array",
                        have=f"{array.rows} x {array.columns} cells",
                        need=f"{rows.stop} x {columns.stop} cells",
                    )
                codes[copy.array][rows, columns] = cells
    return codes
