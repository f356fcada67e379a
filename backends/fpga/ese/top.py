"""The SystemVerilog that an engine has of its own: its core, the top, the module for simulators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Template
from typing import Any

from somac.backends.codegen.systemverilog import PARTS
from somac.backends.fpga import testbench
from somac.backends.fpga.emit.names import identifiers, said
from somac.backends.fpga.ese.description import SOURCES
from somac.backends.fpga.ese.encoding import Encoded
from somac.backends.fpga.ese.rtl import library
from somac.backends.fpga.ese.structure import Geometry, Structure
from somac.backends.fpga.ese.update import Update
from somac.ir.integer import IntegerNetwork

__all__ = ["Names", "Parts", "beat_bits", "core", "names_of", "sim", "top"]

_OTHERS = ("cell_update", "cell_lane", "output_update", "output_lane", "sim", "testbench")


@dataclass(frozen=True, slots=True)
class Names:
    """Identifiers: of the module on top, and of the streams of the input and the output."""

    top: str
    input: str
    output: str


def names_of(network: IntegerNetwork) -> Names:
    """Those of the model, as far as they are identifiers that nothing else has."""
    modules = {name.removesuffix(".sv") for name in library()}
    taken = {*modules, *_OTHERS, *PARTS, *testbench.MODULES}
    (top,) = identifiers([network.name or "network"], taken).values()
    (x,), (output,) = network.inputs, network.outputs
    (given,) = identifiers([x.name]).values()
    (left,) = identifiers([output.name], [given]).values()
    return Names(top, given, left)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What the files are made from."""

    structure: Structure
    geometry: Geometry
    encoded: Encoded
    cells: Update
    outputs: Update
    names: Names

    @property
    def entries(self) -> int:
        """Words of a stream: those of the longest, so that all lanes are alike."""
        return max(1, *(len(w) for w in self.encoded.weights))


def _packed(values: Iterator[int], width: int) -> str:
    """A parameter of packed fields, the first in the lowest bits."""
    fields = [f"{width}'d{value}" for value in values]
    return "{" + ", ".join(reversed(fields)) + "}"


def _parameters(parts: Parts) -> dict[str, Any]:
    structure, geometry = parts.structure, parts.geometry
    cells, outputs = parts.cells, parts.outputs
    matrices = structure.matrices
    last = {m.source: number for number, m in enumerate(matrices)}
    to_cells = max(last["x"], last["y"])
    return {
        "LANES": geometry.lanes,
        "CHANNELS": geometry.channels,
        "ACTIVATION": structure.activation_bits,
        "WEIGHT": geometry.weight_bits,
        "SKIP": geometry.index_bits,
        "SUM": structure.sum_bits,
        "QUEUE": geometry.depth,
        "ENTRIES": parts.entries,
        "MATRICES": len(matrices),
        "COLUMNS": int(parts.encoded.columns.sum()),
        "COLUMNS_OF": _packed((m.columns for m in matrices), 16),
        "SOURCE_OF": _packed((SOURCES[m.source] for m in matrices), 2),
        "BANK_OF": _packed((m.bank for m in matrices), 8),
        "ENDS_INPUTS": f"{len(matrices)}'d{1 << last['x']}",
        "ENDS_CELLS": f"{len(matrices)}'d{1 << to_cells}",
        "PORTS": len(structure.ports),
        "INPUTS": structure.x.size,
        "CELLS": structure.cells.size,
        "CELL_STATES": cells.state_bits,
        "CELL_PARAMETERS": cells.parameter_bits,
        "CELL_LATENCY": cells.lane.latency,
        "OUTPUTS": structure.outputs.size,
        "OUTPUT_STATES": outputs.state_bits,
        "OUTPUT_PARAMETERS": outputs.parameter_bits,
        "OUTPUT_LATENCY": outputs.lane.latency,
    }


_CORE = Template("""\
// Sparse matrix engine for network $network: $lanes lanes, $channels channels. Generated.
//
//   in    $x: $x_size values of $x_format in a step, a beat of all channels for each
//   out   $y: $y_size values of $y_format
//
$matrices
module ${name}_core (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [$vector:0] in_data,
    output logic out_valid,
    input  logic out_ready,
    output logic [$vector:0] out_data,
    output logic out_last,
    // for simulation: states and signals of a cell, and of an output, after its update
    output logic cell_valid,
    output logic [$cell_states:0] cell_next,
    output logic [$vector:0] cell_sent,
    output logic output_valid,
    output logic [$output_states:0] output_next,
    output logic [$vector:0] output_sent
);
    logic [$cell_sums:0] cell_sums;
    logic [$cell_states:0] cell_states;
    logic [$cell_parameters:0] cell_parameters;
    logic [$output_sums:0] output_sums;
    logic [$output_states:0] output_states;
    logic [$output_parameters:0] output_parameters;

    ese_engine #(
$parameters
    ) engine (.*);

    cell_update cells (
        .clk(clk), .sums(cell_sums), .states(cell_states), .parameters(cell_parameters),
        .next_states(cell_next), .sent(cell_sent)
    );

    output_update outputs (
        .clk(clk), .sums(output_sums), .states(output_states), .parameters(output_parameters),
        .next_states(output_next), .sent(output_sent)
    );
endmodule
""")


