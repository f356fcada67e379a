"""Routing tables: links by direction, entries from trees, merging, and looking keys up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.backends.manycore.emit.tables import Entry, chip_links, encode_table, routing_tables
from somac.backends.manycore.emulator.decode import decode_table
from somac.backends.manycore.emulator.reading import ChipPlan
from somac.backends.manycore.emulator.routing import deliver, first_match, follow
from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock, Mapping, Proof, Route
from somac.ir.target import Target

ALL = 0xFFFFFFFF


def test_links_are_numbered_by_direction(make_target: Callable[..., Target]) -> None:
    topology = make_target(chips=(3, 3)).topology
    numbers = {
        (chip, number): int(topology.link_target[link])
        for link, (chip, number) in chip_links(topology).items()
    }
    # chip 4 is the middle one: east, north-east, north, west, south-west, south
    assert [numbers[4, number] for number in range(6)] == [5, 8, 7, 3, 0, 1]


def test_more_links_than_a_route_can_name(make_target: Callable[..., Target]) -> None:
    topology = make_target(chips=(8, 1)).topology
    object.__setattr__(topology, "link_source", np.zeros(7, np.int64))
    object.__setattr__(topology, "link_target", np.arange(1, 8))
    with pytest.raises(SomacError, match="E0655") as caught:
        chip_links(topology)
    assert caught.value.exit_code == 3


def test_neighbouring_blocks_with_one_route_are_merged(make_target: Callable[..., Target]) -> None:
    topology = make_target().topology
    blocks = [
        (0x00, 16, (1,)),
        (0x10, 16, (1,)),
        (0x20, 32, (1,)),
        (0x40, 64, (2,)),
        (0x80, 8, (2,)),
    ]
    routes = tuple(
        Route(n, KeyBlock(key, ALL ^ (size - 1)), (), cores, 1.0)
        for n, (key, size, cores) in enumerate(blocks)
    )
    mapping = Mapping("", "", (), routes, Proof(0, 0, "", ""), {})
    assert routing_tables(mapping, topology) == {
        0: (
            Entry(0x00, ALL ^ 0x3F, 0, 1 << 1),
            Entry(0x40, ALL ^ 0x3F, 0, 1 << 2),
            Entry(0x80, ALL ^ 0x07, 0, 1 << 2),
        )
    }


keys = st.integers(0, 40)
entries = st.builds(
    Entry, keys, st.sampled_from([ALL, ALL ^ 1, ALL ^ 7, ALL ^ 5, 0]), st.integers(0, 63),
    st.integers(0, (1 << 152) - 1),
)  # fmt: skip


@given(st.lists(entries, min_size=1, max_size=12), st.lists(keys, min_size=1, max_size=12))
def test_first_match_wins(table: list[Entry], wanted: list[int]) -> None:
    decoded = decode_table(encode_table(table, 152), "table")
    assert decoded.cores.shape[1] >= 152
    for number, entry in enumerate(table):
        assert decoded.key[number] == entry.key
        assert np.flatnonzero(decoded.links[number]).tolist() == [
            bit for bit in range(6) if entry.links >> bit & 1
        ]
        assert np.flatnonzero(decoded.cores[number]).tolist() == [
            bit for bit in range(152) if entry.cores >> bit & 1
        ]
    expected = [
        next((n for n, e in enumerate(table) if key & e.mask == e.key), -1) for key in wanted
    ]
    assert first_match(decoded, np.array(wanted)).tolist() == expected


def two_chips(first: list[Entry], second: list[Entry]) -> tuple[list[ChipPlan], dict[int, object]]:
    chips = [ChipPlan((1, None, None, None, None, None), ""), ChipPlan((0,) * 6, "")]
    tables = {n: decode_table(encode_table(e, 8), "") for n, e in enumerate((first, second))}
    return chips, tables


def test_packets_follow_links() -> None:
    chips, tables = two_chips([Entry(0, 0, 1, 0b10)], [Entry(4, ALL ^ 3, 0, 0b101)])
    seen = deliver(chips, tables, np.array([1, 5]), np.array([0, 0]))
    places = sorted(zip(seen.packet.tolist(), seen.chip.tolist(), seen.core.tolist(), strict=True))
    assert places == [(0, 0, 1), (1, 0, 1), (1, 1, 0), (1, 1, 2)]
    assert seen.crossings.tolist() == [1, 1]


@given(st.lists(entries, max_size=9), st.lists(entries, max_size=9), st.lists(keys, min_size=1))
def test_packets_of_one_way_arrive_together(
    first: list[Entry], second: list[Entry], wanted: list[int]
) -> None:
    """Where packets go by ways is where they go one by one."""
    here, there = (
        [replace(e, links=e.links & link, cores=e.cores & 0xFF) for e in table]
        for table, link in ((first, 1), (second, 0))
    )
    chips, tables = two_chips(here, there)
    key, chip = np.array(wanted), np.arange(len(wanted)) % 2
    alone = deliver(chips, tables, key, chip)
    ways = follow(chips, tables, key, chip)
    reached = ways.deliveries
    np.testing.assert_array_equal(reached.crossings[ways.of], alone.crossings)
    for packet, way in enumerate(ways.of.tolist()):
        one, all_ = alone.packet == packet, reached.packet == way
        expected = sorted(zip(alone.chip[one].tolist(), alone.core[one].tolist(), strict=True))
        found = sorted(zip(reached.chip[all_].tolist(), reached.core[all_].tolist(), strict=True))
        assert found == expected


def test_a_circle_is_found() -> None:
    chips, tables = two_chips([Entry(0, 0, 1, 0)], [Entry(0, 0, 1, 0)])
    with pytest.raises(SomacError, match="E0714"):
        deliver(chips, tables, np.array([1]), np.array([0]))


def test_a_link_to_nowhere_is_found() -> None:
    chips, tables = two_chips([Entry(0, 0, 2, 0)], [])
    with pytest.raises(SomacError, match="E0712"):
        deliver(chips, tables, np.array([1]), np.array([0]))
