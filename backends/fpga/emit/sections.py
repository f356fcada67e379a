"""A section: the update of a slice as a pipeline, and the memories of its states and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import Code, lower
from somac.backends.codegen.systemverilog import SvModule, schedule, sv_module
from somac.backends.fpga.emit.bits import signed_bits
from somac.backends.fpga.emit.design import Section, Sender, State
from somac.backends.fpga.emit.images import Field, hex_image, packed
from somac.backends.fpga.emit.lanes import LaneSize, lane_size
from somac.ir.integer import IntegerPopulation
from somac.ir.mapping import Slice

__all__ = ["Bounds", "Update", "section_images", "section_of", "sum_bits", "update_of"]

Integers = NDArray[np.int64]
Bounds = Mapping[str, tuple[int, int]]
"""What can arrive at each port, by name."""


def sum_bits(population: IntegerPopulation, arriving: Bounds) -> int:
    """Bits of the widest accumulator that a port needs: no more than its format has."""
    datapath = population.datapath
    return max(
        (
            min(signed_bits(*arriving[port]), datapath.format_of("input", port).width)
            for port in datapath.names("input")
        ),
        default=1,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """The update of a slice.

    `parameters` are int64: 0-d those that are constants of the code, (cells,) those that are not,
    whose bits are `widths`.
    """

    code: Code
    module: SvModule
    size: LaneSize
    parameters: Mapping[str, Integers]
    widths: Mapping[str, int]


def update_of(
    population: IntegerPopulation,
    part: Slice,
    name: str,
    arriving: Bounds,
    bits: int,
    budget_ns: float,
) -> Update:
    """The update as a pipeline; `bits` are those of the accumulators.

    Parameters that are the same for all cells of the slice are constants.
    """
    datapath = population.datapath
    known: dict[tuple[str, str], tuple[int, int]] = {}
    for port in datapath.names("input"):
        low, high = arriving[port]
        if signed_bits(low, high) <= bits:
            known["input", port] = (low, high)
    parameters: dict[str, Integers] = {}
    widths: dict[str, int] = {}
    for parameter in datapath.names("param"):
        own = _own(population.parameters[parameter], part)
        least, most = int(own.min()), int(own.max())
        known["param", parameter] = (least, most)
        if least == most:
            parameters[parameter] = np.asarray(least)
        else:
            parameters[parameter], widths[parameter] = own, signed_bits(least, most)
    planned = schedule(lower(datapath, known, sum_bits=bits), budget_ns)
    module = sv_module(planned, f"{name}_update")
    return Update(planned.code, module, lane_size(planned), parameters, widths)


def section_of(
    population: IntegerPopulation,
    part: Slice,
    sender: Sender,
    update: Update,
    order: Integers,
    *,
    lanes: int,
    index: int,
    links: tuple[int, int],
) -> Section:
    """The section of a slice, whose first group has the accumulator `index`.

    As many cells are updated at a time as a word of the sender has.
    """
    datapath = population.datapath
    states = []
    for name in datapath.names("state"):
        format = datapath.format_of("state", name)
        own = _own(population.initial[name], part)
        if own.ndim and (own == own[0]).all():
            own = np.asarray(own[0])
        states.append(State(name, signed_bits(format.minimum, format.maximum), own))
    memories = {}
    if any(state.initial.ndim for state in states):
        memories["initial"] = f"{sender.name}_initial.mem"
    if update.widths:
        memories["parameters"] = f"{sender.name}_parameters.mem"
    return Section(
        sender,
        part.population,
        part.start,
        part.stop,
        order[part.start : part.stop],
        -(-part.size // lanes),
        lanes // sender.width,
        index,
        links,
        datapath.text(),
        update.code,
        update.module,
        update.size,
        datapath.names("input"),
        tuple(states),
        update.parameters,
        update.widths,
        memories,
    )


def _own(values: Integers, part: Slice) -> Integers:
    """Those of a slice, where there is one per cell."""
    return values[part.start : part.stop] if values.ndim else values


def section_images(section: Section) -> dict[str, bytes]:
    """Initial states and parameters, a word per update, and the tables of the update."""
    width = section.sender.width
    images = {name: text.encode() for name, text in section.module.memories.items()}
    if "initial" in section.memories:
        fields = [(np.broadcast_to(s.initial, _cells(section)), s.bits) for s in section.states]
        images[section.memories["initial"]] = _words(fields, width)
    if "parameters" in section.memories:
        fields = [(section.parameters[n], bits) for n, bits in section.parameter_bits.items()]
        images[section.memories["parameters"]] = _words(fields, width)
    return images


def _cells(section: Section) -> tuple[int]:
    return (section.stop - section.start,)


def _words(fields: list[Field], width: int) -> bytes:
    """Values per cell (cells,) as words of so many cells, in each the fields of a cell together."""
    size = len(fields[0][0])
    words = -(-size // width)
    cells = np.zeros((words * width, sum(bits for _, bits in fields)), np.bool_)
    cells[:size] = packed(fields)
    return hex_image(cells.reshape(words, -1))
