"""Population table, row index and synaptic rows of a core, built without a loop per synapse.

The row of a key is found in one of two ways, whichever takes less memory: *direct*, an entry
for each slice of the source and an offset for each of its cells in between the first and the
last that is heard; or *searched*, one entry for all slices and a sorted list of the keys
that are heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.regions import ENTRY_BYTES, KEY_BYTES, offset_width
from somac.backends.manycore.words import LayoutChoice, pack
from somac.ir.target import WordLayout

__all__ = ["ENTRY_TYPE", "CoreSynapses", "Sources", "SynapseTable", "build_table"]

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
class CoreSynapses:
    """The synapses of one projection that end on one core, ordered by source cell.

    `source` is numbered in the source population, `target` on the core; `delay` is the
    total. Arrays are (synapses,), at least one.
    """

    sources: Sources
    port: int
    choice: LayoutChoice
    source: NDArray[np.integer[Any]]
    target: NDArray[np.integer[Any]]
    weight: NDArray[np.integer[Any]]
    delay: NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class SynapseTable:
    """What a core knows of its synapses.

    Parameters
    ----------
    layouts
        Those in use; entries name them by their number.
    entries
        Of `ENTRY_TYPE`, ordered by key: the population table.
    keys
        uint32: sorted keys of the searched entries, one list after the other.
    index
        uint16 or uint32: per entry, where each of its rows begins, in words, and where the
        last one ends.
    rows
        The words, entries of wide words first so that all are aligned.
    words
        Number of words by layout.
    """

    layouts: tuple[WordLayout, ...]
    entries: NDArray[np.void]
    keys: NDArray[np.uint32]
    index: NDArray[np.unsignedinteger]
    rows: bytes
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Entries of one projection and base delay, with addresses that count from 0."""

    entries: NDArray[np.void]
    keys: Integers
    index: Integers
    words: NDArray[np.unsignedinteger]


def build_table(parts: Sequence[CoreSynapses]) -> SynapseTable:
    """The table of a core."""
    width = offset_width(max((len(part.source) for part in parts), default=0))
    layouts = tuple(dict.fromkeys(part.choice.layout for part in parts))
    blocks = [
        _block(part, base, layouts.index(part.choice.layout), width)
        for part in parts
        for base in part.choice.bases
        if _within(part, base).any()
    ]
    blocks.sort(key=lambda block: -block.words.itemsize)
    keys = index = rows = 0
    words = [0] * len(layouts)
    for block in blocks:
        searched = block.entries["mask"] == 0
        block.entries["first"][searched] += keys * KEY_BYTES
        block.entries["index"] = (block.entries["index"] + index) * width
        block.entries["rows"] += rows
        keys, index, rows = (
            keys + len(block.keys),
            index + len(block.index),
            rows + block.words.nbytes,
        )
        words[int(block.entries["layout"][0])] += len(block.words)
    entries = np.concatenate([np.zeros(0, ENTRY_TYPE), *(b.entries for b in blocks)])
    entries = entries[np.lexsort((entries["base_delay"], entries["port"], entries["key"]))]
    none = np.zeros(0, np.int64)
    return SynapseTable(
        layouts,
        entries,
        np.concatenate([none, *(b.keys for b in blocks)]).astype("<u4"),
        np.concatenate([none, *(b.index for b in blocks)]).astype(f"<u{width}"),
        b"".join(b.words.tobytes() for b in blocks),
        tuple(words),
    )


def _within(part: CoreSynapses, base: int) -> NDArray[np.bool_]:
    """Which synapses a block with that base delay holds."""
    reach = 1 << part.choice.layout.delay_bits
    return np.asarray((part.delay >= base) & (part.delay < base + reach))


def _block(part: CoreSynapses, base: int, layout: int, width: int) -> _Block:
    sources = part.sources
    inside = _within(part, base)
    source = part.source[inside].astype(np.int64)
    words = pack(
        part.choice.layout, part.weight[inside], part.delay[inside] - base, part.target[inside]
    )
    owner = np.searchsorted(sources.start, source, side="right") - 1
    cell = source - sources.start[owner]
    slices, entry = np.unique(owner, return_inverse=True)
    # cells ascend within a slice: the first and the last are at its ends
    ends = np.cumsum(np.bincount(entry))
    first, last = cell[np.append(0, ends[:-1])], cell[ends - 1]
    spans = last - first + 1
    heard = len(np.unique(source))
    direct = len(slices) * (ENTRY_BYTES + width) + int(spans.sum()) * width
    searched = ENTRY_BYTES + width + heard * (KEY_BYTES + width)
    if direct <= searched:
        block = _direct(sources, slices, first, spans, entry, cell, words)
    else:
        block = _searched(sources.key[owner] + cell, words)
    block.entries["base_delay"], block.entries["port"] = base, part.port
    block.entries["layout"] = layout
    return block


def _direct(
    sources: Sources,
    slices: Integers,
    first: Integers,
    spans: Integers,
    entry: Integers,
    cell: Integers,
    words: NDArray[np.unsignedinteger],
) -> _Block:
    """An entry per slice; every entry has one offset more than rows."""
    at = np.cumsum(spans + 1) - (spans + 1)
    row = at[entry] + cell - first[entry]
    before = np.zeros(int((spans + 1).sum()) + 1, dtype=np.int64)
    before[1:] = np.cumsum(np.bincount(row, minlength=len(before) - 1))
    begin = before[at]
    entries = np.zeros(len(slices), ENTRY_TYPE)
    entries["key"], entries["mask"] = sources.key[slices], sources.mask[slices]
    entries["first"], entries["count"] = first, spans
    entries["index"], entries["rows"] = at, begin * words.itemsize
    return _Block(entries, np.zeros(0, np.int64), before[:-1] - np.repeat(begin, spans + 1), words)


def _searched(key: Integers, words: NDArray[np.unsignedinteger]) -> _Block:
    """One entry for all, and the keys in ascending order."""
    order = np.argsort(key, kind="stable")
    keys, count = np.unique(key, return_counts=True)
    entries = np.zeros(1, ENTRY_TYPE)
    entries["count"] = len(keys)
    return _Block(entries, keys, np.append(0, np.cumsum(count)), words[order])
