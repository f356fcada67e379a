"""An engine as files: SystemVerilog, memory images, and a description of what they hold.

| file | what it holds |
|---|---|
| ``ese_*.sv`` | hand-written modules |
| ``ese.sv`` | the engine of this network: parameters, its two updates |
| ``cell_update.sv``, ``output_update.sv`` and what they instantiate | generated pipelines |
| ``sim.sv`` | the module that simulators run |
| ``entries_NNN.hex``, ``pointers_NNN.hex`` | the stream of a lane, and where its columns end |
| ``cells.hex``, ``outputs.hex`` | per cell, its parameters and first states |
| ``*.mem`` | tables of functions |
| ``cells.datapath``, ``outputs.datapath`` | the updates as text, for the emulator |
| ``engine.json`` | sizes, formats, the schedule |
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np

from somac.backends.codegen.systemverilog import part_source
from somac.backends.fpga.ese.encoding import Encoded, encode
from somac.backends.fpga.ese.schedule import Latencies
from somac.backends.fpga.ese.structure import SOURCES, Geometry, Structure, structure_of
from somac.backends.fpga.ese.update import Update, update_of
from somac.backends.fpga.ese.words import hex_image, packed_words, unsigned_width
from somac.ir.integer import IntegerNetwork

__all__ = ["CLOCK_NS", "Emitted", "emit"]

CLOCK_NS = 5.0
"""Budget of a stage of the update pipelines: a clock of 200 MHz, as ESE's."""


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What the files are made from."""

    structure: Structure
    geometry: Geometry
    encoded: Encoded
    cells: Update
    outputs: Update

    @property
    def entries(self) -> int:
        """Words of a stream: those of the longest, so that all lanes are alike."""
        return max(1, *(len(w) for w in self.encoded.weights))


@dataclass(frozen=True, slots=True, eq=False)
class Emitted:
    """The files of an engine, and the values that they were made from."""

    files: Mapping[str, bytes]
    structure: Structure
    geometry: Geometry
    encoded: Encoded
    latencies: Latencies


def emit(network: IntegerNetwork, geometry: Geometry, clock_ns: float = CLOCK_NS) -> Emitted:
    """Write a network as an engine.

    Raises
    ------
    SomacError
        E0670 for a network that it cannot run.
    """
    structure = structure_of(network, geometry)
    cells = update_of(structure.cells, "cell", clock_ns)
    outputs = update_of(structure.outputs, "output", clock_ns)
    parts = _Parts(structure, geometry, encode(structure, geometry), cells, outputs)
    described = json.dumps(_description(parts), indent=1, sort_keys=True)
    made = {
        **_library(),
        **_update_files(cells, parts),
        **_update_files(outputs, parts),
        **_images(parts),
        "ese.sv": _top(parts).encode(),
        "sim.sv": _sim(parts).encode(),
        "cells.hex": cells.constants(),
        "outputs.hex": outputs.constants(),
        "cells.datapath": structure.cells.datapath.text().encode(),
        "outputs.datapath": structure.outputs.datapath.text().encode(),
        "engine.json": f"{described}\n".encode(),
    }
    latencies = Latencies(cells.lane.latency, outputs.lane.latency)
    return Emitted(dict(sorted(made.items())), structure, geometry, parts.encoded, latencies)


def _library() -> dict[str, bytes]:
    """The hand-written modules."""
    folder = files("somac.backends.fpga.ese") / "rtl"
    return {f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".sv")}


def _update_files(update: Update, parts: _Parts) -> dict[str, bytes]:
    lane, structure = update.lane, parts.structure
    channels = parts.geometry.channels
    text = update.source(channels, structure.sum_bits, structure.activation_bits)
    made = {f"{update.name}_update.sv": text, f"{lane.name}.sv": lane.text}
    made |= {f"{part}.sv": part_source(part) for part in lane.parts}
    made |= lane.memories
    return {name: text.encode() for name, text in made.items()}


# -- images ------------------------------------------------------------------------------------


def _images(parts: _Parts) -> dict[str, bytes]:
    geometry, encoded, depth = parts.geometry, parts.encoded, parts.entries
    made = {}
    for lane in range(geometry.lanes):
        skips, weights = encoded.skips[lane], encoded.weights[lane]
        fields = [(skips, geometry.index_bits), (weights, geometry.weight_bits)]
        words = packed_words(fields, len(weights))
        width = geometry.index_bits + geometry.weight_bits
        made[f"entries_{lane:03d}.hex"] = hex_image(words, width, depth)
        ends = encoded.ends[lane].tolist()
        made[f"pointers_{lane:03d}.hex"] = hex_image(ends, unsigned_width(depth), len(ends))
    return made


# -- the top of the design ---------------------------------------------------------------------


def _packed(values: Iterator[int], width: int) -> str:
    """A parameter of packed fields, the first in the lowest bits."""
    fields = [f"{width}'d{value}" for value in values]
    return "{" + ", ".join(reversed(fields)) + "}"


def _parameters(parts: _Parts) -> dict[str, Any]:
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


_TOP = Template("""\
// Sparse matrix engine for network $network: $lanes lanes, $channels channels. Generated.
//
//   in    $x: $x_size values of $x_format in a step, a beat of all channels for each
//   out   $y: $y_size values of $y_format
//
$matrices
module ese (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [$vector:0] in_data,
    output logic out_valid,
    input  logic out_ready,
    output logic [$vector:0] out_data,
    output logic out_last,
    // for simulation: states and signals of a cell after its update, signals of an output
    output logic cell_valid,
    output logic [$cell_states:0] cell_next,
    output logic [$vector:0] cell_sent,
    output logic output_valid,
    output logic [$vector:0] output_sent
);
    logic [$cell_sums:0] cell_sums;
    logic [$cell_states:0] cell_states;
    logic [$cell_parameters:0] cell_parameters;
    logic [$output_sums:0] output_sums;
    logic [$output_states:0] output_states, output_next;
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


