"""Random machines, whole and broken: a mapping that the checker accepts, or the right refusal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
import pytest

from somac.compiler.mapping.check import Hardware, check_mapping
from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut
from somac.compiler.mapping.route.pieces import pieces_of, require_piece
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.targets import load_targets
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.errors import SomacError
from somac.ir.placement import PlaceOptions
from somac.ir.target import Target, Topology

QUICK = SolveOptions(place=PlaceOptions(work=0.1, prove=False))
ANY = load_targets()["spinnaker2"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A machine and what is to be put on it."""

    target: Target
    request: MappingRequest


def random_case(seed: int) -> Case:
    """A machine of up to nine chips in which anything may be broken, and a random network."""
    rng = np.random.default_rng(seed)
    topology = broken(random_board(rng), rng)
    target = replace(
        ANY,
        name=f"machine {seed}",
        topology=topology,
        resources={"neurons": 16},
        router_entries=int(rng.choice([3, 64, 1024], p=[0.05, 0.45, 0.5])),
    )
    inputs = int(rng.integers(0, 3)) if rng.random() < 0.7 else 0
    usable = int(topology.core_usable.sum())
    most = usable + 1 if rng.random() < 0.3 else usable // 2
    slices = int(rng.integers(1, min(max(most, 1), 24) + 1))
    cuts = tuple(
        Cut(f"p{n}", 0, int(size), {"neurons": int(size)}, on_host=n < inputs)
        for n, size in enumerate(rng.integers(1, 17, inputs + slices))
    )
    nets = tuple(
        SliceNet(
            source,
            tuple(
                rng.choice(slices, int(rng.integers(1, min(slices, 6) + 1)), replace=False) + inputs
            ),
            float(rng.exponential(3.0)),
        )
        for source in range(inputs + slices)
        if rng.random() < 0.7
    )
    nets = tuple(replace(net, targets=tuple(int(t) for t in net.targets)) for net in nets)
    pins = {}
    if rng.random() < 0.2 and topology.cores:
        pins = {inputs: int(rng.integers(0, topology.cores))}
    return Case(target, MappingRequest(f"network {seed}", cuts, nets, pins))


def random_board(rng: np.random.Generator) -> Topology:
    """Chips of up to 4 x 4 nodes, with holes, on a board with or without wrapped edges."""
    width, height = (int(side) for side in rng.integers(1, 5, 2))
    letters = rng.choice(list("####."), (height, width))
    letters[rng.integers(height), rng.integers(width)] = rng.choice(["R", "@"])
    rows = ["".join(row) for row in letters]
    cells = [
        (x, height - 1 - line)
        for line, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter in "#@"
    ]
    cores = int(rng.integers(1, 4))
    chip = ChipPlan(rows, (0, 0), cores, cells, (), 1)
    if rng.random() < 0.4:
        outline, wrapped = [(0, int(rng.integers(0, 3)))] * int(rng.integers(1, 4)), True
    else:
        ends = np.sort(rng.integers(0, 3, (int(rng.integers(1, 4)), 2)), axis=1)
        outline, wrapped = [(int(low), int(high)) for low, high in ends], False
    host = int(rng.integers(0, len(outline)))
    hops = int(rng.integers(1, 12))
    return topology_of(chip, BoardPlan(outline, hops, (outline[host][0], host), wrapped=wrapped))


def broken(topology: Topology, rng: np.random.Generator) -> Topology:
    """Without some of its cores and links, which may be missing in one direction only."""
    usable = rng.random(topology.cores) >= rng.choice([0.0, 0.1, 0.4])
    source, target = topology.link_source, topology.link_target
    low, high = np.minimum(source, target), np.maximum(source, target)
    both = rng.random((topology.nodes, topology.nodes)) >= rng.choice([0.0, 0.1, 0.3, 0.6])
    one = rng.random(topology.links) >= rng.choice([0.0, 0.0, 0.1])
    alive = both[low, high] & one
    return replace(
        topology,
        core_usable=topology.core_usable & usable,
        link_source=source[alive],
        link_target=target[alive],
        link_cost=topology.link_cost[alive],
    )


def check(seed: int) -> str:
    """Map a random case; the code of the refusal, or what became of it."""
    case = random_case(seed)
    target, request = case.target, case.request
    try:
        mapping = map_slices(request, target, QUICK)
    except SomacError as error:
        (found,) = error.diagnostics
        assert found.message
        check_refusal(case, found.code, found.have, found.need)
        return found.code
    hears = {net.source: net.targets for net in request.nets}
    hardware = Hardware(target.topology, target.resources, target.router_entries)
    assert list(check_mapping(mapping, hardware, hears)) == [], seed
    for part, core in request.pins.items():
        assert mapping.slices[part].core == core
    used = {target.topology.core_node[s.core] for s in mapping.slices if s.core is not None}
    return "mapped" if len(used) <= 1 or len(pieces_of(target.topology)) == 1 else "on a piece"


