"""The shell of an engine: the states, parameters and updates of its sections around the library's
`engine`, and the links that lead to it."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.fpga.emit.bits import address_bits
from somac.backends.fpga.emit.design import Engine, Link
from somac.backends.fpga.emit.names import said
from somac.backends.fpga.emit.updates import probe_bits, sent_bits, update_lines
from somac.backends.fpga.emit.verilog import HEADER, indented, instance, table
from somac.ir.fixed import Rounding

__all__ = ["shell", "word_bits"]

_MODES = {Rounding.TRN: 0, Rounding.RND: 1, Rounding.RND_CONV: 2, Rounding.TRN_ZERO: 3}


def word_bits(engine: Engine) -> int:
    """Bits of the number of a word of a link, and of how many it has."""
    return max((link.sender.words.bit_length() for link in engine.links), default=1)


def shell(engine: Engine) -> str:
    """The text of the module."""
    lines = [f"module {engine.name} (", *indented(_ports(engine)), ");"]
    body = [*_links(engine), *_core(engine)]
    for number, section in enumerate(engine.sections):
        body += ["", *update_lines(engine, number, section)]
    spare = ", ".join(f"{s.sender.name}_done_number" for s in engine.sections)
    body += ["", "// what some engines have no use for"]
    body.append(f"wire unused = &{{1'b0, clear_valid, clear_index, number, sums, {spare}}};")
    named = ", ".join(said(s.sender.title) for s in engine.sections)
    head = f"// The engine of {named}: {engine.lanes} cells at a time.\n"
    return HEADER + head + "\n".join([*lines, *indented(body), "endmodule"]) + "\n"


def _ports(engine: Engine) -> list[str]:
    ports = ["input  logic clk, rst"]
    for number, link in enumerate(engine.links):
        mask, values = link.sender.width, link.sender.width * max(1, link.sender.bits)
        ports += [
            f"// link {number}: {said(link.sender.title)}, by {_by(link)}",
            f"input  logic link{number}_put, link{number}_put_last",
            f"input  logic [{mask - 1}:0] link{number}_mask",
            f"input  logic [{values - 1}:0] link{number}_values",
            f"output logic link{number}_room",
        ]
    for section in engine.sections:
        name, width = section.sender.name, section.sender.width
        ports += [
            f"// what {said(section.sender.title)} sends",
            f"input  logic {name}_room",
            f"output logic {name}_put, {name}_put_last",
            f"output logic [{width - 1}:0] {name}_mask",
            f"output logic [{width * sent_bits(section) - 1}:0] {name}_values",
            "// for simulation: states and signals of cells, as they are after their update",
            f"output logic {name}_probe_valid",
            f"output logic [{probe_bits(section) - 1}:0] {name}_probe",
        ]
    last = max(n for n, text in enumerate(ports) if not text.startswith("//"))
    return [
        text if text.startswith("//") or n == last else f"{text}," for n, text in enumerate(ports)
    ]


def _by(link: Link) -> str:
    return ", ".join(map(said, link.projections))


def _links(engine: Engine) -> Iterator[str]:
    if not engine.links:
        yield "// nothing leads here: a link that is never gone through stands for none"
        yield "wire link_ready = 1'b0, link_blank = 1'b0, link_mask = 1'b0, link_values = 1'b0;"
        yield "logic link_done, link_word, link_enable;"
        yield "wire unused_link = &{1'b0, link_done, link_word, link_enable};"
        return
    count, width, value = len(engine.links), engine.width, engine.value_bits
    yield f"logic [{count - 1}:0] link_ready, link_blank, link_done;"
    yield f"logic [{count * width - 1}:0] link_mask;"
    yield f"logic [{count * width * value - 1}:0] link_values;"
    yield f"logic [{word_bits(engine) - 1}:0] link_word;"
    yield "logic link_enable;"
    for number, link in enumerate(engine.links):
        yield ""
        yield from _link(engine, number, link)


def _link(engine: Engine, number: int, link: Link) -> Iterator[str]:
    sender, width, value = link.sender, engine.width, engine.value_bits
    own = max(1, sender.bits)
    address = address_bits(sender.words * link.slots)
    delay = "" if not link.delay else f", {link.delay} steps ago"
    yield f"// link {number}, {_by(link)}: {said(sender.title)}{delay}"
    yield f"logic [{sender.width - 1}:0] mask{number};"
    yield f"logic [{sender.width * own - 1}:0] values{number};"
    yield from instance(
        "link",
        link.name,
        {
            "WORDS": sender.words,
            "WIDTH": sender.width,
            "VALUE": sender.bits,
            "SLOTS": link.slots,
            "DELAY": link.delay,
        },
        {
            "clk": "clk",
            "rst": "rst",
            "put": f"link{number}_put",
            "put_last": f"link{number}_put_last",
            "put_mask": f"link{number}_mask",
            "put_values": f"link{number}_values",
            "room": f"link{number}_room",
            "ready": f"link_ready[{number}]",
            "blank": f"link_blank[{number}]",
            "word": f"{address}'(link_word)",
            "enable": "link_enable",
            "mask": f"mask{number}",
            "values": f"values{number}",
            "done": f"link_done[{number}]",
        },
    )
    yield f"assign link_mask[{number * width} +: {width}] = {width}'(mask{number});"
    first = number * width * value
    if own == value and sender.bits:
        bits = width * value
        yield f"assign link_values[{first} +: {bits}] = {bits}'(values{number});"
        return
    for cell in range(width):
        at = f"link_values[{first + cell * value} +: {value}]"
        if cell >= sender.width:
            yield f"assign {at} = '0;"
        elif sender.bits:
            yield f"assign {at} = {value}'($signed(values{number}[{cell * own} +: {own}]));"
        else:
            yield f"assign {at} = {value}'(values{number}[{cell}]);"


def _core(engine: Engine) -> Iterator[str]:
    sections, updaters = len(engine.sections), engine.updaters
    width = address_bits(sections)
    yield ""
    yield f"logic [{sections - 1}:0] room;"
    yield "logic update_valid, update_last, clear_valid;"
    yield f"logic [{width - 1}:0] section;"
    yield f"logic [{engine.number_bits - 1}:0] number;"
    yield f"logic [{engine.clear.bit_length() - 1}:0] clear_index;"
    yield f"logic [{updaters * engine.ports * engine.sum_bits - 1}:0] sums;"
    yield from instance(
        "engine",
        "core",
        _parameters(engine),
        {
            name: name
            for name in (
                "clk",
                "rst",
                "link_ready",
                "link_blank",
                "link_mask",
                "link_values",
                "link_word",
                "link_enable",
                "link_done",
                "room",
                "update_valid",
                "update_last",
                "section",
                "number",
                "sums",
                "clear_valid",
                "clear_index",
            )
        },
    )


def _parameters(engine: Engine) -> dict[str, str | int]:
    links, sections = engine.links, engine.sections
    depths, files = engine.depths, engine.memories
    counted = {
        "LINKS": max(1, len(links)),
        "SECTIONS": len(sections),
        "LANES": engine.lanes,
        "UPDATERS": engine.updaters,
        "PORTS": engine.ports,
        "WIDTH": engine.width,
        "VALUE": engine.value_bits,
        "GRADED": int(engine.graded),
        "WHOLE": int(engine.whole),
        "WORD": word_bits(engine),
        "ADDRESS": engine.address_bits,
        "INDEX": engine.index_bits,
        "CELLS": engine.cells,
        "WEIGHT": engine.weight_bits,
        "SUM": engine.sum_bits,
        "DELAY": engine.delay_bits,
        "RING": engine.ring,
        "NUMBER": engine.number_bits,
        "FLIGHT": engine.flight,
        "CLEAR": engine.clear,
        "CASTS": len(engine.casts),
        "ROUNDS": int(engine.rounds),
        "DENSE_DEPTH": depths.get("dense", 0),
        "SPARSE_DEPTH": depths.get("sparse", 0),
        "POINTERS": depths.get("pointers", 0),
    }
    texts = {
        "SHIFT": table([c.shift for c in engine.casts], 8),
        "MODE": table([_MODES[c.rounding] for c in engine.casts], 8),
        "DENSE_FILE": f'"{files.get("dense", "")}"',
        "SPARSE_FILE": f'"{files.get("sparse", "")}"',
        "POINTER_FILE": f'"{files.get("pointers", "")}"',
        "WORDS": table([link.sender.words for link in links], 16),
        "BASE": table([link.base for link in links], 32),
        "STRIDE": table([link.stride for link in links], 32),
        "CELL_STRIDE": table([link.cell_stride for link in links], 32),
        "SPARSE": table([int(link.kind == "sparse") for link in links], 1),
        "ROWS": table([link.ports * link.groups for link in links], 32),
        "LINK_GROUPS": table([link.groups for link in links], 16),
        "LINK_INDEX": table([link.index for link in links], 32),
        "PORT": table([link.port for link in links], 8),
        "CAST": table([link.cast for link in links], 8),
        "FIRST": table([s.links[0] for s in sections], 16),
        "BEYOND": table([s.links[1] for s in sections], 16),
        "UPDATES": table([s.updates for s in sections], 16),
        "SECTION_INDEX": table([s.index for s in sections], 32),
    }
    return {**counted, **texts}
