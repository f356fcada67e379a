"""What a packet leads to on a core, read from the population table of its memory image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.cost.blocks import PLASTIC, Block

__all__ = ["ARRIVALS", "arrivals"]

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]

ARRIVALS: Mapping[str, str] = {
    "packets": "packets received",
    "probes": "steps of searches in the population table and its lists of keys",
    "look_ups": "entries of the population table looked at",
    "rows": "synaptic rows",
    "synaptic_events": "synaptic words without a delay of their own",
    "delayed_events": "synaptic words with a delay",
    "kept": "signals kept for a block",
    "on_pre": "plastic synapses at which a signal arrives",
}
"""What receiving packets consists of."""

_ENTRY = np.dtype(
    [
        *((name, "<u4") for name in ("key", "mask", "first", "count", "index", "rows")),
        *(("base_delay", "<u2"), ("layout", "u1"), ("port", "u1")),
    ]
)

_BLOCK = 255
"""The layout of an entry that leads to a block."""


def arrivals(image: bytes, blocks: Sequence[Block], keys: Integers) -> dict[str, Numbers]:
    """Per key, what one packet leads to: float64 (keys,) for each of `ARRIVALS`.

    `blocks` are those of the image; `keys` ascend. A search in n places takes log2(n + 1) steps.
    """
    head = np.frombuffer(image, "<u4", 32).astype(np.int64)
    entries = np.frombuffer(image, _ENTRY, int(head[14]), int(head[19]))
    delay_bits = np.frombuffer(image, np.uint8, 4 * int(head[13]), int(head[18]))[1::4]
    width = int(head[15])
    found = {kind: np.zeros(len(keys)) for kind in ARRIVALS}
    found["packets"] += 1
    table = entries["key"].astype(np.int64)
    keyless = int(np.searchsorted(table, 0, side="right"))
    _direct(table[keyless:], keys, found)
    for number, entry in enumerate(entries.tolist()):
        key, mask, first, count, index, rows, _, layout, _ = entry
        if mask:
            low, high = np.searchsorted(keys, (key + first, key + first + count)).tolist()
            row = keys[low:high] - key - first
            at: slice | Integers = slice(low, high)
        else:
            listed = np.frombuffer(image, "<u4", count, first).astype(np.int64)
            found["probes"] += np.log2(count + 1)
            place = np.minimum(np.searchsorted(listed, keys), count - 1)
            (at,) = np.nonzero(listed[place] == keys) if count else (np.zeros(0, np.int64),)
            row = place[at]
        found["look_ups"] += number < keyless
        if layout == _BLOCK:
            found["kept"][at] += 1
            if blocks[index].kind == PLASTIC:
                found["on_pre"][at] += blocks[index].from_cell[rows + row]
            continue
        found["rows"][at] += 1
        offsets = np.frombuffer(image, f"<u{width}", count + 1, index).astype(np.int64)
        lengths = np.diff(offsets)
        kind = "delayed_events" if delay_bits[layout] else "synaptic_events"
        found[kind][at] += lengths[row]
    return found


def _direct(table: Integers, keys: Integers, found: Mapping[str, Numbers]) -> None:
    """The search among direct entries, and those of the key that it ends at."""
    if not len(table):
        return
    found["probes"] += np.log2(len(table) + 1)
    at = np.searchsorted(table, keys, side="right")
    there = at > 0
    last = table[at[there] - 1]
    found["look_ups"][there] += at[there] - np.searchsorted(table, last, side="left")
