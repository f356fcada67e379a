"""Paths and multicast trees, on random machines: shortest, without detours, every target once."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mapping_cases import machine, machines

from somac.compiler.mapping.route.loads import link_loads
from somac.compiler.mapping.route.trees import NetEnds, RouteOptions, Trees, grow
from somac.compiler.targets import load_targets
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.errors import SomacError
from somac.ir.paths import UNREACHABLE, find_paths
from somac.ir.target import Topology


def torus(width: int, height: int) -> Topology:
    """Chips of one node and one core, on a hexagonal torus."""
    chip = ChipPlan(["@"], (0, 0), 1, [(0, 0)], (), 1)
    return topology_of(chip, BoardPlan([(0, width - 1)] * height, 1, (0, 0), wrapped=True))


def check_trees(
    topology: Topology,
    nets: list[tuple[int, list[int]]],
    options: RouteOptions | None = None,
    weights: list[int] | None = None,
) -> Trees:
    """Grow trees, and follow each of them link by link."""
    ends = NetEnds(
        source=np.array([source for source, _ in nets]),
        first=np.cumsum([0, *(len(targets) for _, targets in nets)]),
        target=np.array([t for _, targets in nets for t in targets], dtype=np.int64),
        weight=np.array(weights or [1] * len(nets)),
    )
    trees = grow(topology, ends, options)
    assert len(trees) == len(nets)
    for number, (source, targets) in enumerate(nets):
        follow(topology, trees[number].tolist(), source, targets)
    if options is None or options.deadlock_free:
        assert_no_circles(topology, trees)
    return trees


def follow(topology: Topology, links: list[int], source: int, targets: list[int]) -> None:
    arrived = {source}
    parents = set()
    closed = set(topology.chip_router.tolist()) - set(topology.core_node.tolist())
    for link in links:
        start, end = int(topology.link_source[link]), int(topology.link_target[link])
        assert start in arrived, "a parent comes before its children"
        assert end not in arrived, "no node is entered twice"
        arrived.add(end)
        parents.add(start)
        crossing = topology.node_chip[start] != topology.node_chip[end]
        if crossing:
            assert {start, end} <= set(topology.chip_router.tolist())
        elif start in closed:
            home = topology.node_chip[source]
            assert start == source or topology.node_chip[start] != home
    assert arrived >= set(targets)
    assert arrived - parents <= {*targets, source}, "no branch leads nowhere"


def assert_no_circles(topology: Topology, trees: Trees) -> None:
    """Links that follow each other, inside chips and between them, form no circle."""
    chip = topology.node_chip
    crosses = chip[topology.link_source] != chip[topology.link_target]
    follows = nx.DiGraph()
    for number in range(len(trees)):
        into = {int(topology.link_target[link]): int(link) for link in trees[number]}
        for link in trees[number].tolist():
            before = into.get(int(topology.link_source[link]))
            if before is not None and crosses[before] == crosses[link]:
                follows.add_edge(before, link)
    assert nx.is_directed_acyclic_graph(follows)


@settings(max_examples=80, deadline=None)
@given(machines(), st.booleans(), st.integers(0, 2), st.data())
def test_trees_reach_every_target_once(
    topology: Topology, deadlock_free: bool, passes: int, data: st.DataObject
) -> None:
    paths = find_paths(topology)
    starts = [topology.host_node, *topology.core_node.tolist()]
    nets = []
    for source in data.draw(st.lists(st.sampled_from(starts), min_size=1, max_size=6)):
        reachable = [
            node for node in topology.core_node.tolist() if paths.hops(source, node) < UNREACHABLE
        ]
        if reachable:
            targets = st.lists(st.sampled_from(reachable), min_size=1, max_size=12)
            nets.append((source, data.draw(targets)))
    assume(nets)
    trees = check_trees(topology, nets, RouteOptions(deadlock_free, passes))
    cost = [int(topology.link_cost[trees[n]].sum()) for n in range(len(nets))]
    for (source, targets), hops in zip(nets, cost, strict=True):
        least = paths.hops(source, np.array(targets))
        assert hops >= int(least.max())
        if not deadlock_free:
            assert hops <= int(least.sum())


@pytest.mark.parametrize("name", ["spinnaker2", "spinnaker2-48"])
@pytest.mark.parametrize("deadlock_free", [True, False])
def test_trees_on_the_shipped_machines(name: str, deadlock_free: bool) -> None:
    topology = load_targets()[name].topology
    rng = np.random.default_rng(5)
    nets = [(topology.host_node, topology.core_node[::17].tolist())]
    for _ in range(40):
        source, *targets = rng.choice(topology.core_node, size=30).tolist()
        nets.append((source, targets))
    weights = rng.integers(0, 1 << 40, size=len(nets)).tolist()
    trees = check_trees(topology, nets, RouteOptions(deadlock_free), weights)
    again = check_trees(topology, nets, RouteOptions(deadlock_free), weights)
    np.testing.assert_array_equal(trees.link, again.link)


def test_the_order_of_links_joins_a_torus() -> None:
    """On a torus no shortest routes are free of circles; all places reach each other still."""
    topology = torus(5, 4)
    nodes = list(range(topology.nodes))
    check_trees(topology, [(source, nodes) for source in nodes])
    check_trees(topology, [(a, [b]) for a in nodes for b in nodes])


def test_links_that_lead_one_way_are_used_and_not_needed() -> None:
    topology = torus(4, 3)
    back = (topology.link_source == 1) & (topology.link_target == 0)
    gone = replace(
        topology,
        link_source=topology.link_source[~back],
        link_target=topology.link_target[~back],
        link_cost=topology.link_cost[~back],
    )
    nodes = list(range(topology.nodes))
    check_trees(gone, [(a, [b]) for a in nodes for b in nodes])


def test_load_is_spread_over_ways_of_one_length() -> None:
    topology = machine(["###", "###", "@##"])
    node = {tuple(p): n for n, p in enumerate(topology.node_position.tolist())}
    away, start = node[2, 0], node[0, 2]
    nets = [(start, [away]), (start, [away, start])]
    hops, most = [], []
    for passes in (0, 2):
        trees = check_trees(topology, nets, RouteOptions(deadlock_free=False, passes=passes))
        loads = link_loads(topology, trees, [1.0] * 2)
        hops.append(len(trees.link))
        most.append(loads[0].packets)
    assert hops == [8, 8]
    assert most == [2.0, 1.0]


def test_nets_of_the_same_ends_take_one_tree() -> None:
    topology = load_targets()["spinnaker2-48"].topology
    ends = (int(topology.core_node[5]), topology.core_node[::311].tolist())
    other = (int(topology.core_node[700]), topology.core_node[::211].tolist())
    trees = check_trees(topology, [ends, other, ends, other, ends], weights=[1, 2, 3, 4, 1 << 50])
    for number in (2, 4):
        np.testing.assert_array_equal(trees[0], trees[number])
    np.testing.assert_array_equal(trees[1], trees[3])


def test_branches_share_links() -> None:
    topology = machine(["#####", "@####"])
    node = {tuple(p): n for n, p in enumerate(topology.node_position.tolist())}
    trees = check_trees(topology, [(node[0, 0], [node[4, 0], node[4, 1], node[2, 0]])])
    assert len(trees.link) == 5


def test_loads_and_what_they_take_of_a_tick() -> None:
    target = load_targets()["spinnaker2-48"]
    topology = target.topology
    away = int(topology.core_node[-1])
    trees = check_trees(topology, [(topology.host_node, [away])] * 2)
    inside, between = link_loads(topology, trees, [1000.0, 500.0], target.figures)
    assert (inside.kind, between.kind) == ("chip", "board")
    assert between.trees == 2
    assert between.packets == 1500.0
    assert between.busy_ns == 1500.0 * 16
    assert between.share == pytest.approx(0.024)
    assert inside.busy_ns == pytest.approx(1500.0 * 192 / 57.6)
    unknown = link_loads(topology, trees, [1000.0, 500.0])
    assert [load.busy_ns for load in unknown] == [None, None]
    assert [load.share for load in unknown] == [None, None]
    assert link_loads(machine(["@"]), grow(machine(["@"]), no_nets()), []) == ()


def no_nets() -> NetEnds:
    none = np.zeros(0, dtype=np.int64)
    return NetEnds(none, np.zeros(1, dtype=np.int64), none, none)


def test_same_node_and_no_target() -> None:
    topology = machine(["@#"])
    assert check_trees(topology, [(1, [1, 1]), (0, []), (0, [1])]).first.tolist() == [0, 0, 0, 1]
    assert len(grow(topology, no_nets())) == 0


def test_no_way() -> None:
    for topology in (machine(["#.#", "#.@"]), machine(["#.@"])):
        with pytest.raises(SomacError, match="E0604") as caught:
            check_trees(topology, [(0, [1])])
        assert caught.value.exit_code == 3


def test_nets_are_checked() -> None:
    with pytest.raises(ValueError, match="one weight"):
        NetEnds(np.zeros(1), np.zeros(1), np.zeros(0), np.zeros(1))
