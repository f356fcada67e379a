"""Routing tables do to every key in use what the routes say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.check.routes import start_of
from somac.ir.errors import Diagnostic, Place
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import TableEntry
from somac.ir.target import Topology

__all__ = ["check_keys", "check_tables"]

_CELLS = 1 << 22
"""Comparisons of keys and entries that are made at once."""

Expected = dict[int, tuple[list[int], list[int]]]


def check_keys(mapping: PlacedMapping) -> Iterator[Diagnostic]:
    """E0806: keys that are in use twice, or not in their block."""
    used = sorted(
        (route.keys.key, mapping.slices[route.source].size, route.source)
        for route in mapping.routes
    )
    for (key, size, one), (other_key, _, other) in pairwise(used):
        if other_key < key + size:
            yield Diagnostic(
                "E0806",
                f"{mapping.slices[one].population} and {mapping.slices[other].population} "
                f"both send key {other_key:#010x}",
                Place(node=mapping.slices[one].population),
            )
    for route in mapping.routes:
        last = route.keys.key + mapping.slices[route.source].size - 1
        if route.keys.key not in route.keys or last not in route.keys or last >> 32:
            yield Diagnostic(
                "E0806",
                f"the keys of {mapping.slices[route.source].population} are not in their block",
                Place(node=mapping.slices[route.source].population),
            )


def check_tables(
    mapping: PlacedMapping, topology: Topology, router_entries: int
) -> Iterator[Diagnostic]:
    """E0809: tables that are too large; E0834: keys that go elsewhere than their route.

    Where all tables do at every chip of a route what its tree does there, packets follow the
    tree: they begin at its root.
    """
    for chip, table in enumerate(mapping.tables):
        if len(table) > router_entries:
            yield Diagnostic(
                "E0809", f"chip {chip} has {router_entries} entries, its table {len(table)}"
            )
    if not mapping.tables:
        return
    stops: list[list[tuple[int, list[int], list[int]]]] = [[] for _ in range(topology.chips)]
    for number in range(len(mapping.routes)):
        for chip, (links, cores) in _expected(mapping, number, topology).items():
            stops[chip].append((number, links, cores))
    for chip, here in enumerate(stops):
        yield from _check_table(mapping, chip, mapping.tables[chip], here)


def _expected(mapping: PlacedMapping, number: int, topology: Topology) -> Expected:
    """Per chip of a route the links by which packets leave it, and the cores they reach."""
    route = mapping.routes[number]
    chip = topology.node_chip
    found: Expected = {int(chip[start_of(mapping, route, topology)]): ([], [])}
    for link in route.links:
        here = int(chip[topology.link_source[link]])
        if chip[topology.link_target[link]] != here:
            found.setdefault(here, ([], []))[0].append(link)
    for core in route.cores:
        found.setdefault(int(chip[topology.core_node[core]]), ([], []))[1].append(core)
    return found


def _check_table(
    mapping: PlacedMapping,
    chip: int,
    table: Sequence[TableEntry],
    here: Sequence[tuple[int, list[int], list[int]]],
) -> Iterator[Diagnostic]:
    key = np.array([entry.key for entry in table], dtype=np.int64)
    mask = np.array([entry.mask for entry in table], dtype=np.int64)
    for number, links, cores in here:
        route = mapping.routes[number]
        part = mapping.slices[route.source]
        for entry in np.unique(_matches(key, mask, route.keys.key, part.size)).tolist():
            does = (table[entry].links, table[entry].cores) if entry >= 0 else None
            if does != (tuple(sorted(links)), tuple(sorted(cores))):
                what = "nothing" if does is None else f"links {does[0]} and cores {does[1]}"
                yield Diagnostic(
                    "E0834",
                    f"chip {chip} has {what} for keys of {part}, "
                    f"whose route goes on by links {sorted(links)} and cores {sorted(cores)}",
                    Place(node=part.population),
                )


def _matches(
    key: NDArray[np.int64], mask: NDArray[np.int64], first: int, count: int
) -> NDArray[np.int64]:
    """Per key from `first` on, of `count`, the first entry that matches it, or -1.

    If no mask looks at the bits in which the keys differ, one stands for all.
    """
    differ = (1 << (first ^ (first + count - 1)).bit_length()) - 1
    if not np.any(mask & differ):
        count = 1
    step = max(_CELLS // max(len(key), 1), 1)
    found = []
    for begin in range(first, first + count, step):
        keys = np.arange(begin, min(begin + step, first + count), dtype=np.int64)
        hit = (keys[:, None] & mask) == key
        found.append(np.where(hit.any(axis=1), hit.argmax(axis=1) if len(key) else 0, -1))
    return np.concatenate(found)
