"""Cells that nobody programmed, against the device that the network says they are of."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import FILE, Block, Converters, Copy, Description, Tiled
from somac.backends.crossbar.verify.arrays import Codes
from somac.backends.crossbar.verify.files import array
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.program import Program

__all__ = ["check_found"]

Integers = NDArray[np.int64]

_GRID = 1 << 16


def check_found(
    program: Program, network: IntegerNetwork, d: Description, codes: Codes
) -> Iterator[Diagnostic]:
    """E0878; DamagedError."""
    projections = {p.name: p for p in network.projections}
    for way in d.tiled:
        p = projections[way.projection]
        meant = _meant(p)
        for number in range(way.first, way.stop):
            if d.blocks[number].as_found != (p.device is not None):
                yield Diagnostic(
                    "E0878",
                    f"block {number} of projection {p.name} is "
                    + ("programmed" if p.device is not None else "not programmed"),
                    Place(file=FILE, node=p.name),
                )
            elif meant:
                yield from _block(program, d, codes, way, number, meant[number - way.first])


def _block(
    program: Program, d: Description, codes: Codes, way: Tiled, number: int, meant: Integers
) -> Iterator[Diagnostic]:
    b, how = d.blocks[number], d.converters[way.converters]
    for copy in b.copies:
        file = d.arrays[copy.array].found
        if file is None:
            continue
        every = array(program, file, "int32", d.chip.rows, d.chip.columns)
        have, programmed = (_own(of, b, how, copy) for of in (every, codes[copy.array]))
        need = _rest(d) + programmed * _GRID
        need[:, :, 0] = _lowest(meant, need[:, :, 1:] - _rest(d), how) + _rest(d)
        bad = (have != np.maximum(need, 0)).any(axis=(2, 3))
        rows, columns = np.nonzero(bad)
        if len(rows):
            yield Diagnostic(
                "E0878",
                f"projection {way.projection}: block {number}: {len(rows)} weights of another "
                f"device, the first in its row {rows[0]}, column {columns[0]}",
                Place(file=file, node=way.projection),
                need=f"{meant[rows[0], columns[0]] / _GRID:g}",
            )


def _own(of: NDArray[Any], b: Block, how: Converters, copy: Copy) -> Integers:
    """int64 (rows, columns, slices, cells of a slice)."""
    wide = b.columns * how.cells
    own = of[copy.row : copy.row + b.rows, copy.column : copy.column + wide].astype(np.int64)
    return own.reshape(b.rows, b.columns, how.slices, -1)


def _lowest(meant: Integers, above: Integers, how: Converters) -> Integers:
    """int64 (rows, columns, cells of a slice): what the cells of the lowest bits conduct more than
    those of code 0, so that with the others they are the weight."""
    worth = 1 << how.cell_bits * np.arange(1, how.slices, dtype=np.int64)
    if how.polarity == "offset":
        whole = meant + (_GRID << how.cell_bits * how.slices - 1)
        return np.asarray(whole - (above[..., 0] * worth).sum(axis=2))[..., None]
    left = meant - ((above[..., 0] - above[..., 1]) * worth).sum(axis=2)
    return np.stack((np.maximum(left, 0), np.maximum(-left, 0)), axis=-1)


def _meant(p: IntegerProjection) -> list[Integers]:
    """Per block int64 (rows, columns): its weights before they were rounded, on the grid."""
    if p.device is None or p.tiling is None:
        return []
    wiring = p.connectivity
    real = p.device.weights(p.name, wiring.target_size, wiring.source_size)
    grid = np.floor(real * _GRID + 0.5).astype(np.int64)
    found = []
    for block in p.tiling.blocks:
        source, target = np.broadcast_arrays(block.sources[0][:, None], block.targets[0][None])
        found.append(np.where((source < 0) | (target < 0), 0, grid[target, source]))
    return found


def _rest(d: Description) -> int:
    least, most = (Fraction(str(g)) for g in (d.device.g_min_us, d.device.g_max_us))
    levels = (1 << d.chip.cell_bits) - 1
    return floor(least * levels * _GRID / (most - least) + Fraction(1, 2))