def core(parts: Parts) -> str:
    """The engine, and its two updates."""
    structure, geometry = parts.structure, parts.geometry
    cells, outputs = parts.cells, parts.outputs
    parameters = _parameters(parts)
    vector = geometry.channels * structure.activation_bits
    sums = geometry.channels * structure.sum_bits
    banks = (*map(said, structure.ports), "the outputs")
    matrices = [
        f"//   {said(m.projection.name)}: {m.columns} columns of {m.source} for {banks[m.bank]}"
        for m in structure.matrices
    ]
    return _CORE.substitute(
        name=parts.names.top,
        network=said(structure.network.name),
        lanes=geometry.lanes,
        channels=geometry.channels,
        x=said(structure.x.name),
        x_size=structure.x.size,
        x_format=structure.x.format,
        y=said(structure.network.outputs[0].name),
        y_size=structure.outputs.size,
        y_format=structure.outputs.datapath.sent,
        matrices="\n".join(matrices),
        vector=vector - 1,
        cell_states=geometry.channels * cells.state_bits - 1,
        cell_parameters=cells.parameter_bits - 1,
        cell_sums=len(structure.ports) * sums - 1,
        output_states=geometry.channels * outputs.state_bits - 1,
        output_parameters=outputs.parameter_bits - 1,
        output_sums=sums - 1,
        parameters=",\n".join(f"        .{key}({value})" for key, value in parameters.items()),
    )


_TOP = Template("""\
// Sparse matrix engine for network $network, as it goes onto a part. Generated.
//
// A step is $x_size beats of $x and gives $y_size of $y, each with a value of every one of
// $channels channels, that of the first in the lowest $activation bits.
module $name (
    input  logic clk,
    input  logic rst,
    input  logic ${in}_tvalid,
    output logic ${in}_tready,
    input  logic [$beat:0] ${in}_tdata,
    output logic ${out}_tvalid,
    output logic ${out}_tlast,
    input  logic ${out}_tready,
    output logic [$beat:0] ${out}_tdata
);
    logic [$vector:0] left;

    ${name}_core core (
        .clk(clk), .rst(rst),
        .in_valid(${in}_tvalid), .in_ready(${in}_tready), .in_data(${in}_tdata[$vector:0]),
        .out_valid(${out}_tvalid), .out_ready(${out}_tready), .out_data(left),
        .out_last(${out}_tlast),
        // for simulators alone
        // verilator lint_off PINCONNECTEMPTY
        .cell_valid(), .cell_next(), .cell_sent(),
        .output_valid(), .output_next(), .output_sent()
        // verilator lint_on PINCONNECTEMPTY
    );

    assign ${out}_tdata = $bits'(left);
    // bits above the last channel
    wire unused = &{1'b0, ${in}_tdata};
endmodule
""")


def top(parts: Parts) -> str:
    """The module on top: the streams of the model, and nothing for simulators."""
    structure, names = parts.structure, parts.names
    vector = parts.geometry.channels * structure.activation_bits
    bits = beat_bits(vector)
    return _TOP.substitute(
        {"in": names.input},
        name=names.top,
        network=said(structure.network.name),
        out=names.output,
        x=said(structure.x.name),
        x_size=structure.x.size,
        y=said(structure.network.outputs[0].name),
        y_size=structure.outputs.size,
        channels=parts.geometry.channels,
        activation=structure.activation_bits,
        beat=bits - 1,
        bits=bits,
        vector=vector - 1,
    )


def beat_bits(vector: int) -> int:
    """Bits of a beat of a stream: whole bytes."""
    return -(-vector // 8) * 8


_SIM = Template("""\
// What simulators run: the engine with its streams and probes in uniform ports. Generated.
module sim (
    input  logic clk,
    input  logic rst,
    input  logic [0:0] in_valid,
    output logic [0:0] in_ready,
    input  logic [$vector:0] in_data,
    output logic [0:0] out_valid,
    input  logic [0:0] out_ready,
    output logic [$vector:0] out_data,
    output logic [0:0] out_last,
    output logic [1:0] probe_valid,
    output logic [$probes:0] probe_data
);
    logic cell_valid, output_valid;
    logic [$cell_states:0] cell_next;
    logic [$output_states:0] output_next;
    logic [$vector:0] cell_sent, output_sent;

    ${name}_core engine (.*);

    assign probe_valid = {output_valid, cell_valid};
    assign probe_data = {$probe'({output_next, output_sent}), $probe'({cell_next, cell_sent})};
endmodule
""")


def sim(parts: Parts) -> str:
    """The module that simulators run."""
    channels = parts.geometry.channels
    vector = channels * parts.structure.activation_bits
    states = [channels * update.state_bits for update in (parts.cells, parts.outputs)]
    probe = vector + max(states)
    return _SIM.substitute(
        name=parts.names.top,
        vector=vector - 1,
        cell_states=states[0] - 1,
        output_states=states[1] - 1,
        probe=probe,
        probes=2 * probe - 1,
    )
