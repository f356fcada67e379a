"""Paths and multicast trees, on random machines: shortest, without detours, every target once."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from somac.compiler.mapping.paths import UNREACHABLE, find_paths
from somac.compiler.mapping.route import multicast_tree
from somac.compiler.targets import load_targets
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.target import Topology


def machine(rows: list[str], board: list[tuple[int, int]] | None = None, hops: int = 4) -> Topology:
    """A machine from a floor plan, one core per node."""
    cells = [
        (x, len(rows) - 1 - line)
        for line, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter in "#@"
    ]
    outline = board or [(0, 0)]
    chip = ChipPlan(rows, (0, 0), 1, cells, (), 1)
    return topology_of(chip, BoardPlan(outline, hops, (outline[0][0], 0), ()))


@st.composite
def machines(draw: st.DrawFn) -> Topology:
    width, height = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    letters = draw(
        st.lists(st.sampled_from("####."), min_size=width * height, max_size=width * height)
    )
    at = draw(st.integers(0, width * height - 1))
    letters[at] = draw(st.sampled_from("R@"))
    rows = ["".join(letters[y * width : (y + 1) * width]) for y in range(height)]
    board = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=3))
    assume("#" in letters or "@" in letters)
    return machine(rows, [(min(row), max(row)) for row in board], draw(st.integers(1, 12)))


def graph(topology: Topology) -> nx.DiGraph:
    """The machine as a graph of its links; nothing of the code under test in it."""
    made = nx.DiGraph()
    made.add_nodes_from(range(topology.nodes))
    for source, target, cost in zip(
        topology.link_source.tolist(),
        topology.link_target.tolist(),
        topology.link_cost.tolist(),
        strict=True,
    ):
        made.add_edge(source, target, weight=cost)
    return made


def legal_hops(topology: Topology) -> np.ndarray:
    """Shortest hops where routers without cores are passed only between chips."""
    whole = graph(topology)
    chip = topology.node_chip.tolist()
    closed = set(topology.chip_router.tolist()) - set(topology.core_node.tolist())
    hops = np.full((topology.nodes, topology.nodes), UNREACHABLE, dtype=np.int64)
    for source in range(topology.nodes):
        inside = whole.subgraph(
            [n for n in whole if chip[n] == chip[source] and (n not in closed or n == source)]
        )
        for target, length in nx.single_source_dijkstra_path_length(inside, source).items():
            hops[source, target] = length
        for router in closed:  # the last step of a way may be into a router
            if chip[router] == chip[source] and router != source:
                ways = [
                    hops[source, n] + whole.edges[n, router]["weight"]
                    for n in whole.predecessors(router)
                    if chip[n] == chip[router]
                ]
                hops[source, router] = min([*ways, UNREACHABLE])
    routers = topology.chip_router.tolist()
    between = dict(nx.all_pairs_dijkstra_path_length(whole.subgraph(routers)))
    for source in range(topology.nodes):
        for target in range(topology.nodes):
            first, last = routers[chip[source]], routers[chip[target]]
            if first != last:
                across = between[first].get(last, UNREACHABLE)
                hops[source, target] = hops[source, first] + across + hops[last, target]
    return hops


@settings(max_examples=60)
@given(machines())
def test_hops_are_the_shortest(topology: Topology) -> None:
    every = np.arange(topology.nodes)
    found = find_paths(topology).hops(every[:, None], every[None, :])
    expected = legal_hops(topology)
    reachable = expected < UNREACHABLE
    np.testing.assert_array_equal(found[reachable], expected[reachable])
    assert (found[~reachable] >= UNREACHABLE).all()


def check_tree(topology: Topology, source: int, targets: list[int]) -> None:
    paths = find_paths(topology)
    links = multicast_tree(topology, paths, source, targets)
    assert len(set(links)) == len(links)
    arrived = {source: 0}
    children: dict[int, int] = {}
    closed = set(topology.chip_router.tolist()) - set(topology.core_node.tolist())
    for link in links:
        start, end = int(topology.link_source[link]), int(topology.link_target[link])
        assert start in arrived, "a parent comes before its children"
        assert end not in arrived, "no node is entered twice"
        arrived[end] = arrived[start] + int(topology.link_cost[link])
        children[start] = children.get(start, 0) + 1
        crossing = topology.node_chip[start] != topology.node_chip[end]
        if crossing:
            assert {start, end} <= set(topology.chip_router.tolist())
        elif start in closed:
            home = topology.node_chip[source]
            assert start == source or topology.node_chip[start] != home
    for target in targets:
        assert arrived[target] == int(paths.hops(source, target)), "the way is a shortest one"
    leaves = set(arrived) - set(children)
    assert leaves <= {*targets, source}, "no branch leads nowhere"


@settings(max_examples=100)
@given(machines(), st.data())
def test_trees_reach_every_target_once(topology: Topology, data: st.DataObject) -> None:
    paths = find_paths(topology)
    source = data.draw(st.sampled_from([topology.host_node, *topology.core_node.tolist()]))
    reachable = [
        node for node in topology.core_node.tolist() if paths.hops(source, node) < UNREACHABLE
    ]
    assume(reachable)
    targets = data.draw(st.lists(st.sampled_from(reachable), min_size=1, max_size=12))
    check_tree(topology, source, targets)


@pytest.mark.parametrize("name", ["spinnaker2", "spinnaker2-48"])
def test_trees_on_the_shipped_machines(name: str) -> None:
    topology = load_targets()[name].topology
    rng = np.random.default_rng(5)
    for _ in range(20):
        source, *targets = rng.choice(topology.core_node, size=30).tolist()
        check_tree(topology, source, targets)
    check_tree(topology, topology.host_node, topology.core_node[::17].tolist())


def test_x_first() -> None:
    topology = machine(["####", "####", "@###"])
    paths = find_paths(topology)
    node = {tuple(p): n for n, p in enumerate(topology.node_position.tolist())}
    links = multicast_tree(topology, paths, node[0, 0], [node[3, 2]])
    way = [tuple(topology.node_position[topology.link_target[link]].tolist()) for link in links]
    assert way == [(1, 0), (2, 0), (3, 0), (3, 1), (3, 2)]
    links = multicast_tree(topology, paths, node[3, 2], [node[0, 0]])
    way = [tuple(topology.node_position[topology.link_target[link]].tolist()) for link in links]
    assert way == [(2, 2), (1, 2), (0, 2), (0, 1), (0, 0)]


def test_around_the_holes_of_the_chip() -> None:
    topology = load_targets()["spinnaker2"].topology
    paths = find_paths(topology)
    node = {tuple(p): n for n, p in enumerate(topology.node_position.tolist())}
    every = np.array(sorted(node.values()))
    position = topology.node_position
    straight = np.abs(position[:, None] - position[None]).sum(axis=-1)
    detour = paths.hops(every[:, None], every[None, :]) - straight
    router = int(topology.chip_router[0])
    others = every[every != router]
    assert set(np.unique(detour[np.ix_(others, others)]).tolist()) == {0, 2}
    assert paths.hops(node[3, 3], node[5, 4]) == 5  # round the router
    assert paths.hops(node[7, 2], node[7, 5]) == 5  # round the two holes at the edge
    assert paths.hops(router, node[4, 5]) == 1  # the router spans two cells
    assert int(paths.hops(router, every).max()) == 5


def test_same_node_and_no_target() -> None:
    topology = machine(["@#"])
    paths = find_paths(topology)
    assert multicast_tree(topology, paths, 1, [1, 1]) == ()
    assert multicast_tree(topology, paths, 0, []) == ()


def test_pieces_are_found() -> None:
    topology = machine(["#.#", "#.@"])
    paths = find_paths(topology)
    assert int(paths.hops(0, 1)) >= UNREACHABLE


def test_links_must_join_routers() -> None:
    topology = machine(["@#"], [(0, 1)])
    moved = topology.link_source.copy()
    crossing = topology.node_chip[topology.link_source] != topology.node_chip[topology.link_target]
    moved[np.flatnonzero(crossing)[0]] += 1
    arrays = {name: getattr(topology, name) for name in Topology.__slots__}
    with pytest.raises(ValueError, match="routers"):
        find_paths(Topology(**{**arrays, "link_source": moved}))
    with pytest.raises(ValueError, match="one hop"):
        find_paths(Topology(**{**arrays, "link_cost": np.zeros_like(topology.link_cost)}))
