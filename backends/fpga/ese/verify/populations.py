"""Updates: datapaths, parameters, initial states, the widths of what they send and receive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from somac.backends.codegen import lower
from somac.backends.damage import require
from somac.backends.fpga.description import FILE
from somac.backends.fpga.ese.description import Description, Population
from somac.backends.fpga.ese.verify.parts import Parts
from somac.backends.fpga.verify.content import content
from somac.backends.fpga.verify.images import FOLDER, Integers, fields, signed_bits, words
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import Diagnostic, Place
from somac.ir.fixed import Overflow
from somac.ir.integer import IntegerPopulation
from somac.ir.program import Program

__all__ = ["check_populations", "check_widths", "datapaths"]

_PLACE = Place(file=FILE)


def datapaths(parts: Parts) -> tuple[Datapath, Datapath]:
    """Those of the cells and the outputs: where these hand on, one that sends what it receives."""
    cells = parts.cells.datapath
    if parts.outputs is not None:
        return cells, parts.outputs.datapath
    format = replace(cells.sent, overflow=Overflow.WRAP)
    received = Instruction("input", format, name="m")
    return cells, Datapath("handed_on", (received,), {}, 0, "value")


def check_populations(program: Program, parts: Parts, d: Description) -> Iterator[Diagnostic]:
    """E0802 and E0803; DamagedError."""
    for own, population, datapath in zip(
        (d.cells, d.outputs), (parts.cells, parts.outputs), datapaths(parts), strict=True
    ):
        problem = _program_problem(program, own, datapath)
        if problem is not None:
            yield Diagnostic("E0802", problem, Place(file=own.datapath))
        else:
            yield from _values(program, own, population, datapath)


def _program_problem(program: Program, own: Population, datapath: Datapath) -> str | None:
    if content(program, own.datapath) != datapath.text().encode():
        return f"{own.population} computes another datapath"
    if own.ports != datapath.names("input"):
        return f"{own.population} has other ports, or in another order"
    parameters = [*(p.name for p in own.parameters), *own.constants]
    for what, have, need in (
        ("states", [s.name for s in own.states], datapath.names("state")),
        ("parameters", parameters, datapath.names("param")),
    ):
        if sorted(have) != sorted(need):
            return f"{own.population} has other {what}"
    return None


def _values(
    program: Program, own: Population, population: IntegerPopulation | None, datapath: Datapath
) -> Iterator[Diagnostic]:
    found = _memory(program, own, datapath)
    if population is None:
        return
    for state in own.states:
        need = datapath.format_of("state", state.name).width
        if state.bits != need:
            text = f"state {state.name} of {own.population}"
            have_bits, need_bits = f"{state.bits} bits", f"{need} bits"
            yield Diagnostic("E0815", text, _PLACE, have_bits, need_bits)
        yield from _differ(own, f"initial {state.name}", found, population.initial[state.name])
    for parameter in own.parameters:
        values = population.parameters[parameter.name]
        yield from _differ(own, f"parameter {parameter.name}", found, values)
    for name, value in own.constants.items():
        values = population.parameters[name]
        # what the update has no use for may have many values
        if not _unread(datapath, population, name) or values.ndim == 0:
            constant = {f"parameter {name}": np.full(own.cells, value, np.int64)}
            yield from _differ(own, f"parameter {name}", constant, values)


def _unread(datapath: Datapath, population: IntegerPopulation, name: str) -> bool:
    known = {
        ("param", key): (int(values.min()), int(values.max()))
        for key, values in population.parameters.items()
    }
    read = [a.name for a in lower(datapath, known).arguments if a.kind == "param"]
    low, high = known["param", name]
    return name not in read and low < high


def _memory(program: Program, own: Population, datapath: Datapath) -> dict[str, Integers]:
    """Values (cells,) by what they are: parameters, a bit if there are none, first states."""
    bits = words(program, own.memory, own.cells, own.parameter_bits + own.state_bits)
    for named, bit in ((own.parameters, 0), (own.states, own.parameter_bits)):
        # what stands for none is 0
        require(bool(named) or not bits[:, bit].any(), FOLDER + own.memory, "values of nothing")
    parameters = fields(bits, [(p.bits, True) for p in own.parameters])
    signed = [datapath.format_of("state", s.name).signed for s in own.states]
    widths = [(s.bits, sign) for s, sign in zip(own.states, signed, strict=True)]
    states = fields(bits[:, own.parameter_bits :], widths)
    found = {f"parameter {p.name}": v for p, v in zip(own.parameters, parameters, strict=True)}
    return found | {f"initial {s.name}": v for s, v in zip(own.states, states, strict=True)}


def _differ(
    own: Population, what: str, found: dict[str, Integers], meant: Integers
) -> Iterator[Diagnostic]:
    have, need = found[what], np.broadcast_to(meant, (own.cells,))
    bad = np.flatnonzero(have != need)
    if len(bad):
        first = int(bad[0])
        yield Diagnostic(
            "E0803",
            f"{what} of {len(bad)} neurons, the first of them {own.population}[{first}]",
            Place(file=FOLDER + own.memory),
            have=str(int(have[first])),
            need=str(int(need[first])),
        )


def check_widths(parts: Parts, d: Description) -> Iterator[Diagnostic]:
    """E0815: bits of values, of sums and of weights."""
    sent = [(parts.x.format.minimum, parts.x.format.maximum)]
    sent += [lower(datapath).output_range for datapath in datapaths(parts)]
    widest = max(signed_bits(low, high) for low, high in sent)
    yield from _narrow("values that are sent", d.activation_bits, widest)
    # a port reads the low bits of a sum: it must have as many
    cells, outputs = datapaths(parts)
    ports = [cells.format_of("input", port).width for port in cells.names("input")]
    ports += [outputs.format_of("input", port).width for port in outputs.names("input")]
    yield from _narrow("sums at a port", d.sum_bits, max(ports))


def _narrow(what: str, have: int, need: int) -> Iterator[Diagnostic]:
    if have < need:
        yield Diagnostic("E0815", f"{what} do not fit", _PLACE, f"{have} bits", f"{need} bits")
