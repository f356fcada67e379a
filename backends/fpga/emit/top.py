"""The modules around the engines: the core that joins them, the top, and one for simulators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from somac.backends.fpga.emit.bits import address_bits
from somac.backends.fpga.emit.design import Design, Reader, Section, Sender, Sink, Source
from somac.backends.fpga.emit.names import said
from somac.backends.fpga.emit.updates import probe_bits
from somac.backends.fpga.emit.verilog import HEADER, indented, instance

__all__ = ["SIM", "SimPorts", "core", "data_bits", "sim", "sim_ports", "top"]

SIM = "sim"
"""Name of the module for simulators."""

_STREAM_IN = ("tvalid", "tlast", "tdata", "tready")


@dataclass(frozen=True, slots=True)
class SimPorts:
    """How many ports of a kind the module for simulators has, and how wide each is."""

    inputs: int
    input_bits: int
    outputs: int
    output_bits: int
    probes: int
    probe_bits: int


def _sections(design: Design) -> list[Section]:
    return [s for e in design.engines for s in e.sections]


def data_bits(sender: Sender) -> int:
    """Bits of a beat: whole bytes."""
    return -(-sender.width * max(1, sender.bits) // 8) * 8


def sim_ports(design: Design) -> SimPorts:
    """The ports of the module for simulators."""
    probes = [probe_bits(section) for section in _sections(design)]
    return SimPorts(
        len(design.inputs),
        max(data_bits(i.sender) for i in design.inputs),
        len(design.outputs),
        max(data_bits(o.reader.sender) for o in design.outputs),
        len(probes),
        max(probes),
    )


def core(design: Design) -> str:
    """Engines, links to outputs and streams, with what simulators want to see."""
    ports = [*_edge_ports(design)]
    for section in _sections(design):
        name = section.sender.name
        ports.append(f"output logic {name}_probe_valid")
        ports.append(f"output logic [{probe_bits(section) - 1}:0] {name}_probe")
    body: list[str] = []
    for source in design.inputs:
        body += ["", *_source(source)]
    for engine in design.engines:
        body += ["", *_engine(design, engine.name)]
    for sink in design.outputs:
        body += ["", *_sink(sink)]
    wrong = ", ".join(f"{i.sender.name}_misframed" for i in design.inputs)
    body += ["", f"assign misframed = |{{{wrong}}};"]
    return _module(f"{design.name}_core", ports, [*_wires(design), *body])


def top(design: Design) -> str:
    """What is put on the chip."""
    connected = {name: name for name in _edge_names(design)}
    for section in _sections(design):
        connected[f"{section.sender.name}_probe_valid"] = ""
        connected[f"{section.sender.name}_probe"] = ""
    body = [
        "// what simulators want to see is left open, and goes away with what makes it",
        "/* verilator lint_off PINCONNECTEMPTY */",
        *instance(f"{design.name}_core", "core", {}, connected),
        "/* verilator lint_on PINCONNECTEMPTY */",
    ]
    return _module(design.name, list(_edge_ports(design)), body)


def sim(design: Design) -> str:
    """The core with all ports of a kind side by side, as wide as the widest."""
    ports = sim_ports(design)
    declared = [
        "input  logic clk, rst",
        f"input  logic [{ports.inputs - 1}:0] in_valid",
        f"output logic [{ports.inputs - 1}:0] in_ready",
        f"input  logic [{ports.inputs * ports.input_bits - 1}:0] in_data",
        f"output logic [{ports.outputs - 1}:0] out_valid",
        f"input  logic [{ports.outputs - 1}:0] out_ready",
        f"output logic [{ports.outputs * ports.output_bits - 1}:0] out_data",
        f"output logic [{ports.outputs - 1}:0] out_last",
        f"output logic [{ports.probes - 1}:0] probe_valid",
        f"output logic [{ports.probes * ports.probe_bits - 1}:0] probe_data",
    ]
    connected = {"clk": "clk", "rst": "rst", "misframed": "misframed"}
    body = ["logic misframed;"]
    for number, source in enumerate(design.inputs):
        name, words = source.sender.name, source.sender.words
        bits, first = data_bits(source.sender), number * ports.input_bits
        count = address_bits(words)
        body += [
            "",
            f"// the last word of a step of {said(source.name)} is known by counting",
            f"logic [{count - 1}:0] {name}_count;",
            f"wire {name}_last = {name}_count == {count}'d{words - 1};",
            "always_ff @(posedge clk)",
            f"    if (rst) {name}_count <= '0;",
            f"    else if (in_valid[{number}] && in_ready[{number}])",
            f"        {name}_count <= {name}_last ? '0 : {name}_count + 1'b1;",
        ]
        connected[f"{name}_tvalid"] = f"in_valid[{number}]"
        connected[f"{name}_tready"] = f"in_ready[{number}]"
        connected[f"{name}_tlast"] = f"{name}_last"
        connected[f"{name}_tdata"] = f"in_data[{first} +: {bits}]"
        if bits < ports.input_bits:
            spare = f"in_data[{first + bits} +: {ports.input_bits - bits}]"
            body.append(f"wire {name}_unused = &{{1'b0, {spare}}};")
    body.append("wire unused = &{1'b0, misframed};")
    for number, sink in enumerate(design.outputs):
        name, bits = sink.name, data_bits(sink.reader.sender)
        body += [
            f"logic [{bits - 1}:0] {name}_tdata;",
            f"assign out_data[{number * ports.output_bits} +: {ports.output_bits}] = "
            f"{ports.output_bits}'({name}_tdata);",
        ]
        connected[f"{name}_tvalid"] = f"out_valid[{number}]"
        connected[f"{name}_tready"] = f"out_ready[{number}]"
        connected[f"{name}_tlast"] = f"out_last[{number}]"
        connected[f"{name}_tdata"] = f"{name}_tdata"
    for number, section in enumerate(_sections(design)):
        name, bits = section.sender.name, probe_bits(section)
        body += [
            f"logic [{bits - 1}:0] {name}_probe;",
            f"assign probe_data[{number * ports.probe_bits} +: {ports.probe_bits}] = "
            f"{ports.probe_bits}'({name}_probe);",
        ]
        connected[f"{name}_probe_valid"] = f"probe_valid[{number}]"
        connected[f"{name}_probe"] = f"{name}_probe"
    body += instance(f"{design.name}_core", "core", {}, connected)
    return _module(SIM, declared, body)


def _module(name: str, ports: list[str], body: list[str]) -> str:
    listed = [f"    {text}{',' if n + 1 < len(ports) else ''}" for n, text in enumerate(ports)]
    lines = [f"module {name} (", *listed, ");", *indented(body), "endmodule"]
    return HEADER + "\n".join(lines) + "\n"


def _edge_names(design: Design) -> list[str]:
    names = ["clk", "rst"]
    for stream in (*(i.sender.name for i in design.inputs), *(o.name for o in design.outputs)):
        names += [f"{stream}_{signal}" for signal in _STREAM_IN]
    return [*names, "misframed"]


def _edge_ports(design: Design) -> Iterator[str]:
    yield "input  logic clk, rst"
    for source in design.inputs:
        name = source.sender.name
        yield f"input  logic {name}_tvalid, {name}_tlast"
        yield f"output logic {name}_tready"
        yield f"input  logic [{data_bits(source.sender) - 1}:0] {name}_tdata"
    for sink in design.outputs:
        name = sink.name
        yield f"output logic {name}_tvalid, {name}_tlast"
        yield f"input  logic {name}_tready"
        yield f"output logic [{data_bits(sink.reader.sender) - 1}:0] {name}_tdata"
    yield "output logic misframed"


def _wires(design: Design) -> Iterator[str]:
    """What every sender sends, and whether all that read it have room."""
    senders = [i.sender for i in design.inputs] + [s.sender for s in _sections(design)]
    for sender in senders:
        name, cells = sender.name, sender.width
        yield f"logic {name}_put, {name}_put_last;"
        yield f"logic [{cells - 1}:0] {name}_mask;"
        yield f"logic [{cells * max(1, sender.bits) - 1}:0] {name}_values;"
        readers = design.readers(sender)
        for reader in readers:
            yield f"logic {reader.name}_room;"
        rooms = " && ".join(f"{r.name}_room" for r in readers) or "1'b1"
        yield f"wire {name}_room = {rooms};"
        if not readers:
            sent = f"{name}_put, {name}_put_last, {name}_mask, {name}_values"
            yield f"wire {name}_unused = &{{1'b0, {sent}}};"


def _source(source: Source) -> Iterator[str]:
    sender = source.sender
    name = sender.name
    yield f"// input {said(source.name)}: {sender.cells} cells, {sender.width} a beat"
    yield f"logic {name}_misframed;"
    yield from instance(
        "stream_in",
        f"{name}_stream",
        {"WORDS": sender.words, "WIDTH": sender.width, "VALUE": sender.bits},
        {
            "clk": "clk",
            "rst": "rst",
            **{signal: f"{name}_{signal}" for signal in ("tvalid", "tlast", "tready", "tdata")},
            "misframed": f"{name}_misframed",
            "room": f"{name}_room",
            **{f"put{end}": f"{name}_put{end}" for end in ("", "_last")},
            "put_mask": f"{name}_mask",
            "put_values": f"{name}_values",
        },
    )


def _engine(design: Design, name: str) -> Iterator[str]:
    engine = next(e for e in design.engines if e.name == name)
    ports = {"clk": "clk", "rst": "rst"}
    for number, link in enumerate(engine.links):
        for signal in ("put", "put_last", "mask", "values"):
            ports[f"link{number}_{signal}"] = f"{link.sender.name}_{signal}"
        ports[f"link{number}_room"] = f"{link.name}_room"
    for section in engine.sections:
        own = section.sender.name
        signals = ("room", "put", "put_last", "mask", "values", "probe_valid", "probe")
        ports |= {f"{own}_{signal}": f"{own}_{signal}" for signal in signals}
    yield from instance(engine.name, engine.name.removesuffix("_engine") + "_unit", {}, ports)


def _sink(sink: Sink) -> Iterator[str]:
    reader: Reader = sink.reader
    sender, name = reader.sender, sink.name
    value = max(1, sender.bits)
    address = address_bits(sender.words * reader.slots)
    yield f"// output {said(sink.output)}: {said(sender.title)}, {sender.width} cells a beat"
    yield f"logic {name}_ready, {name}_blank, {name}_enable, {name}_done;"
    yield f"logic [{address - 1}:0] {name}_word;"
    yield f"logic [{sender.width - 1}:0] {name}_read_mask;"
    yield f"logic [{sender.width * value - 1}:0] {name}_read;"
    yield f"wire {name}_unused = &{{1'b0, {name}_blank, {name}_read_mask}};"
    yield from instance(
        "link",
        f"{name}_link",
        {
            "WORDS": sender.words,
            "WIDTH": sender.width,
            "VALUE": sender.bits,
            "SLOTS": reader.slots,
            "DELAY": reader.delay,
        },
        {
            "clk": "clk",
            "rst": "rst",
            **{f"put{end}": f"{sender.name}_put{end}" for end in ("", "_last")},
            "put_mask": f"{sender.name}_mask",
            "put_values": f"{sender.name}_values",
            "room": f"{name}_room",
            "ready": f"{name}_ready",
            "blank": f"{name}_blank",
            "word": f"{name}_word",
            "enable": f"{name}_enable",
            "mask": f"{name}_read_mask",
            "values": f"{name}_read",
            "done": f"{name}_done",
        },
    )
    yield from instance(
        "stream_out",
        f"{name}_stream",
        {"WORDS": sender.words, "WIDTH": sender.width, "VALUE": sender.bits, "WORD": address},
        {
            "clk": "clk",
            "rst": "rst",
            "ready": f"{name}_ready",
            "word": f"{name}_word",
            "enable": f"{name}_enable",
            "values": f"{name}_read",
            "done": f"{name}_done",
            **{signal: f"{name}_{signal}" for signal in ("tvalid", "tlast", "tready", "tdata")},
        },
    )
