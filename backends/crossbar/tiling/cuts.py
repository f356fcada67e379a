"""Matrices cut into blocks that fit an array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.choice.forms import Form, Kernel, Scattered

__all__ = ["cut"]

Raw = NDArray[np.int64]

_WINDOW = 2048
"""Columns that are looked at for the next one of a block."""


def cut(form: Form, most_rows: int, most_columns: int) -> Iterator[Kernel]:
    """Blocks of at most so many rows and columns of weights.

    A matrix is cut into as few parts as it takes, which are equal within one row and one column.
    Of scattered synapses, columns that share sources share blocks. A block has only rows and
    columns with a synapse in it.
    """
    for whole in (
        _grouped(form, most_rows, most_columns) if isinstance(form, Scattered) else (form,)
    ):
        small = whole.compact()
        for columns in _parts(small.weights.shape[1], most_columns):
            for rows in _parts(small.weights.shape[0], most_rows):
                block = small.part(rows, columns).compact()
                if block.weights.size and len(block.sources):
                    yield block


def _parts(size: int, most: int) -> Iterator[Raw]:
    """Numbers from 0, in as few runs as need be, equal within one."""
    count = -(-size // most)
    yield from np.array_split(np.arange(size), count) if count else ()


def _grouped(some: Scattered, most_rows: int, most_columns: int) -> Iterator[Kernel]:
    """Matrices of columns that share sources.

    A group begins with the first column that is left, and takes the one that needs the fewest
    sources more, as long as no further cut by rows comes of it.
    """
    sources, row = np.unique(some.source, return_inverse=True)
    targets, column = np.unique(some.target, return_inverse=True)
    # synapses by column, and by row
    degree = np.bincount(column)
    begin = np.concatenate(([0], np.cumsum(degree)))
    by_row = np.argsort(row, kind="stable")
    row_begin = np.concatenate(([0], np.cumsum(np.bincount(row))))
    left = _neighbours_first(row, column, len(sources), len(targets))
    while len(left):
        taken = np.zeros(len(sources), np.bool_)
        shared = np.zeros(len(targets), np.int64)
        near = left[:_WINDOW]
        limit = most_rows * -(-int(degree[near[0]]) // most_rows)
        chosen: list[int] = []
        while len(chosen) < most_columns and len(near):
            more = degree[near] - shared[near]
            best = 0 if not chosen else int(np.lexsort((-shared[near], more))[0])
            if taken.sum() + more[best] > limit:
                break
            one = int(near[best])
            near = np.delete(near, best)
            chosen.append(one)
            mine = row[begin[one] : begin[one + 1]]
            fresh = mine[~taken[mine]]
            taken[fresh] = True
            reached = [column[by_row[row_begin[r] : row_begin[r + 1]]] for r in fresh.tolist()]
            if reached:
                shared += np.bincount(np.concatenate(reached), minlength=len(targets))
        columns = np.sort(np.array(chosen))
        left = left[~np.isin(left, columns)]
        yield _matrix(some, sources, targets, row, begin, taken, columns)


def _matrix(
    some: Scattered,
    sources: Raw,
    targets: Raw,
    row: Raw,
    begin: Raw,
    taken: NDArray[np.bool_],
    columns: Raw,
) -> Kernel:
    rows = np.flatnonzero(taken)
    place = np.cumsum(taken) - 1
    weights = np.zeros((len(rows), len(columns)), np.int64)
    for number, one in enumerate(columns.tolist()):
        mine = slice(begin[one], begin[one + 1])
        weights[place[row[mine]], number] = some.weights[mine]
    return Kernel(weights, sources[rows][None], targets[columns][None], some.delay)


def _neighbours_first(row: Raw, column: Raw, rows: int, columns: int) -> Raw:
    """Columns in an order in which those that share rows are near each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    ends = np.concatenate((row, rows + column)), np.concatenate((rows + column, row))
    joined = coo_array((np.ones(2 * len(row)), ends), shape=(rows + columns,) * 2)
    order = reverse_cuthill_mckee(joined.tocsr(), symmetric_mode=True)
    return np.asarray(order[order >= rows] - rows, np.int64)
