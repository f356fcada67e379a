"""Every neuron once, with its datapath, parameters and initial states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from somac.backends.damage import require
from somac.backends.fpga.description import FILE, Description, Section
from somac.backends.fpga.verify.content import content
from somac.backends.fpga.verify.images import FOLDER, Integers, fields, signed_bits, words
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation
from somac.ir.program import Program

__all__ = ["check_cells", "check_neurons", "own_values"]


def check_neurons(network: IntegerNetwork, design: Description) -> Iterator[Diagnostic]:
    """E0801: sections that do not make up the populations."""
    sections = [s for e in design.engines for s in e.sections]
    for p in network.populations:
        own = sorted((s for s in sections if s.population == p.name), key=lambda s: s.start)
        cells = np.array([cell for s in own for cell in s.order], np.int64)
        count = np.bincount(np.minimum(cells, p.size), minlength=p.size + 1)
        bad = np.flatnonzero(count != np.append(np.ones(p.size, np.int64), 0))
        if len(bad):
            yield Diagnostic(
                "E0801",
                f"population {p.name}: neuron {bad[0]} is there {count[bad[0]]} times",
                Place(file=FILE, node=p.name),
                have=f"{len(bad)} neurons not in exactly one section",
            )
        at = 0
        for s in own:
            if s.start != at:
                yield Diagnostic(
                    "E0801",
                    f"section {s.id} begins with place {s.start}",
                    Place(file=FILE, node=p.name),
                    have=f"place {s.start}",
                    need=f"place {at}",
                )
            at = s.start + s.cells
    known = {p.name for p in network.populations}
    for s in sections:
        if s.population not in known:
            yield Diagnostic("E0801", f"section {s.id} is of no population", Place(file=FILE))


def check_cells(
    program: Program, network: IntegerNetwork, design: Description
) -> Iterator[Diagnostic]:
    """E0802, E0803 and E0815, section by section; DamagedError."""
    for engine in design.engines:
        for section in engine.sections:
            population = network.population(section.population)
            problem = _program_problem(program, section, population)
            if problem is not None:
                yield Diagnostic("E0802", problem, Place(file=section.datapath, node=section.id))
                continue
            yield from _states(program, section, population)
            yield from _parameters(program, section, population)


def own_values(section: Section, values: Integers) -> Integers:
    """(cells,): the values of a population that a section has, in the order of its places."""
    if values.ndim == 0:
        return np.full(section.cells, int(values), np.int64)
    return values[np.asarray(section.order, np.int64)]


def _program_problem(
    program: Program, section: Section, population: IntegerPopulation
) -> str | None:
    datapath = population.datapath
    if content(program, section.datapath) != datapath.text().encode():
        return f"section {section.id} computes another datapath than {population.name}"
    if section.ports != datapath.names("input"):
        return f"section {section.id}: other ports, or in another order"
    for what, have, need in (
        ("states", [s.name for s in section.states], datapath.names("state")),
        ("parameters", list(section.parameters), datapath.names("param")),
    ):
        if sorted(have) != sorted(need):
            return f"section {section.id}: other {what}"
    return None


def _states(
    program: Program, section: Section, population: IntegerPopulation
) -> Iterator[Diagnostic]:
    for state in section.states:
        format = population.datapath.format_of("state", state.name)
        need = signed_bits(format.minimum, format.maximum)
        if state.bits < need:
            yield Diagnostic(
                "E0815",
                f"section {section.id}: state {state.name} does not fit",
                Place(file=FILE, node=section.id),
                have=f"{state.bits} bits",
                need=f"{need} bits",
            )
    widths = {s.name: s.bits for s in section.states}
    stored = {s.name for s in section.states if s.initial is None}
    given = {s.name: s.initial for s in section.states if s.initial is not None}
    found = _memory(program, section, "initial", widths)
    for name in sorted(widths):
        need_values = own_values(section, population.initial[name])
        # where there is a memory, it is that which is loaded
        have = found.get(name)
        if have is None or name not in stored:
            constant = np.full(section.cells, given.get(name, 0), np.int64)
            yield from _differ(section, f"initial {name}", constant, need_values, FILE)
        if have is not None:
            file = FOLDER + section.memories["initial"]
            yield from _differ(section, f"initial {name}", have, need_values, file)
    require(
        not stored or "initial" in section.memories,
        FILE,
        f"{section.id}: states without initial values",
    )


def _parameters(
    program: Program, section: Section, population: IntegerPopulation
) -> Iterator[Diagnostic]:
    widths = dict(section.parameter_bits)
    stored = {name for name, value in section.parameters.items() if value is None}
    listed = len(widths) == len(section.parameter_bits) and widths.keys() == stored
    require(listed, FILE, f"{section.id}: its memory has other parameters than those without value")
    require(
        bool(stored) == ("parameters" in section.memories),
        FILE,
        f"{section.id}: parameters without a memory, or a memory without parameters",
    )
    found = _memory(program, section, "parameters", widths)
    for name, value in section.parameters.items():
        need = own_values(section, population.parameters[name])
        if value is None:
            file = FOLDER + section.memories["parameters"]
            yield from _differ(section, f"parameter {name}", found[name], need, file)
        else:
            constant = np.full(section.cells, value, np.int64)
            yield from _differ(section, f"parameter {name}", constant, need, FILE)


def _memory(
    program: Program, section: Section, memory: str, widths: Mapping[str, int]
) -> dict[str, Integers]:
    """Values (cells,) by name of a memory of updates, nothing without one."""
    file = {str(k): v for k, v in section.memories.items()}.get(memory)
    if file is None:
        return {}
    each = sum(widths.values())
    require(each > 0, FILE, f"{section.id}: a memory of nothing")
    bits = words(program, file, section.words, section.width * each)
    cells = bits.reshape(-1, each)
    require(not cells[section.cells :].any(), FOLDER + file, "values of cells that are not there")
    columns = fields(cells[: section.cells], [(width, True) for width in widths.values()])
    return dict(zip(widths, columns, strict=True))


def _differ(
    section: Section, what: str, have: Integers, need: Integers, file: str
) -> Iterator[Diagnostic]:
    bad = np.flatnonzero(have != need)
    if len(bad):
        place = int(bad[0])
        yield Diagnostic(
            "E0803",
            f"{section.id}: {what} of {len(bad)} neurons, the first of them "
            f"{section.population}[{section.order[place]}]",
            Place(file=file, node=section.id),
            have=str(int(have[place])),
            need=str(int(need[place])),
        )
