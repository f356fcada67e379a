"""Decoding the blocks of a core: projections with their source cells gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.content import FileBytes

__all__ = ["KERNEL", "MATRIX", "PLASTIC", "Block", "Matrix", "read_blocks", "read_matrix"]

Integers = NDArray[np.int64]

MATRIX, PLASTIC, KERNEL = 1, 2, 3
"""The kinds of blocks: matrices, synapses that learn, and convolutions."""

_WORDS = 16
_COMMON = 5
_KINDS = (MATRIX, PLASTIC, KERNEL)
_MAX_ARRIVALS = 1 << 26


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What all kinds of blocks have.

    Parameters
    ----------
    kind, port
        As in the descriptor.
    cells, slots
        Source cells, and slots of the arrival ring.
    delay
        Ticks that what its cells send takes.
    key
        int64 (cells,): the key that leads to each cell, -1 where none does.
    words
        Words 5 and up of the descriptor.
    """

    kind: int
    port: int
    cells: int
    slots: int
    delay: int
    key: Integers
    words: tuple[int, ...]


def read_blocks(
    file: FileBytes, address: int, count: int, table: NDArray[Any], ports: int
) -> tuple[Block, ...]:
    """The blocks of an image.

    Parameters
    ----------
    address, count
        Of the descriptors.
    table
        uint32 (entries, 7): the entries of the population table that lead to blocks.
    ports
        How many the core has.
    """
    described = file.array(address, "<u4", _WORDS * count).reshape(-1, _WORDS).tolist()
    file.need(bool((table[:, 4] < count).all()), "an entry leads to a block that is not there")
    return tuple(
        _block(file, words, table[table[:, 4] == number].astype(np.int64), ports)
        for number, words in enumerate(described)
    )


def _block(file: FileBytes, words: list[int], table: Integers, ports: int) -> Block:
    kind, port, cells, slots, _ = words[:_COMMON]
    file.need(kind in _KINDS, f"a block of unknown kind {kind}")
    file.need(port < ports, "a block has an unknown port")
    file.need(slots > 0 and slots & (slots - 1) == 0, f"{slots} slots are no power of two")
    # every cell has bytes of its own in the file
    file.need(cells <= len(file.content), f"{cells} cells are more than the file holds")
    file.need(cells * slots <= _MAX_ARRIVALS, "an arrival ring is too large")
    delays = np.unique(table[:, 6] & 0xFFFF).tolist()
    file.need(len(delays) == 1, "a block without an entry, or with several delays")
    file.need(0 < delays[0] < slots, "a delay is not in the arrival ring")
    file.need(bool((table[:, 6] >> 24 == port).all()), "an entry has another port than its block")
    key = np.full(cells, -1, dtype=np.int64)
    for leading, mask, first, count, _, row, _ in table.tolist():
        file.need(row + count <= cells, "an entry leads to a cell that is not there")
        file.need(bool((key[row : row + count] < 0).all()), "two entries lead to one cell")
        if mask:
            low = 0xFFFFFFFF ^ mask
            file.need(low & (low + 1) == 0 and leading & low == 0, "a damaged mask or key")
            file.need(first + count <= low + 1, "an entry has more rows than keys")
            key[row : row + count] = leading + first + np.arange(count)
        else:
            file.need(first % 4 == 0, "keys are not aligned")
            key[row : row + count] = file.array(first, "<u4", count)
    return Block(kind, port, cells, slots, delays[0], key, tuple(words[_COMMON:]))


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A matrix, or what a kernel stands for: weights, int8 (cells, neurons).

    `passes` and `products` are what the MAC array does in an update.
    """

    block: Block
    weights: NDArray[np.int8]
    passes: int
    products: int


def read_matrix(file: FileBytes, block: Block, neurons: int) -> Matrix:
    """What a block that is a matrix holds."""
    address, columns, _, pass_cells = block.words[:4]
    file.need(columns >= neurons, "a matrix has fewer columns than neurons")
    file.need(pass_cells > 0, "a pass without cells")
    products = block.cells * columns
    weights = file.array(address, "i1", products).reshape(block.cells, columns)
    return Matrix(block, weights[:, :neurons], -(-block.cells // pass_cells), products)
