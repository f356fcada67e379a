"""What the modules around the engines must say: the core, the top, and the one for simulators.

The core joins senders to all that read them: streams of inputs, engines, streams of outputs. The
top has its ports but for those that simulators want; the module for simulators has the ports of a
kind side by side.
"""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.fpga.description import Description, Output, Sender
from somac.backends.fpga.verify.shells import beat_bits, instance, module, probe_bits

__all__ = ["core", "sim", "top"]

_STREAM = ("tvalid", "tlast", "tdata", "tready")


def core(d: Description) -> str:
    """The text of the core, but for comments and layout."""
    ports = _edge(d)
    for e in d.engines:
        for s in e.sections:
            ports += [
                f"output logic {s.id}_probe_valid",
                f"output logic [{probe_bits(s) - 1}:0] {s.id}_probe",
            ]
    return module(f"{d.name}_core", ports, _core(d))


def top(d: Description) -> str:
    """The text of the top, but for comments and layout."""
    connected = {"clk": "clk", "rst": "rst", "misframed": "misframed"}
    for name in (*(i.id for i in d.inputs), *(o.stream for o in d.outputs)):
        connected |= {f"{name}_{signal}": f"{name}_{signal}" for signal in _STREAM}
    for s in (s for e in d.engines for s in e.sections):
        connected |= {f"{s.id}_probe_valid": "", f"{s.id}_probe": ""}
    return module(d.name, _edge(d), iter([instance(f"{d.name}_core", "core", {}, connected)]))


def sim(d: Description) -> str:
    """The text of the module for simulators, but for comments and layout."""
    p = d.sim
    ports = [
        "input logic clk, rst",
        f"input logic [{p.inputs - 1}:0] in_valid",
        f"output logic [{p.inputs - 1}:0] in_ready",
        f"input logic [{p.inputs * p.input_bits - 1}:0] in_data",
        f"output logic [{p.outputs - 1}:0] out_valid",
        f"input logic [{p.outputs - 1}:0] out_ready",
        f"output logic [{p.outputs * p.output_bits - 1}:0] out_data",
        f"output logic [{p.outputs - 1}:0] out_last",
        f"output logic [{p.probes - 1}:0] probe_valid",
        f"output logic [{p.probes * p.probe_bits - 1}:0] probe_data",
    ]
    return module("sim", ports, _sim(d))


def _edge(d: Description) -> list[str]:
    senders = {s.id: s for s in d.senders()}
    found = ["input logic clk, rst"]
    for i in d.inputs:
        found += [
            f"input logic {i.id}_tvalid, {i.id}_tlast",
            f"output logic {i.id}_tready",
            f"input logic [{beat_bits(i) - 1}:0] {i.id}_tdata",
        ]
    for o in d.outputs:
        found += [
            f"output logic {o.stream}_tvalid, {o.stream}_tlast",
            f"input logic {o.stream}_tready",
            f"output logic [{beat_bits(senders[o.source]) - 1}:0] {o.stream}_tdata",
        ]
    return [*found, "output logic misframed"]


def _core(d: Description) -> Iterator[str]:
    senders = {s.id: s for s in d.senders()}
    # names of what reads a sender, whose wires begin with them
    readers: dict[str, list[str]] = {name: [] for name in senders}
    for e in d.engines:
        for number, link in enumerate(e.links):
            readers[link.source].append(f"{e.name}_link{number}")
    for o in d.outputs:
        readers[o.source].append(o.stream)
    for sender in d.senders():
        yield from _wires(sender, readers[sender.id])
    for i in d.inputs:
        n = i.id
        yield f"logic {n}_misframed;"
        ports = {"clk": "clk", "rst": "rst", "misframed": f"{n}_misframed", "room": f"{n}_room"}
        ports |= {signal: f"{n}_{signal}" for signal in (*_STREAM, "put", "put_last")}
        ports |= {"put_mask": f"{n}_mask", "put_values": f"{n}_values"}
        shape = {"WORDS": i.words, "WIDTH": i.width, "VALUE": i.bits}
        yield instance("stream_in", f"{n}_stream", shape, ports)
    for e in d.engines:
        ports = {"clk": "clk", "rst": "rst"}
        for number, link in enumerate(e.links):
            for signal in ("put", "put_last", "mask", "values"):
                ports[f"link{number}_{signal}"] = f"{link.source}_{signal}"
            ports[f"link{number}_room"] = f"{e.name}_link{number}_room"
        for s in e.sections:
            for signal in ("room", "put", "put_last", "mask", "values", "probe_valid", "probe"):
                ports[f"{s.id}_{signal}"] = f"{s.id}_{signal}"
        yield instance(e.name, f"{e.name.removesuffix('_engine')}_unit", {}, ports)
    for o in d.outputs:
        yield from _output(o, senders[o.source])
    yield f"assign misframed = |{{{', '.join(f'{i.id}_misframed' for i in d.inputs)}}};"


