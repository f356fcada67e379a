"""A section: the update of a slice as a pipeline, and the memories of its states and parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.codegen.systemverilog import schedule, sv_module
from somac.backends.fpga.emit.bits import signed_bits
from somac.backends.fpga.emit.design import Section, Sender, State
from somac.backends.fpga.emit.images import Field, hex_image, packed
from somac.backends.fpga.emit.lanes import lane_size
from somac.ir.integer import IntegerPopulation
from somac.ir.mapping import Slice

__all__ = ["Bounds", "section_images", "section_of", "sum_bits"]

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


def section_of(
    population: IntegerPopulation,
    part: Slice,
    sender: Sender,
    arriving: Bounds,
    bits: int,
    order: Integers,
    *,
    lanes: int,
    index: int,
    links: tuple[int, int],
    budget_ns: float,
) -> Section:
    """The section of a slice; `bits` are those of the accumulators of its engine.

    Parameters that are the same for all cells of the slice are constants of the update.
    """
    cells = slice(part.start, part.stop)
    datapath = population.datapath
    known: dict[tuple[str, str], tuple[int, int]] = {}
    for port in datapath.names("input"):
        low, high = arriving[port]
        if signed_bits(low, high) <= bits:
            known["input", port] = (low, high)
    parameters: dict[str, Integers] = {}
    widths: dict[str, int] = {}
    for name in datapath.names("param"):
        values = population.parameters[name]
        own = values[cells] if values.ndim else values
        least, most = int(own.min()), int(own.max())
        known["param", name] = (least, most)
        if least == most:
            parameters[name] = np.asarray(least)
        else:
            parameters[name], widths[name] = own, signed_bits(least, most)
    code = lower(datapath, known, sum_bits=bits)
    planned = schedule(code, budget_ns)
    states = []
    for name in datapath.names("state"):
        format = datapath.format_of("state", name)
        initial = population.initial[name]
        own = initial[cells] if initial.ndim else initial
        if own.ndim and (own == own[0]).all():
            own = np.asarray(own[0])
        states.append(State(name, signed_bits(format.minimum, format.maximum), own))
    memories = {}
    if any(state.initial.ndim for state in states):
        memories["initial"] = f"{sender.name}_initial.mem"
    if widths:
        memories["parameters"] = f"{sender.name}_parameters.mem"
    return Section(
        sender,
        part.population,
        part.start,
        part.stop,
        order[cells],
        -(-part.size // lanes),
        index,
        links,
        datapath.text(),
        code,
        sv_module(planned, f"{sender.name}_update"),
        lane_size(planned),
        datapath.names("input"),
        tuple(states),
        parameters,
        widths,
        memories,
    )


def section_images(section: Section, lanes: int) -> dict[str, bytes]:
    """Initial states and parameters, a group per word, and the tables of the update."""
    images = {name: text.encode() for name, text in section.module.memories.items()}
    if "initial" in section.memories:
        fields = [(np.broadcast_to(s.initial, _cells(section)), s.bits) for s in section.states]
        images[section.memories["initial"]] = _groups(fields, lanes)
    if "parameters" in section.memories:
        fields = [(section.parameters[n], bits) for n, bits in section.parameter_bits.items()]
        images[section.memories["parameters"]] = _groups(fields, lanes)
    return images


def _cells(section: Section) -> tuple[int]:
    return (section.stop - section.start,)


def _groups(fields: list[Field], lanes: int) -> bytes:
    """Values per cell (cells,) as words of all lanes, in each the fields of a cell together."""
    size = len(fields[0][0])
    groups = -(-size // lanes)
    cells = np.zeros((groups * lanes, sum(bits for _, bits in fields)), np.bool_)
    cells[:size] = packed(fields)
    return hex_image(cells.reshape(groups, -1))
