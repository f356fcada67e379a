"""Matrices on the MAC array as the checker reads them, and why no accumulator overflows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.damage import require

__all__ = ["Matrix", "accumulator_problem", "read_matrix"]

Integers = NDArray[np.int64]

_TILE = 16
_ACCUMULATOR = range(-(1 << 23), 1 << 23)


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Weights, int64 (cells, neurons), and how the array goes through them.

    `signed` says how it reads signals, `pass_cells` how many cells it takes in one pass;
    `bytes` are those of the weights in the file, `scratch` those it writes a pass to. A
    convolution has the weights of its `kernel` too, int64 (products, channels).
    """

    weights: Integers
    signed: bool
    pass_cells: int
    bytes: int
    scratch: int
    kernel: Integers | None = None


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


def accumulator_problem(matrix: Matrix, low: Integers, high: Integers) -> str | None:
    """Why the array would not give exact sums; None if it does.

    Cell i sends `low[i]` to `high[i]`, int64 (cells,). A sum of some products of a pass lies
    between the sum of all that can be negative and the sum of all that can be positive.
    """
    operand = range(-128, 128) if matrix.signed else range(256)
    if int(low.min()) not in operand or int(high.max()) not in operand:
        return f"signals of {low.min()} to {high.max()} are read as {operand[0]} to {operand[-1]}"
    if matrix.kernel is not None:
        # results that no neuron has are computed too
        ends = matrix.kernel * low.min(), matrix.kernel * high.max()
        least, most = _extremes(*ends)
        exact = least in _ACCUMULATOR and most in _ACCUMULATOR
        return None if exact else f"a channel adds up to {least} or {most}"
    for begin in range(0, len(low), matrix.pass_cells):
        cells = slice(begin, begin + matrix.pass_cells)
        one = matrix.weights[cells] * low[cells, None]
        other = matrix.weights[cells] * high[cells, None]
        least, most = _extremes(one, other)
        if least not in _ACCUMULATOR or most not in _ACCUMULATOR:
            return f"the pass from cell {begin} adds up to {least} or {most}"
    return None


def _extremes(one: Integers, other: Integers) -> tuple[int, int]:
    """The least and the largest sum of some products of a column, between one and the other."""
    least = np.minimum(np.minimum(one, other), 0).sum(axis=0).min()
    most = np.maximum(np.maximum(one, other), 0).sum(axis=0).max()
    return int(least), int(most)
