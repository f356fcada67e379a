"""Keys, routing tables, and whole mappings followed packet by packet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut
from somac.compiler.mapping.route.keys import allocate_keys, compressible_keys
from somac.compiler.mapping.route.nets import PlacedNets
from somac.compiler.mapping.route.routing import Routing, route_nets
from somac.compiler.mapping.route.stops import Stops
from somac.compiler.mapping.route.tables import (
    minimised_tables,
    require_entries,
    table_bounds,
)
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.targets import load_targets
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.errors import SomacError
from somac.ir.mapping import KeyBlock, Mapping, TableEntry
from somac.ir.placement import PlaceOptions
from somac.ir.target import Target, Topology

SMALL = Path(__file__).parent.parent / "data" / "small_targets.yaml"
TARGETS = load_targets(SMALL)
QUICK = SolveOptions(place=PlaceOptions(work=0.1, prove=False))


@given(st.lists(st.integers(1, 600), max_size=60))
def test_blocks_are_aligned_dense_and_apart(sizes: list[int]) -> None:
    blocks = allocate_keys(sizes)
    taken = []
    for size, block in zip(sizes, blocks, strict=True):
        room = (block.mask ^ 0xFFFFFFFF) + 1
        assert room & (room - 1) == 0
        assert size <= room < 2 * size or room == 1
        assert block.key % room == 0
        assert block.key in block
        assert block.key + size - 1 in block
        assert block.key + room not in block
        taken.append((block.key, block.key + room))
    taken.sort()
    assert [start for start, _ in taken] == [0, *(stop for _, stop in taken)][: len(taken)]


def test_blocks_are_the_same_again() -> None:
    assert [b.key for b in allocate_keys([3, 256, 4, 200, 1])] == [512, 0, 516, 256, 520]


def test_keys_run_out() -> None:
    assert len(allocate_keys([128, 100], bits=8)) == 2
    with pytest.raises(SomacError, match="3 slices of 229 neurons") as caught:
        allocate_keys([128, 100, 1], bits=8)
    found = caught.value.diagnostics[0]
    assert (found.code, found.have) == ("E0605", "256 keys")
    assert (found.need or "").startswith("257 keys")
    assert caught.value.exit_code == 3


def request_of(
    sizes: list[int], nets: list[tuple[int, list[int], float]], inputs: int
) -> MappingRequest:
    """Slices of these sizes, the first `inputs` of them on the host."""
    return MappingRequest(
        network="n",
        cuts=tuple(
            Cut(f"p{index}", 0, size, {"neurons": size}, on_host=index < inputs)
            for index, size in enumerate(sizes)
        ),
        nets=tuple(SliceNet(source, tuple(targets), rate) for source, targets, rate in nets),
    )


@st.composite
def requests(draw: st.DrawFn) -> MappingRequest:
    inputs, placed = draw(st.integers(0, 2)), draw(st.integers(1, 12))
    sizes = draw(st.lists(st.integers(1, 16), min_size=inputs + placed, max_size=inputs + placed))
    part = st.integers(inputs, inputs + placed - 1)
    nets = [
        (source, draw(st.lists(part, min_size=1, max_size=6, unique=True)), draw(st.floats(0, 9)))
        for source in range(inputs + placed)
        if draw(st.booleans())
    ]
    return request_of(sizes, nets, inputs)


def delivered(
    mapping: Mapping,
    target: Target,
    key: int,
    chip: int,
    tables: tuple[tuple[TableEntry, ...], ...],
) -> list[int]:
    """The cores that a packet injected at a chip reaches, by its tables alone."""
    topology = target.topology
    cores: list[int] = []
    waiting, visits = [chip], 0
    while waiting:
        here = waiting.pop()
        visits += 1
        assert visits <= topology.chips, "a packet runs in circles"
        entry = next((e for e in tables[here] if key & e.mask == e.key), None)
        assert entry is not None, "a packet is lost"
        assert all(topology.node_chip[topology.core_node[core]] == here for core in entry.cores)
        cores += entry.cores
        assert all(topology.node_chip[topology.link_source[link]] == here for link in entry.links)
        waiting += [int(topology.node_chip[topology.link_target[link]]) for link in entry.links]
    return cores


@settings(max_examples=30, deadline=None)
@given(requests())
def test_every_key_reaches_its_cores_and_no_other(request: MappingRequest) -> None:
    target = TARGETS["small-3"]
    topology = target.topology
    mapping = map_slices(request, target, replace(QUICK, placer="greedy"))
    assert [route.source for route in mapping.routes] == sorted(n.source for n in request.nets)
    targets = {net.source: net.targets for net in request.nets}
    for route in mapping.routes:
        source = mapping.slices[route.source]
        node = topology.host_node if source.core is None else topology.core_node[source.core]
        expected = sorted(mapping.slices[t].core for t in targets[route.source])  # type: ignore[type-var]
        assert list(route.cores) == expected
        for key in range(route.keys.key, route.keys.key + source.size):
            chip = int(topology.node_chip[node])
            assert sorted(delivered(mapping, target, key, chip, mapping.tables)) == expected
    used = [s.core for s in mapping.slices if s.core is not None]
    assert len(set(used)) == len(used) == sum(not cut.on_host for cut in request.cuts)
    assert all(topology.core_usable[core] for core in used)


def test_a_mapping_says_what_it_is() -> None:
    target = TARGETS["small"]
    request = request_of([4, 6, 2], [(0, [1], 1.5), (1, [1, 2], 0.5)], inputs=1)
    mapping = map_slices(request, target, QUICK)
    assert (mapping.network, mapping.target) == ("n", target.digest())
    assert [s.core is None for s in mapping.slices] == [True, False, False]
    assert mapping.demand == {1: {"neurons": 6}, 2: {"neurons": 2}}
    assert (mapping.proof.cost, mapping.proof.gap, mapping.proof.status) == (0, 0.0, "optimal")
    assert mapping.routes[0].rate == 1.5
    assert mapping.digest() == map_slices(request, target, QUICK).digest()


def test_pins_are_kept() -> None:
    target = TARGETS["small"]
    request = replace(
        request_of([4, 6, 2], [(0, [1], 1.5), (1, [2], 0.5)], inputs=1), pins={2: 5, 1: 0}
    )
    mapping = map_slices(request, target, QUICK)
    assert [s.core for s in mapping.slices] == [None, 0, 5]


def test_pins_to_one_core() -> None:
    request = replace(request_of([4, 6, 2], [], inputs=1), pins={2: 5, 1: 5})
    with pytest.raises(SomacError, match="slices 1 and 2 are both pinned") as caught:
        map_slices(request, TARGETS["small"], QUICK)
    assert caught.value.diagnostics[0].code == "E0603"


def test_more_slices_than_cores() -> None:
    with pytest.raises(SomacError, match="E0602"):
        map_slices(request_of([1] * 8, [], inputs=0), TARGETS["small"], QUICK)


def test_a_slice_has_one_net() -> None:
    request = request_of([1, 1], [(0, [1], 1.0), (0, [0], 1.0)], inputs=0)
    with pytest.raises(ValueError, match="more than one net"):
        map_slices(request, TARGETS["small"], QUICK)


def test_a_table_is_full() -> None:
    target = replace(TARGETS["small"], router_entries=1)
    request = request_of([1] * 5, [(0, [3], 1.0), (1, [4], 1.0), (2, [4], 1.0)], inputs=0)
    with pytest.raises(SomacError, match=r"chip \(0, 0\) of 'small'") as caught:
        map_slices(request, target, QUICK)
    found = caught.value.diagnostics[0]
    assert (found.code, found.have, found.need) == ("E0606", "1 entries", "2 entries")
    assert caught.value.exit_code == 3
    require_entries(((), ()), target.topology, 1, "small")


# ---- stops: what routers do --------------------------------------------------------------


def row_of_chips(count: int, cores: int = 3, *, wrapped: bool = False) -> Topology:
    """Chips of one node in a row, chip c with cores ``cores * c`` on."""
    chip = ChipPlan(["@"], (0, 0), cores, [(0, 0)], (), 1)
    return topology_of(chip, BoardPlan([(0, count - 1)], 1, (0, 0), wrapped=wrapped))


def routed(
    topology: Topology, nets: Sequence[tuple[int, Sequence[int]]], keys: int = 1
) -> tuple[Routing, PlacedNets]:
    """Nets from nodes to cores, routed."""
    placed = PlacedNets(
        source=np.array([source for source, _ in nets]),
        first=np.cumsum([0, *(len(cores) for _, cores in nets)]),
        core=np.array([core for _, cores in nets for core in sorted(cores)], dtype=np.int64),
        weight=np.ones(len(nets), dtype=np.int64),
        keys=np.full(len(nets), keys),
    )
    return route_nets(topology, placed), placed


def test_stops_say_what_each_router_does() -> None:
    topology = row_of_chips(3)
    stops = routed(topology, [(0, [1, 8]), (0, [8]), (1, [4]), (2, [0])])[0].stops
    link = {
        (s, t): n
        for n, (s, t) in enumerate(
            zip(topology.link_source.tolist(), topology.link_target.tolist(), strict=True)
        )
    }
    seen = {
        (chip, int(stops.net[at])): (stops.actions[stops.action[at]], bool(stops.straight[at]))
        for chip in range(3)
        for at in range(stops.first[chip], stops.first[chip + 1])
    }
    east, west = (link[0, 1], link[1, 2]), (link[2, 1], link[1, 0])
    assert seen == {
        (0, 0): (((east[0],), (1,)), False),
        (0, 1): (((east[0],), ()), False),
        (0, 3): (((), (0,)), False),
        (1, 0): (((east[1],), ()), True),
        (1, 1): (((east[1],), ()), True),
        (1, 2): (((), (4,)), False),
        (1, 3): (((west[1],), ()), True),
        (2, 0): (((), (8,)), False),
        (2, 1): (((), (8,)), False),
        (2, 3): (((west[0],), ()), False),
    }
    assert table_bounds(stops).tolist() == [3, 3, 2]


def test_straight_on_around_a_torus() -> None:
    stops = routed(row_of_chips(5, wrapped=True), [(4, [3])])[0].stops
    assert stops.straight.tolist() == [True, False, False]
    # one chip further on is as well one chip back where there are two
    narrow = routed(row_of_chips(2, wrapped=True), [(0, [3])])[0].stops
    assert not narrow.straight.any()


# ---- keys --------------------------------------------------------------------------------


@st.composite
def random_nets(draw: st.DrawFn) -> tuple[Topology, list[tuple[int, list[int]]]]:
    chips = draw(st.integers(1, 5))
    topology = row_of_chips(chips, wrapped=chips > 2 and draw(st.booleans()))
    ends = st.lists(st.integers(0, topology.cores - 1), min_size=1, max_size=4, unique=True)
    return topology, draw(st.lists(st.tuples(st.integers(0, chips - 1), ends), max_size=40))


@settings(max_examples=60, deadline=None)
@given(random_nets(), st.integers(1, 300), st.integers(9, 32))
def test_blocks_of_codes_are_apart(
    machine: tuple[Topology, list[tuple[int, list[int]]]], size: int, bits: int
) -> None:
    topology, nets = machine
    stops = routed(topology, nets)[0].stops
    if len(nets) << (size - 1).bit_length() > 1 << bits:
        with pytest.raises(SomacError, match="E0605"):
            compressible_keys([size] * len(nets), stops, bits)
        return
    blocks = compressible_keys([size] * len(nets), stops, bits)
    spans = sorted((block.key, block.key + size) for block in blocks)
    assert all(stop <= start for (_, stop), (start, _) in pairwise(spans))
    assert all(start >= 0 and stop <= 1 << bits for start, stop in spans)
    for block in blocks:
        assert block.key in block
        assert block.key + size - 1 in block
    assert blocks == compressible_keys([size] * len(nets), stops, bits)


def test_codes_of_nets_with_one_action_are_alike() -> None:
    nets = [(0, [core]) for core in (1, 2, 4, 7) for _ in range(6)]
    routing = routed(row_of_chips(3), nets)[0]
    code = np.array([block.key for block in routing.keys])
    bits = np.array([(a ^ b).bit_count() for a in code.tolist() for b in code.tolist()])
    same = np.equal.outer(np.arange(24) // 6, np.arange(24) // 6).reshape(-1)
    assert bits[same].mean() < bits[~same].mean() / 2


# ---- minimised tables --------------------------------------------------------------------


def look_up(table: Sequence[TableEntry], key: int) -> TableEntry | None:
    return next((entry for entry in table if key & entry.mask == entry.key), None)


def full_tables(stops: Stops, keys: Sequence[KeyBlock]) -> tuple[tuple[TableEntry, ...], ...]:
    """The table of each chip with an entry per net, sorted by key."""
    return tuple(
        tuple(
            sorted(
                (
                    TableEntry(keys[net].key, keys[net].mask, *stops.actions[action])
                    for net, action in zip(
                        stops.net[begin:end].tolist(), stops.action[begin:end].tolist(), strict=True
                    )
                ),
                key=lambda entry: entry.key,
            )
        )
        for begin, end in zip(stops.first[:-1].tolist(), stops.first[1:].tolist(), strict=True)
    )


@settings(max_examples=80, deadline=None)
@given(random_nets(), st.integers(1, 5), st.booleans())
def test_minimised_tables_do_the_same(
    machine: tuple[Topology, list[tuple[int, list[int]]]], keys: int, dense: bool
) -> None:
    topology, nets = machine
    routing, _ = routed(topology, nets, keys)
    blocks = allocate_keys([keys] * len(nets)) if dense else routing.keys
    stops = routing.stops
    full = full_tables(stops, blocks)
    small = minimised_tables(stops, blocks)
    smaller = minimised_tables(stops, blocks, default_routes=True)
    for chip in range(topology.chips):
        assert [len(full[chip])] == np.diff(stops.first)[chip : chip + 1].tolist()
        assert table_bounds(stops)[chip] <= len(small[chip]) <= len(full[chip])
        assert len(smaller[chip]) <= len(small[chip])
        for at in range(stops.first[chip], stops.first[chip + 1]):
            first = blocks[stops.net[at]].key
            for key in range(first, first + keys):
                expected = look_up(full[chip], key)
                found, or_default = look_up(small[chip], key), look_up(smaller[chip], key)
                assert expected is not None
                assert found is not None
                assert (found.links, found.cores) == (expected.links, expected.cores)
                if or_default is None:
                    assert stops.straight[at]
                else:
                    assert (or_default.links, or_default.cores) == (expected.links, expected.cores)


def test_entries_that_are_all_there_is_to_say() -> None:
    """Many nets and few actions: an entry per action, as good as it gets."""
    rng = np.random.default_rng(3)
    nets = [(0, [int(core)]) for core in rng.integers(0, 6, 150)]
    routing, _ = routed(row_of_chips(1, cores=6), nets, keys=200)
    assert [len(table) for table in full_tables(routing.stops, routing.keys)] == [150]
    assert [len(table) for table in routing.tables] == table_bounds(routing.stops).tolist() == [6]


def test_default_routes_need_no_entries() -> None:
    routing, _ = routed(row_of_chips(3), [(0, [8]), (0, [7, 6]), (2, [0])])
    small = minimised_tables(routing.stops, routing.keys)
    without = minimised_tables(routing.stops, routing.keys, default_routes=True)
    assert [len(table) for table in small] == [2, 2, 3]
    assert [len(table) for table in without] == [2, 0, 3]