def _wires(sender: Sender, readers: list[str]) -> Iterator[str]:
    n = sender.id
    yield f"logic {n}_put, {n}_put_last;"
    yield f"logic [{sender.width - 1}:0] {n}_mask;"
    yield f"logic [{sender.width * max(1, sender.bits) - 1}:0] {n}_values;"
    for reader in readers:
        yield f"logic {reader}_room;"
    # a sender waits until all that read it have room
    room = " && ".join(f"{r}_room" for r in readers) or "1'b1"
    yield f"wire {n}_room = {room};"


def _output(o: Output, sender: Sender) -> Iterator[str]:
    n, value = o.stream, max(1, sender.bits)
    address = max(1, (sender.words * o.slots - 1).bit_length())
    yield f"logic {n}_ready, {n}_blank, {n}_enable, {n}_done;"
    yield f"logic [{address - 1}:0] {n}_word;"
    yield f"logic [{sender.width - 1}:0] {n}_read_mask;"
    yield f"logic [{sender.width * value - 1}:0] {n}_read;"
    shape = {"WORDS": sender.words, "WIDTH": sender.width, "VALUE": sender.bits}
    ports = {"clk": "clk", "rst": "rst", "mask": f"{n}_read_mask", "values": f"{n}_read"}
    ports |= {"put": f"{sender.id}_put", "put_last": f"{sender.id}_put_last"}
    ports |= {"put_mask": f"{sender.id}_mask", "put_values": f"{sender.id}_values"}
    ports |= {s: f"{n}_{s}" for s in ("room", "ready", "blank", "word", "enable", "done")}
    buffer = {**shape, "SLOTS": o.slots, "DELAY": o.delay}
    yield instance("link", f"{n}_link", buffer, ports)
    ports = {"clk": "clk", "rst": "rst", "values": f"{n}_read"}
    ports |= {s: f"{n}_{s}" for s in ("ready", "word", "enable", "done", *_STREAM)}
    yield instance("stream_out", f"{n}_stream", {**shape, "WORD": address}, ports)


def _sim(d: Description) -> Iterator[str]:
    p = d.sim
    senders = {s.id: s for s in d.senders()}
    connected = {"clk": "clk", "rst": "rst", "misframed": "misframed"}
    yield "logic misframed;"
    for number, i in enumerate(d.inputs):
        n, bits, first = i.id, beat_bits(i), number * p.input_bits
        count = max(1, (i.words - 1).bit_length())
        yield f"logic [{count - 1}:0] {n}_count;"
        yield f"wire {n}_last = {n}_count == {count}'d{i.words - 1};"
        yield f"always_ff @(posedge clk) if (rst) {n}_count <= '0;"
        yield f"else if (in_valid[{number}] && in_ready[{number}])"
        yield f"{n}_count <= {n}_last ? '0 : {n}_count + 1'b1;"
        connected |= {
            f"{n}_tvalid": f"in_valid[{number}]",
            f"{n}_tready": f"in_ready[{number}]",
            f"{n}_tlast": f"{n}_last",
            f"{n}_tdata": f"in_data[{first} +: {bits}]",
        }
    for number, o in enumerate(d.outputs):
        n, bits = o.stream, beat_bits(senders[o.source])
        part = f"out_data[{number * p.output_bits} +: {p.output_bits}]"
        yield f"logic [{bits - 1}:0] {n}_tdata;"
        yield f"assign {part} = {p.output_bits}'({n}_tdata);"
        connected |= {
            f"{n}_tvalid": f"out_valid[{number}]",
            f"{n}_tready": f"out_ready[{number}]",
            f"{n}_tlast": f"out_last[{number}]",
            f"{n}_tdata": f"{n}_tdata",
        }
    sections = [s for e in d.engines for s in e.sections]
    for number, s in enumerate(sections):
        part = f"probe_data[{number * p.probe_bits} +: {p.probe_bits}]"
        yield f"logic [{probe_bits(s) - 1}:0] {s.id}_probe;"
        yield f"assign {part} = {p.probe_bits}'({s.id}_probe);"
        connected |= {
            f"{s.id}_probe_valid": f"probe_valid[{number}]",
            f"{s.id}_probe": f"{s.id}_probe",
        }
    yield instance(f"{d.name}_core", "core", {}, connected)
