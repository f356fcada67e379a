"""Arrays: what is where on them, and the weights that their codes are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import FILE, Block, Converters, Copy, Description
from somac.backends.crossbar.verify.files import array
from somac.ir.errors import Diagnostic, Place
from somac.ir.program import Program

__all__ = ["Codes", "Region", "check_arrays", "read_codes", "regions", "weights_of"]

Codes = tuple[NDArray[np.uint8], ...]
"""Per array (rows, columns)."""


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A rectangle of cells that a copy of a block has."""

    row: int
    column: int
    rows: int
    columns: int
    block: int
    copy: int
    as_found: bool


def read_codes(program: Program, d: Description) -> Codes:
    """The codes of all arrays; DamagedError."""
    shape = d.chip.rows, d.chip.columns
    return tuple(array(program, a.codes, "uint8", *shape) for a in d.arrays)


def regions(d: Description) -> tuple[tuple[Region, ...], ...]:
    """Per array what is on it, by row and column."""
    found: list[list[Region]] = [[] for _ in d.arrays]
    for way in d.tiled:
        cells = d.converters[way.converters].cells
        for number in range(way.first, way.stop):
            b = d.blocks[number]
            for place, copy in enumerate(b.copies):
                found[copy.array].append(
                    Region(
                        copy.row, copy.column, b.rows, b.columns * cells, number, place, b.as_found
                    )
                )
    return tuple(tuple(sorted(here)) for here in found)


def check_arrays(
    program: Program, d: Description, codes: Codes, placed: tuple[tuple[Region, ...], ...]
) -> Iterator[Diagnostic]:
    """E0809 for cores with two arrays, E0872 for cells of two blocks, E0873 for others."""
    cores = [a.core for a in d.arrays]
    for core in sorted({c for c in cores if cores.count(c) > 1}):
        yield Diagnostic("E0809", f"two arrays on core {core}", Place(file=FILE))
    for number, (own, here) in enumerate(zip(codes, placed, strict=True)):
        used = np.zeros(own.shape, np.int16)
        for r in here:
            used[r.row : r.row + r.rows, r.column : r.column + r.columns] += 1
        file = d.arrays[number].codes
        if not here:
            yield Diagnostic("E0873", "an array that nothing uses", Place(file=file))
        for code, what, bad in (
            ("E0872", "belong to more than one block", used > 1),
            ("E0873", "have a code and belong to no block", (used == 0) & (own > 0)),
            ("E0871", "have a code that they cannot keep", own >> d.chip.cell_bits > 0),
        ):
            rows, columns = np.nonzero(bad)
            if len(rows):
                yield Diagnostic(
                    code,
                    f"{len(rows)} cells {what}, the first in row {rows[0]}, column {columns[0]}",
                    Place(file=file),
                )
        yield from _found(program, d, number, here)


def _found(
    program: Program, d: Description, number: int, here: tuple[Region, ...]
) -> Iterator[Diagnostic]:
    """E0873: conductances that are given where cells are programmed, or not where they are not."""
    wild = np.zeros((d.chip.rows, d.chip.columns), np.bool_)
    for r in here:
        wild[r.row : r.row + r.rows, r.column : r.column + r.columns] |= r.as_found
    file = d.arrays[number].found
    if file is None:
        if wild.any():
            yield Diagnostic(
                "E0873",
                "cells that are not programmed, without the conductance that they have",
                Place(file=d.arrays[number].codes),
            )
        return
    given = array(program, file, "int32", *wild.shape)
    bad = np.flatnonzero(((given != -1) != wild) | (given < -1))
    if len(bad) or not wild.any():
        yield Diagnostic(
            "E0873",
            "conductances of other cells than those that are not programmed",
            Place(file=file),
            have=f"{len(bad)} cells of {wild.size}",
        )


def weights_of(
    own: NDArray[np.uint8], block: Block, copy: Copy, how: Converters
) -> NDArray[np.int64] | None:
    """int64 (rows, columns): the weights that the cells of a copy are; None if they are none.

    Of a pair of cells at most one has a code other than 0, and no code has more bits than it is
    to keep.
    """
    wide = block.columns * how.cells
    cells = own[copy.row : copy.row + block.rows, copy.column : copy.column + wide]
    if (cells >> how.cell_bits).any():
        return None
    worth = 1 << how.cell_bits * np.arange(how.slices, dtype=np.int64)
    if how.polarity == "offset":
        parts = cells.reshape(block.rows, block.columns, how.slices).astype(np.int64)
        return np.asarray((parts * worth).sum(axis=2) - (1 << how.cell_bits * how.slices - 1))
    pairs = cells.reshape(block.rows, block.columns, how.slices, 2).astype(np.int64)
    positive, negative = (pairs * worth[:, None]).sum(axis=2).transpose(2, 0, 1)
    if (positive * negative).any():
        return None
    return np.asarray(positive - negative)
