"""Blocks as the checker reads them: descriptors, which cells they have, and their contents."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.damage import require
from somac.backends.manycore.verify.convolutions import read_kernel
from somac.backends.manycore.verify.entries import Entry
from somac.backends.manycore.verify.matrices import Matrix, read_matrix
from somac.backends.manycore.verify.plastic import Plastic, read_plastic

__all__ = ["Block", "Leading", "read_blocks"]

Integers = NDArray[np.int64]

_MATRIX, _PLASTIC, _KERNEL = 1, 2, 3

_ON_ARRAY = {_MATRIX: read_matrix, _KERNEL: read_kernel}


@dataclass(frozen=True, slots=True, eq=False)
class Leading:
    """An entry that leads to a block: `keys`, int64 (rows,), to its cells from `row` on."""

    key: int
    mask: int | None
    port: int
    delay: int
    row: int
    keys: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block.

    Parameters
    ----------
    arrivals, scratch
        Bytes of its arrival ring, and of what it needs while it is at work.
    keys
        int64 (cells,): the key of each source cell.
    entries
        Its synapses, as the entries of the population table lead to them, unless they learn.
    matrix, plastic
        What it holds, one of the two.
    """

    port: int
    delay: int
    slots: int
    arrivals: int
    scratch: int
    keys: Integers
    entries: list[Entry]
    matrix: Matrix | None
    plastic: Plastic | None


def read_blocks(
    file: str,
    content: bytes,
    h: dict[str, int],
    arrivals: int,
    leading: Sequence[tuple[int, Leading]],
) -> list[Block]:
    """All blocks, whose arrival rings begin at `arrivals`; nothing may lie in between.

    `h` is the header; `leading` are entries with the number of the block they lead to.
    """
    blocks: list[Block] = []
    begin = h["at_blocks"]
    position = begin + 64 * h["blocks"]
    require(position <= len(content), file, "shorter than its blocks")
    require(all(n < h["blocks"] for n, _ in leading), file, "an entry for a block not there")
    described = [struct.unpack_from("<16I", content, begin + 64 * n) for n in range(h["blocks"])]
    # behind the arrival rings is what blocks share
    shared = arrivals + sum(4 * words[2] * words[3] for words in described)
    for number, words in enumerate(described):
        kind, port, cells, slots, at = words[:5]
        own = [entry for n, entry in leading if n == number]
        require(kind in (_MATRIX, _PLASTIC, _KERNEL), file, f"a block of unknown kind {kind}")
        require(port < h["ports"], file, "a block for a port that is not there")
        require(slots > 0 and slots & (slots - 1) == 0, file, "a bad number of slots")
        require(at == arrivals, file, "a gap among arrival rings")
        keys = _cells(file, cells, own)
        require({entry.port for entry in own} == {port}, file, "an entry for another port")
        delays = {entry.delay for entry in own}
        require(len(delays) == 1, file, "a block with several delays")
        require(0 < min(delays) < slots, file, "a delay that is not in the arrival ring")
        given = (file, content, words[5:], (cells, h["neurons"]), position, shared)
        matrix = None if kind == _PLASTIC else _ON_ARRAY[kind](*given)
        plastic = read_plastic(*given) if kind == _PLASTIC else None
        held = matrix or plastic
        assert held is not None
        position += held.bytes
        ring = 4 * slots * cells
        arrivals += ring
        entries = [] if matrix is None else [_synapses(file, entry, matrix) for entry in own]
        if plastic is not None:
            _check_heard(file, own, plastic)
        where = (port, min(delays), slots, ring, held.scratch)
        blocks.append(Block(*where, keys, entries, matrix, plastic))
    require(position == len(content), file, "bytes that belong to no block")
    return blocks


def _cells(file: str, cells: int, own: Sequence[Leading]) -> Integers:
    """The key of each cell: the entries of a block make up its cells."""
    ordered = sorted(own, key=lambda entry: entry.row)
    position = 0
    for entry in ordered:
        require(entry.row == position, file, "a cell without an entry, or with two")
        position += len(entry.keys)
    require(0 < position == cells, file, "a block with other cells than its entries")
    return np.concatenate([entry.keys for entry in ordered])


def _check_heard(file: str, own: Sequence[Leading], plastic: Plastic) -> None:
    """Entries list the cells that have synapses, or reach from one such cell to another."""
    for entry in own:
        heard = np.isin(np.arange(len(entry.keys)) + entry.row, plastic.cell)
        sound = bool(heard.all()) if entry.mask is None else bool(heard[0] and heard[-1])
        require(sound, file, "an entry for a cell without a synapse")


def _synapses(file: str, entry: Leading, matrix: Matrix) -> Entry:
    rows = matrix.weights[entry.row : entry.row + len(entry.keys)]
    cell, target = np.nonzero(rows)
    heard = np.bincount(cell, minlength=len(rows)) > 0
    if entry.mask is None:
        require(bool(heard.all()), file, "a key without a synapse")
    else:
        require(bool(heard[0] and heard[-1]), file, "an end of an entry without synapses")
    delay = np.full(len(cell), entry.delay)
    source = entry.keys[cell]
    return Entry(entry.key, entry.mask, entry.port, source, target, rows[cell, target], delay)
