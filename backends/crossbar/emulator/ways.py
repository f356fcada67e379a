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
from somac.backends.crossbar.emulator.decode import Adders, Decoded, Matrix
from somac.backends.crossbar.emulator.digital import Exact, exact_sums
from somac.backends.crossbar.emulator.matrices import Driven, Work, driven

__all__ = ["Way", "Work", "adder_ways", "exact_ways", "sizes_of"]

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
        if isinstance(self.part, Driven):
            self.part.add(signals, arrived, first, work)
        else:
            given, found = signals.reshape(-1, signals.shape[2]), arrived.reshape(-1, self.size)
            self.part.add(given, found)


def exact_ways(decoded: Decoded) -> tuple[Way, ...]:
    """Every projection, one way per delay and per group of blocks that are driven alike."""
    return tuple(_exact_ways(decoded))


def _exact_ways(decoded: Decoded) -> Iterator[Way]:
    sizes = sizes_of(decoded)
    for adders in decoded.adders:
        yield from adder_ways(adders, sizes)
    for matrix in decoded.matrices:
        w = matrix.way
        for delay, part in driven(
            matrix, _once(placed_blocks(matrix)), partial(_planes, decoded, matrix)
        ):
            yield Way(w.source, w.target, w.port, delay, sizes[w.target], part)


def sizes_of(decoded: Decoded) -> dict[str, int]:
    """Cells of inputs and populations by name."""
    d = decoded.description
    return {p.name: p.size for p in (*d.inputs, *d.populations)}


def adder_ways(adders: Adders, sizes: dict[str, int]) -> Iterator[Way]:
    """A projection without an array."""
    w = adders.way
    for delay, exact in exact_sums(adders, (sizes[w.source], sizes[w.target])):
        yield Way(w.source, w.target, w.port, delay, sizes[w.target], exact)


def _once(placed: Iterator[Placed]) -> list[Placed]:
    """As all copies of a block do the same, the first of them does all."""
    return [
        Placed(p.tables, 0, p.array, p.row, p.column, np.arange(p.tables.block.uses))
        for p in placed
        if p.number == 0
    ]


def _planes(decoded: Decoded, matrix: Matrix, one: Placed) -> Integers:
    codes = decoded.codes[one.array]
    how = matrix.converters
    return planes_of(cells_of(codes, one.tables.block, how, one.row, one.column), how)
