"""Sparse matrices as the lanes of the engine read them: compressed columns with relative rows.

A lane holds rows j mod P of every matrix, numbered from 0. Of a column it stores its weights by
ascending row, each with the number of rows that are skipped before it: since the entry before, or
since the top. A gap of ``2**I`` rows or more is crossed by entries of weight 0 that skip the most
they can. Columns follow one another without a gap, all matrices in the order of the schedule; a
pointer per column says where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import signed_bits
from somac.backends.fpga.ese.schedule import Latencies, Work
from somac.backends.fpga.ese.structure import Geometry, Matrix, Structure
from somac.ir.connectivity import Connectivity
from somac.ir.digest import read_only
from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["Encoded", "encode", "weight_bits", "work_of"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The streams of all lanes.

    Parameters
    ----------
    weights, skips
        Per lane, int64 (entries,): in the order in which they are read.
    ends
        int64 (lanes, columns): number of entries up to the end of a column; columns of all
        matrices, one after the other.
    columns
        int64 (matrices,): number of columns.
    padding
        int64 (matrices,): entries of weight 0 that only skip rows.
    """

    weights: tuple[Integers, ...]
    skips: tuple[Integers, ...]
    ends: Integers
    columns: Integers
    padding: Integers

    def __post_init__(self) -> None:
        for name in ("ends", "columns", "padding"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def lanes(self) -> int:
        """P."""
        return len(self.ends)

    @property
    def counts(self) -> Integers:
        """Entries per lane and column, (lanes, columns)."""
        return np.diff(self.ends, prepend=0, axis=1)

    @property
    def entries(self) -> Integers:
        """Entries per lane and matrix, padding among them, (lanes, matrices)."""
        first = np.concatenate(([0], np.cumsum(self.columns)[:-1]))
        return np.add.reduceat(self.counts, first, axis=1)

    @property
    def stored(self) -> Integers:
        """Weights of each matrix, (matrices,)."""
        found: Integers = self.entries.sum(axis=0) - self.padding
        return found

    @property
    def theory(self) -> Integers:
        """Cycles of each matrix if all lanes were always busy: its weights over the lanes."""
        return np.asarray(-(-self.stored // self.lanes))


def work_of(structure: Structure, encoded: Encoded, latencies: Latencies) -> Work:
    """What decides on the cycles of an engine with these streams."""
    return Work(
        encoded.counts,
        tuple((m.source, m.columns) for m in structure.matrices),
        structure.x.size,
        structure.cells.size,
        structure.outputs.size,
        latencies,
    )


def weight_bits(structure: Structure) -> int:
    """Bits of the widest weight, where those that join the same cells are added up."""
    found = [2]
    for matrix in structure.matrices:
        _, _, weight = _merged(matrix.projection.connectivity)
        ends = int(weight.min(initial=0)), int(weight.max(initial=0))
        found.append(signed_bits(*ends, range(1, 65)))
    return max(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """Entries of one matrix, ascending by lane, column and row."""

    lane: Integers
    column: Integers
    weight: Integers
    skip: Integers


def encode(structure: Structure, geometry: Geometry) -> Encoded:
    """The streams of a network's matrices.

    Raises
    ------
    SomacError
        E0670 where synapses that join the same cells add up to more than a weight can be.
    """
    _check_sums(structure.matrices, geometry)
    streams = [_stream(m.projection.connectivity, geometry) for m in structure.matrices]
    columns = np.array([m.columns for m in structure.matrices])
    lanes = range(geometry.lanes)
    parts = [[s.lane == lane for s in streams] for lane in lanes]
    counts = np.concatenate(
        [
            np.bincount(s.lane * width + s.column, minlength=geometry.lanes * width).reshape(
                geometry.lanes, width
            )
            for s, width in zip(streams, columns.tolist(), strict=True)
        ],
        axis=1,
    )
    return Encoded(
        tuple(_joined([s.weight for s in streams], parts[lane]) for lane in lanes),
        tuple(_joined([s.skip for s in streams], parts[lane]) for lane in lanes),
        np.cumsum(counts, axis=1),
        columns,
        np.array([np.count_nonzero(s.weight == 0) for s in streams]),
    )


def _joined(arrays: Sequence[Integers], chosen: Sequence[NDArray[np.bool_]]) -> Integers:
    return read_only(np.concatenate([a[c] for a, c in zip(arrays, chosen, strict=True)]))


def _stream(connectivity: Connectivity, geometry: Geometry) -> _Stream:
    column, target, weight = _merged(connectivity)
    lane, row = target % geometry.lanes, target // geometry.lanes
    order = np.lexsort((row, column, lane))
    lane, column, row, weight = (a[order] for a in (lane, column, row, weight))
    top = np.ones(len(row), np.bool_)
    top[1:] = (lane[1:] != lane[:-1]) | (column[1:] != column[:-1])
    gap = row - np.where(top, -1, np.roll(row, 1)) - 1
    longest = 1 << geometry.index_bits
    padding, skip = gap // longest, gap % longest
    last = np.cumsum(padding + 1) - 1
    of = np.repeat(np.arange(len(row)), padding + 1)
    skips = np.full(len(of), longest - 1)
    weights = np.zeros(len(of), np.int64)
    skips[last], weights[last] = skip, weight
    return _Stream(lane[of], column[of], weights, skips)


def _merged(connectivity: Connectivity) -> tuple[Integers, Integers, Integers]:
    """Source, target and weight of the synapses; those that join the same cells are one."""
    rows = connectivity.rows(0, connectivity.source_size)
    source = np.repeat(np.arange(connectivity.source_size), np.diff(rows.indptr))
    pair = source * connectivity.target_size + rows.target
    joined, of = np.unique(pair, return_inverse=True)
    weight = np.zeros(len(joined), np.int64)
    np.add.at(weight, of, rows.weight.astype(np.int64))
    kept = weight != 0
    source, target = np.divmod(joined[kept], connectivity.target_size)
    return source, target, weight[kept]


def _check_sums(matrices: Sequence[Matrix], geometry: Geometry) -> None:
    largest = (1 << (geometry.weight_bits - 1)) - 1
    found = []
    for matrix in matrices:
        _, _, weight = _merged(matrix.projection.connectivity)
        if len(weight) and not -largest - 1 <= weight.min() <= weight.max() <= largest:
            name = matrix.projection.name
            have = f"{weight.min()} to {weight.max()}"
            need = f"{-largest - 1} to {largest}"
            message = f"synapses of {name} that join the same cells add up to too much"
            found.append(Diagnostic("E0670", message, Place(node=name), have, need))
    if found:
        raise SomacError.of(found)
