"""Partial sums on their way home: along the links of the mesh, added up where ways meet."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Population
from somac.backends.crossbar.emit.schedule import Cells, Schedule
from somac.ir.errors import SomacError
from somac.ir.target import Topology

__all__ = ["sum_trees"]


def sum_trees(
    made: Schedule,
    populations: Mapping[str, Population],
    arrays: Sequence[int],
    topology: Topology,
) -> NDArray[np.int32]:
    """int32 (ways, 6): stage, home, core, next core, hops, words.

    A core sends so many sums of a stage for cells of a home to the next core on its way there,
    which adds them to its own; in an order in which whoever adds has heard all others before.

    Parameters
    ----------
    arrays
        Core of each array.
    """
    given: dict[int, dict[int, Cells]] = defaultdict(dict)
    for c in made.contributions:
        known = given[c.stage].get(arrays[c.array], np.zeros(0, np.int64))
        given[c.stage][arrays[c.array]] = np.union1d(known, c.cells)
    known_ways: dict[int, _Ways] = {}
    rows: list[tuple[int, int, int, int, int, int]] = []
    for stage, by_core in sorted(given.items()):
        population = populations[made.order[stage]]
        for home, own in sorted(_by_home(by_core, population).items()):
            node = int(topology.core_node[home])
            if node not in known_ways:
                known_ways[node] = _Ways(topology, node)
            rows += [(stage, home, *way) for way in _tree(own, home, known_ways[node])]
    return np.array(rows, np.int32).reshape(-1, 6)


def _by_home(by_core: Mapping[int, Cells], population: Population) -> dict[int, dict[int, Cells]]:
    """Per core that updates any of the cells, and core with sums for them, which they are."""
    home_of = np.zeros(population.size, np.int64)
    for home in population.homes:
        home_of[home.start : home.stop] = home.core
    found: dict[int, dict[int, Cells]] = defaultdict(dict)
    for core, cells in by_core.items():
        where = home_of[cells % population.size]
        for home_core in np.unique(where).tolist():
            found[home_core][core] = cells[where == home_core]
    return found


def _tree(own: Mapping[int, Cells], home: int, ways: _Ways) -> Iterator[tuple[int, int, int, int]]:
    """Core, next core, hops and words of each that is not at home, the farthest first."""
    at_node: dict[int, list[int]] = defaultdict(list)
    for core in sorted(own):
        if core != home:
            at_node[int(ways.topology.core_node[core])].append(core)
    # the core of each node that hears the others there: at home, home itself
    heads = {node: cores[0] for node, cores in at_node.items()} | {ways.home: home}
    follow: dict[int, tuple[int, int]] = {}
    for node, cores in at_node.items():
        for core in cores:
            if core != heads[node]:
                follow[core] = heads[node], 0
        if node != ways.home:
            end, hops = ways.next_of(node, heads)
            follow[heads[node]] = heads[end], hops
    sums = {core: own[core] for core in follow}
    # those at the same node as the core that they send to come before it
    order = sorted(
        follow,
        key=lambda c: (-ways.distance[int(ways.topology.core_node[c])], follow[c][1], c),
    )
    for core in order:
        there, hops = follow[core]
        yield core, there, hops, len(sums[core])
        if there in sums:
            sums[there] = np.union1d(sums[there], sums[core])


class _Ways:
    """Shortest ways from all nodes to one, the same link of each node whoever sends."""

    def __init__(self, topology: Topology, home: int) -> None:
        self.topology, self.home = topology, home
        self.distance: dict[int, int] = {home: 0}
        self._after: dict[int, tuple[int, int]] = {}
        entering: dict[int, list[int]] = defaultdict(list)
        for link, end in enumerate(topology.link_target.tolist()):
            entering[end].append(link)
        waiting = [(0, home)]
        done: set[int] = set()
        while waiting:
            far, node = heapq.heappop(waiting)
            if node in done:
                continue
            done.add(node)
            for link in entering[node]:
                start, cost = int(topology.link_source[link]), int(topology.link_cost[link])
                if start not in self.distance or far + cost < self.distance[start]:
                    self.distance[start] = far + cost
                    self._after[start] = node, cost
                    heapq.heappush(waiting, (far + cost, start))

    def next_of(self, node: int, wanted: Mapping[int, int]) -> tuple[int, int]:
        """The first node of `wanted` on the way from a node, and the hops to it."""
        if node not in self.distance:
            raise SomacError(
                "E0656", "the mapping does not suit the target: no way from an array to a home"
            )
        hops = 0
        while True:
            node, cost = self._after[node]
            hops += cost
            if node in wanted:
                return node, hops
