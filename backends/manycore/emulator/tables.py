"""The synapses of all cores as compact tables: rows by source and delay.

A row is what one signal of a source adds at one time. Where many of its targets lie side by side
it is made of blocks, the weights of `BLOCK` accumulators that are added at once; the others are
listed one by one. Whether a block is used is a matter of memory, and as it happens of speed: it
must not take more than `_BYTES_PER_SYNAPSE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.columns import (
    BLOCK,
    ROWS_COLUMNS,
    ROWS_DELAY,
    ROWS_DELAYS,
    ROWS_INDEX,
    ROWS_SEGMENT,
    ROWS_UNIFORM,
)
from somac.backends.manycore.emulator.synapses import FlatSynapses
from somac.backends.manycore.emulator.wiring import Segment, Wiring

__all__ = ["Table", "tabulate"]

Integers = NDArray[np.int64]

_BYTES_PER_SYNAPSE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of synapses, or of blocks.

    Parameters
    ----------
    plan
        int64 (segments with rows, columns), see `somac.backends.manycore.emulator.columns`.
    delays
        int64: the delays of each of them, ascending.
    index
        uint32 (rows + 1,): row r is entries ``index[r]`` to ``index[r + 1]``; rows are by
        source, then by delay.
    target
        uint16 or uint32 (entries,): accumulators, of a block the first.
    weight
        int8, int16 or int32 (entries,), or (entries, `BLOCK`).
    """

    plan: Integers
    delays: Integers
    index: NDArray[np.uint32]
    target: NDArray[np.unsignedinteger[Any]]
    weight: NDArray[np.signedinteger[Any]]

    @property
    def bytes(self) -> int:
        """What it takes."""
        return sum(a.nbytes for a in (self.plan, self.delays, self.index, self.target, self.weight))


def tabulate(wiring: Wiring, synapses: FlatSynapses) -> tuple[Table, Table]:
    """Rows of synapses, and rows of blocks."""
    target = np.uint16 if wiring.accumulators <= 1 << 16 else np.uint32
    parts = [_part(segment, synapses) for segment in wiring.segments]
    narrow = _narrowest(synapses.weight)
    room = _BYTES_PER_SYNAPSE
    least = -(-(BLOCK * narrow.itemsize + np.dtype(target).itemsize) // room)
    single = _Builder(wiring.segments)
    block = _Builder(wiring.segments)
    for number, (row, delays, order) in enumerate(parts):
        place = synapses.target[order]
        weight = synapses.weight[order]
        begin = np.flatnonzero(
            np.append(True, (np.diff(row) != 0) | (np.diff(place // BLOCK) != 0))[: len(row)]
        )
        length = np.diff(np.append(begin, len(row)))
        dense = length >= least
        alone = np.repeat(~dense, length)
        single.add(number, delays, row[alone], place[alone], weight[alone])
        matrix = np.zeros((int(dense.sum()), BLOCK), dtype=np.int64)
        of = np.repeat(np.cumsum(dense) - 1, length)[~alone]
        np.add.at(matrix, (of, place[~alone] % BLOCK), weight[~alone])
        first = begin[dense]
        block.add(number, delays, row[first], place[first] // BLOCK * BLOCK, matrix)
    return single.table(target, ()), block.table(target, (BLOCK,))


def _part(segment: Segment, synapses: FlatSynapses) -> tuple[Integers, Integers, Integers]:
    """The synapses of a segment in the order of rows and targets: row, delays, order."""
    first = segment.first
    low, high = np.searchsorted(synapses.source, [first, first + segment.cells]).tolist()
    delay = synapses.delay[low:high]
    delays = np.flatnonzero(np.bincount(delay, minlength=1))
    number = np.zeros(int(delays[-1]) + 1 if len(delays) else 1, dtype=np.int64)
    number[delays] = np.arange(len(delays))
    row = (synapses.source[low:high].astype(np.int64) - first) * len(delays) + number[delay]
    order = np.argsort(row << 32 | synapses.target[low:high], kind="stable")
    return row[order], delays, low + order


def _narrowest(values: NDArray[Any]) -> np.dtype[Any]:
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    for dtype in (np.int8, np.int16):
        info = np.iinfo(dtype)
        if info.min <= low and high <= info.max:
            return np.dtype(dtype)
    return np.dtype(np.int32)


def _uniform(counts: Integers, target: NDArray[np.integer[Any]]) -> int:
    """The blocks of each row, if all have the same, side by side; else 0."""
    each = int(counts[0])
    first = target[:each]
    if not each or (counts != each).any() or (np.diff(first) != BLOCK).any():
        return 0
    return each if (target.reshape(-1, each) == first).all() else 0


class _Builder:
    """Collects the rows of one segment after the other."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._plan: list[list[int]] = []
        self._delays: list[Integers] = []
        self._counts: list[Integers] = []
        self._targets: list[NDArray[np.integer[Any]]] = []
        self._weights: list[NDArray[np.integer[Any]]] = []

    def add(
        self,
        number: int,
        delays: Integers,
        row: Integers,
        target: NDArray[np.integer[Any]],
        weight: NDArray[np.integer[Any]],
    ) -> None:
        """Entries of a segment, in order."""
        if not len(row):
            return
        plan = [0] * ROWS_COLUMNS
        plan[ROWS_SEGMENT] = number
        plan[ROWS_DELAY] = sum(map(len, self._delays))
        plan[ROWS_DELAYS] = len(delays)
        plan[ROWS_INDEX] = sum(map(len, self._counts))
        rows = self._segments[number].cells * len(delays)
        counts = np.bincount(row, minlength=rows)
        plan[ROWS_UNIFORM] = _uniform(counts, target) if weight.ndim > 1 else 0
        self._plan.append(plan)
        self._delays.append(delays)
        self._counts.append(counts)
        self._targets.append(target)
        self._weights.append(weight)

    def table(self, target: type[np.unsignedinteger[Any]], shape: tuple[int, ...]) -> Table:
        """All of them."""
        none = np.zeros(0, dtype=np.int64)
        weight = np.concatenate([np.zeros((0, *shape), dtype=np.int64), *self._weights])
        # sums wrap as accumulators do
        weight = weight.astype(np.int32)
        return Table(
            np.array(self._plan, dtype=np.int64).reshape(-1, ROWS_COLUMNS),
            np.concatenate([none, *self._delays]).astype(np.int64),
            np.append(0, np.cumsum(np.concatenate([none, *self._counts]))).astype(np.uint32),
            np.concatenate([none, *self._targets]).astype(target),
            weight.astype(_narrowest(weight)),
        )
