"""Cells of arrays back to the matrices that they multiply with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Block, Converters
from somac.backends.crossbar.emulator.decode import BlockTables, Matrix

__all__ = ["Placed", "cells_of", "placed_blocks", "planes_of"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A copy of a block: its number among the copies, and the uses that it serves."""

    tables: BlockTables
    number: int
    array: int
    row: int
    column: int
    uses: Integers


def placed_blocks(matrix: Matrix) -> Iterator[Placed]:
    """Every copy of every block that has a use."""
    for tables in matrix.blocks:
        copies = tables.block.copies
        for number, copy in enumerate(copies):
            uses = np.arange(number, tables.block.uses, len(copies))
            if len(uses):
                yield Placed(tables, number, copy.array, copy.row, copy.column, uses)


def cells_of(
    array: NDArray[Any], block: Block, converters: Converters, row: int, column: int
) -> Integers:
    """int64 (rows, columns, slices, cells of a slice): a block's own cells of an array."""
    width = block.columns * converters.cells
    own = array[row : row + block.rows, column : column + width].astype(np.int64)
    return own.reshape(block.rows, block.columns, converters.slices, -1)


def planes_of(cells: Integers, converters: Converters) -> Integers:
    """int64 (planes, rows, columns): what a column of each plane adds per unit of a pulse."""
    if converters.polarity == "differential":
        return np.ascontiguousarray(np.moveaxis(cells[..., 0] - cells[..., 1], 2, 0))
    return np.ascontiguousarray(np.moveaxis(cells.reshape(*cells.shape[:2], -1), 2, 0))
