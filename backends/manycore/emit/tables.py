"""Routing tables: the trees of a mapping as key/mask/route entries, one table per chip.

Links inside a chip are not in the tables: a chip's router sends to the chip's own cores and
to the links that leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import SomacError
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import TableEntry
from somac.ir.target import Topology

__all__ = ["LINKS", "Entry", "chip_links", "encode_table", "routing_tables"]

LINKS = 6
TABLE_MAGIC = int.from_bytes(b"SOMR", "little")
TABLE_VERSION = 1

# east, north-east, north, west, south-west, south: the hexagonal links, as hardware counts them
_DIRECTIONS = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
_ALL_ONES = (1 << 32) - 1


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Keys with ``key & mask == self.key`` go to `links` (bits) and `cores` (bits)."""

    key: int
    mask: int
    links: int
    cores: int


def chip_links(topology: Topology) -> Mapping[int, tuple[int, int]]:
    """Per topology link that leaves a chip, the chip and the number of the link there.

    A link has the number of its direction on the hexagonal torus; where a description has
    links that lead elsewhere, or twice the same way, they take the numbers that are left.

    Raises
    ------
    SomacError
        E0655 if there are not enough numbers.
    """
    extent = topology.chip_position.max(axis=0) + 1
    source = topology.node_chip[topology.link_source]
    target = topology.node_chip[topology.link_target]
    taken: dict[int, set[int]] = {}
    numbers: dict[int, tuple[int, int]] = {}
    for link in np.flatnonzero(source != target).tolist():
        here, there = int(source[link]), int(target[link])
        step = (topology.chip_position[there] - topology.chip_position[here]) % extent
        straight = [
            number
            for number, direction in enumerate(_DIRECTIONS)
            if (np.array(direction) % extent == step).all()
        ]
        used = taken.setdefault(here, set())
        number = next((n for n in (*straight, *range(LINKS)) if n not in used), None)
        if number is None:
            raise SomacError(
                "E0655",
                f"chip {here} has more than {LINKS} links to other chips",
                have=f"more than {LINKS} links",
                need=f"at most {LINKS}",
            )
        used.add(number)
        numbers[link] = here, number
    return numbers


def routing_tables(mapping: PlacedMapping, topology: Topology) -> Mapping[int, tuple[Entry, ...]]:
    """Per chip that any route touches, its entries; the first that matches a key counts.

    They are those of the mapping, if it has tables; else its routes, whose keys do not overlap.
    """
    numbers = chip_links(topology)
    if mapping.tables:
        return {
            chip: tuple(_encoded(entry, numbers, topology) for entry in table)
            for chip, table in enumerate(mapping.tables)
            if table
        }
    entries: dict[int, list[Entry]] = {}
    for route in mapping.routes:
        links: dict[int, int] = {}
        for link in route.links:
            if link in numbers:
                chip, number = numbers[link]
                links[chip] = links.get(chip, 0) | 1 << number
        cores: dict[int, int] = {}
        for core in route.cores:
            chip = int(topology.node_chip[topology.core_node[core]])
            cores[chip] = cores.get(chip, 0) | 1 << int(topology.core_local[core])
        for chip in sorted({*links, *cores}):
            entry = Entry(route.keys.key, route.keys.mask, links.get(chip, 0), cores.get(chip, 0))
            entries.setdefault(chip, []).append(entry)
    return {chip: _merged(entries[chip]) for chip in sorted(entries)}


def _encoded(
    entry: TableEntry, numbers: Mapping[int, tuple[int, int]], topology: Topology
) -> Entry:
    links = sum(1 << numbers[link][1] for link in entry.links)
    cores = sum(1 << int(topology.core_local[core]) for core in entry.cores)
    return Entry(entry.key, entry.mask, links, cores)


def _merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Fewer entries for the same keys: neighbouring blocks with one route become one.

    Two blocks of one size that differ in their lowest fixed bit alone are exactly the two
    halves of a larger block.
    """
    waiting = sorted(entries, key=lambda e: (-e.mask, e.key))
    done: list[Entry] = []
    while waiting:
        mask = waiting[0].mask
        same = sorted(e for e in waiting if e.mask == mask)
        rest = [e for e in waiting if e.mask != mask]
        bit = (_ALL_ONES ^ mask) + 1
        grown = []
        index = 0
        while index < len(same):
            first = same[index]
            second = same[index + 1] if index + 1 < len(same) else None
            halves = (
                second is not None
                and mask & bit
                and first.key & bit == 0
                and second == Entry(first.key | bit, mask, first.links, first.cores)
            )
            if halves:
                grown.append(Entry(first.key, mask ^ bit, first.links, first.cores))
            else:
                done.append(first)
            index += 2 if halves else 1
        waiting = sorted([*rest, *grown], key=lambda e: (-e.mask, e.key))
    return tuple(sorted(done))


def encode_table(entries: Iterable[Entry], cores: int) -> bytes:
    """The file of a chip's table; `cores` is the number of cores that a route can name."""
    words = route_words(cores)
    many = tuple(entries)
    table: NDArray[np.uint32] = np.zeros((len(many), 2 + words), dtype="<u4")
    for row, entry in zip(table, many, strict=True):
        route = entry.links | entry.cores << LINKS
        row[:2] = entry.key, entry.mask
        row[2:] = [route >> 32 * word & _ALL_ONES for word in range(words)]
    head = np.array((TABLE_MAGIC, TABLE_VERSION, len(many), words), dtype="<u4")
    return head.tobytes() + table.tobytes()


def route_words(cores: int) -> int:
    """32-bit words of a route: a bit per link and per core."""
    return -(-(LINKS + cores) // 32)
