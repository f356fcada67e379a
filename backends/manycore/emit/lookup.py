"""From the keys of source cells to rows: the entries of a population table.

The row of a key is found in one of two ways, whichever takes less memory: *direct*, an entry
for each slice of the source, with a row for each of its cells in between the first and the
last that is heard; or *searched*, one entry for all slices and a sorted list of the keys
that are heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.regions import ENTRY_BYTES, KEY_BYTES

__all__ = ["ENTRY_TYPE", "Lookup", "Sources", "look_up"]

Integers = NDArray[np.int64]

ENTRY_TYPE = np.dtype(
    [
        ("key", "<u4"),
        ("mask", "<u4"),
        ("first", "<u4"),
        ("count", "<u4"),
        ("index", "<u4"),
        ("rows", "<u4"),
        ("base_delay", "<u2"),
        ("layout", "u1"),
        ("port", "u1"),
    ]
)
"""An entry of the population table; addresses count from the first byte of their region.

A mask of 0 marks a searched entry, whose `first` is the address of its keys.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The slices of a source, ascending, and the keys they send: arrays (slices,)."""

    start: Integers
    size: Integers
    key: Integers
    mask: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """Entries, and the rows they lead to, numbered from 0 over all of them.

    Parameters
    ----------
    entries
        Of `ENTRY_TYPE`, with key, mask, `first` and count; the rows of each follow those of
        the one before.
    keys
        int64: the sorted keys of a searched entry.
    row, entry
        int64 (synapses,): the row of each synapse, and the number of its entry.
    """

    entries: NDArray[np.void]
    keys: Integers
    row: Integers
    entry: Integers

    @property
    def begin(self) -> Integers:
        """The first row of each entry."""
        count = self.entries["count"].astype(np.int64)
        return np.asarray(np.cumsum(count) - count)

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.entries["count"].sum(dtype=np.int64))


def look_up(
    sources: Sources, source: NDArray[np.integer[Any]], per_entry: int, per_row: int
) -> Lookup:
    """The cheaper of the two ways.

    Parameters
    ----------
    source
        Source cell of each synapse (at least one), ascending.
    per_entry, per_row
        Bytes that an entry takes besides itself, and that a row does.
    """
    cells = source.astype(np.int64)
    owner = np.searchsorted(sources.start, cells, side="right") - 1
    cell = cells - sources.start[owner]
    slices, entry = np.unique(owner, return_inverse=True)
    # cells ascend within a slice: the first and the last are at its ends
    ends = np.cumsum(np.bincount(entry))
    first, last = cell[np.append(0, ends[:-1])], cell[ends - 1]
    spans = last - first + 1
    heard = len(np.unique(cells))
    direct = len(slices) * (ENTRY_BYTES + per_entry) + int(spans.sum()) * per_row
    searched = ENTRY_BYTES + per_entry + heard * (KEY_BYTES + per_row)
    if direct > searched:
        return _searched(sources.key[owner] + cell)
    entries = np.zeros(len(slices), ENTRY_TYPE)
    entries["key"], entries["mask"] = sources.key[slices], sources.mask[slices]
    entries["first"], entries["count"] = first, spans
    begin = np.cumsum(spans) - spans
    return Lookup(entries, np.zeros(0, np.int64), begin[entry] + cell - first[entry], entry)


def _searched(key: Integers) -> Lookup:
    """One entry for all, and the keys in ascending order."""
    keys, row = np.unique(key, return_inverse=True)
    entries = np.zeros(1, ENTRY_TYPE)
    entries["count"] = len(keys)
    return Lookup(entries, keys, row, np.zeros(len(key), np.int64))
