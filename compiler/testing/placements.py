"""Placement problems for tests: machines from floor plans, random ones, and what they cost.

Costs are counted from their definition, over paths that tests hold against networkx.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.pieces import require_piece
from somac.compiler.targets.topology import BoardPlan, ChipPlan, topology_of
from somac.ir.errors import SomacError
from somac.ir.paths import find_paths
from somac.ir.placement import HOST, Nets, Objective, PlacementProblem
from somac.ir.target import Topology

__all__ = [
    "NetList",
    "chain",
    "machine",
    "optimum",
    "price",
    "problem",
    "random_problem",
    "shuffled",
]

NetList = list[tuple[int, list[int], int]]
"""Source, targets and rate of each net."""

_PLANS = (("@",), ("@#",), ("##", "@#"), ("###", "#@#", "##."), ("####", "####", "##@#"))
_BOARDS: tuple[tuple[tuple[int, int], ...], ...] = (((0, 0),), ((0, 1),), ((0, 1), (0, 1)))


def machine(
    rows: Sequence[str],
    cores: int = 1,
    board: Sequence[tuple[int, int]] = ((0, 0),),
    hops: int = 4,
    **damage: Any,
) -> Topology:
    """Equal chips of a floor plan: the rows of a board, with so many hops between chips.

    `damage` is what `BoardPlan` knows of dead cores, links and ways.
    """
    cells = [
        (x, len(rows) - 1 - line)
        for line, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter in "#@"
    ]
    chip = ChipPlan(rows, (0, 0), cores, cells, (), 1)
    return topology_of(chip, BoardPlan(board, hops, (board[0][0], 0), **damage))


def problem(topology: Topology, slices: int, nets: NetList, **rest: Any) -> PlacementProblem:
    """A placement problem of lists."""
    return PlacementProblem(topology, slices, Nets.of(nets), **rest)


def random_problem(seed: int, most: int | None = None) -> PlacementProblem:
    """A machine with dead cores and links, or none, and some slices of it, a few pinned.

    All of its usable cores are in one piece. `most` limits cores and slices.
    """
    for attempt in itertools.count():
        rng = np.random.default_rng([seed, attempt])
        try:
            return _drawn(rng, most)
        except SomacError:  # the damage leaves no piece with room enough
            continue
    raise AssertionError


def _drawn(rng: np.random.Generator, most: int | None) -> PlacementProblem:
    rows = _PLANS[rng.integers(len(_PLANS) if most is None else 3)]
    board = _BOARDS[rng.integers(len(_BOARDS) if most is None else 1)]
    cores = int(rng.integers(1, 4 if most is None else 2))
    topology = machine(
        rows, cores, board, int(rng.integers(1, 5)), **_damage(rng, rows, cores, board)
    )
    usable = np.flatnonzero(topology.core_usable)
    room = min(len(usable), most or len(usable))
    slices = int(rng.integers(0, room + 1))
    pinned = usable[rng.permutation(len(usable))[: rng.integers(0, 3)]][:slices]
    pins = {int(part): int(core) for part, core in enumerate(pinned)}
    objective: Objective = "unicast" if rng.random() < 0.7 else "multicast"
    nets: NetList = []
    for source in [HOST, HOST, *range(slices)]:
        heard = np.flatnonzero(rng.random(slices) < 3 / max(slices, 3)).tolist()
        if heard:
            nets.append((source, heard, int(rng.integers(0, 2000))))
    free = require_piece(
        topology, "a random machine", slices, pinned=[*pins.values()], from_host=True
    )
    return problem(topology, slices, nets, pins=pins, usable=free, objective=objective)


def _damage(
    rng: np.random.Generator, rows: Sequence[str], cores: int, board: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """About one core of six, and one link between chips of six, on every second machine."""
    if rng.random() < 0.5:
        return {}
    chips = [(x, y) for y, (low, high) in enumerate(board) for x in range(low, high + 1)]
    count = sum(letter in "#@" for row in rows for letter in row) * cores
    beside = [
        (a, b) for a in chips for b in chips if (b[0] - a[0], b[1] - a[1]) in ((1, 0), (0, 1))
    ]
    return {
        "dead_cores": [(*c, n) for c in chips for n in range(count) if rng.random() < 1 / 6],
        "dead_links": [link for link in beside if rng.random() < 1 / 6],
    }


def chain(side: int, per_slice: int = 1, seed: int = 0) -> PlacementProblem:
    """Slices in a row, each heard by the next ones, in a random order, on a square that is full."""
    rng = np.random.default_rng(seed)
    slices = side * side
    order = rng.permutation(slices)
    nets = [
        (
            int(order[n]),
            [int(p) for p in order[n + 1 : n + 1 + per_slice]],
            int(rng.integers(1, 99)),
        )
        for n in range(slices - 1)
    ]
    rows = ["#" * side] * (side - 1) + ["@" + "#" * (side - 1)]
    return problem(machine(rows), slices, nets)


def price(given: PlacementProblem, cores: NDArray[np.int64]) -> int:
    """The cost, from its definition: shortest paths, and spanning trees of networkx."""
    import networkx as nx

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


def shuffled(given: PlacementProblem, seed: int) -> NDArray[np.int64]:
    """A random legal placement, int64 (slices,)."""
    cores = np.full(given.slices, -1, dtype=np.int64)
    for part, core in given.pins.items():
        cores[part] = core
    free = np.setdiff1d(np.flatnonzero(given.free), cores)
    left = np.flatnonzero(cores < 0)
    cores[left] = np.random.default_rng(seed).permutation(free)[: len(left)]
    return cores


def optimum(given: PlacementProblem) -> int:
    """The least cost, by looking at every placement: for a handful of slices."""
    return min(price(given, cores) for cores in _every(given))


def _every(given: PlacementProblem) -> Iterator[NDArray[np.int64]]:
    free = np.flatnonzero(given.free).tolist()
    for cores in itertools.permutations(free, given.slices):
        if all(cores[part] == core for part, core in given.pins.items()):
            yield np.array(cores, dtype=np.int64)
