"""The netlists and machines of the comparison with rig and PACMAN.

Vertices of one core each, every one a source with ten targets: 80 % of them at most 64 numbers
away, 20 % anywhere. Machines are chips of one node; links between them count a hop each.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.target import Topology

__all__ = ["MACHINES", "BenchMachine", "machine", "netlist"]

HEXAGONAL = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
SQUARE = ((1, 0), (0, 1), (-1, 0), (0, -1))

MACHINES = {
    "quad": "one SpiNNaker2 chip, mesh of quads",
    "spin2": "SpiNNaker2 chips on a torus",
    "spin1": "SpiNNaker 1 chips on a torus",
}


@dataclass(frozen=True, slots=True, eq=False)
class BenchMachine:
    """A machine and its outline: `width` x `height` chips of `cores` cores.

    `number` has the chip at each place (x, y).
    """

    topology: Topology
    width: int
    height: int
    cores: int
    number: dict[tuple[int, int], int]


def netlist(vertices: int, per_app: int = 1, seed: int = 1) -> list[list[int]]:
    """The targets of each vertex.

    With `per_app`, vertices come in groups of so many (the last may be smaller), and what is
    drawn is which groups hear which; every vertex of a group then has all vertices of ten
    groups for targets.
    """
    rng = random.Random(seed)
    groups = vertices // per_app
    span = min(64, max(4, groups // 16))
    nets: list[list[int]] = []
    for group in range(groups):
        targets: list[int] = []
        while len(targets) < min(10, groups - 1):
            if rng.random() < 0.8:
                other = (group + rng.randint(-span, span)) % groups
            else:
                other = rng.randrange(groups)
            if other != group and other not in targets:
                targets.append(other)
        members = [m for t in targets for m in range(t * per_app, (t + 1) * per_app)]
        nets += [members] * per_app
    return nets


def machine(kind: str, vertices: int) -> BenchMachine:
    """A machine of a kind of `MACHINES` that has room for so many vertices."""
    if kind == "quad":
        holes = {(x, y) for x in (3, 6) for y in (2, 3)}
        cells = [(x, y) for y in range(6) for x in range(7) if (x, y) not in holes]
        return _machine(cells, 7, 6, 4, SQUARE, wrapped=False)
    cores = 148 if kind == "spin2" else 17
    chips = math.ceil(vertices / cores * 1.02)
    width = math.ceil(math.sqrt(chips))
    height = math.ceil(chips / width)
    cells = [(x, y) for y in range(height) for x in range(width)]
    return _machine(cells, width, height, cores, HEXAGONAL, wrapped=True)


def _machine(
    cells: Sequence[tuple[int, int]],
    width: int,
    height: int,
    cores: int,
    steps: Sequence[tuple[int, int]],
    *,
    wrapped: bool,
) -> BenchMachine:
    number = {cell: chip for chip, cell in enumerate(cells)}
    ends: dict[tuple[int, int], None] = {}
    for (x, y), chip in number.items():
        for dx, dy in steps:
            there = ((x + dx) % width, (y + dy) % height) if wrapped else (x + dx, y + dy)
            if there in number and number[there] != chip:
                ends[chip, number[there]] = None
    links: NDArray[np.int64] = np.array(list(ends), dtype=np.int64)
    chips = len(cells)
    topology = Topology(
        node_position=np.zeros((chips, 2), dtype=np.int64),
        node_chip=np.arange(chips),
        core_node=np.repeat(np.arange(chips), cores),
        core_local=np.tile(np.arange(cores), chips),
        core_usable=np.ones(chips * cores, dtype=np.bool_),
        link_source=links[:, 0],
        link_target=links[:, 1],
        link_cost=np.ones(len(links), dtype=np.int64),
        chip_position=np.array(cells, dtype=np.int64),
        chip_router=np.arange(chips),
        host_node=0,
    )
    return BenchMachine(topology, width, height, cores, number)
