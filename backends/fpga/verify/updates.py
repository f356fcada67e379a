"""The updates of sections, generated again: the module of each must be that of its datapath."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from somac.backends.codegen import lower
from somac.backends.codegen.systemverilog import SvModule, part_source, schedule, sv_module
from somac.backends.damage import DamagedError
from somac.backends.fpga.description import FILE, Description, Engine, Section
from somac.backends.fpga.verify.cells import own_values
from somac.backends.fpga.verify.content import content
from somac.backends.fpga.verify.images import FOLDER, signed_bits
from somac.backends.fpga.verify.ranges import Range, Sums, fitting
from somac.backends.fpga.verify.stages import counted_latency
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["Updates", "check_updates", "source_file", "updates"]

Updates = dict[str, SvModule]
"""By the id of a section."""

_PORT = re.compile(
    r"input  logic signed \[\d+:0\] \w+,?  // (input|param) (\w+): (-?\d+) \.\. (-?\d+)"
)


def updates(
    program: Program, network: IntegerNetwork, design: Description, arriving: Sums
) -> tuple[Updates, list[Diagnostic]]:
    """The module of every section, and E0815 for those that take less than can arrive.

    A module may be made for any range of sums and of parameters that holds those of the
    network: the comments beside its ports say for which it was, and it is generated for that.
    """
    made: Updates = {}
    problems: list[Diagnostic] = []
    for engine in design.engines:
        for section in engine.sections:
            file = source_file(section)
            text = content(program, file).decode("utf-8", "replace")
            stated = {(k, name): (int(a), int(b)) for k, name, a, b in _PORT.findall(text)}
            known, narrow = _known(network, engine, section, arriving, stated)
            problems += [
                Diagnostic("E0815", f"{section.id}: {problem}", Place(file=file))
                for problem in narrow
            ]
            datapath = network.population(section.population).datapath
            try:
                code = lower(datapath, known, sum_bits=engine.sum_bits)
                planned = schedule(code, design.stage_ns)
                made[section.id] = sv_module(planned, f"{section.id}_update")
            except (ValueError, OverflowError) as error:
                raise DamagedError(file, f"no update for what it states: {error}") from None
    return made, problems


def source_file(section: Section) -> str:
    """Where the module of an update is."""
    return f"rtl/{section.id}_update.sv"


def check_updates(program: Program, design: Description, made: Updates) -> Iterator[Diagnostic]:
    """E0817 for another latency, E0819 for another text."""
    for engine in design.engines:
        for section in engine.sections:
            module = made[section.id]
            # where lanes take turns, a cycle more goes by until those in turn are chosen
            need = (2 if engine.lanes == engine.updaters else 3) + module.latency
            if section.flight != need:
                yield Diagnostic(
                    "E0817",
                    f"{section.id}: flight is not what its update takes",
                    Place(file=FILE, node=section.id),
                    have=f"{section.flight} cycles",
                    need=f"{need} cycles",
                )
            yield from _counted(program, section, need - module.latency)
            files = {source_file(section): module.text}
            files |= {f"rtl/{part}.sv": part_source(part) for part in module.parts}
            files |= {FOLDER + name: image for name, image in module.memories.items()}
            for file, meant in files.items():
                if content(program, file) != meant.encode():
                    yield Diagnostic(
                        "E0819",
                        f"not what the datapath and the parameters of {section.id} give",
                        Place(file=file),
                    )


def _counted(program: Program, section: Section, before: int) -> Iterator[Diagnostic]:
    """E0817: the registers of an update do not lie as its flight, or its values, need them."""
    file = source_file(section)
    try:
        latency = counted_latency(content(program, file).decode())
    except (ValueError, KeyError) as error:
        yield Diagnostic("E0817", f"{section.id}: no pipeline: {error}", Place(file=file))
        return
    if latency is not None and section.flight != before + latency:
        yield Diagnostic(
            "E0817",
            f"{section.id}: flight is not what the registers of its update take",
            Place(file=file, node=section.id),
            have=f"{section.flight} cycles",
            need=f"{before + latency} cycles",
        )


def _known(
    network: IntegerNetwork,
    engine: Engine,
    section: Section,
    arriving: Sums,
    stated: dict[tuple[str, str], Range],
) -> tuple[dict[tuple[str, str], Range], list[str]]:
    """Ranges of what the update reads, and which of them are too narrow."""
    population = network.population(section.population)
    cells = np.asarray(section.order, np.int64)
    known: dict[tuple[str, str], Range] = {}
    narrow = []
    top = 1 << (engine.sum_bits - 1)
    for port in section.ports:
        own = fitting(arriving[population.name, port], cells)
        if own is None or signed_bits(*own) > engine.sum_bits:
            # sums wrap: every one of so many bits can be there
            own = (-top, top - 1)
        known["input", port] = _taken(stated.get(("input", port), own), own, (-top, top - 1))
        if not _holds(known["input", port], own):
            narrow.append(f"its update does not take all sums at {port}")
            known["input", port] = own
    for name, value in section.parameters.items():
        values = own_values(section, population.parameters[name])
        own = int(values.min()), int(values.max())
        format = population.datapath.format_of("param", name)
        given = own if value is not None else stated.get(("param", name), own)
        known["param", name] = _taken(given, own, (format.minimum, format.maximum))
        if not _holds(known["param", name], own):
            narrow.append(f"its update does not take all values of {name}")
            known["param", name] = own
    return known, narrow


def _taken(given: Range, own: Range, most: Range) -> Range:
    """What an update was made for: as it states, unless nothing could ever be so."""
    return given if _holds(most, given) else own


def _holds(range: Range, other: Range) -> bool:
    return range[0] <= other[0] <= other[1] <= range[1]
