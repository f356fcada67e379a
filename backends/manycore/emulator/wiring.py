"""A program's files, decoded once into what both engines compute with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.manycore.emulator.cells import Cells, Group, lay_out
from somac.backends.manycore.emulator.columns import BLOCK
from somac.backends.manycore.emulator.files import Files, read_files
from somac.backends.manycore.emulator.parts import PlasticPart
from somac.backends.manycore.emulator.reading import FILE, Experiment
from somac.backends.manycore.emulator.synapses import FlatSynapses, flatten
from somac.ir.errors import Place, SomacError
from somac.ir.plasticity import PRE
from somac.ir.program import Program

__all__ = ["Segment", "Wiring", "wire"]

Integers = NDArray[np.int64]

_PAYLOAD_BITS = 32


@dataclass(frozen=True, slots=True)
class Segment:
    """What sends: the cells of a group or the channels of an input.

    Their signals are `low` to `high`; as sources they have numbers from `first` on.
    """

    first: int
    cells: int
    low: int
    high: int

    @property
    def graded(self) -> bool:
        """Whether a signal can be anything but 0 and 1."""
        return not 0 <= self.low <= self.high <= 1


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """Everything but the synapses.

    Parameters
    ----------
    experiment
        The description.
    groups
        Cells that update together.
    segments
        Those of the groups, then those of the inputs.
    cell_sources, sources, accumulators
        How many there are, those that fill up blocks included; sources from `cell_sources` on
        are channels of inputs.
    slots
        Of the common ring buffer: a power of two beyond every delay.
    cells
        Per population, its group and where in it each cell is, int64 (cells,).
    parts
        Plastic projections with synapses, in the order of the groups that they end at.
    learning
        Per plastic projection, the states of its synapses.
    """

    experiment: Experiment
    groups: tuple[Group, ...]
    segments: tuple[Segment, ...]
    cell_sources: int
    sources: int
    accumulators: int
    slots: int
    cells: Mapping[str, tuple[int, Integers]]
    parts: tuple[PlasticPart, ...]
    learning: Mapping[str, tuple[str, ...]]


def wire(program: Program) -> tuple[Wiring, FlatSynapses]:
    """Decode the files of a program.

    Raises
    ------
    SomacError
        E0703 to E0705 and E0710 to E0714 if a file is missing or damaged.
    """
    files = read_files(program)
    cells = lay_out(files)
    synapses, parts = flatten(files, cells)
    ends = [part.arrivals + -(-part.cells // BLOCK) * BLOCK for part in parts]
    wiring = Wiring(
        files.experiment,
        cells.groups,
        _segments(files, cells),
        int(cells.edges[len(cells.groups)]),
        int(cells.edges[-1]),
        max([cells.accumulators, *ends]),
        max((memory.slots for memory in files.memories), default=1),
        {p.name: _population(files, cells, p.name) for p in files.experiment.populations},
        parts,
        {p.name: files.rules[p.rule].states for p in files.experiment.projections},
    )
    _check_signals(wiring)
    return wiring, synapses


def _check_signals(wiring: Wiring) -> None:
    """E0713 if a rule's format does not hold what can arrive: its code relies on that."""
    first = np.array([segment.first for segment in wiring.segments])
    for part in wiring.parts:
        on_pre = part.rule.updates["on_pre"]
        if PRE not in on_pre.names("param"):
            continue
        format = on_pre.format_of("param", PRE)
        heard = part.source[part.source >= 0]
        for number in np.unique(np.searchsorted(first, heard, side="right") - 1).tolist():
            segment = wiring.segments[number]
            if not format.minimum <= segment.low <= segment.high <= format.maximum:
                raise SomacError(
                    "E0713",
                    f"projection {part.name}: {PRE} of {format} does not hold what arrives",
                    place=Place(file=FILE, node=part.name),
                )


def _segments(files: Files, cells: Cells) -> tuple[Segment, ...]:
    sizes = [group.cells for group in cells.groups] + [i.size for i in files.experiment.inputs]
    ranges = [_sent(group) for group in cells.groups]
    ranges += [(i.low, i.high) for i in files.experiment.inputs]
    return tuple(
        Segment(first, size, low, high)
        for first, size, (low, high) in zip(cells.edges.tolist()[:-1], sizes, ranges, strict=True)
    )


def _sent(group: Group) -> tuple[int, int]:
    """Bounds of what cells send: what a packet can carry."""
    low, high = lower(group.datapath).output_range
    limit = 1 << (_PAYLOAD_BITS - 1)
    if not -limit <= low <= high < limit:
        raise SomacError(
            "E0713",
            f"cells of {group.datapath.name} send numbers of more than {_PAYLOAD_BITS} bits",
            place=Place(file=FILE),
        )
    return low, high


def _population(files: Files, cells: Cells, name: str) -> tuple[int, Integers]:
    """The group of a population, and where in it each cell of the model is."""
    (plan,) = (p for p in files.experiment.populations if p.name == name)
    places = [cells.cores[span.core] for span in plan.spans]
    where = np.empty(plan.size, dtype=np.int64)
    where[plan.cells] = np.concatenate([place.cells for place in places])
    return places[0].group, where
