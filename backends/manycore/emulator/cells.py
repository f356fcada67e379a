"""The cells of all cores side by side: cores of one program and one schedule are one group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, numpy_kernel
from somac.backends.manycore.emulator.decode import CoreMemory
from somac.backends.manycore.emulator.files import Files
from somac.ir.fixed import Format

__all__ = ["Cells", "CorePlace", "Group", "lay_out"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Cells that update together.

    Parameters
    ----------
    kernel
        Their update.
    cells
        How many.
    start, period
        Ticks of their updates.
    first
        The first of their accumulators; port p of cell c is ``first + p * cells + c``.
    ports
        Names of the ports, and their formats.
    parameters, states
        int64 (cells,) or (1,) each, states with their initial values.
    """

    kernel: NumpyKernel
    cells: int
    start: int
    period: int
    first: int
    ports: Mapping[str, Format]
    parameters: Mapping[str, Integers]
    states: Mapping[str, Integers]


@dataclass(frozen=True, slots=True)
class CorePlace:
    """The group of a core, and where in it its cells begin."""

    group: int
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """All groups, and the place of every core, in the order of the description.

    `edges` is int64 (segments + 1,): what sends, numbered from 0: first the cells of the
    groups, then the channels of the inputs; each is a segment.
    """

    groups: tuple[Group, ...]
    cores: tuple[CorePlace, ...]
    edges: Integers

    @property
    def accumulators(self) -> int:
        """How many there are."""
        return sum(group.cells * len(group.ports) for group in self.groups)

    def source(self, core: int) -> int:
        """The number, as a source, of the first cell of a core."""
        place = self.cores[core]
        return int(self.edges[place.group]) + place.first


def lay_out(files: Files) -> Cells:
    """Group the cores and number their cells."""
    members: dict[tuple[int, int, int], list[int]] = {}
    for core, memory in enumerate(files.memories):
        members.setdefault((memory.program, memory.start, memory.period), []).append(core)
    places: dict[int, CorePlace] = {}
    groups: list[Group] = []
    accumulators = 0
    for cores in members.values():
        cells = 0
        for core in cores:
            places[core] = CorePlace(len(groups), cells)
            cells += files.memories[core].neurons
        groups.append(_group(files, cores, cells, accumulators))
        accumulators += cells * len(groups[-1].ports)
    sizes = [group.cells for group in groups] + [i.size for i in files.experiment.inputs]
    cores_in_order = tuple(places[core] for core in range(len(files.memories)))
    return Cells(tuple(groups), cores_in_order, np.cumsum([0, *sizes]))


def _group(files: Files, cores: Sequence[int], cells: int, first: int) -> Group:
    memories = [files.memories[core] for core in cores]
    datapath = files.datapaths[memories[0].program]
    return Group(
        numpy_kernel(datapath),
        cells,
        memories[0].start,
        memories[0].period,
        first,
        {name: datapath.format_of("input", name) for name in datapath.names("input")},
        {
            name: _joined(memories, [m.parameters[n] for m in memories])
            for n, name in enumerate(datapath.names("param"))
        },
        {
            name: _joined(memories, [m.states[n] for m in memories])
            for n, name in enumerate(datapath.names("state"))
        },
    )


def _joined(memories: Sequence[CoreMemory], values: Sequence[Integers]) -> Integers:
    """One value per cell; one in all where all cells share it."""
    if all(len(v) == 1 and v[0] == values[0][0] for v in values):
        return values[0]
    return np.concatenate(
        [np.broadcast_to(v, (m.neurons,)) for m, v in zip(memories, values, strict=True)]
    )
