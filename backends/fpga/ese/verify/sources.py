"""The SystemVerilog of an engine: each file there, and each as its description needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from somac.backends.codegen import lower
from somac.backends.codegen.systemverilog import Port, SvModule, part_source, schedule, sv_module
from somac.backends.damage import DamagedError
from somac.backends.fpga.description import FILE
from somac.backends.fpga.ese.description import (
    SOURCES,
    Description,
    Named,
    Population,
    entries_image,
    pointers_image,
)
from somac.backends.fpga.ese.rtl import library
from somac.backends.fpga.ese.verify.parts import Parts
from somac.backends.fpga.ese.verify.populations import datapaths
from somac.backends.fpga.verify.content import content
from somac.backends.fpga.verify.files import same_source
from somac.backends.fpga.verify.images import FOLDER
from somac.backends.fpga.verify.shells import instance, module
from somac.backends.fpga.verify.stages import counted_latency
from somac.ir.datapath import Datapath
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerPopulation
from somac.ir.program import Program

__all__ = ["check_sources"]

_RTL = "rtl/"
_LANE = {"cell": "cell_lane", "output": "output_lane"}


def check_sources(program: Program, parts: Parts, d: Description) -> Iterator[Diagnostic]:
    """E0817, E0818 and E0819; DamagedError for a file that is missing."""
    lanes = _lanes(parts, d)
    exact: dict[str, bytes] = {_RTL + name: text for name, text in library().items()}
    for name, lane in lanes.items():
        exact[f"{_RTL}{lane.name}.sv"] = lane.text.encode()
        exact |= {f"{_RTL}{part}.sv": part_source(part).encode() for part in lane.parts}
        exact |= {FOLDER + image: text.encode() for image, text in lane.memories.items()}
        yield from _latency(program, lane, {"cell": d.cells, "output": d.outputs}[name])
    for file, meant in exact.items():
        if content(program, file) != meant:
            yield Diagnostic("E0819", "not what this version of somac gives", Place(file=file))
    written = {
        f"{_RTL}{d.name}_core.sv": _core(d),
        f"{_RTL}{d.name}.sv": _top(d),
        f"{_RTL}sim.sv": _sim(d),
        f"{_RTL}cell_update.sv": _update(d, "cell", d.cells, lanes["cell"], parts),
        f"{_RTL}output_update.sv": _update(d, "output", d.outputs, lanes["output"], parts),
    }
    for file, text in written.items():
        yield from same_source(file, content(program, file), text)
    images = [d.cells.memory, d.outputs.memory]
    images += [image(lane) for lane in range(d.lanes) for image in (entries_image, pointers_image)]
    tables = [name for lane in lanes.values() for name in lane.memories]
    if len(set(images + tables)) < len(images + tables):
        yield Diagnostic("E0818", "one image for two memories", Place(file=FILE))
    known = exact.keys() | written.keys() | {FOLDER + name for name in images}
    for file in sorted(program.files):
        if file.startswith((_RTL, FOLDER)) and file not in known:
            yield Diagnostic("E0818", "a file that belongs to nothing", Place(file=file))


def _lanes(parts: Parts, d: Description) -> Mapping[str, SvModule]:
    """The pipelines of the cells and of the outputs, generated again."""
    cells, outputs = datapaths(parts)
    return {
        "cell": _lane("cell", cells, parts.cells, d.stage_ns),
        "output": _lane("output", outputs, parts.outputs, d.stage_ns),
    }


def _lane(
    name: str, datapath: Datapath, population: IntegerPopulation | None, stage_ns: float
) -> SvModule:
    parameters = {} if population is None else population.parameters
    known = {
        ("param", key): (int(values.min()), int(values.max())) for key, values in parameters.items()
    }
    try:
        return sv_module(schedule(lower(datapath, known), stage_ns), _LANE[name])
    except (ValueError, OverflowError) as error:
        raise DamagedError(FILE, f"no update for stages of {stage_ns} ns: {error}") from None


def _latency(program: Program, lane: SvModule, own: Population) -> Iterator[Diagnostic]:
    file = f"{_RTL}{lane.name}.sv"
    try:
        counted = counted_latency(content(program, file).decode())
    except (ValueError, KeyError) as error:
        yield Diagnostic("E0817", f"no pipeline: {error}", Place(file=file))
        return
    for need in {lane.latency, lane.latency if counted is None else counted}:
        if own.latency != need:
            have = f"{own.latency} cycles"
            text = f"latency of {own.datapath} is not what its registers take"
            yield Diagnostic("E0817", text, Place(file=FILE), have, f"{need} cycles")


# -- what is written for a description -----------------------------------------------------------


def _list(values: list[int], width: int) -> str:
    """A packed parameter, the first field in the lowest bits."""
    return "{" + ", ".join(f"{width}'d{value}" for value in reversed(values)) + "}"


def _parameters(d: Description) -> Mapping[str, object]:
    sources = [m.source for m in d.matrices]
    count = len(sources)
    ends_inputs = count - 1 - sources[::-1].index("x")
    ends_cells = max(n for n, source in enumerate(sources) if source != "m")
    return {
        "LANES": d.lanes,
        "CHANNELS": d.channels,
        "ACTIVATION": d.activation_bits,
        "WEIGHT": d.weight_bits,
        "SKIP": d.index_bits,
        "SUM": d.sum_bits,
        "QUEUE": d.depth,
        "ENTRIES": d.entries,
        "MATRICES": count,
        "COLUMNS": d.columns,
        "COLUMNS_OF": _list([m.columns for m in d.matrices], 16),
        "SOURCE_OF": _list([SOURCES[source] for source in sources], 2),
        "BANK_OF": _list([m.bank for m in d.matrices], 8),
        "ENDS_INPUTS": f"{count}'d{2**ends_inputs}",
        "ENDS_CELLS": f"{count}'d{2**ends_cells}",
        "PORTS": len(d.cells.ports),
        "INPUTS": d.input.cells,
        "CELLS": d.cells.cells,
        "CELL_STATES": d.cells.state_bits,
        "CELL_PARAMETERS": d.cells.parameter_bits,
        "CELL_LATENCY": d.cells.latency,
        "OUTPUTS": d.outputs.cells,
        "OUTPUT_STATES": d.outputs.state_bits,
        "OUTPUT_PARAMETERS": d.outputs.parameter_bits,
        "OUTPUT_LATENCY": d.outputs.latency,
    }


def _core(d: Description) -> str:
    cells, outputs = (d.channels * p.state_bits for p in (d.cells, d.outputs))
    ports = [
        *("input logic clk", "input logic rst"),
        *(
            "input logic in_valid",
            "output logic in_ready",
            f"input logic [{d.vector - 1}:0] in_data",
        ),
        *("output logic out_valid", "input logic out_ready"),
        *(f"output logic [{d.vector - 1}:0] out_data", "output logic out_last"),
        *("output logic cell_valid", f"output logic [{cells - 1}:0] cell_next"),
        f"output logic [{d.vector - 1}:0] cell_sent",
        *("output logic output_valid", f"output logic [{outputs - 1}:0] output_next"),
        f"output logic [{d.vector - 1}:0] output_sent",
    ]
    sums = d.channels * d.sum_bits

    def body() -> Iterator[str]:
        yield f"logic [{len(d.cells.ports) * sums - 1}:0] cell_sums;"
        yield f"logic [{cells - 1}:0] cell_states;"
        yield f"logic [{d.cells.parameter_bits - 1}:0] cell_parameters;"
        yield f"logic [{sums - 1}:0] output_sums;"
        yield f"logic [{outputs - 1}:0] output_states;"
        yield f"logic [{d.outputs.parameter_bits - 1}:0] output_parameters;"
        given = ", ".join(f".{name}({value})" for name, value in _parameters(d).items())
        yield f"ese_engine #({given}) engine (.*);"
        for name in ("cell", "output"):
            wires = ("sums", "states", "parameters")
            connected = {"clk": "clk", **{wire: f"{name}_{wire}" for wire in wires}}
            connected |= {"next_states": f"{name}_next", "sent": f"{name}_sent"}
            yield instance(f"{name}_update", f"{name}s", {}, connected)

    return module(f"{d.name}_core", ports, body())


def _top(d: Description) -> str:
    x, y, beat = d.input.stream, d.output.stream, d.beat - 1
    ports = [
        *("input logic clk", "input logic rst"),
        *(f"input logic {x}_tvalid", f"output logic {x}_tready"),
        f"input logic [{beat}:0] {x}_tdata",
        *(f"output logic {y}_tvalid", f"output logic {y}_tlast", f"input logic {y}_tready"),
        f"output logic [{beat}:0] {y}_tdata",
    ]
    connected = {"clk": "clk", "rst": "rst"}
    connected |= {"in_valid": f"{x}_tvalid", "in_ready": f"{x}_tready"}
    connected |= {"in_data": f"{x}_tdata[{d.vector - 1}:0]"}
    connected |= {"out_valid": f"{y}_tvalid", "out_ready": f"{y}_tready"}
    connected |= {"out_data": "left", "out_last": f"{y}_tlast"}
    for name in ("cell", "output"):
        connected |= {f"{name}_{port}": "" for port in ("valid", "next", "sent")}
    body = [
        f"logic [{d.vector - 1}:0] left;",
        instance(f"{d.name}_core", "core", {}, connected),
        f"assign {y}_tdata = {d.beat}'(left);",
    ]
    return module(d.name, ports, iter(body))


def _sim(d: Description) -> str:
    cells, outputs = (d.channels * p.state_bits for p in (d.cells, d.outputs))
    ports = [
        *("input logic clk", "input logic rst"),
        *("input logic [0:0] in_valid", "output logic [0:0] in_ready"),
        f"input logic [{d.vector - 1}:0] in_data",
        *("output logic [0:0] out_valid", "input logic [0:0] out_ready"),
        f"output logic [{d.vector - 1}:0] out_data",
        *("output logic [0:0] out_last", "output logic [1:0] probe_valid"),
        f"output logic [{2 * d.probe - 1}:0] probe_data",
    ]
    body = [
        "logic cell_valid, output_valid;",
        f"logic [{cells - 1}:0] cell_next;",
        f"logic [{outputs - 1}:0] output_next;",
        f"logic [{d.vector - 1}:0] cell_sent, output_sent;",
        f"{d.name}_core engine (.*);",
        "assign probe_valid = {output_valid, cell_valid};",
        f"assign probe_data = {{{d.probe}'({{output_next, output_sent}}), "
        f"{d.probe}'({{cell_next, cell_sent}})}};",
    ]
    return module("sim", ports, iter(body))


def _update(d: Description, name: str, own: Population, lane: SvModule, parts: Parts) -> str:
    cells, outputs = datapaths(parts)
    datapath = cells if name == "cell" else outputs
    channels, sums = d.channels, len(own.ports) * d.channels * d.sum_bits
    ports = [
        "input logic clk",
        f"input logic [{sums - 1}:0] sums",
        f"input logic [{channels * own.state_bits - 1}:0] states",
        f"input logic [{own.parameter_bits - 1}:0] parameters",
        f"output logic [{channels * own.state_bits - 1}:0] next_states",
        f"output logic [{channels * d.activation_bits - 1}:0] sent",
    ]

    def body() -> Iterator[str]:
        yield f"for (genvar c = 0; c < {channels}; c++) begin : channel"
        connected = {"clk": "clk"}
        for port in lane.ports:
            if port.kind in ("next", "sent"):
                yield f"logic signed [{port.width - 1}:0] {port.name}_value;"
            connected[port.name] = _connection(d, own, datapath, port)
        yield instance(lane.name, "lane", {}, connected)
        for port in lane.ports:
            if port.kind == "next":
                first, bits = _at(own.states, port.argument)
                at = f"c*{own.state_bits} + {first} +: {bits}"
                yield f"assign next_states[{at}] = {bits}'({port.name}_value);"
            if port.kind == "sent":
                at = f"c*{d.activation_bits} +: {d.activation_bits}"
                yield f"assign sent[{at}] = {d.activation_bits}'({port.name}_value);"
        if not own.states:
            yield "assign next_states[c] = 1'b0;"
        yield "end"

    return module(f"{name}_update", ports, body())


def _connection(d: Description, own: Population, datapath: Datapath, port: Port) -> str:
    """What a port of a pipeline is connected to; those that are read are always signed."""
    match port.kind:
        case "input":
            format = datapath.format_of("input", port.argument)
            place = f"({own.ports.index(port.argument)}*{d.channels} + c)*{d.sum_bits}"
            word, width = "sums", format.width
        case "state":
            first, width = _at(own.states, port.argument)
            place, word = f"c*{own.state_bits} + {first}", "states"
        case "param":
            first, _ = _at(own.parameters, port.argument)
            return f"parameters[{first} +: {port.width}]"
        case _:
            return f"{port.name}_value"
    taken = f"{word}[{place} +: {min(width, port.width)}]"
    if port.width <= width:
        return taken
    return f"{{1'b0, {taken}}}" if port.width == width + 1 else f"{port.width}'({taken})"


def _at(named: tuple[Named, ...], name: str) -> tuple[int, int]:
    """Where a field begins, and its bits; DamagedError if it is not there."""
    first = 0
    for n in named:
        if n.name == name:
            return first, n.bits
        first += n.bits
    raise DamagedError(FILE, f"{name} is in no memory")
