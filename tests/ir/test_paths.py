"""Hops between nodes, on random machines, against the shortest paths of networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from mapping_cases import machine, machines

from somac.compiler.targets import load_targets
from somac.ir.paths import UNREACHABLE, find_paths
from somac.ir.target import Topology


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


def test_pieces_are_found() -> None:
    topology = machine(["#.#", "#.@"])
    paths = find_paths(topology)
    assert int(paths.hops(0, 1)) >= UNREACHABLE


def test_links_must_join_routers() -> None:
    topology = machine(["@#"], board=[(0, 1)])
    moved = topology.link_source.copy()
    crossing = topology.node_chip[topology.link_source] != topology.node_chip[topology.link_target]
    moved[np.flatnonzero(crossing)[0]] += 1
    arrays = {name: getattr(topology, name) for name in Topology.__slots__}
    with pytest.raises(ValueError, match="routers"):
        find_paths(Topology(**{**arrays, "link_source": moved}))
    with pytest.raises(ValueError, match="one hop"):
        find_paths(Topology(**{**arrays, "link_cost": np.zeros_like(topology.link_cost)}))
