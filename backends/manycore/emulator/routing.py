"""Where packets go: every key is looked up in the tables, from chip to chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.decode import RouterTable
from somac.backends.manycore.emulator.reading import ChipPlan
from somac.ir.errors import SomacError

__all__ = ["Deliveries", "Ways", "deliver", "first_match", "follow"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Deliveries:
    """Packets that arrive: packet `packet[n]` reaches core `core[n]` of chip `chip[n]`.

    `crossings` is int64 (packets,): links between chips that each packet takes.
    """

    packet: Integers
    chip: Integers
    core: Integers
    crossings: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Packets by the way that they take.

    `of` is int64 (packets,): the way of each packet; in `deliveries` ways stand for packets.
    """

    of: Integers
    deliveries: Deliveries


def first_match(table: RouterTable, keys: Integers) -> Integers:
    """Per key the first entry that matches, or -1."""
    none = len(table.key)
    best = np.full(len(keys), none)
    for mask in np.unique(table.mask).tolist():
        (numbers,) = np.nonzero(table.mask == mask)
        # np.unique keeps the first of equals
        known, where = np.unique(table.key[numbers], return_index=True)
        masked = keys & mask
        at = np.minimum(np.searchsorted(known, masked), len(known) - 1)
        found = np.where(known[at] == masked, numbers[where[at]], none)
        best = np.minimum(best, found)
    return np.where(best == none, -1, best)


def follow(
    chips: Sequence[ChipPlan], tables: Mapping[int, RouterTable], keys: Integers, entry: Integers
) -> Ways:
    """Follow packets as `deliver` does, those together that no table tells apart.

    A network in which every core hears of every other has as many deliveries as neurons times
    cores, and a thousandth of them by ways.
    """
    way = entry
    for table in tables.values():
        match = first_match(table, keys) + 1
        way = np.unique(way * (len(table.key) + 1) + match, return_inverse=True)[1]
    _, one, way = np.unique(way, return_index=True, return_inverse=True)
    return Ways(way, deliver(chips, tables, keys[one], entry[one]))


def deliver(
    chips: Sequence[ChipPlan], tables: Mapping[int, RouterTable], keys: Integers, entry: Integers
) -> Deliveries:
    """Follow packets with `keys` that enter at chips `entry`, both int64 (packets,).

    A packet that no entry matches is dropped.

    Raises
    ------
    SomacError
        E0712 if a route names a link that leads nowhere, E0714 if a packet comes back to a
        chip.
    """
    crossings = np.zeros(len(keys), dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    arrived: list[tuple[Integers, Integers, Integers]] = [(none, none, none)]
    packet, chip = np.arange(len(keys), dtype=np.int64), entry
    seen = packet * len(chips) + chip
    while len(packet):
        onward = [(none, none)]
        for here in np.unique(chip).tolist():
            if here not in tables:
                continue
            table = tables[here]
            waiting = packet[chip == here]
            match = first_match(table, keys[waiting])
            waiting, match = waiting[match >= 0], match[match >= 0]
            row, core = np.nonzero(table.cores[match])
            arrived.append((waiting[row], np.full(len(row), here), core))
            for link in range(table.links.shape[1]):
                leaving = waiting[table.links[match, link]]
                if len(leaving):
                    there = _beyond(chips, here, link)
                    crossings[leaving] += 1
                    onward.append((leaving, np.full(len(leaving), there)))
        packet, chip = (np.concatenate(parts) for parts in zip(*onward, strict=True))
        steps = packet * len(chips) + chip
        again = np.isin(steps, seen) | (len(np.unique(steps)) < len(steps))
        if again.any():
            first = int(np.flatnonzero(again)[0])
            raise SomacError(
                "E0714",
                f"packets with key {int(keys[packet[first]]):#010x} come to chip "
                f"{int(chip[first])} twice",
            )
        seen = np.concatenate([seen, steps])
    packets, places, cores = (np.concatenate(parts) for parts in zip(*arrived, strict=True))
    return Deliveries(packets, places, cores, crossings)


def _beyond(chips: Sequence[ChipPlan], chip: int, link: int) -> int:
    links = chips[chip].links
    there = links[link] if link < len(links) else None
    if there is None:
        raise SomacError("E0712", f"link {link} of chip {chip} is in a route, but leads nowhere")
    return there
