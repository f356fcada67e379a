"""The checker of mappings: silent on what is right, and loud on every way to break it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from somac.compiler.mapping.check import Hardware, check_mapping, loads_of
from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.targets import load_targets
from somac.ir.mapping import KeyBlock, Mapping, Proof, Route, Slice, TableEntry
from somac.ir.placement import PlaceOptions
from somac.ir.target import Topology

TARGET = load_targets(Path(__file__).parent.parent / "data" / "small_targets.yaml")["small-3"]
HARDWARE = Hardware(TARGET.topology, TARGET.resources, TARGET.router_entries)
HEARS = {0: (2, 3, 9), 1: (9,), 2: (3, 4, 5), 3: (11, 12), 9: (1 + 1,), 12: (4, 11, 2)}


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    request = MappingRequest(
        network="n",
        cuts=tuple(Cut(f"p{n}", 0, 3 + n, {"neurons": 3 + n}, on_host=n < 2) for n in range(13)),
        nets=tuple(SliceNet(source, hears, 0.5 + source) for source, hears in HEARS.items()),
    )
    return map_slices(request, TARGET, SolveOptions(place=PlaceOptions(work=0.1)))


def codes(mapping: Mapping, hardware: Hardware = HARDWARE, **options: bool) -> list[str]:
    return [found.code for found in check_mapping(mapping, hardware, HEARS, **options)]


def with_route(mapping: Mapping, number: int, **changes: object) -> Mapping:
    routes = list(mapping.routes)
    routes[number] = replace(routes[number], **changes)  # type: ignore[arg-type]
    return replace(mapping, routes=tuple(routes))


def far_route(mapping: Mapping) -> int:
    """A route that has most links."""
    return max(range(len(mapping.routes)), key=lambda n: len(mapping.routes[n].links))


def test_a_mapping_is_right(mapping: Mapping) -> None:
    assert codes(mapping) == []
    assert codes(replace(mapping, tables=())) == []


def test_slices_on_wrong_cores(mapping: Mapping) -> None:
    def moved(part: int, core: int) -> Mapping:
        slices = list(mapping.slices)
        slices[part] = replace(slices[part], core=core)
        return replace(mapping, slices=tuple(slices))

    dead = int(np.flatnonzero(~TARGET.topology.core_usable)[0])
    assert codes(moved(5, 10_000)) == ["E0831"]
    small = replace(HARDWARE, capacity={"neurons": 14})
    assert codes(moved(12, 10_000), small) == ["E0831"]  # no core, so none that is too small
    assert codes(moved(5, dead)) == ["E0831"]
    taken = mapping.slices[3].core
    assert taken is not None
    assert codes(moved(2, taken)) == ["E0831"]
    assert "E0831" not in codes(moved(2, taken), shared_cores=True)


def test_more_than_a_core_has(mapping: Mapping) -> None:
    small = replace(HARDWARE, capacity={"neurons": 14})
    assert codes(mapping, small) == ["E0809"]
    few = replace(HARDWARE, router_entries=1)
    assert set(codes(mapping, few)) == {"E0809"}


def test_keys_that_overlap(mapping: Mapping) -> None:
    assert codes(with_route(mapping, 1, keys=mapping.routes[0].keys))[0] == "E0806"
    assert codes(with_route(mapping, 0, keys=KeyBlock(0xFFFFFFFF, 0xFFFFFFFF)))[0] == "E0806"


def test_routes_to_others(mapping: Mapping) -> None:
    assert codes(replace(mapping, routes=mapping.routes[1:])) == ["E0832"]
    assert codes(replace(mapping, routes=(*mapping.routes, mapping.routes[0]))) == [
        "E0806",
        "E0832",
    ]
    lone = Route(6, KeyBlock(1 << 31, 0xFFFFFF00), (), (), 1.0)
    assert "E0832" in codes(replace(mapping, routes=(*mapping.routes, lone)))
    number = far_route(mapping)
    assert "E0832" in codes(with_route(mapping, number, cores=mapping.routes[number].cores[1:]))


def test_routes_that_are_no_trees(mapping: Mapping) -> None:
    number = far_route(mapping)
    links = mapping.routes[number].links
    assert len(links) > 2
    for broken in (
        links[:-1],  # does not arrive
        links[1:],  # leaves from nowhere
        (*links, links[-1]),  # enters twice
        links[::-1],  # children before parents
        (*links, 10_000),  # no such link
    ):
        assert codes(with_route(mapping, number, links=broken)) == ["E0833"]
    topology = TARGET.topology
    entered = {int(topology.link_target[link]) for link in links}
    start = topology.link_source[links[0]]
    spare = next(
        link
        for link in range(topology.links)
        if int(topology.link_target[link]) not in {*entered, int(start)}
        and int(topology.link_source[link]) in entered
    )
    assert codes(with_route(mapping, number, links=(*links, spare))) == ["E0833"]


def test_a_router_without_cores_is_not_passed() -> None:
    target = load_targets()["spinnaker2"]
    topology = target.topology
    router = int(topology.chip_router[0])
    into = np.flatnonzero(topology.link_target == router)
    out = np.flatnonzero(topology.link_source == router)
    way = next(
        (int(a), int(b))
        for a in into
        for b in out
        if topology.link_source[a] != topology.link_target[b]
    )
    cores = [
        int(np.flatnonzero(topology.core_node == node)[0])
        for node in (topology.link_source[way[0]], topology.link_target[way[1]])
    ]
    mapping = Mapping(
        "",
        "",
        tuple(Slice("p", n, n + 1, core) for n, core in enumerate(cores)),
        (Route(0, KeyBlock(0, 0xFFFFFFFF), way, (cores[1],), 1.0),),
        Proof(0, 0, "", ""),
        {},
    )
    hardware = Hardware(topology, target.resources, target.router_entries)
    assert [d.code for d in check_mapping(mapping, hardware, {0: (1,)})] == ["E0833"]


def test_tables_that_contradict_routes(mapping: Mapping) -> None:
    chip = max(range(len(mapping.tables)), key=lambda chip: len(mapping.tables[chip]))
    table = mapping.tables[chip]

    def with_table(*entries: TableEntry) -> Mapping:
        tables = list(mapping.tables)
        tables[chip] = entries
        return replace(mapping, tables=tuple(tables))

    for number, entry in enumerate(table):
        others = (table[:number], table[number + 1 :])
        assert "E0834" in codes(with_table(*others[0], *others[1]))
        changed = replace(entry, cores=(*entry.cores, 1000))
        assert "E0834" in codes(with_table(*others[0], changed, *others[1]))
    everything = TableEntry(0, 0, (), ())
    assert "E0834" in codes(with_table(everything, *table))
    assert codes(with_table(*table, everything)) == []


def test_every_key_is_looked_up(mapping: Mapping) -> None:
    """One key of a block that goes elsewhere is found, though all others are right."""
    route = mapping.routes[0]
    last = route.keys.key + mapping.slices[route.source].size - 1
    stray = TableEntry(last, 0xFFFFFFFF, (), ())
    tables = tuple((stray, *table) for table in mapping.tables)
    assert set(codes(replace(mapping, tables=tables))) == {"E0834"}
    beyond = replace(stray, key=last + 1)
    assert codes(replace(mapping, tables=tuple((beyond, *t) for t in mapping.tables))) == []


def test_circles_of_links() -> None:
    """Four routes round a square, each a tree: together they can wait for each other."""
    topology = square()
    ways = [(0, 1, 2), (1, 2, 3), (2, 3, 0), (3, 0, 1)]
    link = {
        ends: number
        for number, ends in enumerate(
            zip(topology.link_source.tolist(), topology.link_target.tolist(), strict=True)
        )
    }
    mapping = Mapping(
        "",
        "",
        tuple(Slice("p", n, n + 1, n) for n in range(4)),
        tuple(
            Route(a, KeyBlock(a, 0xFFFFFFFF), (link[a, b], link[b, c]), (c,), 1.0)
            for a, b, c in ways
        ),
        Proof(0, 0, "", ""),
        {},
    )
    hardware = Hardware(topology, {}, 8)
    hears = {a: (c,) for a, _, c in ways}
    assert [d.code for d in check_mapping(mapping, hardware, hears)] == ["E0835"]
    assert list(check_mapping(mapping, hardware, hears, deadlock_free=False)) == []
    three = replace(mapping, routes=mapping.routes[:3])
    hears.pop(3)
    assert list(check_mapping(three, hardware, hears)) == []


def square() -> Topology:
    """Four chips of one core in a ring."""
    ends = np.array([(n, m) for n in range(4) for m in ((n + 1) % 4, (n - 1) % 4)])
    return Topology(
        node_position=np.zeros((4, 2)).astype(int),
        node_chip=np.arange(4),
        core_node=np.arange(4),
        core_local=np.zeros(4).astype(int),
        core_usable=np.ones(4).astype(bool),
        link_source=ends[:, 0],
        link_target=ends[:, 1],
        link_cost=np.ones(8).astype(int),
        chip_position=np.array([(0, 0), (1, 0), (1, 1), (0, 1)]),
        chip_router=np.arange(4),
        host_node=0,
    )


def test_loads_are_counted_again(mapping: Mapping) -> None:
    load = loads_of(mapping, TARGET.topology)
    expected = sum(route.rate * len(route.links) for route in mapping.routes)
    assert load.sum() == pytest.approx(expected)
    for link in range(TARGET.topology.links):
        rates = [route.rate for route in mapping.routes if link in route.links]
        assert load[link] == pytest.approx(sum(rates))