def _top(parts: _Parts) -> str:
    structure, geometry = parts.structure, parts.geometry
    cells, outputs = parts.cells, parts.outputs
    parameters = _parameters(parts)
    vector = geometry.channels * structure.activation_bits
    sums = geometry.channels * structure.sum_bits
    banks = (*structure.ports, "the outputs")
    matrices = [
        f"//   {m.projection.name}: {m.columns} columns of {m.source} for {banks[m.bank]}"
        for m in structure.matrices
    ]
    return _TOP.substitute(
        network=structure.network.name,
        lanes=geometry.lanes,
        channels=geometry.channels,
        x=structure.x.name,
        x_size=structure.x.size,
        x_format=structure.x.format,
        y=structure.outputs.name,
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
    logic [$states:0] cell_next;
    logic [$vector:0] cell_sent, output_sent;

    ese engine (.*);

    assign probe_valid = {output_valid, cell_valid};
    assign probe_data = {$probe'(output_sent), cell_next, cell_sent};
endmodule
""")


def _sim(parts: _Parts) -> str:
    vector = parts.geometry.channels * parts.structure.activation_bits
    states = parts.geometry.channels * parts.cells.state_bits
    return _SIM.substitute(
        vector=vector - 1,
        states=states - 1,
        probe=vector + states,
        probes=2 * (vector + states) - 1,
    )


# -- the description ---------------------------------------------------------------------------


def _description(parts: _Parts) -> dict[str, Any]:
    structure, geometry, encoded = parts.structure, parts.geometry, parts.encoded
    return {
        "network": structure.network.name,
        "lanes": geometry.lanes,
        "channels": geometry.channels,
        "depth": geometry.depth,
        "index_bits": geometry.index_bits,
        "weight_bits": geometry.weight_bits,
        "activation_bits": structure.activation_bits,
        "sum_bits": structure.sum_bits,
        "input": {"name": structure.x.name, "size": structure.x.size},
        "cells": _population(parts.cells),
        "outputs": _population(parts.outputs),
        "matrices": [
            {
                "name": m.projection.name,
                "source": m.source,
                "bank": m.bank,
                "columns": m.columns,
                "entries": int(encoded.entries[:, number].sum()),
                "padding": int(encoded.padding[number]),
            }
            for number, m in enumerate(structure.matrices)
        ],
    }


def _population(update: Update) -> dict[str, Any]:
    ports = update.population.datapath.names("input")
    constant = [n for n in update.population.parameters if n not in _names(update)]
    values = {n: update.population.parameters[n] for n in constant}
    return {
        "name": update.population.name,
        "size": update.population.size,
        "ports": list(ports),
        "latency": update.lane.latency,
        "states": [[f.name, f.width] for f in update.states],
        "parameters": [[f.name, f.width] for f in update.parameters],
        # one value for all cells, which the update holds as a constant
        "constants": {n: int(np.ravel(v)[0]) for n, v in values.items()},
    }


def _names(update: Update) -> set[str]:
    return {f.name for f in update.parameters}
