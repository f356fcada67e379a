"""Traffic between clusters, to be placed on a square mesh: planted, layered and small-world.

Three kinds: pairs of clusters and their rates, numbered at random, so
that nothing but the traffic tells which clusters belong together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from somac.ir.placement import Nets, PlacementProblem
from somac.ir.target import Topology

__all__ = ["KINDS", "cluster_problem", "square_mesh"]

KINDS = ("planted", "layered", "small-world")
SEED = 1


def cluster_problem(kind: str, side: int) -> PlacementProblem:
    """As many clusters as a square mesh has places: its cost is traffic times Manhattan."""
    make = {"planted": _planted, "layered": _layered, "small-world": _small_world}[kind]
    traffic: Counter[tuple[int, int]] = Counter()
    for source, target, rate in make(side):
        if source != target:
            traffic[min(source, target), max(source, target)] += rate
    ends = np.array(sorted(traffic), dtype=np.int64)
    nets = Nets(
        source=ends[:, 0],
        rate=np.array([traffic[int(a), int(b)] for a, b in ends], dtype=np.int64),
        start=np.arange(len(ends) + 1),
        target=ends[:, 1],
    )
    return PlacementProblem(square_mesh(side), side * side, nets)


def square_mesh(side: int) -> Topology:
    """One chip of so many nodes to a side, a core on each, links to four neighbours."""
    place = np.arange(side * side).reshape(side, side)
    right = np.stack([place[:, :-1].ravel(), place[:, 1:].ravel()])
    up = np.stack([place[:-1].ravel(), place[1:].ravel()])
    links = np.concatenate([right, right[::-1], up, up[::-1]], axis=1)
    nodes = side * side
    return Topology(
        node_position=np.stack([np.arange(nodes) % side, np.arange(nodes) // side], axis=1),
        node_chip=np.zeros(nodes, dtype=np.int64),
        core_node=np.arange(nodes),
        core_local=np.arange(nodes),
        core_usable=np.ones(nodes, dtype=np.bool_),
        link_source=links[0],
        link_target=links[1],
        link_cost=np.ones(links.shape[1], dtype=np.int64),
        chip_position=np.zeros((1, 2), dtype=np.int64),
        chip_router=np.zeros(1, dtype=np.int64),
        host_node=0,
    )


def _planted(side: int) -> Iterable[tuple[int, int, int]]:
    """Neighbours of a hidden placement: the optimum is the sum of the rates."""
    rng = np.random.default_rng(SEED)
    hidden = rng.permutation(side * side).reshape(side, side)
    for first, second in (
        (hidden[:, :-1], hidden[:, 1:]),
        (hidden[:-1], hidden[1:]),
    ):
        rates = rng.integers(10, 100, first.size)
        yield from zip(first.ravel().tolist(), second.ravel().tolist(), rates.tolist(), strict=True)


def _layered(side: int) -> Iterable[tuple[int, int, int]]:
    """Layers, as of a convolutional network; each cluster to about six near it in the next."""
    rng = np.random.default_rng(SEED)
    clusters, layers = side * side, max(4, round(side / 2))
    each = clusters // layers
    sizes = [each] * (layers - 1) + [clusters - each * (layers - 1)]
    found = []
    for cluster in range(clusters):
        layer = min(cluster // each, layers - 1)
        if layer < layers - 1:
            at = (cluster - layer * each) / sizes[layer] * sizes[layer + 1]
            near = np.rint(at + rng.normal(0, 3, 6)).clip(0, sizes[layer + 1] - 1)
            for other in np.unique(near).astype(int).tolist():
                rate = int(rng.lognormal(3, 0.7)) + 1
                found.append((cluster, (layer + 1) * each + other, rate))
        if rng.random() < 0.1:
            found.append((cluster, int(rng.integers(clusters)), int(rng.lognormal(2, 0.7)) + 1))
    return _renumbered(found, rng.permutation(clusters).tolist())


def _small_world(side: int) -> Iterable[tuple[int, int, int]]:
    """A sheet, as of cortex: eight targets each, 85 % of them near, around its edges."""
    rng = np.random.default_rng(SEED)
    clusters = side * side
    found = []
    for cluster in range(clusters):
        for _ in range(8):
            if rng.random() < 0.15:
                other = int(rng.integers(clusters))
            else:
                row = (cluster // side + int(np.rint(rng.normal(0, 1.5)))) % side
                column = (cluster % side + int(np.rint(rng.normal(0, 1.5)))) % side
                other = row * side + column
            if other != cluster:
                found.append((cluster, other, int(rng.lognormal(3, 0.7)) + 1))
    return _renumbered(found, rng.permutation(clusters).tolist())


def _renumbered(
    traffic: Iterable[tuple[int, int, int]], number: list[int]
) -> Iterable[tuple[int, int, int]]:
    return [(number[source], number[target], rate) for source, target, rate in traffic]
