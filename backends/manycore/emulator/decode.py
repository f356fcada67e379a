"""Decoding memory images and routing tables for the emulator, as a core would read them.

Written from `docs/reference/bundle.md`; nothing is shared with the encoder. Sizes are checked
before anything is allocated: a bundle may come from a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.blocks import (
    KERNEL,
    MATRIX,
    PLASTIC,
    Block,
    Matrix,
    read_blocks,
    read_matrix,
)
from somac.backends.manycore.emulator.content import FileBytes
from somac.backends.manycore.emulator.convolutions import read_kernel
from somac.backends.manycore.emulator.plastic import PlasticBlock, read_plastic

__all__ = ["CoreMemory", "RouterTable", "Synapses", "decode_image", "decode_table"]

Integers = NDArray[np.int64]

_HEADER_WORDS = 32
_MAX_ACCUMULATORS = 1 << 26
_ENTRY_WORDS = 7
_IN_BLOCKS = 255
_ON_ARRAY = {MATRIX: read_matrix, KERNEL: read_kernel}
_LINK_BITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Synapses:
    """The rows of a core, entry by entry of its population table.

    Parameters
    ----------
    key
        int64 (rows,): the key that leads to a row, -1 where none does.
    begin
        int64 (rows + 1,): the synapses of row r are ``begin[r]`` to ``begin[r + 1]``.
    target, port, delay, weight
        int32 (synapses,); `delay` is the total in ticks.
    in_words
        So many rows, the first ones, are rows of words; the others stand for blocks.
    """

    key: Integers
    begin: Integers
    target: NDArray[np.int32]
    port: NDArray[np.int32]
    delay: NDArray[np.int32]
    weight: NDArray[np.int32]
    in_words: int


@dataclass(frozen=True, slots=True, eq=False)
class CoreMemory:
    """What a core finds in its memory; `key` is None if its neurons send nothing.

    `slots` are enough for blocks too, and `synapses` hold those of matrices; `plastic` are the
    contents of blocks that learn, by their number.
    """

    program: int
    neurons: int
    kind: int
    key: int | None
    start: int
    period: int
    slots: int
    ports: int
    parameters: tuple[Integers, ...]
    states: tuple[Integers, ...]
    synapses: Synapses
    matrices: tuple[Matrix, ...]
    blocks: tuple[Block, ...]
    plastic: Mapping[int, PlasticBlock]


@dataclass(frozen=True, slots=True, eq=False)
class RouterTable:
    """Entries in order; the first that matches wins. `links` and `cores` are their bits.

    `key` and `mask` are int64 (entries,), `links` bool (entries, 6), `cores` bool
    (entries, cores).
    """

    key: Integers
    mask: Integers
    links: NDArray[np.bool_]
    cores: NDArray[np.bool_]


def decode_image(content: bytes, name: str) -> CoreMemory:
    """Decode a memory image; `name` is its file, for messages.

    Raises
    ------
    SomacError
        E0711 if it is damaged.
    """
    file = FileBytes(content, name, "E0711")
    head = [int(word) for word in file.array(0, "<u4", _HEADER_WORDS)]
    magic, version, _, program, neurons, flags, key, start, period, slots, ports = head[:11]
    states, parameters, layouts, entries, index_bytes = head[11:16]
    at_parameters, at_states, at_layouts, at_table, at_keys, at_index, at_rows, at_ring = head[
        16:24
    ]
    blocks, at_blocks, *unused = head[24:]
    file.need(magic == int.from_bytes(b"SOMC", "little"), "not a memory image")
    file.need(version == 2, f"an image of version {version}")
    file.need(neurons > 0 and period > 0, "no neurons, or no period")
    file.need(slots > 0 and slots & (slots - 1) == 0, f"{slots} slots are no power of two")
    file.need(neurons * max(1, ports) * slots <= _MAX_ACCUMULATORS, "ring buffers too large")
    file.need(flags & 3 < 3 and flags < 1 << 4, f"unknown flags {flags:#x}")
    file.need(index_bytes in (2, 4), f"{index_bytes} bytes per row offset")
    file.need(at_keys <= at_index <= at_rows <= at_blocks, "regions out of order")
    file.need(at_blocks <= at_ring == len(content), "regions out of order")
    file.need(not any(unused), "an unknown region")
    table = file.array(at_table, "<u4", _ENTRY_WORDS * entries).reshape(-1, _ENTRY_WORDS)
    in_blocks = table[:, 6] >> 16 & 0xFF == _IN_BLOCKS
    gathered = read_blocks(file, at_blocks, blocks, table[in_blocks], ports)
    matrices = tuple(
        _ON_ARRAY[block.kind](file, block, neurons) for block in gathered if block.kind in _ON_ARRAY
    )
    return CoreMemory(
        program,
        neurons,
        flags & 3,
        key if flags & 4 else None,
        start,
        period,
        max([slots, *(block.slots for block in gathered)]),
        ports,
        _values(file, at_parameters, parameters, neurons),
        _values(file, at_states, states, neurons),
        _joined(
            [
                _synapses(
                    file,
                    _layouts(file, at_layouts, layouts),
                    table[~in_blocks],
                    index_bytes,
                    (neurons, ports, slots),
                ),
                *map(_of_matrix, matrices),
            ]
        ),
        matrices,
        gathered,
        {
            number: read_plastic(file, block.words, block.cells, neurons, states)
            for number, block in enumerate(gathered)
            if block.kind == PLASTIC
        },
    )


def _joined(parts: Sequence[Synapses]) -> Synapses:
    """Rows of several parts, one after the other."""
    ends = np.cumsum([0, *(len(part.target) for part in parts)])
    begin = [part.begin[:-1] + end for part, end in zip(parts, ends, strict=False)]
    return Synapses(
        np.concatenate([part.key for part in parts]),
        np.concatenate([*begin, ends[-1:]]),
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.port for part in parts]),
        np.concatenate([part.delay for part in parts]),
        np.concatenate([part.weight for part in parts]),
        sum(part.in_words for part in parts),
    )


def _of_matrix(matrix: Matrix) -> Synapses:
    """The synapses that a matrix stands for: a row for each of its cells."""
    block, weights = matrix.block, matrix.weights
    cell, target = np.nonzero(weights)
    count = np.bincount(cell, minlength=block.cells)
    return Synapses(
        block.key,
        np.append(0, np.cumsum(count)),
        target.astype(np.int32),
        np.full(len(cell), block.port, dtype=np.int32),
        np.full(len(cell), block.delay, dtype=np.int32),
        weights[cell, target].astype(np.int32),
        0,
    )


def _values(file: FileBytes, address: int, count: int, neurons: int) -> tuple[Integers, ...]:
    """Parameters or states: (1,) if all neurons share the value, else (neurons,)."""
    found = []
    for n in range(count):
        (place,) = file.array(address + 8 * n, "<u4", 1).tolist()
        width, each, *rest = file.array(address + 8 * n + 4, "u1", 4).tolist()
        file.need(width in (1, 2, 4, 8) and each < 2 and not any(rest), "a descriptor is damaged")
        found.append(file.array(place, f"<i{width}", neurons if each else 1).astype(np.int64))
    return tuple(found)


def _layouts(file: FileBytes, address: int, count: int) -> Integers:
    """int64 (layouts, 4): bits of weight, delay, type and target."""
    layouts = file.array(address, "u1", 4 * count).reshape(-1, 4).astype(np.int64)
    file.need(bool(np.isin(layouts.sum(axis=1), (8, 16, 32)).all()), "a layout is damaged")
    return layouts


def _synapses(
    file: FileBytes,
    layouts: Integers,
    table: NDArray[Any],
    index_bytes: int,
    limits: tuple[int, int, int],
) -> Synapses:
    key, mask, first, count, index, rows, last = (table[:, n].astype(np.int64) for n in range(7))
    base, layout, port = last & 0xFFFF, last >> 16 & 0xFF, last >> 24
    neurons, ports, slots = limits
    file.need(bool((layout < len(layouts)).all()), "an entry has an unknown layout")
    file.need(bool((port < ports).all()), "an entry has an unknown port")
    offset = _offsets(file, index, count, index_bytes)
    # every entry has one offset more than rows: a row without synapses stands for it here
    entry = np.repeat(np.arange(len(count)), count + 1)
    begin = np.cumsum(count + 1) - (count + 1)
    length = np.append(offset[1:], 0) - offset
    length[begin + count] = 0
    file.need(bool((length >= 0).all()), "row offsets decrease")
    file.need(bool((offset[begin] == 0).all()), "a row starts before its block")
    row_key = np.where(
        mask[entry] == 0,
        _listed_keys(file, mask == 0, first, count),
        _counted_keys(file, mask, key, first, count),
    )
    row_key[begin + count] = -1
    size = layouts.sum(axis=1)[layout] // 8
    word = _words(file, rows[entry] + offset * size[entry], length, size[entry])
    owner = np.repeat(entry, length)
    weight, delay, sign, target = _fields(word, layouts[layout[owner]])
    delay = delay + base[owner]
    file.need(bool((sign < 2).all()), "a synapse of unknown type")
    file.need(bool((target < neurons).all()), "a synapse ends on a neuron that is not there")
    file.need(bool(((delay > 0) & (delay < slots)).all()), "a delay is not in the ring buffer")
    return Synapses(
        row_key,
        np.append(0, np.cumsum(length)),
        target.astype(np.int32),
        port[owner].astype(np.int32),
        delay.astype(np.int32),
        np.where(sign == 1, -weight, weight).astype(np.int32),
        len(row_key),
    )


def _counted_keys(
    file: FileBytes, mask: Integers, key: Integers, first: Integers, count: Integers
) -> Integers:
    """Per row the key of a direct entry: a block's keys in order, from its `first`."""
    direct = mask != 0
    low = 0xFFFFFFFF ^ mask
    file.need(bool((low[direct] & (low[direct] + 1) == 0).all()), "a mask has ones below a zero")
    file.need(bool((key & low == 0).all()), "a key has bits outside its mask")
    file.need(bool((first + count <= low + 1)[direct].all()), "an entry has more rows than keys")
    begin = np.cumsum(count + 1) - (count + 1)
    start = np.repeat(key + first - begin, count + 1)
    return start + np.arange(len(start))


