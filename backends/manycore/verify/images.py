"""A second decoder of memory images: plain, strict, an entry of the population table at a time.

Every byte of an image is accounted for: regions follow each other without a gap, and what is
said to be zero is zero.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.damage import require
from somac.backends.manycore.verify.blocks import Block, Leading, read_blocks
from somac.backends.manycore.verify.entries import Entry

__all__ = ["Image", "read_image"]

Integers = NDArray[np.int64]

_IN_BLOCKS = 255

_NAMES = (
    *("magic", "version", "size", "program", "neurons", "flags", "key", "start", "period"),
    *("slots", "ports", "states", "parameters", "layouts", "entries", "index_width"),
    *("at_parameters", "at_states", "at_layouts", "at_table", "at_keys", "at_index", "at_rows"),
    *("at_ring", "blocks", "at_blocks", *(f"unused{n}" for n in range(6))),
)
_MOST_NEURONS = 1 << 24
_KINDS = ("spike", "count", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """What an image says; parameters and states are (neurons,) each.

    `row_entries` lead to rows of words; `entries` hold the synapses of blocks too.
    """

    file: str
    program: int
    neurons: int
    kind: str
    key: int | None
    record: bool
    start: int
    period: int
    slots: int
    ports: int
    parameters: list[Integers]
    states: list[Integers]
    row_entries: list[Entry]
    blocks: list[Block]
    size: int

    @property
    def entries(self) -> list[Entry]:
        """All of them."""
        return [*self.row_entries, *(entry for block in self.blocks for entry in block.entries)]


def read_image(file: str, content: bytes) -> Image:
    """Decode; `DamagedError` if a single byte is not as it must be."""
    require(len(content) >= 128, file, "shorter than its header")
    h = dict(zip(_NAMES, struct.unpack_from("<32I", content), strict=True))
    require(content[:4] == b"SOMC" and h["version"] == 2, file, "not an image of version 2")
    require(h["flags"] >> 4 == 0, file, "a reserved bit is set")
    require(h["flags"] & 3 != 3, file, "unknown kind of signal")
    require(h["index_width"] in (2, 4), file, "unknown width of row offsets")
    require(0 < h["neurons"] <= _MOST_NEURONS, file, f"{h['neurons']} neurons")
    sends = bool(h["flags"] & 4)
    require(sends or h["key"] == 0, file, "a key, but nothing is sent")
    described = 128 + 8 * h["parameters"]
    require(h["at_parameters"] == 128, file, "parameters are not described after the header")
    require(h["at_states"] == described, file, "states are not described after parameters")
    position = described + 8 * h["states"]
    require(position <= len(content), file, "shorter than its descriptors")
    columns = []
    for number in range(h["parameters"] + h["states"]):
        position, column = _column(file, content, 128 + 8 * number, position, h["neurons"])
        columns.append(column)
    require(h["at_layouts"] == position, file, "a gap before the layouts")
    position += 4 * h["layouts"]
    require(h["at_table"] == position, file, "a gap before the population table")
    position += 28 * h["entries"]
    require(h["at_keys"] == position <= h["at_index"], file, "a gap before the keys")
    require(h["at_index"] <= h["at_rows"] <= h["at_blocks"], file, "regions out of order")
    require(h["at_blocks"] <= len(content), file, "shorter than its rows")
    require(h["at_ring"] == len(content), file, "ring buffers do not follow the file")
    require(not any(h[f"unused{n}"] for n in range(6)), file, "a word of the header is not zero")
    ring = 4 * h["slots"] * h["ports"] * h["neurons"]
    entries, leading = _entries(file, content, h)
    blocks = read_blocks(file, content, h, len(content) + ring, leading)
    size = len(content) + ring + sum(b.arrivals for b in blocks)
    size += max((b.scratch for b in blocks), default=0)
    require(h["size"] == size, file, "its size is not what it says")
    return Image(
        file,
        h["program"],
        h["neurons"],
        _KINDS[h["flags"] & 3],
        h["key"] if sends else None,
        bool(h["flags"] & 8),
        h["start"],
        h["period"],
        h["slots"],
        h["ports"],
        columns[: h["parameters"]],
        columns[h["parameters"] :],
        entries,
        blocks,
        h["size"],
    )


def _column(
    file: str, content: bytes, descriptor: int, position: int, neurons: int
) -> tuple[int, Integers]:
    """A parameter or state, (neurons,), and where the next begins."""
    address, width, spread, zero = struct.unpack_from("<IBBH", content, descriptor)
    require(address == position, file, "a gap between parameters or states")
    require(width in (1, 2, 4, 8) and spread in (0, 1) and zero == 0, file, "a bad descriptor")
    count = neurons if spread else 1
    end = address + width * count
    padded = (end + 3) & ~3
    require(padded <= len(content), file, "shorter than its values")
    require(not any(content[end:padded]), file, "padding that is not zero")
    values = np.frombuffer(content[address:end], dtype=f"<i{width}").astype(np.int64)
    return padded, values if spread else np.repeat(values, neurons)


def _entries(
    file: str, content: bytes, h: dict[str, int]
) -> tuple[list[Entry], list[tuple[int, Leading]]]:
    """Those that lead to rows, and with the number of a block those that lead there."""
    layouts = [*struct.iter_unpack("4B", content[h["at_layouts"] : h["at_table"]])]
    require(all(sum(bits) in (8, 16, 32) for bits in layouts), file, "a bad layout")
    require(len(set(layouts)) == len(layouts), file, "a layout is there twice")
    table = [*struct.iter_unpack("<IIIIIIHBB", content[h["at_table"] : h["at_keys"]])]
    require([e[0] for e in table] == sorted(e[0] for e in table), file, "keys out of order")
    used = {e[7] for e in table} - {_IN_BLOCKS}
    require(used == set(range(len(layouts))), file, "layouts are not those in use")
    entries: list[Entry] = []
    leading: list[tuple[int, Leading]] = []
    # the bytes that entries have used, region by region
    lists: list[tuple[int, int]] = []
    indices: list[tuple[int, int]] = []
    blocks: list[tuple[int, int]] = []
    for key, mask, first, count, index, rows, base, layout, port in table:
        require(port < h["ports"], file, "an entry for a port that is not there")
        require(count > 0, file, "an entry without rows")
        if mask:
            low = ~mask & 0xFFFFFFFF
            require(low & (low + 1) == 0 and key & low == 0, file, "a bad mask")
            require(count <= low + 1 - first, file, "more rows than keys")
            keys = key + first + np.arange(count)
        else:
            lists.append((first, first + 4 * count))
            _inside(file, lists[-1], h["at_keys"], h["at_index"], 4)
            keys = _numbers(content, lists[-1], 4)
            require(key == 0 and bool((np.diff(keys) > 0).all()), file, "keys do not ascend")
        if layout == _IN_BLOCKS:
            leading.append((index, Leading(key, mask or None, port, base, rows, keys)))
            continue
        width = h["index_width"]
        indices.append((index, index + width * (count + 1)))
        _inside(file, indices[-1], h["at_index"], h["at_rows"], width)
        offsets = _numbers(content, indices[-1], width)
        lengths = np.diff(offsets)
        require(offsets[0] == 0 and bool((lengths >= 0).all()), file, "row offsets decrease")
        if mask:
            require(lengths[0] > 0 and lengths[-1] > 0, file, "an end of an entry without synapses")
        else:
            require(bool((lengths > 0).all()), file, "a key without a synapse")
        size = sum(layouts[layout]) // 8
        blocks.append((rows, rows + size * int(offsets[-1])))
        _inside(file, blocks[-1], h["at_rows"], h["at_blocks"], size)
        words = _numbers(content, blocks[-1], size)
        require(len(words) > 0, file, "an entry without synapses")
        values = _synapses(words, layouts[layout], base)
        entries.append(Entry(key, mask or None, port, np.repeat(keys, lengths), *values))
    _tiled(file, content, lists, h["at_keys"], h["at_index"])
    _tiled(file, content, indices, h["at_index"], h["at_rows"])
    _tiled(file, content, blocks, h["at_rows"], h["at_blocks"])
    return entries, leading


def _inside(file: str, piece: tuple[int, int], start: int, stop: int, width: int) -> None:
    """The piece must lie in its region, aligned to what it is made of."""
    begin, end = piece
    require(start <= begin <= end <= stop, file, "an address outside its region")
    require(begin % width == 0, file, "an address that is not aligned")


def _numbers(content: bytes, piece: tuple[int, int], width: int) -> Integers:
    return np.frombuffer(content[slice(*piece)], dtype=f"<u{width}").astype(np.int64)


def _synapses(
    words: Integers, layout: tuple[int, ...], base: int
) -> tuple[Integers, Integers, Integers]:
    """Target, weight and total delay; the target is in the lowest bits."""
    _, delay_bits, type_bits, target_bits = layout
    target = words % (1 << target_bits)
    words = words >> target_bits
    kind = words % (1 << type_bits)
    words = words >> type_bits
    delay = words % (1 << delay_bits)
    magnitude = words >> delay_bits
    # an unknown type becomes a weight that no network has
    weight = np.select([kind == 0, kind == 1], [magnitude, -magnitude], 1 << 32)
    return target, weight, delay + base


def _tiled(file: str, content: bytes, pieces: list[tuple[int, int]], start: int, stop: int) -> None:
    """The pieces must fill the region, in some order, but for zeros up to a multiple of 4."""
    position = start
    for begin, end in sorted(pieces):
        require(begin == position, file, "a gap or an overlap among row offsets or rows")
        position = end
    require((position + 3) & ~3 == stop, file, "a region is larger than what is in it")
    require(not any(content[position:stop]), file, "padding that is not zero")