def check_refusal(case: Case, code: str, have: str | None, need: str | None) -> None:
    """Whether it is so, by means that have nothing in common with those of the mapper."""
    topology, request = case.target.topology, case.request
    slices = sum(not cut.on_host for cut in request.cuts)
    usable = int(topology.core_usable.sum())
    if code == "E0602":
        assert slices > usable
        assert have == f"{usable} usable cores"
    elif code == "E0603":
        assert any(not topology.core_usable[core] for core in request.pins.values())
    elif code == "E0604":
        from_host = any(request.cuts[net.source].on_host for net in request.nets)
        best = most_cores(topology, list(request.pins.values()), from_host)
        assert best < slices
        if not request.pins:
            assert (have or "").startswith(f"{best} usable cores")
            assert (need or "").startswith(f"{slices} cores")
    else:
        assert code == "E0606"
        assert have == f"{case.target.router_entries} entries"


def most_cores(topology: Topology, pinned: list[int], from_host: bool) -> int:
    """The most usable cores that all reach each other (and the host them): a largest clique."""
    whole = nx.DiGraph(
        zip(topology.link_source.tolist(), topology.link_target.tolist(), strict=True)
    )
    ways = whole.to_undirected(reciprocal=True)
    ways.add_nodes_from(range(topology.nodes))
    chip = topology.node_chip.tolist()
    with_cores = set(topology.core_node.tolist())
    closed = set(topology.chip_router.tolist()) - with_cores
    inside = nx.Graph((a, b) for a, b in ways.edges if chip[a] == chip[b])
    inside.add_nodes_from(range(topology.nodes))
    open_parts = inside.subgraph([n for n in inside if n not in closed])
    routers = nx.Graph((chip[a], chip[b]) for a, b in ways.edges if chip[a] != chip[b])
    routers.add_nodes_from(range(topology.chips))

    def at_router(node: int) -> bool:
        router = int(topology.chip_router[chip[node]])
        part = nx.node_connected_component(open_parts, node)
        return router in part or any(inside.has_edge(router, n) for n in part)

    def reach(a: int, b: int) -> bool:
        if chip[a] == chip[b]:
            return nx.has_path(open_parts, a, b)
        return at_router(a) and at_router(b) and nx.has_path(routers, chip[a], chip[b])

    def from_outside(node: int) -> bool:
        home = chip[topology.host_node]
        return at_router(node) and nx.has_path(routers, home, chip[node])

    room = Counter(topology.core_node[topology.core_usable].tolist())
    nodes = sorted(n for n in room if not from_host or from_outside(n))
    mutual = nx.Graph()
    mutual.add_nodes_from(nodes)
    mutual.add_edges_from((a, b) for a in nodes for b in nodes if a < b and reach(a, b))
    must = {int(topology.core_node[core]) for core in pinned}
    cliques = [set(clique) for clique in nx.find_cliques(mutual)] if nodes else []
    return max((sum(room[n] for n in c) for c in cliques if must <= c), default=0)


@pytest.mark.parametrize("block", range(4))
def test_random_machines(block: int) -> None:
    for seed in range(8 * block, 8 * block + 8):
        check(seed)


@pytest.mark.long
def test_five_hundred_random_machines() -> None:
    first = 10_000
    seen = Counter(check(seed) for seed in range(first, first + 500))
    print(f"500 random machines, seeds from {first}: {dict(sorted(seen.items()))}")
    assert seen["mapped"] > 150
    assert seen["on a piece"] > 50
    assert seen["E0604"] > 50


def two_parts() -> Topology:
    """Two chips whose nodes are cut in two by their routers, and a third that is cut off."""
    chip = ChipPlan(["#R#"], (0, 0), 2, [(0, 0), (2, 0)], (), 1)
    return topology_of(
        chip, BoardPlan([(0, 2)], 4, (0, 0), ((1, 0, 3),), dead_links=(((1, 0), (2, 0)),))
    )


def test_pieces() -> None:
    topology = two_parts()
    found = [(piece.cores.tolist(), piece.host) for piece in pieces_of(topology)]
    # of each chip the larger part is with the router; the first, if they are equal
    assert found == [
        ([0, 1, 4, 5], True),
        ([2, 3], False),
        ([8, 9], False),
        ([10, 11], False),
        ([6], False),
    ]
    none = np.zeros(topology.cores, dtype=np.bool_)
    assert pieces_of(topology, none) == ()


def test_the_piece_that_is_taken() -> None:
    topology = two_parts()

    def taken(cores: int, **wishes: object) -> list[int]:
        chosen = require_piece(topology, "m", cores, **wishes)  # type: ignore[arg-type]
        return np.flatnonzero(chosen).tolist()

    assert taken(4) == taken(1) == taken(2, from_host=True) == [0, 1, 4, 5]
    assert taken(2, pinned=[9]) == [8, 9]
    assert taken(4, pinned=[3]) == [2, 3, 4, 5]
    with pytest.raises(SomacError, match="in 5 pieces, and none is large enough") as caught:
        taken(5)
    found = caught.value.diagnostics[0]
    assert "no way leads to chip(0,0) core 2 and 6 more and back" in found.message
    assert found.have == "4 usable cores in the largest piece"
    assert found.need == "5 cores, one per slice"
    assert caught.value.exit_code == 3
    with pytest.raises(SomacError, match="pinned to more than one"):
        taken(2, pinned=[0, 9])
    with pytest.raises(SomacError, match="E0604") as caught:
        taken(1, pinned=[9], from_host=True)
    assert "that the host reaches" in (caught.value.diagnostics[0].have or "")
