"""Rows of weights as the lanes read them: a word has what all lanes add in one cycle.

The cell in place k of a section is that of group k div P of lane k mod P, of P lanes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Rows

__all__ = [
    "SparseRows",
    "dense_rows",
    "duplicates",
    "rows_of",
    "sparse_rows",
    "sparse_words",
    "whole_rows",
]

Integers = NDArray[np.int64]

_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class SparseRows:
    """Rows in words of an entry per lane, the lanes of a row padded to the same length.

    Parameters
    ----------
    pointers
        int64 (cells, 2): where the row of a source cell begins, and how many words it has.
    delay, group, weight
        int64 (words, lanes): what an entry adds to which accumulator; padding adds 0.
    """

    pointers: Integers
    delay: Integers
    group: Integers
    weight: Integers


def rows_of(
    connectivity: Connectivity, source: tuple[int, int], target: tuple[int, int]
) -> Iterator[tuple[int, Rows]]:
    """Rows of the source cells `source`, their targets counted from the first of `target`.

    Some cells at a time, with the number of the first of them, counted from that of `source`.
    """
    for start in range(*source, _AT_ONCE):
        stop = min(start + _AT_ONCE, source[1])
        rows = connectivity.rows(start, stop)
        inside = (rows.target >= target[0]) & (rows.target < target[1])
        cells = np.repeat(np.arange(stop - start), np.diff(rows.indptr))[inside]
        yield (
            start - source[0],
            Rows.of_synapses(
                cells,
                rows.target[inside] - target[0],
                rows.weight[inside],
                rows.delay[inside],
                stop - start,
            ),
        )


def dense_rows(
    connectivity: Connectivity,
    source: tuple[int, int],
    target: tuple[int, int],
    lanes: int,
    groups: int,
) -> Integers:
    """int64 (cells * groups, lanes): the words of each row one after the other."""
    matrix = np.zeros((source[1] - source[0], groups * lanes), np.int64)
    for first, rows in rows_of(connectivity, source, target):
        cells = first + np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
        np.add.at(matrix, (cells, rows.target), rows.weight)
    return matrix.reshape(-1, lanes)


def duplicates(
    connectivity: Connectivity, source: tuple[int, int], target: tuple[int, int]
) -> bool:
    """Whether two synapses join the same cells."""
    for _, rows in rows_of(connectivity, source, target):
        cells = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
        if ((np.diff(cells) == 0) & (np.diff(rows.target) == 0)).any():
            return True
    return False


def whole_rows(dense: Integers, groups: int, width: int) -> Integers:
    """int64 (words * groups, lanes, width): the weights of all cells of a source's word.

    `dense` are the words of `dense_rows`.
    """
    lanes = dense.shape[1]
    rows = dense.reshape(-1, groups, lanes)
    words = -(-len(rows) // width)
    padded = np.zeros((words * width, groups, lanes), np.int64)
    padded[: len(rows)] = rows
    by_word = padded.reshape(words, width, groups, lanes)
    return by_word.transpose(0, 2, 3, 1).reshape(words * groups, lanes, width)


def sparse_words(
    connectivity: Connectivity, source: tuple[int, int], target: tuple[int, int], lanes: int
) -> int:
    """How many words `sparse_rows` has."""
    total = 0
    for _, rows in rows_of(connectivity, source, target):
        cells = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
        size = (len(rows.indptr) - 1) * lanes
        counts = np.bincount(cells * lanes + rows.target % lanes, minlength=size)
        total += int(counts.reshape(-1, lanes).max(axis=1).sum())
    return total


def sparse_rows(
    connectivity: Connectivity,
    source: tuple[int, int],
    target: tuple[int, int],
    lanes: int,
    soonest: int,
) -> SparseRows:
    """The rows of source cells, one after the other; delays are counted from the soonest."""
    pointers = np.zeros((source[1] - source[0], 2), np.int64)
    parts: list[Integers] = []
    start = 0
    for first, rows in rows_of(connectivity, source, target):
        count = len(rows.indptr) - 1
        cells = np.repeat(np.arange(count), np.diff(rows.indptr))
        lane = rows.target % lanes
        # entries in the order of cell, lane, delay, target; their number within a lane
        order = np.lexsort((rows.target, rows.delay, lane, cells))
        key = (cells * lanes + lane)[order]
        counts = np.bincount(key, minlength=count * lanes)
        begins = np.concatenate(([0], np.cumsum(counts)[:-1]))
        place = np.arange(len(key)) - begins[key]
        lengths = counts.reshape(count, lanes).max(axis=1)
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        entries = np.zeros((int(offsets[-1]), lanes, 3), np.int64)
        word = offsets[cells[order]] + place
        values = (rows.delay[order] - soonest, rows.target[order] // lanes, rows.weight[order])
        entries[word, lane[order]] = np.stack(values, axis=1)
        pointers[first : first + count, 0] = start + offsets[:-1]
        pointers[first : first + count, 1] = lengths
        start += int(offsets[-1])
        parts.append(entries)
    joined = np.concatenate(parts) if parts else np.zeros((0, lanes, 3), np.int64)
    return SparseRows(pointers, joined[..., 0], joined[..., 1], joined[..., 2])
