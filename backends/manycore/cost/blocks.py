"""What the blocks of a core do in a step, read from its memory image: a row per kind of event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["BLOCK_EVENTS", "BlockEvent", "block_events"]

_MATRIX = 1


@dataclass(frozen=True, slots=True)
class _Block:
    """A descriptor, as `docs/bundle.md` lays it out, and the neurons of its core."""

    kind: int
    cells: int
    words: tuple[int, ...]
    neurons: int


@dataclass(frozen=True, slots=True)
class BlockEvent:
    """Something that blocks of a kind do: what it is, in the plural, and how often in a step."""

    title: str
    price: str
    kind: int
    count: Callable[[_Block], int]


def _passes(block: _Block) -> int:
    pass_cells = block.words[3]
    return -(-block.cells // pass_cells)


BLOCK_EVENTS: Mapping[str, BlockEvent] = {
    "matrix_cells": BlockEvent(
        "source cells of matrices", "matrix_cell_cycles", _MATRIX, lambda b: b.cells
    ),
    "matrix_sums": BlockEvent(
        "sums that the MAC array hands over",
        "matrix_sum_cycles",
        _MATRIX,
        lambda b: b.neurons * _passes(b),
    ),
    "mac_passes": BlockEvent("passes of the MAC array", "mac_start_cycles", _MATRIX, _passes),
    "mac_products": BlockEvent(
        "products of the MAC array",
        "mac_product_cycles",
        _MATRIX,
        lambda b: b.cells * b.words[1],
    ),
}
"""All of them, by name."""


def block_events(image: bytes) -> dict[str, int]:
    """How often each of `BLOCK_EVENTS` happens in a step on the core of an image."""
    head = np.frombuffer(image, "<u4", 32).tolist()
    table = np.frombuffer(image, "<u4", 16 * head[24], head[25]).reshape(-1, 16).tolist()
    blocks = [_Block(row[0], row[2], tuple(row[5:]), head[4]) for row in table]
    return {
        name: sum(event.count(b) for b in blocks if b.kind == event.kind)
        for name, event in BLOCK_EVENTS.items()
    }
