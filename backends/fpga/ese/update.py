"""The element-wise work: the update of a population as a pipeline, one copy for each channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from somac.backends.codegen import Code, lower
from somac.backends.codegen.systemverilog import Port, SvModule, schedule, sv_module
from somac.backends.fpga.emit.lanes import LaneSize, lane_size
from somac.backends.fpga.emit.names import said
from somac.backends.fpga.ese.words import hex_image, packed_words
from somac.ir.fixed import Format
from somac.ir.integer import IntegerPopulation

__all__ = ["Field", "Update", "update_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """Bits of a packed word: a state or parameter of that name, and its width."""

    name: str
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """The pipeline of a population.

    Parameters
    ----------
    name
        Stem of its modules: ``NAME_update`` holds a ``NAME_lane`` per channel.
    population
        What it updates.
    lane
        The pipeline of one channel.
    size
        What that is made of.
    states, parameters
        Fields of the packed words, the first in the lowest bits.
    """

    name: str
    population: IntegerPopulation
    lane: SvModule
    size: LaneSize
    states: tuple[Field, ...]
    parameters: tuple[Field, ...]

    @property
    def state_bits(self) -> int:
        """Width of the states of a cell; one bit stands for none."""
        return max(1, sum(f.width for f in self.states))

    @property
    def parameter_bits(self) -> int:
        """Width of its parameters; one bit stands for none."""
        return max(1, sum(f.width for f in self.parameters))

    def constants(self) -> bytes:
        """The memory image of a word per cell: its parameters, above them its first states."""
        p = self.population
        empty = np.zeros((), np.int64)
        parameters = [(p.parameters[f.name], f.width) for f in self.parameters]
        states = [(p.initial[f.name], f.width) for f in self.states]
        fields = [*(parameters or [(empty, 1)]), *(states or [(empty, 1)])]
        words = packed_words(fields, p.size)
        return hex_image(words, self.state_bits + self.parameter_bits, p.size)

    def source(self, channels: int, sum_bits: int, activation_bits: int) -> str:
        """The module that holds the pipelines of all channels."""
        return "\n".join(_source(self, channels, sum_bits, activation_bits)) + "\n"


def update_of(population: IntegerPopulation, name: str, budget_ns: float) -> Update:
    """The pipeline of a population whose stages take so many ns by the model of delays."""
    known = {
        ("param", key): (int(values.min()), int(values.max()))
        for key, values in population.parameters.items()
    }
    code: Code = lower(population.datapath, known)
    planned = schedule(code, budget_ns)
    lane = sv_module(planned, f"{name}_lane")
    states = tuple(
        Field(state, population.datapath.format_of("state", state).width)
        for state in code.next_state
    )
    parameters = tuple(Field(p.argument, p.width) for p in lane.ports if p.kind == "param")
    return Update(name, population, lane, lane_size(planned), states, parameters)


def _source(update: Update, channels: int, sum_bits: int, activation_bits: int) -> Iterator[str]:
    population = update.population
    ports = population.datapath.names("input")
    sums = len(ports) * channels * sum_bits
    states, parameters = update.state_bits, update.parameter_bits
    yield f"// The update of {said(population.name)}, {channels} channels side by side: a cell"
    yield f"// in every cycle, {update.lane.latency} cycles from sums to results. Generated."
    for number, name in enumerate(ports):
        format = population.datapath.format_of("input", name)
        yield f"//   bank {number}: sums at port {said(name)}, {format}"
    for state in update.states:
        format = population.datapath.format_of("state", state.name)
        yield f"//   state {said(state.name)}: {format}"
    yield f"//   sent: {population.datapath.sent}"
    yield f"module {update.name}_update ("
    yield "    input  logic clk,"
    yield f"    input  logic [{sums - 1}:0] sums,"
    yield f"    input  logic [{channels * states - 1}:0] states,"
    yield f"    input  logic [{parameters - 1}:0] parameters,"
    yield f"    output logic [{channels * states - 1}:0] next_states,"
    yield f"    output logic [{channels * activation_bits - 1}:0] sent"
    yield ");"
    yield f"    for (genvar c = 0; c < {channels}; c++) begin : channel"
    results = [p for p in update.lane.ports if p.kind in ("next", "sent")]
    for port in results:
        yield f"        logic signed [{port.width - 1}:0] {_wire(port)};"
    yield f"        {update.lane.name} lane ("
    yield "            .clk(clk),"
    connected = list(_connections(update, channels, sum_bits))
    yield ",\n".join(f"            .{name}({wire})" for name, wire in connected)
    yield "        );"
    yield from _results(update, activation_bits)
    yield "    end"
    yield "    // bits that this population has no use for"
    yield "    wire unused = &{1'b0, sums, states, parameters};"
    yield "endmodule"


def _connections(update: Update, channels: int, sum_bits: int) -> Iterator[tuple[str, str]]:
    datapath = update.population.datapath
    banks = datapath.names("input")
    for port in update.lane.ports:
        match port.kind:
            case "input":
                place = f"({banks.index(port.argument)}*{channels} + c)*{sum_bits}"
                yield (
                    port.name,
                    _read("sums", place, datapath.format_of("input", port.argument), port),
                )
            case "state":
                place = f"c*{update.state_bits} + {_place(update.states, port.argument)}"
                format = datapath.format_of("state", port.argument)
                yield port.name, _read("states", place, format, port)
            case "param":
                first = _place(update.parameters, port.argument)
                yield port.name, f"parameters[{first} +: {port.width}]"
            case "next" | "sent":
                yield port.name, _wire(port)


def _read(word: str, place: str, format: Format, port: Port) -> str:
    """Bits of a format out of a packed word, for a port that is always signed."""
    bits = f"{word}[{place} +: {min(format.width, port.width)}]"
    if port.width <= format.width:
        return bits
    return f"{{1'b0, {bits}}}" if port.width == format.width + 1 else f"{port.width}'({bits})"


def _results(update: Update, activation_bits: int) -> Iterator[str]:
    datapath = update.population.datapath
    for port in update.lane.ports:
        if port.kind == "next":
            width = datapath.format_of("state", port.argument).width
            place = f"c*{update.state_bits} + {_place(update.states, port.argument)}"
            yield f"        assign next_states[{place} +: {width}] = {width}'({_wire(port)});"
        elif port.kind == "sent":
            place = f"c*{activation_bits} +: {activation_bits}"
            yield f"        assign sent[{place}] = {activation_bits}'({_wire(port)});"
    if not update.states:
        yield "        assign next_states[c] = 1'b0;"


def _wire(port: Port) -> str:
    """What a result is called outside its lane."""
    return f"{port.name}_value"


def _place(fields: tuple[Field, ...], name: str) -> int:
    names = [f.name for f in fields]
    return sum(f.width for f in fields[: names.index(name)])
