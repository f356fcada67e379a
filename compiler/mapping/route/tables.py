"""Routing tables: what each chip does with the keys that reach it, in few entries.

A table is looked up by first match, so an entry may match keys of others as long as these
have an entry above it. Nets with which the chip does the same form a group. Groups are stacked,
the largest at the bottom: entries of a group need only keep clear of the groups below, and
groups of one net, at the top, stand in nobody's way. Within its group every entry takes in as
many nets as that allows. (That the order of entries can be put to use is the idea of ordered
covering: Mundy, Heathcote and Garside 2016. There entries are sorted by how much they match,
here by how many they serve.)

No table can have fewer entries than there are groups, which makes a bound to measure against.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.stops import Stops
from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock, TableEntry
from somac.ir.target import Topology

__all__ = ["Table", "minimised_tables", "require_entries", "table_bounds"]

Table = tuple[TableEntry, ...]

_WINDOW = 64
"""Nets that are tried in vain before an entry is closed."""


def minimised_tables(
    stops: Stops, keys: Sequence[KeyBlock], default_routes: bool = False
) -> tuple[Table, ...]:
    """The table of each chip with few entries.

    Parameters
    ----------
    stops
        What routers do with the nets.
    keys
        The keys of each net.
    default_routes
        Whether routers send packets that no entry matches straight on, by the link opposite to
        the one they came by. The routers of SpiNNaker 1 do.
    """
    key = np.array([block.key for block in keys], dtype=np.int64)
    mask = np.array([block.mask for block in keys], dtype=np.int64)
    tables = []
    for begin, end in zip(stops.first[:-1].tolist(), stops.first[1:].tolist(), strict=True):
        net, action = stops.net[begin:end], stops.action[begin:end]
        nobody = np.zeros(end - begin, dtype=np.bool_)
        table = _minimised(stops, key[net], mask[net], action, nobody)
        if default_routes and stops.straight[begin:end].any():
            other = _minimised(stops, key[net], mask[net], action, stops.straight[begin:end])
            table = min(table, other, key=len)
        tables.append(table)
    return tuple(tables)


def table_bounds(stops: Stops) -> NDArray[np.int64]:
    """int64 (chips,): entries that the table of each chip has at least, without default routes."""
    actions = max(len(stops.actions), 1)
    different = np.unique(stops.chip * actions + stops.action) // actions
    return np.bincount(different, minlength=stops.chips).astype(np.int64)


def require_entries(
    tables: Sequence[Sequence[TableEntry]], topology: Topology, entries: int, machine: str
) -> None:
    """Refuse tables that the chips of a machine cannot hold.

    Parameters
    ----------
    tables
        Per chip.
    topology
        The machine.
    entries
        What the table of a chip holds.
    machine
        Name of the machine.

    Raises
    ------
    SomacError
        E0606, naming the fullest chip.
    """
    chip = max(range(len(tables)), key=lambda chip: len(tables[chip]), default=0)
    if tables and len(tables[chip]) > entries:
        x, y = topology.chip_position[chip].tolist()
        raise SomacError(
            "E0606",
            f"the routing table of chip ({x}, {y}) of {machine!r} is full",
            have=f"{entries} entries",
            need=f"{len(tables[chip])} entries",
            hint="larger slices have fewer keys to route; or choose a target with more entries",
        )


def _minimised(
    stops: Stops,
    key: NDArray[np.int64],
    mask: NDArray[np.int64],
    action: NDArray[np.int64],
    unlisted: NDArray[np.bool_],
) -> Table:
    """The table of one chip; nets that are `unlisted` match no entry."""
    from somac.compiler.mapping.route.table_kernels import cover

    kind = np.where(unlisted, -1, action)
    _, first_seen, number, size = np.unique(
        kind, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.lexsort((first_seen, -size, kind[first_seen] >= 0))
    place = np.empty(len(rank), dtype=np.int64)
    place[rank] = np.arange(len(rank))
    order = np.lexsort((key, place[number]))
    first = np.append(0, np.cumsum(size[rank])).astype(np.int64)
    made_key, made_mask, group = cover(
        key[order], mask[order], first, bool(unlisted.any()), _WINDOW
    )
    actions = kind[first_seen][rank][group]
    return tuple(
        TableEntry(some, fixed, *stops.actions[what])
        for some, fixed, what in zip(
            made_key[::-1].tolist(), made_mask[::-1].tolist(), actions[::-1].tolist(), strict=True
        )
    )
