"""What the blocks of a core do in a step, read from its memory image: a row per kind of event."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.events import idle_products

__all__ = ["BLOCK_EVENTS", "MATRIX", "PLASTIC", "Block", "BlockEvent", "read_blocks"]

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]

MATRIX, PLASTIC, CONVOLUTION = 1, 2, 3
_HEADER_WORDS, _BLOCK_WORDS = 32, 16
_NONE: Integers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block, as `docs/reference/bundle.md` lays it out.

    Parameters
    ----------
    kind, cells, words
        Of the descriptor; `words` are those from 5 on.
    neurons
        Of the core.
    from_cell, to_neuron
        int64: how many plastic synapses begin at each source cell, and end at each neuron.
    """

    kind: int
    cells: int
    words: tuple[int, ...]
    neurons: int
    from_cell: Integers
    to_neuron: Integers


@dataclass(frozen=True, slots=True)
class BlockEvent:
    """Something that blocks of a kind do: what it is, in the plural, and how often in a step.

    `count` is given the packets that each neuron of the core would send in a step, float64
    (neurons,). Its price is in `PRICES`; or `update` names the datapath of the block's rule that
    runs, without which the event is none.
    """

    title: str
    kind: int
    count: Callable[[Block, Numbers], float]
    update: str = ""


def _passes(block: Block) -> int:
    pass_cells = block.words[3]
    return -(-block.cells // pass_cells)


def _pair(word: int) -> tuple[int, int]:
    return word & 0xFFFF, word >> 16


def _window(block: Block) -> int:
    """Products of one sum of a convolution."""
    return _pair(block.words[1])[0] * math.prod(_pair(block.words[2]))


def _patch_words(block: Block) -> int:
    """Words of the patch of the input that a convolution reads."""
    channels, _ = _pair(block.words[1])
    kernel, stride, result = (_pair(block.words[n]) for n in (2, 3, 4))
    reach = [
        (count - 1) * step + length
        for count, step, length in zip(result, stride, kernel, strict=True)
    ]
    return -(-channels * math.prod(reach) // 4)


BLOCK_EVENTS: Mapping[str, BlockEvent] = {
    "matrix_cells": BlockEvent("source cells of matrices", MATRIX, lambda b, _: b.cells),
    "matrix_sums": BlockEvent(
        "sums that the MAC array hands over",
        MATRIX,
        lambda b, _: b.neurons * _passes(b),
    ),
    "mac_passes": BlockEvent("passes of the MAC array", MATRIX, lambda b, _: _passes(b)),
    "mac_products": BlockEvent(
        "products of the MAC array",
        MATRIX,
        lambda b, _: b.cells * b.words[1],
    ),
    "convolution_cells": BlockEvent(
        "source cells of convolutions, and words of their patches",
        CONVOLUTION,
        lambda b, _: b.cells + _patch_words(b),
    ),
    "convolution_sums": BlockEvent(
        "sums that convolutions hand over",
        CONVOLUTION,
        lambda b, _: b.neurons,
    ),
    "convolution_passes": BlockEvent("convolutions on the MAC array", CONVOLUTION, lambda *_: 1),
    "convolution_products": BlockEvent(
        "products of these convolutions",
        CONVOLUTION,
        lambda b, _: _window(b) * math.prod(_pair(b.words[4])) * _pair(b.words[1])[1],
    ),
    "convolution_idle": BlockEvent(
        "products that they leave tiles of the array room for",
        CONVOLUTION,
        lambda b, _: idle_products(_pair(b.words[1])[1], math.prod(_pair(b.words[4])), _window(b)),
    ),
    "plastic_blocks": BlockEvent("plastic blocks begun", PLASTIC, lambda *_: 1),
    "trace_updates": BlockEvent("traces updated", PLASTIC, lambda b, _: b.cells, update="trace"),
    "on_post": BlockEvent(
        "synapses that learn because their target fires",
        PLASTIC,
        lambda b, sent: float((b.to_neuron * sent).sum()),
        update="on_post",
    ),
    "each_step": BlockEvent(
        "synapses that learn in every step", PLASTIC, lambda b, _: b.words[1], update="each_step"
    ),
}
"""All of them, by name."""


def read_blocks(image: bytes) -> tuple[Block, ...]:
    """The blocks of an image, in their order."""
    head = np.frombuffer(image, "<u4", _HEADER_WORDS).tolist()
    table = np.frombuffer(image, "<u4", _BLOCK_WORDS * head[24], head[25])
    rows = table.reshape(-1, _BLOCK_WORDS).tolist()
    return tuple(_block(image, row, head[4]) for row in rows)


def _block(image: bytes, row: list[int], neurons: int) -> Block:
    kind, cells, words = row[0], row[2], tuple(row[5:])
    if kind != PLASTIC:
        return Block(kind, cells, words, neurons, _NONE, _NONE)
    _, synapses, begin, _, posts, *_ = words
    width = 2 if synapses < 1 << 16 else 4
    from_cell = _lengths(image, width, begin, cells)
    # only rules that act on them list synapses by target
    to_neuron = _lengths(image, width, posts, neurons) if posts else np.zeros(neurons, np.int64)
    return Block(kind, cells, words, neurons, from_cell, to_neuron)


def _lengths(image: bytes, width: int, address: int, count: int) -> Integers:
    """Of so many rows, whose offsets are at an address."""
    offsets = np.frombuffer(image, f"<u{width}", count + 1, address).astype(np.int64)
    lengths: Integers = offsets[1:] - offsets[:-1]
    return lengths
