"""The parts of a network on a target: arrays with their blocks, units with their neurons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from somac.backends.api import Guidance, Net, Parts, Signal, Slice
from somac.backends.crossbar.options import share_of
from somac.backends.crossbar.packing.homes import Homes, Tiled, homes_of
from somac.backends.crossbar.packing.pack import pack
from somac.backends.crossbar.packing.relieve import Copy, Rectangles, Relieved, relieved
from somac.backends.crossbar.packing.traffic import Heard, heard, partial_sums, ranges
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Array, Target

__all__ = ["COPIES", "NEURONS", "PACKING", "parts_of"]

NEURONS, CELLS = "neurons", "cells"
"""Resources of a core: neurons that its digital unit updates, cells of its array."""

_PLAIN = Guidance()

COPIES, PACKING = "copies", "packing"
"""Names in `Parts.plan`.

``copies``: int64 (copies, 5), each with the number of a tiled projection, of a block of its tiling,
of a part, and its first row and column; in order. ``packing``: int64 (5,), arrays in use, the least
number that one copy of every block takes, the number found for that, firings of the busiest array
in a step, and what it fires at least on so many arrays."""


def parts_of(network: IntegerNetwork, target: Target, guidance: Guidance = _PLAIN) -> Parts:
    """Pack, copy, and give every neuron a home.

    Every part has one array, the first ones with blocks, and a unit. One copy of every block takes
    as few arrays as were found. Then the busiest array is relieved, on as many arrays as there are
    parts anyway, for blocks or for neurons, and no more; or on that share of the cores that may be
    used (`FIT`).

    Raises
    ------
    SomacError
        E0675 if the target has too few cores, or cores without neurons.
    """
    if target.array is None:
        raise ValueError(f"{target.name} has no arrays")
    room = target.resources[NEURONS]
    if room < 1:
        raise SomacError(
            "E0675",
            f"cores of {target.name} update no neurons",
            have=f"0 {NEURONS} in a core",
            need="1 or more",
        )
    blocks, numbers = _blocks(network)
    rectangles = _rectangles(blocks, target.array)
    side = target.array.rows, target.array.columns
    packing = pack(rectangles.heights, rectangles.widths, *side)
    if packing.arrays > target.places:
        raise _too_many(network, target, packing.arrays, packing.bound, len(blocks))
    units = -(-sum(p.size for p in network.populations) // room)
    most = max(packing.arrays, units, int(share_of(guidance) * target.places))
    plan = relieved(packing, rectangles, side, min(most, target.places))
    copies = _by_block(plan, len(blocks))
    homes = homes_of(network, blocks, copies, plan.arrays, room)
    if len(homes.left) > target.places:
        raise _too_many(network, target, len(homes.left), packing.bound, len(blocks))
    hears = heard(network, blocks, copies, homes.home)
    slices = tuple(_slices(network, homes, hears))
    sums = partial_sums(blocks, copies, homes.home)
    return Parts(
        count=len(homes.left),
        slices=slices,
        signals=tuple(_signals(network, slices, hears, guidance)),
        nets=tuple(
            Net(sender, count / network.period, (part,))
            for (sender, part), count in sorted(sums.items())
        ),
        demand=tuple(_demand(target, rectangles, copies, homes)),
        plan={
            COPIES: np.array(
                [
                    (*numbers[copy.block], copy.array, copy.row, copy.column)
                    for places in copies
                    for copy in places
                ],
                np.int64,
            ).reshape(-1, 5),
            PACKING: np.array(
                [plan.arrays, packing.bound, packing.arrays, plan.busiest, plan.least], np.int64
            ),
        },
    )


def _demand(
    target: Target, rectangles: Rectangles, copies: Sequence[Sequence[Copy]], homes: Homes
) -> Iterator[dict[str, int]]:
    """Per part, what it takes of a core; cells where the target counts them."""
    cells = np.zeros(len(homes.left), np.int64)
    for block, places in enumerate(copies):
        for copy in places:
            cells[copy.array] += int(rectangles.heights[block] * rectangles.widths[block])
    for left, taken in zip(homes.left, cells.tolist(), strict=True):
        yield {NEURONS: homes.room - left, **({CELLS: taken} if CELLS in target.resources else {})}


def _blocks(network: IntegerNetwork) -> tuple[list[Tiled], list[tuple[int, int]]]:
    """All blocks, and for each the numbers of its projection among the tiled and in its tiling."""
    tiled = [(p, p.tiling) for p in network.projections if p.tiling is not None]
    blocks = [(p, block) for p, tiling in tiled for block in tiling.blocks]
    numbers = [(n, m) for n, (_, tiling) in enumerate(tiled) for m in range(len(tiling))]
    return blocks, numbers


def _rectangles(blocks: Sequence[Tiled], array: Array) -> Rectangles:
    ways = [p.tiling.converters for p, _ in blocks if p.tiling is not None]
    figures = np.array(
        [
            (*(block.weights.shape * np.array((1, way.cells))), block.uses, len(way.pulse_factors))
            for (_, block), way in zip(blocks, ways, strict=True)
        ],
        np.int64,
    ).reshape(-1, 4)
    large = (figures[:, 0] > array.rows) | (figures[:, 1] > array.columns)
    if large.any():
        raise ValueError(f"a block of {blocks[int(large.argmax())][0].name} does not fit an array")
    single = np.array([p.device is not None for p, _ in blocks], np.bool_)
    return Rectangles(figures[:, 0], figures[:, 1], figures[:, 2], figures[:, 3], single)


def _by_block(plan: Relieved, blocks: int) -> list[list[Copy]]:
    found: list[list[Copy]] = [[] for _ in range(blocks)]
    for copy in plan.copies:
        found[copy.block].append(copy)
    return found


def _slices(network: IntegerNetwork, homes: Homes, hears: Heard) -> Iterator[Slice]:
    """Ranges of one home that the same parts hear."""
    for population in network.populations:
        home = homes.home[population.name]
        ends = [0, *(np.flatnonzero(np.diff(home)) + 1).tolist(), len(home)]
        for start, stop in pairwise(ends):
            for first, end in ranges(hears[population.name], start, stop):
                yield Slice(population.name, first, end, int(home[first]))


def _signals(
    network: IntegerNetwork,
    slices: Sequence[Slice],
    hears: Heard,
    guidance: Guidance,
) -> Iterator[Signal]:
    of_inputs = [
        (entry.name, start, stop)
        for entry in network.inputs
        for start, stop in ranges(hears[entry.name], 0, entry.size)
    ]
    for name, start, stop in (*of_inputs, *(s[:3] for s in slices)):
        parts = sorted(set().union(*hears[name][start:stop]))
        rate = guidance.rate(name) * (stop - start) / network.period
        yield Signal(name, start, stop, rate, tuple(parts))


def _too_many(
    network: IntegerNetwork, target: Target, need: int, arrays: int, blocks: int
) -> SomacError:
    neurons = sum(p.size for p in network.populations)
    room = target.resources[NEURONS]
    units = -(-neurons // room)
    least = max(arrays, units)
    return SomacError(
        "E0675",
        f"{network.name} has {blocks:,} blocks of cells and {neurons:,} neurons, which take "
        f"more cores than {target.name} has",
        have=f"{target.places:,} core{'s' * (target.places != 1)}, each with an array and "
        f"{room:,} neurons",
        need=f"{need:,} cores ({least:,} at least: {arrays:,} for all blocks, "
        f"{units:,} for all neurons)",
        hint="fewer bits per weight, fewer weights, or a target with more or larger arrays",
    )
