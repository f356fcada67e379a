"""A program's files, decoded once into what the emulator computes with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.cells import Cells, Group, lay_out
from somac.backends.manycore.emulator.delivery import Delivery, deliveries
from somac.backends.manycore.emulator.files import Files, read_files
from somac.backends.manycore.emulator.reading import Experiment
from somac.backends.manycore.emulator.synapses import flatten
from somac.ir.program import Program

__all__ = ["COSTS", "Segment", "Wiring", "wire"]

Integers = NDArray[np.int64]

COSTS = ("packets", "deliveries", "synaptic_events", "link_crossings")
"""What one signal takes: packets sent, packets that reach a core, synapses, chip links."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """What sends: the cells of a group or the channels of an input, and how it is delivered.

    `cost` is int64 (costs, cells), in the order of `COSTS`.
    """

    deliveries: tuple[Delivery, ...]
    cost: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """Everything that the emulator computes with.

    Parameters
    ----------
    experiment
        The description.
    groups
        Cells that update together.
    segments
        Those of the groups, then those of the inputs.
    accumulators
        How many there are.
    slots
        Of the common ring buffer: a power of two beyond every delay.
    cells
        Per population, its group and where in it each cell is, int64 (cells,).
    """

    experiment: Experiment
    groups: tuple[Group, ...]
    segments: tuple[Segment, ...]
    accumulators: int
    slots: int
    cells: Mapping[str, tuple[int, Integers]]


def wire(program: Program) -> Wiring:
    """Decode the files of a program.

    Raises
    ------
    SomacError
        E0703 to E0705 and E0710 to E0714 if a file is missing or damaged.
    """
    files = read_files(program)
    cells = lay_out(files)
    return Wiring(
        files.experiment,
        cells.groups,
        _segments(files, cells),
        cells.accumulators,
        max((memory.slots for memory in files.memories), default=1),
        {p.name: _population(files, cells, p.name) for p in files.experiment.populations},
    )


def _segments(files: Files, cells: Cells) -> tuple[Segment, ...]:
    flat = flatten(files, cells)
    events = np.bincount(flat.source, minlength=len(flat.sends))
    cost = np.stack([flat.sends.astype(np.int64), flat.heard, events, flat.crossings])
    blocks = [g.first + port * g.cells for g in cells.groups for port in range(len(g.ports))]
    blocks.append(cells.accumulators)
    ranges = [group.kernel.code.output_range for group in cells.groups]
    ranges += [(i.low, i.high) for i in files.experiment.inputs]
    ends = np.searchsorted(flat.source, cells.edges)
    segments = []
    for number, (low, high) in enumerate(ranges):
        first, last = cells.edges[number], cells.edges[number + 1]
        own = slice(ends[number], ends[number + 1])
        ways = deliveries(
            int(last - first),
            max(-low, high, 1),
            np.array(blocks),
            flat.source[own] - np.int32(first),
            flat.target[own],
            flat.weight[own],
            flat.delay[own],
        )
        segments.append(Segment(tuple(ways), cost[:, first:last]))
    return tuple(segments)


def _population(files: Files, cells: Cells, name: str) -> tuple[int, Integers]:
    """The group of a population, and where in it each cell of the model is."""
    (plan,) = (p for p in files.experiment.populations if p.name == name)
    places = [cells.cores[span.core] for span in plan.spans]
    sizes = [span.stop - span.start for span in plan.spans]
    spans = [place.first + np.arange(size) for place, size in zip(places, sizes, strict=True)]
    where = np.empty(plan.size, dtype=np.int64)
    where[plan.cells] = np.concatenate(spans)
    return places[0].group, where
