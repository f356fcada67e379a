"""What happens when in a step: updates in order, and before each the arrays that it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Block, Tiled
from somac.ir.graph import update_order
from somac.ir.integer import IntegerNetwork
from somac.ir.tiling import Tiling

__all__ = ["Contribution", "Schedule", "schedule"]

Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """Sums that an array gives to a population: `cells`, int64, each a port and a cell, once.

    The number of a cell at port p is ``p * size + cell``.
    """

    stage: int
    array: int
    cells: Cells


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """A step.

    Parameters
    ----------
    order
        Populations in the order of their updates. Stage s is what happens before the update of
        the s-th of them.
    turns
        int32 (turns, 4), in order: stage, array, block, copy. In a stage each array takes its
        turns one after the other.
    contributions
        What arrays add to populations, by stage and array.
    """

    order: tuple[str, ...]
    turns: NDArray[np.int32]
    contributions: tuple[Contribution, ...]


def schedule(
    network: IntegerNetwork,
    tiled: Sequence[Tiled],
    tilings: Sequence[Tiling],
    blocks: Sequence[Block],
) -> Schedule:
    """The schedule of a network; `tiled` and `tilings` belong to each other."""
    order = update_order([p.name for p in network.populations], network.edges())
    stages = {name: stage for stage, name in enumerate(order)}
    turns: list[tuple[int, int, int, int]] = []
    given: dict[tuple[int, int], list[Cells]] = {}
    for way, tiling in zip(tiled, tilings, strict=True):
        stage = stages[way.target]
        first = _first_cell(network, way)
        for number, part in zip(range(way.first, way.stop), tiling.blocks, strict=True):
            copies = blocks[number].copies
            for turn, copy in enumerate(copies[: part.uses]):
                turns.append((stage, copy.array, number, turn))
                named = part.targets[turn :: len(copies)].ravel()
                cells = named[named >= 0].astype(np.int64) + first
                given.setdefault((stage, copy.array), []).append(cells)
    return Schedule(
        order,
        np.array(sorted(turns), np.int32).reshape(-1, 4),
        tuple(
            Contribution(stage, array, np.unique(np.concatenate(given[stage, array])))
            for stage, array in sorted(given)
        ),
    )


def _first_cell(network: IntegerNetwork, way: Tiled) -> int:
    population = network.population(way.target)
    return population.datapath.names("input").index(way.port) * population.size
