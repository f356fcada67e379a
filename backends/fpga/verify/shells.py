"""What the shell of an engine must say, from the description and from the ports of its updates.

A shell is what is around the hand-written `engine`: the links that lead to it, and per section
the states, the parameters, an update per lane, and what these send.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from somac.backends.codegen.systemverilog import SvModule
from somac.backends.fpga.description import Engine, Link, Section, Sender
from somac.backends.fpga.verify.structure import engine_ports, widest_word

__all__ = ["beat_bits", "instance", "module", "probe_bits", "shell"]

_MODES = {"TRN": 0, "RND": 1, "RND_CONV": 2, "TRN_ZERO": 3}
_CORE = (
    *("clk", "rst", "link_ready", "link_blank", "link_mask", "link_values", "link_word"),
    *("link_enable", "link_done", "room", "update_valid", "update_last", "section", "number"),
    *("sums", "clear_valid", "clear_index"),
)


def module(name: str, ports: Sequence[str], body: Iterator[str]) -> str:
    """The text of a module; a statement of `body` ends with what ends it."""
    return f"module {name} ({', '.join(ports)});\n" + "\n".join(body) + "\nendmodule\n"


def instance(
    kind: str, name: str, parameters: Mapping[str, object], ports: Mapping[str, object]
) -> str:
    """The text of an instance."""
    first, second = (
        ", ".join(f".{key}({value})" for key, value in some.items()) for some in (parameters, ports)
    )
    return f"{kind} #({first}) {name} ({second});" if parameters else f"{kind} {name} ({second});"


def beat_bits(sender: Sender) -> int:
    """Bits of a beat of a stream: whole bytes."""
    return (sender.width * max(1, sender.bits) + 7) // 8 * 8


def probe_bits(section: Section) -> int:
    """Bits of what simulators see of an update: states and signals of its cells."""
    return section.width * (sum(s.bits for s in section.states) + max(1, section.bits))


def shell(e: Engine, senders: dict[str, Sender], updates: Mapping[str, SvModule]) -> str:
    """The text of the module around an engine, but for comments and layout."""
    return module(e.name, _ports(e, senders), _body(e, senders, updates))


def _ports(e: Engine, senders: dict[str, Sender]) -> list[str]:
    found = ["input logic clk, rst"]
    for number, link in enumerate(e.links):
        sender, own = senders[link.source], f"link{number}"
        found += [
            f"input logic {own}_put, {own}_put_last",
            f"input logic [{sender.width - 1}:0] {own}_mask",
            f"input logic [{sender.width * max(1, sender.bits) - 1}:0] {own}_values",
            f"output logic {own}_room",
        ]
    for s in e.sections:
        found += [
            f"input logic {s.id}_room",
            f"output logic {s.id}_put, {s.id}_put_last",
            f"output logic [{s.width - 1}:0] {s.id}_mask",
            f"output logic [{s.width * max(1, s.bits) - 1}:0] {s.id}_values",
            f"output logic {s.id}_probe_valid",
            f"output logic [{probe_bits(s) - 1}:0] {s.id}_probe",
        ]
    return found


def _count(things: int) -> int:
    """Bits that tell things apart, at least one."""
    return max(1, (things - 1).bit_length())


def _body(e: Engine, senders: dict[str, Sender], updates: Mapping[str, SvModule]) -> Iterator[str]:
    width, value = widest_word(e, senders), e.value_bits
    most_words = max((senders[link.source].words for link in e.links), default=0)
    word = max(1, most_words.bit_length())
    if e.links:
        count = len(e.links)
        yield f"logic [{count - 1}:0] link_ready, link_blank, link_done;"
        yield f"logic [{count * width - 1}:0] link_mask;"
        yield f"logic [{count * width * value - 1}:0] link_values;"
        yield f"logic [{word - 1}:0] link_word;"
        yield "logic link_enable;"
    else:
        yield "wire link_ready = 1'b0, link_blank = 1'b0, link_mask = 1'b0, link_values = 1'b0;"
        yield "logic link_done, link_word, link_enable;"
    for number, link in enumerate(e.links):
        yield from _link(e, number, link, senders[link.source], width)
    yield f"logic [{len(e.sections) - 1}:0] room;"
    yield "logic update_valid, update_last, clear_valid;"
    yield f"logic [{_count(len(e.sections)) - 1}:0] section;"
    yield f"logic [{_count(max(s.words for s in e.sections)) - 1}:0] number;"
    yield f"logic [{e.clear.bit_length() - 1}:0] clear_index;"
    yield f"logic [{e.updaters * engine_ports(e) * e.sum_bits - 1}:0] sums;"
    parameters = _parameters(e, senders, width, word)
    yield instance("engine", "core", parameters, {name: name for name in _CORE})
    for number, s in enumerate(e.sections):
        yield from _section(e, number, s, updates[s.id])


def _link(e: Engine, number: int, link: Link, sender: Sender, width: int) -> Iterator[str]:
    bits, value = max(1, sender.bits), e.value_bits
    address = _count(sender.words * link.slots)
    yield f"logic [{sender.width - 1}:0] mask{number};"
    yield f"logic [{sender.width * bits - 1}:0] values{number};"
    ports = {"clk": "clk", "rst": "rst", "room": f"link{number}_room"}
    ports |= {"put": f"link{number}_put", "put_last": f"link{number}_put_last"}
    ports |= {"put_mask": f"link{number}_mask", "put_values": f"link{number}_values"}
    ports |= {signal: f"link_{signal}[{number}]" for signal in ("ready", "blank", "done")}
    ports |= {"word": f"{address}'(link_word)", "mask": f"mask{number}"}
    ports |= {"values": f"values{number}", "enable": "link_enable"}
    parameters = {
        "WORDS": sender.words,
        "WIDTH": sender.width,
        "VALUE": sender.bits,
        "SLOTS": link.slots,
        "DELAY": link.delay,
    }
    yield instance("link", f"{e.name}_link{number}", parameters, ports)
    yield f"assign link_mask[{number * width} +: {width}] = {width}'(mask{number});"
    first = number * width * value
    if sender.bits == value:
        yield f"assign link_values[{first} +: {width * value}] = {width * value}'(values{number});"
        return
    for cell in range(width):
        if cell >= sender.width:
            given = "'0"
        elif sender.bits:
            given = f"{value}'($signed(values{number}[{cell * bits} +: {bits}]))"
        else:
            given = f"{value}'(values{number}[{cell}])"
        yield f"assign link_values[{first + cell * value} +: {value}] = {given};"


def _table(bits: int, values: Sequence[int]) -> str:
    """A concatenation whose lowest part is the first number."""
    parts = [f"{bits}'h{value % (1 << bits):x}" for value in values]
    return "{" + ", ".join(reversed(parts)) + "}" if parts else f"{bits}'h0"


def _parameters(e: Engine, senders: dict[str, Sender], width: int, word: int) -> dict[str, object]:
    """Of the hand-written `engine`: see the comments there."""
    heard = [senders[link.source] for link in e.links]
    # from a word to the next: all rows of its cells, or one row for all of them, or pointers
    cell = [{"dense": k.ports * k.groups, "sparse": 1, "whole": 0}[k.kind] for k in e.links]
    stride = [
        k.ports * k.groups if k.kind == "whole" else own * s.width
        for k, own, s in zip(e.links, cell, heard, strict=True)
    ]
    rounds = len(e.casts) > 1 or e.casts[0].shift > 0 or e.casts[0].rounding != "TRN"
    files = {str(kind): name for kind, name in e.memories.items()}
    depths = {str(kind): depth for kind, depth in e.depths.items()}
    return {
        "LINKS": max(1, len(e.links)),
        "SECTIONS": len(e.sections),
        "LANES": e.lanes,
        "UPDATERS": e.updaters,
        "PORTS": engine_ports(e),
        "WIDTH": width,
        "VALUE": e.value_bits,
        "GRADED": int(e.graded),
        "WHOLE": int(e.whole),
        "WORD": word,
        "ADDRESS": e.address_bits,
        "INDEX": e.index_bits,
        "CELLS": sum(s.groups for s in e.sections),
        "WEIGHT": e.weight_bits,
        "SUM": e.sum_bits,
        "DELAY": e.delay_bits,
        "RING": e.ring,
        "NUMBER": _count(max(s.words for s in e.sections)),
        "FLIGHT": e.flight,
        "CLEAR": e.clear,
        "CASTS": len(e.casts),
        "ROUNDS": int(rounds),
        "DENSE_DEPTH": depths.get("dense", 0),
        "SPARSE_DEPTH": depths.get("sparse", 0),
        "POINTERS": depths.get("pointers", 0),
        "SHIFT": _table(8, [c.shift for c in e.casts]),
        "MODE": _table(8, [_MODES[c.rounding] for c in e.casts]),
        "DENSE_FILE": f'"{files.get("dense", "")}"',
        "SPARSE_FILE": f'"{files.get("sparse", "")}"',
        "POINTER_FILE": f'"{files.get("pointers", "")}"',
        "WORDS": _table(16, [s.words for s in heard]),
        "BASE": _table(32, [k.base for k in e.links]),
        "STRIDE": _table(32, stride),
        "CELL_STRIDE": _table(32, cell),
        "SPARSE": _table(1, [int(k.kind == "sparse") for k in e.links]),
        "ROWS": _table(32, [k.ports * k.groups for k in e.links]),
        "LINK_GROUPS": _table(16, [k.groups for k in e.links]),
        "LINK_INDEX": _table(32, [k.index for k in e.links]),
        "PORT": _table(8, [k.port for k in e.links]),
        "CAST": _table(8, [k.cast for k in e.links]),
        "FIRST": _table(16, [s.links[0] for s in e.sections]),
        "BEYOND": _table(16, [s.links[1] for s in e.sections]),
        "UPDATES": _table(16, [s.words for s in e.sections]),
        "SECTION_INDEX": _table(32, [s.index for s in e.sections]),
    }


def _section(e: Engine, number: int, s: Section, update: SvModule) -> Iterator[str]:
    n, flight, at = s.id, s.flight, _count(s.words)
    sent = max(1, s.bits)
    own = f"{_count(len(e.sections))}'h{number:x}"
    yield f"assign room[{number}] = {n}_room;"
    yield f"wire {n}_update = update_valid && section == {own};"
    yield f"wire [{at - 1}:0] {n}_number = {at}'(number);"
    # shift registers of what is on its way through the pipeline
    yield f"logic [{flight - 1}:0] {n}_flight, {n}_flight_last;"
    yield f"logic [{flight * at - 1}:0] {n}_flight_number;"
    yield "always_ff @(posedge clk) begin"
    yield f"{n}_flight <= rst ? '0 : {flight}'({{{n}_flight, {n}_update}});"
    yield f"{n}_flight_last <= {flight}'({{{n}_flight_last, update_last}});"
    yield f"{n}_flight_number <= {flight * at}'({{{n}_flight_number, {n}_number}});"
    yield "end"
    yield f"wire {n}_done = {n}_flight[{flight - 1}];"
    yield f"wire {n}_done_last = {n}_flight_last[{flight - 1}];"
    yield f"wire [{at - 1}:0] {n}_done_number = {n}_flight_number[{(flight - 1) * at} +: {at}];"
    if s.states:
        yield from _states(e, s, at)
    if s.parameter_bits:
        each = s.width * sum(bits for _, bits in s.parameter_bits)
        late = f", {n}_given_late" if e.lanes > e.updaters else ""
        yield f"logic [{each - 1}:0] {n}_given{late}, {n}_parameter;"
        yield "always_ff @(posedge clk) begin"
        yield from _kept(e, f"{n}_given", f"{n}_parameter")
        yield "end"
        yield _rom(s, "parameters", each, f"{n}_number", f"{n}_given")
    yield from _lanes(e, s, update, sent)
    yield f"assign {n}_put = {n}_done;"
    yield f"assign {n}_put_last = {n}_done_last;"
    yield f"assign {n}_probe_valid = {n}_done;"
    # places of the last word that have no cell send nothing
    filled = s.cells - (s.words - 1) * s.width
    for lane in range(s.width):
        spare = f" && !{n}_done_last" if lane >= filled else ""
        yield f"assign {n}_mask[{lane}] = {n}_sent[{lane * sent} +: {sent}] != '0{spare};"
    yield f"assign {n}_values = {n}_sent;"
    yield f"assign {n}_probe = {f'{{{n}_sent, {n}_next}}' if s.states else f'{n}_sent'};"


def _kept(e: Engine, read: str, kept: str) -> Iterator[str]:
    """What is read of a memory waits for the sums: a cycle more where lanes take turns."""
    if e.lanes > e.updaters:
        yield f"{read}_late <= {read};"
        read = f"{read}_late"
    yield f"{kept} <= {read};"


def _rom(s: Section, memory: str, width: int, address: str, data: str) -> str:
    name = {"initial": f"{s.id}_initials", "parameters": f"{s.id}_parameters"}[memory]
    file = {str(kind): file for kind, file in s.memories.items()}[memory]
    parameters = {"DEPTH": s.words, "WIDTH": width, "FILE": f'"{file}"'}
    return instance("rom", name, parameters, {"clk": "clk", "address": address, "data": data})


def _states(e: Engine, s: Section, at: int) -> Iterator[str]:
    n, each = s.id, sum(state.bits for state in s.states)
    width = s.width * each
    late = f", {n}_stored_late" if e.lanes > e.updaters else ""
    yield f"logic [{width - 1}:0] {n}_stored{late}, {n}_state, {n}_next, {n}_initial;"
    yield f"logic {n}_clear;"
    yield f"logic [{at - 1}:0] {n}_clear_at;"
    yield "always_ff @(posedge clk) begin"
    yield f"{n}_clear <= clear_valid && 32'(clear_index) < 32'd{s.words};"
    yield f"{n}_clear_at <= {at}'(clear_index);"
    yield from _kept(e, f"{n}_stored", f"{n}_state")
    yield "end"
    if "initial" in s.memories:
        yield _rom(s, "initial", width, f"{at}'(clear_index)", f"{n}_initial")
    else:
        word = 0
        for state in reversed(s.states):
            word = (word << state.bits) + (state.initial or 0) % (1 << state.bits)
        yield f"assign {n}_initial = {{{s.width}{{{each}'h{word:x}}}}};"
    ports = {
        "clk": "clk",
        "write": f"{n}_clear || {n}_done",
        "write_address": f"{n}_clear ? {n}_clear_at : {n}_done_number",
        "write_data": f"{n}_clear ? {n}_initial : {n}_next",
        "address": f"{n}_number",
        "data": f"{n}_stored",
    }
    yield instance("ram", f"{n}_states", {"DEPTH": s.words, "WIDTH": width}, ports)


def _lanes(e: Engine, s: Section, update: SvModule, sent: int) -> Iterator[str]:
    n = s.id
    # where a field begins in what is kept of a cell
    state_at = _places([(state.name, state.bits) for state in s.states])
    parameter_at = _places(s.parameter_bits)
    states = sum(state.bits for state in s.states)
    parameters = sum(bits for _, bits in s.parameter_bits)
    yield f"logic [{s.width * sent - 1}:0] {n}_sent;"
    yield f"for (genvar i = 0; i < {s.width}; i++) begin : {n}_lane"
    for port in update.ports:
        own, width = port.name, port.width
        given = ""
        match port.kind:
            case "input":
                first = f"(i*{engine_ports(e)} + {s.ports.index(port.argument)})*{e.sum_bits}"
                given = f" = {width}'($signed(sums[{first} +: {e.sum_bits}]))"
            case "state":
                at, bits = state_at[port.argument]
                given = f" = {width}'($signed({n}_state[i*{states} + {at} +: {bits}]))"
            case "param":
                at, bits = parameter_at[port.argument]
                part = f"{n}_parameter[i*{parameters} + {at} +: {bits}]"
                given = f" = {width}'($signed({part}))"
            case "next":
                at, bits = state_at[port.argument]
                yield f"assign {n}_next[i*{states} + {at} +: {bits}] = {bits}'({own});"
            case _:
                kept = f"{own}[{sent - 1}:0]" if width > sent else f"{sent}'({own})"
                yield f"assign {n}_sent[i*{sent} +: {sent}] = {kept};"
        yield f"wire signed [{width - 1}:0] {own}{given};"
    connected = {"clk": "clk"} | {port.name: port.name for port in update.ports}
    yield instance(update.name, "update", {}, connected)
    yield "end"


def _places(fields: Sequence[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """Per field of a cell's word its first bit, and its bits."""
    found, at = {}, 0
    for name, bits in fields:
        found[name] = (at, bits)
        at += bits
    return found
