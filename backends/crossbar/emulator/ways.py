"""All projections of a program, whatever they run on, as ways from signals to sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.emulator.conductances import (
    Placed,
    cells_of,
    placed_blocks,
    planes_of,
)
from somac.backends.crossbar.emulator.decode import Decoded, Matrix
from somac.backends.crossbar.emulator.digital import Exact, exact_sums
from somac.backends.crossbar.emulator.firing import Columns
from somac.backends.crossbar.emulator.matrices import Driven, Work, driven

__all__ = ["Way", "Work", "exact_ways"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """From what a source sends to what arrives at a port `delay` steps later.

    `size` is the number of target cells.
    """

    source: str
    target: str
    port: str
    delay: int
    size: int
    part: Exact | Driven

    def add(self, signals: Integers, arrived: Integers, first: tuple[int, int], work: Work) -> None:
        """Add what signals give to what arrives: int64 (steps, samples, cells) both.

        `first` are the numbers of their first sample and step, which noise is drawn by.
        """
        given = signals.reshape(-1, signals.shape[2])
        found = arrived.reshape(-1, arrived.shape[2])
        if isinstance(self.part, Exact):
            self.part.add(given, found)
        else:
            self.part.add(given, found, work)


def exact_ways(decoded: Decoded) -> tuple[Way, ...]:
    """Every projection, one way per delay and per group of blocks that are driven alike."""
    return tuple(_ways(decoded))


def _ways(decoded: Decoded) -> Iterator[Way]:
    d = decoded.description
    sizes = {p.name: p.size for p in (*d.inputs, *d.populations)}
    for adders in decoded.adders:
        w = adders.way
        for delay, exact in exact_sums(adders, (sizes[w.source], sizes[w.target])):
            yield Way(w.source, w.target, w.port, delay, sizes[w.target], exact)
    for matrix in decoded.matrices:
        w = matrix.way
        placed = _ideal(placed_blocks(matrix))
        for delay, part in driven(matrix, placed, partial(_columns, decoded, matrix)):
            yield Way(w.source, w.target, w.port, delay, sizes[w.target], part)


def _ideal(placed: Iterator[Placed]) -> list[Placed]:
    """Without imperfections all copies of a block are one."""
    return [
        Placed(p.tables, 0, p.array, p.row, p.column, np.arange(p.tables.block.uses))
        for p in placed
        if p.number == 0
    ]


def _columns(decoded: Decoded, matrix: Matrix, one: Placed) -> Columns:
    block, how = one.tables.block, matrix.converters
    own = cells_of(decoded.codes[one.array], block, how, one.row, one.column)
    steps = np.repeat(np.array(block.steps, np.int64)[:, None], block.columns, axis=1)
    return Columns(how, planes_of(own, how), steps)