def _listed_keys(
    file: FileBytes, searched: NDArray[np.bool_], address: Integers, count: Integers
) -> Integers:
    """Per row the key of a searched entry, from its list of keys."""
    room = len(file.content)
    inside = (address % 4 == 0) & (address + 4 * count <= room)
    file.need(bool(inside[searched].all()), "keys are absent or not aligned")
    stored = np.append(np.frombuffer(file.content, "<u4", room // 4).astype(np.int64), -1)
    begin = np.cumsum(count + 1) - (count + 1)
    start = np.repeat(np.where(searched, address // 4, 0) - begin, count + 1)
    # a direct entry, or the end of a list, may point beyond the file: what it reads is unused
    return stored[np.minimum(start + np.arange(len(start)), room // 4)]


def _offsets(file: FileBytes, address: Integers, count: Integers, size: int) -> Integers:
    """The row offsets of all entries, one after the other: ``count + 1`` of each."""
    room = len(file.content)
    # an offset belongs to one entry, so that all of them cannot outgrow the file
    file.need(int(((count + 1) * size).sum()) <= room, "row offsets overlap")
    file.need(bool((address + (count + 1) * size <= room).all()), "row offsets are absent")
    file.need(bool((address % size == 0).all()), "row offsets are not aligned")
    stored = np.frombuffer(file.content, f"<u{size}", room // size)
    start = address // size - (np.cumsum(count + 1) - (count + 1))
    place = np.repeat(start, count + 1)
    return stored[place + np.arange(len(place))].astype(np.int64)


def _words(file: FileBytes, address: Integers, length: Integers, size: Integers) -> Integers:
    """The words of all rows: `length` words of `size` bytes from `address`."""
    room = len(file.content)
    file.need(int((length * size).sum()) <= room, "rows overlap")
    file.need(bool((address % np.maximum(size, 1) == 0).all()), "rows are not aligned")
    file.need(bool((address + length * size <= room).all()), "rows are absent")
    begin = np.cumsum(length) - length
    each = np.repeat(size, length)
    place = np.repeat(address - begin * size, length) + np.arange(len(each)) * each
    word = np.zeros(len(each), dtype=np.int64)
    for width in np.unique(each).tolist():
        chosen = each == width
        stored = np.frombuffer(file.content, f"<u{width}", room // width)
        word[chosen] = stored[place[chosen] // width]
    return word


def _fields(word: Integers, bits: Integers) -> tuple[Integers, ...]:
    """The fields of words, from the most significant: weight, delay, type, target."""
    fields = []
    for number in range(4):
        below = bits[:, number + 1 :].sum(axis=1)
        fields.append(word >> below & (1 << bits[:, number]) - 1)
    return tuple(fields)


def decode_table(content: bytes, name: str) -> RouterTable:
    """Decode a chip's routing table.

    Raises
    ------
    SomacError
        E0712 if it is damaged.
    """
    file = FileBytes(content, name, "E0712")
    magic, version, entries, words = file.array(0, "<u4", 4).tolist()
    file.need(magic == int.from_bytes(b"SOMR", "little"), "not a routing table")
    file.need(version == 1 and 1 <= words <= 64, f"a table of version {version}")
    file.need(len(content) == 16 + 4 * entries * (2 + words), "its length is not what it says")
    table = file.array(16, "<u4", entries * (2 + words)).reshape(entries, 2 + words)
    route = np.ascontiguousarray(table[:, 2:]).view(np.uint8)
    bits = np.unpackbits(route, axis=1, bitorder="little").astype(np.bool_)
    return RouterTable(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        bits[:, :_LINK_BITS],
        bits[:, _LINK_BITS:],
    )
