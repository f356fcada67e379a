"""Matrices on the MAC array as the checker reads them, and why no accumulator overflows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.verify.damage import require

__all__ = ["Matrix", "read_matrix"]

Integers = NDArray[np.int64]

_TILE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Weights, int64 (cells, neurons), and how the array goes through them.

    `signed` says how it reads signals, `pass_cells` how many cells it takes in one pass;
    `bytes` are those of the weights in the file, `scratch` those it writes a pass to.
    """

    weights: Integers
    signed: bool
    pass_cells: int
    bytes: int
    scratch: int


def read_matrix(
    file: str,
    content: bytes,
    words: tuple[int, ...],
    shape: tuple[int, int],
    position: int,
    shared: int,
) -> Matrix:
    """Decode words 5 and up of a descriptor, and the weights that must be at `position`.

    `shape` are the cells of the block and the neurons of the core; `shared` is the address of
    what blocks share.
    """
    cells, neurons = shape
    address, columns, signed, pass_cells, scratch, *unused = words
    require(not any(unused), file, "a word of a matrix is not zero")
    require(columns == -(-neurons // _TILE) * _TILE, file, f"a matrix of {columns} columns")
    require(signed in (0, 1) and pass_cells > 0, file, "a bad matrix")
    require(address == position and scratch == shared, file, "a gap beside a matrix")
    end = address + cells * columns
    require(end <= len(content), file, "shorter than its matrices")
    whole = np.frombuffer(content[address:end], dtype=np.int8).reshape(cells, columns)
    require(not whole[:, neurons:].any(), file, "a column beyond the neurons is not zero")
    weights = whole[:, :neurons].astype(np.int64)
    return Matrix(weights, signed == 1, pass_cells, cells * columns, 4 * columns)
