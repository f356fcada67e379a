"""Population table, row index and synaptic rows of a core, built without a loop per synapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emit.blocks import Block
from somac.backends.manycore.emit.lookup import ENTRY_TYPE, Sources, look_up
from somac.backends.manycore.regions import BLOCK_LAYOUT, KEY_BYTES, offset_width
from somac.backends.manycore.words import LayoutChoice, pack
from somac.ir.target import WordLayout

__all__ = ["CoreSynapses", "SynapseTable", "build_table"]

Integers = NDArray[np.int64]


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
    blocks
        Projections that are no rows of words; entries name them by their number.
    """

    layouts: tuple[WordLayout, ...]
    entries: NDArray[np.void]
    keys: NDArray[np.uint32]
    index: NDArray[np.unsignedinteger]
    rows: bytes
    words: tuple[int, ...]
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Entries of one projection and base delay, with addresses that count from 0."""

    entries: NDArray[np.void]
    keys: Integers
    index: Integers
    words: NDArray[np.unsignedinteger]


def build_table(parts: Sequence[CoreSynapses], blocks: Sequence[Block] = ()) -> SynapseTable:
    """The table of a core."""
    width = offset_width(max((len(part.source) for part in parts), default=0))
    layouts = tuple(dict.fromkeys(part.choice.layout for part in parts))
    pieces = [
        _piece(part, base, layouts.index(part.choice.layout), width)
        for part in parts
        for base in part.choice.bases
        if _within(part, base).any()
    ]
    pieces.sort(key=lambda piece: -piece.words.itemsize)
    keys = index = rows = 0
    words = [0] * len(layouts)
    for piece in pieces:
        piece.entries["index"] = (piece.entries["index"] + index) * width
        piece.entries["rows"] += rows
        index, rows = index + len(piece.index), rows + piece.words.nbytes
        words[int(piece.entries["layout"][0])] += len(piece.words)
    lists = [(piece.entries, piece.keys) for piece in pieces]
    lists += [_leading(block, number) for number, block in enumerate(blocks)]
    for found, own in lists:
        found["first"][found["mask"] == 0] += keys * KEY_BYTES
        keys += len(own)
    entries = np.concatenate([np.zeros(0, ENTRY_TYPE), *(found for found, _ in lists)])
    entries = entries[np.lexsort((entries["base_delay"], entries["port"], entries["key"]))]
    none = np.zeros(0, np.int64)
    return SynapseTable(
        layouts,
        entries,
        np.concatenate([none, *(own for _, own in lists)]).astype("<u4"),
        np.concatenate([none, *(p.index for p in pieces)]).astype(f"<u{width}"),
        b"".join(p.words.tobytes() for p in pieces),
        tuple(words),
        tuple(blocks),
    )


def _within(part: CoreSynapses, base: int) -> NDArray[np.bool_]:
    """Which synapses a piece with that base delay holds."""
    reach = 1 << part.choice.layout.delay_bits
    return np.asarray((part.delay >= base) & (part.delay < base + reach))


def _piece(part: CoreSynapses, base: int, layout: int, width: int) -> _Piece:
    inside = _within(part, base)
    words = pack(
        part.choice.layout, part.weight[inside], part.delay[inside] - base, part.target[inside]
    )
    found = look_up(part.sources, part.source[inside], per_entry=width, per_row=width)
    # every entry has one offset more than rows
    at = found.begin + np.arange(len(found.entries))
    before = np.zeros(found.rows + len(at) + 1, dtype=np.int64)
    counts = np.bincount(found.row + found.entry, minlength=len(before) - 1)
    before[1:] = np.cumsum(counts)
    begin = before[at]
    entries = found.entries
    entries["index"], entries["rows"] = at, begin * words.itemsize
    entries["base_delay"], entries["port"] = base, part.port
    entries["layout"] = layout
    spans = entries["count"].astype(np.int64) + 1
    order = np.argsort(found.row, kind="stable")
    return _Piece(entries, found.keys, before[:-1] - np.repeat(begin, spans), words[order])


def _leading(block: Block, number: int) -> tuple[NDArray[np.void], Integers]:
    """The entries that lead to a block, and their keys."""
    entries = block.lookup.entries.copy()
    entries["index"], entries["rows"] = number, block.lookup.begin
    entries["base_delay"], entries["port"] = block.delay, block.port
    entries["layout"] = BLOCK_LAYOUT
    return entries, block.lookup.keys
