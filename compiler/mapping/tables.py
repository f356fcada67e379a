"""Routing tables: what each chip does with the keys that reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from somac.compiler.targets.ports import LINK_STEPS
from somac.ir.errors import SomacError
from somac.ir.mapping import Route
from somac.ir.target import Target, Topology

__all__ = ["TableEntry", "require_entries", "tables_of"]


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A packet whose key has `key` under `mask` goes to `links` and `cores`.

    `links` has bit b for link b of the chip (E, NE, N, W, SW, S), `cores` bit c for the core
    that the chip counts as c.
    """

    key: int
    mask: int
    links: int
    cores: int


def tables_of(routes: Sequence[Route], topology: Topology) -> tuple[tuple[TableEntry, ...], ...]:
    """The table of each chip, sorted by key; the first entry that matches a key counts.

    Blocks of keys do not overlap, so a key matches one entry of a chip at most.
    """
    tables: list[list[TableEntry]] = [[] for _ in range(topology.chips)]
    for route in routes:
        links: dict[int, int] = {}
        cores: dict[int, int] = {}
        for link in route.links:
            source = int(topology.node_chip[topology.link_source[link]])
            target = int(topology.node_chip[topology.link_target[link]])
            if source != target:
                links[source] = links.get(source, 0) | 1 << _port(topology, source, target)
        for core in route.cores:
            chip = int(topology.node_chip[topology.core_node[core]])
            cores[chip] = cores.get(chip, 0) | 1 << int(topology.core_local[core])
        for chip in sorted(links.keys() | cores.keys()):
            tables[chip].append(
                TableEntry(route.keys.key, route.keys.mask, links.get(chip, 0), cores.get(chip, 0))
            )
    return tuple(tuple(sorted(table, key=lambda entry: entry.key)) for table in tables)


def require_entries(tables: Sequence[Sequence[TableEntry]], target: Target) -> None:
    """Refuse tables that the chips of a target cannot hold.

    Raises
    ------
    SomacError
        E0606, naming the fullest chip.
    """
    chip = max(range(len(tables)), key=lambda chip: len(tables[chip]))
    if len(tables[chip]) > target.router_entries:
        x, y = target.topology.chip_position[chip].tolist()
        raise SomacError(
            "E0606",
            f"the routing table of chip ({x}, {y}) of {target.name!r} is full",
            have=f"{target.router_entries} entries",
            need=f"{len(tables[chip])} entries",
            hint="larger slices have fewer keys to route; or choose a target with more entries",
        )


def _port(topology: Topology, source: int, target: int) -> int:
    """The number of the link from one chip to its neighbour."""
    dx, dy = (topology.chip_position[target] - topology.chip_position[source]).tolist()
    return LINK_STEPS.index((dx, dy))
