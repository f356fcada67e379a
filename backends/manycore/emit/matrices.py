"""Matrices for the MAC array: weights gathered by source cell, and how many cells a pass takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emit.blocks import Block, Encoded
from somac.backends.manycore.emit.lookup import Sources, look_up
from somac.backends.manycore.regions import MATRIX, matrix_columns, matrix_row_bytes, ring_slots

__all__ = ["Signals", "matrix_block", "pass_cells"]

Integers = NDArray[np.integer[Any]]

_SUM_LOW, _SUM_HIGH = -(1 << 23), (1 << 23) - 1


@dataclass(frozen=True, slots=True)
class Signals:
    """The least and the largest signal that a source sends."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class _Matrix:
    """Body of a block: int8 weights (cells, columns)."""

    weights: NDArray[np.int8]
    signed: bool
    pass_cells: int

    @property
    def kind(self) -> int:
        """A matrix."""
        return MATRIX

    @property
    def size(self) -> int:
        """Columns are filled up, so that this is a multiple of 4."""
        return int(self.weights.nbytes)

    @property
    def synapses(self) -> int:
        """Weights that are not 0."""
        return int(np.count_nonzero(self.weights))

    @property
    def scratch(self) -> int:
        """What a pass gives, in 32 bits."""
        return 4 * int(self.weights.shape[1])

    def encode(self, address: int, scratch: int) -> Encoded:
        """Words 5 to 9, and the weights."""
        words = (address, self.weights.shape[1], int(self.signed), self.pass_cells, scratch)
        return Encoded(words, self.weights.tobytes())


def matrix_block(
    sources: Sources,
    port: int,
    delay: int,
    signals: Signals,
    neurons: int,
    source: Integers,
    target: Integers,
    weight: Integers,
) -> Block:
    """The synapses of one projection that end on one core, as a matrix.

    Parameters
    ----------
    neurons
        Of the core.
    source, target, weight
        (synapses,), at least one, ordered by source; no two join the same cells, and weights
        and signals have 8 bits.
    """
    columns = matrix_columns(neurons)
    lookup = look_up(sources, source, 0, matrix_row_bytes(columns, ring_slots(delay)))
    weights = np.zeros((lookup.rows, columns), dtype=np.int8)
    weights[lookup.row, target] = weight
    body = _Matrix(weights, signals.low < 0, pass_cells(weights, signals))
    return Block(port, delay, lookup, body)


def pass_cells(weights: NDArray[np.int8], signals: Signals) -> int:
    """Cells of a pass in the fewest passes in which no accumulator of 24 bits can overflow.

    In whichever order products are added, a sum is at most that of those above 0, each with the
    signal that makes it largest, and at least that of those below.
    """
    cells = len(weights)
    ends = weights * np.int64(signals.low), weights * np.int64(signals.high)
    above, below = np.maximum(0, np.maximum(*ends)), np.minimum(0, np.minimum(*ends))
    # a pass of one cell is always short enough: 8 bits times 8 bits
    return next(
        length
        for length in (-(-cells // passes) for passes in range(1, cells + 1))
        if _within(above, below, length)
    )


def _within(above: Integers, below: Integers, length: int) -> bool:
    """Whether the sums of every pass of so many cells stay within an accumulator."""
    begin = np.arange(0, len(above), length)
    high, low = np.add.reduceat(above, begin).max(), np.add.reduceat(below, begin).min()
    return bool(low >= _SUM_LOW and high <= _SUM_HIGH)
