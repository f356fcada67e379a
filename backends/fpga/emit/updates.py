"""The updates of a section within the shell of its engine: states, pipelines, results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from somac.backends.fpga.emit.bits import address_bits
from somac.backends.fpga.emit.design import Engine, Section
from somac.backends.fpga.emit.names import said
from somac.backends.fpga.emit.verilog import indented, instance, literal

__all__ = ["probe_bits", "sent_bits", "update_lines"]


def probe_bits(section: Section) -> int:
    """Bits of what a section shows of an update: per cell its states and what it sends."""
    return section.sender.width * (section.state_bits + sent_bits(section))


def sent_bits(section: Section) -> int:
    """Bits of what a cell sends."""
    return max(1, section.sender.bits)


def update_lines(engine: Engine, number: int, section: Section) -> Iterator[str]:
    """Memories, pipeline and results; its own names begin with that of the section."""
    name, width, updates = section.sender.name, section.sender.width, section.updates
    address, flight = address_bits(updates), section.flight
    cells = section.stop - section.start
    yield f"// section {said(section.sender.title)}: {cells} cells in {updates} updates"
    yield f"assign room[{number}] = {name}_room;"
    own = literal(number, address_bits(len(engine.sections)))
    yield f"wire {name}_update = update_valid && section == {own};"
    yield f"wire [{address - 1}:0] {name}_number = {address}'(number);"
    yield "// bit j, and number j: what was issued j + 1 cycles ago"
    yield f"logic [{flight - 1}:0] {name}_flight, {name}_flight_last;"
    yield f"logic [{flight * address - 1}:0] {name}_flight_number;"
    yield "always_ff @(posedge clk) begin"
    yield f"    {name}_flight <= rst ? '0 : {flight}'({{{name}_flight, {name}_update}});"
    yield f"    {name}_flight_last <= {flight}'({{{name}_flight_last, update_last}});"
    moved = f"{{{name}_flight_number, {name}_number}}"
    yield f"    {name}_flight_number <= {flight * address}'({moved});"
    yield "end"
    yield f"wire {name}_done = {name}_flight[{flight - 1}];"
    yield f"wire {name}_done_last = {name}_flight_last[{flight - 1}];"
    oldest = f"{name}_flight_number[{(flight - 1) * address} +: {address}]"
    yield f"wire [{address - 1}:0] {name}_done_number = {oldest};"
    yield from _states(section)
    yield from _parameter_memory(section)
    yield from _lanes(engine, section)
    sent = sent_bits(section)
    yield f"assign {name}_put = {name}_done;"
    yield f"assign {name}_put_last = {name}_done_last;"
    yield f"assign {name}_probe_valid = {name}_done;"
    over = updates * width - cells
    for lane in range(width):
        signal = f"{name}_sent[{lane * sent} +: {sent}]"
        spare = f" && !{name}_done_last" if lane >= width - over else ""
        yield f"assign {name}_mask[{lane}] = {signal} != '0{spare};"
    yield f"assign {name}_values = {name}_sent;"
    probe = f"{{{name}_sent, {name}_next}}" if section.states else f"{name}_sent"
    yield f"assign {name}_probe = {probe};"


def _late(section: Section, kept: str, read: str) -> Iterator[str]:
    """What is read of a memory, kept until the sums are there."""
    if section.turns == 1:
        yield f"    {kept} <= {read};"
    else:
        yield f"    {read}_late <= {read};"
        yield f"    {kept} <= {read}_late;"


def _states(section: Section) -> Iterator[str]:
    if not section.states:
        return
    name, updates, bits = section.sender.name, section.updates, section.state_bits
    address, cells = address_bits(updates), section.sender.width
    width = cells * bits
    listed = ", ".join(f"{said(s.name)} {s.bits} bits" for s in section.states)
    yield f"// states of cells, one by one from the least significant bit: {listed}"
    late = f", {name}_stored_late" if section.turns > 1 else ""
    yield f"logic [{width - 1}:0] {name}_stored{late}, {name}_state, {name}_next, {name}_initial;"
    yield f"logic {name}_clear;"
    yield f"logic [{address - 1}:0] {name}_clear_at;"
    yield "always_ff @(posedge clk) begin"
    # what is compared has the bits of a count of cycles
    yield f"    {name}_clear <= clear_valid && 32'(clear_index) < 32'd{updates};"
    yield f"    {name}_clear_at <= {address}'(clear_index);"
    yield from _late(section, f"{name}_state", f"{name}_stored")
    yield "end"
    if "initial" in section.memories:
        yield from instance(
            "rom",
            f"{name}_initials",
            {"DEPTH": updates, "WIDTH": width, "FILE": f'"{section.memories["initial"]}"'},
            {"clk": "clk", "address": f"{address}'(clear_index)", "data": f"{name}_initial"},
        )
    else:
        word, at = 0, 0
        for state in section.states:
            word |= (int(state.initial) & ((1 << state.bits) - 1)) << at
            at += state.bits
        yield f"assign {name}_initial = {{{cells}{{{literal(word, bits)}}}}};"
    yield from instance(
        "ram",
        f"{name}_states",
        {"DEPTH": updates, "WIDTH": width},
        {
            "clk": "clk",
            "write": f"{name}_clear || {name}_done",
            "write_address": f"{name}_clear ? {name}_clear_at : {name}_done_number",
            "write_data": f"{name}_clear ? {name}_initial : {name}_next",
            "address": f"{name}_number",
            "data": f"{name}_stored",
        },
    )


def _parameter_memory(section: Section) -> Iterator[str]:
    if not section.parameter_bits:
        return
    name = section.sender.name
    width = section.sender.width * sum(section.parameter_bits.values())
    listed = ", ".join(f"{said(n)} {bits} bits" for n, bits in section.parameter_bits.items())
    yield f"// parameters of the cells of an update: {listed}"
    late = f", {name}_given_late" if section.turns > 1 else ""
    yield f"logic [{width - 1}:0] {name}_given{late}, {name}_parameter;"
    yield "always_ff @(posedge clk) begin"
    yield from _late(section, f"{name}_parameter", f"{name}_given")
    yield "end"
    yield from instance(
        "rom",
        f"{name}_parameters",
        {"DEPTH": section.updates, "WIDTH": width, "FILE": f'"{section.memories["parameters"]}"'},
        {"clk": "clk", "address": f"{name}_number", "data": f"{name}_given"},
    )


def _lanes(engine: Engine, section: Section) -> Iterator[str]:
    """A pipeline per lane."""
    name, sent, width = section.sender.name, sent_bits(section), section.sender.width
    yield f"logic [{width * sent - 1}:0] {name}_sent;"
    yield f"for (genvar i = 0; i < {width}; i++) begin : {name}_lane"
    state_at = _offsets({s.name: s.bits for s in section.states})
    parameter_at = _offsets(section.parameter_bits)
    banks = {port: bank for bank, port in enumerate(section.ports)}
    connected: dict[str, str] = {"clk": "clk"}
    for port in section.module.ports:
        if port.kind == "input":
            first = f"(i*{engine.ports} + {banks[port.argument]})*{engine.sum_bits}"
            given = f"sums[{first} +: {engine.sum_bits}]"
        elif port.kind == "state":
            at, bits = state_at[port.argument]
            given = f"{name}_state[i*{section.state_bits} + {at} +: {bits}]"
        elif port.kind == "param":
            at, bits = parameter_at[port.argument]
            total = sum(section.parameter_bits.values())
            given = f"{name}_parameter[i*{total} + {at} +: {bits}]"
        else:
            connected[port.name] = port.name
            yield f"    wire signed [{port.width - 1}:0] {port.name};"
            continue
        # a wire of its own: not every tool takes a signed cast as what a port is connected to
        connected[port.name] = port.name
        yield f"    wire signed [{port.width - 1}:0] {port.name} = {port.width}'($signed({given}));"
    yield from indented(instance(section.module.name, "update", {}, connected))
    for port in section.module.ports:
        if port.kind == "next":
            at, bits = state_at[port.argument]
            first = f"i*{section.state_bits} + {at}"
            yield f"    assign {name}_next[{first} +: {bits}] = {bits}'({port.name});"
        elif port.kind == "sent":
            kept = f"{port.name}[{sent - 1}:0]" if port.width > sent else f"{sent}'({port.name})"
            yield f"    assign {name}_sent[i*{sent} +: {sent}] = {kept};"
            if port.width > sent:
                yield f"    wire unused = &{{1'b0, {port.name}[{port.width - 1}:{sent}]}};"
    yield "end"


def _offsets(bits: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Per field where it begins, and its bits."""
    found, at = {}, 0
    for name, width in bits.items():
        found[name] = (at, width)
        at += width
    return found
