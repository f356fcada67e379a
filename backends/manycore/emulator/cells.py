"""The cells of all cores side by side: cores of one program and one schedule are one group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.columns import BLOCK
from somac.backends.manycore.emulator.decode import CoreMemory
from somac.backends.manycore.emulator.files import Files
from somac.ir.datapath import Datapath
from somac.ir.fixed import Format

__all__ = ["Cells", "CorePlace", "Group", "lay_out"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Cells that update together.

    Parameters
    ----------
    datapath
        Their update.
    cells
        How many.
    start, period
        Ticks of their updates.
    first, stride
        Their accumulators: port p of cell c is ``first + p * stride + c``.
    ports
        Names of the ports, and their formats.
    parameters, states
        int64 (cells,) or (1,) each, states with their initial values.
    """

    datapath: Datapath
    cells: int
    start: int
    period: int
    first: int
    stride: int
    ports: Mapping[str, Format]
    parameters: Mapping[str, Integers]
    states: Mapping[str, Integers]


@dataclass(frozen=True, slots=True, eq=False)
class CorePlace:
    """The group of a core, and where in it each of its cells is, int64 (cells,)."""

    group: int
    cells: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """All groups, and the place of every core, in the order of the description.

    What sends is numbered from 0: first the cells of the groups, then the channels of the
    inputs. Each group and each input is a segment; `edges` is int64 (segments + 1,), where they
    begin. Segments, and the accumulators of a port, are filled up to whole blocks of `BLOCK`.
    """

    groups: tuple[Group, ...]
    cores: tuple[CorePlace, ...]
    edges: Integers

    @property
    def accumulators(self) -> int:
        """How many there are."""
        return sum(group.stride * len(group.ports) for group in self.groups)

    def sources(self, core: int) -> Integers:
        """The numbers, as sources, of the cells of a core."""
        place = self.cores[core]
        first = int(self.edges[place.group])
        return first + place.cells


def lay_out(files: Files) -> Cells:
    """Group the cores and number their cells."""
    members: dict[tuple[int, int, int], list[int]] = {}
    for number, population in enumerate(files.experiment.populations):
        memory = files.memories[population.spans[0].core]
        key = memory.program, memory.start, memory.period
        members.setdefault(key, []).append(number)
    places: dict[int, CorePlace] = {}
    groups: list[Group] = []
    accumulators = 0
    for populations in members.values():
        cells = 0
        cores = []
        for population in (files.experiment.populations[n] for n in populations):
            where = cells + _order(population.shape)
            for span in population.spans:
                held = population.cells[span.start : span.stop]
                places[span.core] = CorePlace(len(groups), where[held])
                cores.append(span.core)
            cells += population.size
        joined = _group(files, cores, [places[core].cells for core in cores], accumulators)
        groups.append(joined)
        accumulators += joined.stride * len(joined.ports)
    sizes = [g.cells for g in groups] + [i.size for i in files.experiment.inputs]
    cores_in_order = tuple(places[core] for core in range(len(files.memories)))
    return Cells(tuple(groups), cores_in_order, np.cumsum([0, *map(_whole, sizes)]))


def _order(shape: tuple[int, ...]) -> Integers:
    """Where each cell of a population goes: channels last.

    A convolution reaches all channels of a place, which then lie side by side.
    """
    size = prod(shape)
    channels = shape[0] if len(shape) > 1 else 1
    channel, place = np.divmod(np.arange(size), size // channels)
    return place * channels + channel


def _whole(cells: int) -> int:
    return -(-cells // BLOCK) * BLOCK


def _group(files: Files, cores: Sequence[int], places: Sequence[Integers], first: int) -> Group:
    memories = [files.memories[core] for core in cores]
    datapath = files.datapaths[memories[0].program]
    order = np.argsort(np.concatenate(places))
    return Group(
        datapath,
        len(order),
        memories[0].start,
        memories[0].period,
        first,
        _whole(len(order)),
        {name: datapath.format_of("input", name) for name in datapath.names("input")},
        {
            name: _joined(memories, [m.parameters[n] for m in memories], order)
            for n, name in enumerate(datapath.names("param"))
        },
        {
            name: _joined(memories, [m.states[n] for m in memories], order)
            for n, name in enumerate(datapath.names("state"))
        },
    )


def _joined(
    memories: Sequence[CoreMemory], values: Sequence[Integers], order: Integers
) -> Integers:
    """One value per cell; one in all where all cells share it."""
    if all(len(v) == 1 and v[0] == values[0][0] for v in values):
        return values[0]
    each = [np.broadcast_to(v, (m.neurons,)) for m, v in zip(memories, values, strict=True)]
    return np.concatenate(each)[order]
