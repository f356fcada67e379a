"""The slices with most traffic between them follow each other along a Hilbert curve."""

import numpy as np

from somac.ir.placement import HOST, Placement, PlacementProblem, PlaceOptions
from somac.ir.target import Topology


def place(problem: PlacementProblem, options: PlaceOptions) -> Placement:
    """Both orders are found without a search: there is no seed to heed, and no time to limit."""
    cores = np.full(problem.slices, -1, dtype=np.int64)
    for part, core in problem.pins.items():
        cores[part] = core
    free = problem.free.copy()
    free[list(problem.pins.values())] = False
    along = curve(problem.topology)
    along = along[free[along]]
    waiting = [part for part in chained(problem) if cores[part] < 0]
    cores[waiting] = along[: len(waiting)]
    return Placement(cores)


def curve(topology: Topology) -> np.ndarray:
    """int64 (cores,): all cores in the order of their nodes along the curve, from the host on."""
    chip = topology.chip_position[topology.node_chip]
    chip = chip - chip.min(axis=0)
    inside = topology.node_position - topology.node_position.min(axis=0)
    x, y = (chip * (inside.max(axis=0) + 1) + inside).T
    side = 1 << int(max(x.max(), y.max())).bit_length()
    far = hilbert(side, x, y)
    from_host = (far - far[topology.host_node]) % (side * side)
    return np.argsort(from_host[topology.core_node], kind="stable")


def hilbert(side: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far points lie along the curve through a square whose side is a power of two."""
    x, y, far = x.copy(), y.copy(), np.zeros_like(x)
    step = side // 2
    while step:
        right, top = (x & step) > 0, (y & step) > 0
        far += step * step * ((3 * right) ^ top)
        turned = ~top & right
        x, y = np.where(turned, side - 1 - x, x), np.where(turned, side - 1 - y, y)
        x, y = np.where(top, x, y), np.where(top, y, x)
        step //= 2
    return far


def chained(problem: PlacementProblem) -> list[int]:
    """All slices: first one that the host feeds, then always the one most tied to those before."""
    nets = problem.nets
    ties: list[dict[int, int]] = [{} for _ in range(problem.slices)]
    tied = np.zeros(problem.slices, dtype=np.int64)
    for net, target in zip(nets.owner.tolist(), nets.target.tolist(), strict=True):
        source, rate = int(nets.source[net]), int(nets.rate[net])
        if source == HOST:
            tied[target] += rate
        elif source != target:
            ties[source][target] = ties[source].get(target, 0) + rate
            ties[target][source] = ties[target].get(source, 0) + rate
    order: list[int] = []
    waiting = np.ones(problem.slices, dtype=np.bool_)
    while waiting.any():
        part = int(np.argmax(np.where(waiting, tied, -1)))
        waiting[part] = False
        order.append(part)
        for other, rate in ties[part].items():
            tied[other] += rate
    return order
