"""Keys, routing tables, and whole mappings followed packet by packet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.compiler.mapping import Cut, MappingRequest, PlaceOptions, SliceNet, map_slices
from somac.compiler.mapping.keys import allocate_keys
from somac.compiler.mapping.tables import TableEntry, require_entries, tables_of
from somac.compiler.targets import load_targets
from somac.ir.errors import SomacError
from somac.ir.mapping import Mapping
from somac.ir.target import Target

SMALL = Path(__file__).parent.parent / "data" / "small_targets.yaml"
STEPS = [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)]
TARGETS = load_targets(SMALL)
QUICK = PlaceOptions(work=0.1)


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
    at = {tuple(p): c for c, p in enumerate(topology.chip_position.tolist())}
    cores: list[int] = []
    waiting, visits = [chip], 0
    while waiting:
        here = waiting.pop()
        visits += 1
        assert visits <= topology.chips, "a packet runs in circles"
        entry = next((e for e in tables[here] if key & e.mask == e.key), None)
        assert entry is not None, "a packet is lost"
        first = int(np.flatnonzero(topology.node_chip[topology.core_node] == here)[0])
        cores += [first + c for c in range(200) if entry.cores >> c & 1]
        x, y = topology.chip_position[here].tolist()
        waiting += [at[x + STEPS[b][0], y + STEPS[b][1]] for b in range(6) if entry.links >> b & 1]
    return cores


@settings(max_examples=30)
@given(requests())
def test_every_key_reaches_its_cores_and_no_other(request: MappingRequest) -> None:
    target = TARGETS["small-3"]
    topology = target.topology
    mapping = map_slices(request, target, QUICK, placer="search")
    tables = tables_of(mapping.routes, topology)
    assert [route.source for route in mapping.routes] == sorted(n.source for n in request.nets)
    targets = {net.source: net.targets for net in request.nets}
    for route in mapping.routes:
        source = mapping.slices[route.source]
        node = topology.host_node if source.core is None else topology.core_node[source.core]
        expected = sorted(mapping.slices[t].core for t in targets[route.source])  # type: ignore[type-var]
        assert list(route.cores) == expected
        for neuron in sorted({0, source.size - 1}):
            key = route.keys.key + neuron
            reached = delivered(mapping, target, key, int(topology.node_chip[node]), tables)
            assert sorted(reached) == expected
    used = [s.core for s in mapping.slices if s.core is not None]
    assert len(set(used)) == len(used) == sum(not cut.on_host for cut in request.cuts)
    assert all(topology.core_usable[core] for core in used)
    for table in tables:
        assert list(table) == sorted(table, key=lambda entry: entry.key)


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


def test_more_slices_than_cores() -> None:
    with pytest.raises(SomacError, match="E0602"):
        map_slices(request_of([1] * 8, [], inputs=0), TARGETS["small"], QUICK)


def test_a_slice_has_one_net() -> None:
    request = request_of([1, 1], [(0, [1], 1.0), (0, [0], 1.0)], inputs=0)
    with pytest.raises(ValueError, match="more than one net"):
        map_slices(request, TARGETS["small"], QUICK)


def test_a_table_is_full() -> None:
    target = replace(TARGETS["small"], router_entries=3)
    request = request_of([1] * 5, [(part, [4], 1.0) for part in range(4)], inputs=0)
    with pytest.raises(SomacError, match=r"chip \(0, 0\) of 'small'") as caught:
        map_slices(request, target, QUICK)
    found = caught.value.diagnostics[0]
    assert (found.code, found.have, found.need) == ("E0606", "3 entries", "4 entries")
    assert caught.value.exit_code == 3
    require_entries(((), ()), target)
