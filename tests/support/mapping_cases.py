"""What tests of mapping share: machines from floor plans, and placements held to definitions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np

from somac.compiler.mapping.place.problem import HOST, Nets, PlacementProblem, PlacementResult
from somac.compiler.mapping.route.paths import find_paths
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.target import Topology

NetList = list[tuple[int, list[int], int]]
"""Source, targets and rate of each net."""


def machine(
    rows: Sequence[str],
    cores: int = 1,
    board: Sequence[tuple[int, int]] = ((0, 0),),
    hops: int = 4,
) -> Topology:
    """Equal chips of a floor plan: the rows of a board, with so many hops between chips."""
    cells = [
        (x, len(rows) - 1 - line)
        for line, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter in "#@"
    ]
    chip = ChipPlan(rows, (0, 0), cores, cells, (), 1)
    return topology_of(chip, BoardPlan(board, hops, (board[0][0], 0)))


def problem(topology: Topology, slices: int, nets: NetList, **rest: Any) -> PlacementProblem:
    """A placement problem of lists."""
    return PlacementProblem(topology, slices, Nets.of(nets), **rest)


def price(given: PlacementProblem, cores: np.ndarray) -> int:
    """The cost, from its definition: shortest paths and spanning trees of networkx."""
    topology, nets = given.topology, given.nets
    paths = find_paths(topology)
    total = 0
    for net in range(len(nets)):
        source = int(nets.source[net])
        start = topology.host_node if source == HOST else int(topology.core_node[cores[source]])
        heard = cores[nets.target[nets.start[net] : nets.start[net + 1]]]
        ends = topology.core_node[heard].tolist()
        if given.objective == "unicast":
            hops = sum(int(paths.hops(start, end)) for end in ends)
        else:
            tree = nx.Graph()
            for first, second in itertools.combinations(sorted({start, *ends}), 2):
                tree.add_edge(first, second, weight=int(paths.hops(first, second)))
            hops = int(nx.minimum_spanning_tree(tree).size(weight="weight"))
        total += int(nets.rate[net]) * hops
    return total


def has_price(given: PlacementProblem) -> bool:
    """Whether `price` is the cost: spanning trees know no ways back that are longer."""
    if given.objective == "unicast":
        return True
    node = np.arange(given.topology.nodes)
    hops = find_paths(given.topology).hops(node[:, None], node[None, :])
    return np.array_equal(hops, hops.T)


def check(given: PlacementProblem, result: PlacementResult) -> None:
    """Feasible, at the cost it says, and no better than its bound."""
    assert result.cores.shape == (given.slices,)
    assert len(set(result.cores.tolist())) == given.slices
    assert given.free[result.cores].all()
    for part, core in given.pins.items():
        assert result.cores[part] == core
    if has_price(given):
        assert result.cost == price(given, result.cores)
    assert 0 <= result.bound <= result.cost
    assert result.status == ("optimal" if result.bound == result.cost else "feasible")
