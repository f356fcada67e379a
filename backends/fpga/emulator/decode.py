"""Everything in a bundle that the emulator uses, decoded and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.fpga.description import (
    FILE,
    Description,
    Engine,
    Link,
    Section,
    Sender,
    read_description,
)
from somac.backends.fpga.emulator.checks import check_design
from somac.backends.fpga.emulator.images import field, read_image
from somac.backends.fpga.emulator.weights import LinkWeights, engine_weights
from somac.ir.datapath import Datapath, parse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.graph import Edge, update_order
from somac.ir.program import Program

__all__ = ["Decoded", "Part", "decode"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A section with all it has.

    Parameters
    ----------
    number
        That of its engine.
    first
        Number of its first link among those of all engines.
    links, weights
        Its links, and their weights.
    parameters, initial
        int64 by name, 0-d or (cells,).
    slots
        Steps for which accumulators are kept: one more than the longest delay of a synapse.
    """

    number: int
    engine: Engine
    section: Section
    first: int
    links: tuple[Link, ...]
    weights: tuple[LinkWeights, ...]
    datapath: Datapath
    parameters: Mapping[str, Integers]
    initial: Mapping[str, Integers]
    slots: int


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A design; `order` are parts by number, each after what it reads in the same step."""

    description: Description
    senders: tuple[Sender, ...]
    parts: tuple[Part, ...]
    order: tuple[int, ...]
    places: Mapping[str, Integers]
    """Per population, where its cells stand among those of its sections, one after the other."""

    @property
    def links(self) -> tuple[Link, ...]:
        """Those of all engines."""
        return tuple(link for engine in self.description.engines for link in engine.links)

    def sections_of(self, population: str) -> tuple[int, ...]:
        """Numbers of the parts that have its cells."""
        return tuple(
            n for n, part in enumerate(self.parts) if part.section.population == population
        )


def decode(program: Program) -> Decoded:
    """Decode every file.

    Raises
    ------
    SomacError
        E0703 to E0705, E0710, E0711 and E0713.
    """
    description = read_description(program)
    check_design(description)
    senders = {s.id: s for s in description.senders()}
    order = _order(description)
    parts = tuple(_parts(program, description, senders))
    sizes: dict[str, list[int]] = {}
    for part in parts:
        sizes.setdefault(part.section.population, []).extend(part.section.order)
    places = {name: np.array(cells, np.int64) for name, cells in sizes.items()}
    return Decoded(description, tuple(senders.values()), parts, order, places)


def _parts(
    program: Program, description: Description, senders: Mapping[str, Sender]
) -> Iterator[Part]:
    begin = 0
    for number, engine in enumerate(description.engines):
        weights = engine_weights(program, engine, senders)
        for section in engine.sections:
            own = slice(*section.links)
            datapath = _datapath(program, section)
            delays = [w.sparse.delay.max(initial=0) for w in weights[own] if w.sparse is not None]
            yield Part(
                number,
                engine,
                section,
                begin + section.links[0],
                engine.links[own],
                weights[own],
                datapath,
                _parameters(program, section, datapath),
                _initial(program, section, datapath),
                1 + int(max(delays, default=0)),
            )
        begin += len(engine.links)


def _order(description: Description) -> tuple[int, ...]:
    """Sections, each after what it reads in the same step, and after those before it."""
    names = [s.id for e in description.engines for s in e.sections]
    edges = [
        Edge(link.source, s.id, link.delay)
        for e in description.engines
        for s in e.sections
        for link in e.links[slice(*s.links)]
    ]
    edges += [
        Edge(a.id, b.id, 0)
        for e in description.engines
        for a, b in zip(e.sections, e.sections[1:], strict=False)
    ]
    order = update_order(names, edges)
    if len(order) < len(names):
        raise SomacError(
            "E0710", "sections wait for each other in a circle", place=Place(file=FILE)
        )
    number = {name: n for n, name in enumerate(names)}
    return tuple(number[name] for name in order)


def _datapath(program: Program, section: Section) -> Datapath:
    place = Place(file=section.datapath)
    content = program.files.get(section.datapath)
    if content is None:
        raise SomacError("E0703", f"the bundle has no file {section.datapath}", place=place)
    try:
        datapath = parse(content.decode())
    except ValueError as error:
        raise SomacError("E0713", f"not a datapath: {error}", place=place) from None
    problems = [
        Diagnostic("E0713", f"{section.id} has other {what} than its datapath", place)
        for what, have, need in (
            ("ports", section.ports, datapath.names("input")),
            ("states", [s.name for s in section.states], datapath.names("state")),
            ("parameters", list(section.parameters), datapath.names("param")),
        )
        if sorted(have) != sorted(need)
    ]
    if problems:
        raise SomacError.of(problems)
    low, high = lower(datapath).output_range
    least, most = ((-1 << section.bits) >> 1, (1 << section.bits) >> 1) if section.bits else (0, 2)
    if not least <= low <= high < most:
        raise _contradiction(
            f"{section.id} sends {low} to {high}, which {section.bits} bits hold not"
        )
    return datapath


def _parameters(program: Program, section: Section, datapath: Datapath) -> dict[str, Integers]:
    stored = [name for name, value in section.parameters.items() if value is None]
    fields = _fields(program, section, "parameters", section.parameter_bits, stored)
    found = {
        name: fields[name] if value is None else np.asarray(value, np.int64)
        for name, value in section.parameters.items()
    }
    _check(section, datapath, "param", "parameters", found)
    return found


def _initial(program: Program, section: Section, datapath: Datapath) -> dict[str, Integers]:
    bits = [(s.name, s.bits) for s in section.states]
    stored = [s.name for s in section.states if s.initial is None]
    fields = _fields(program, section, "initial", bits, stored)
    found = {
        s.name: fields[s.name] if s.initial is None else np.asarray(s.initial, np.int64)
        for s in section.states
    }
    _check(section, datapath, "state", "initial", found)
    return found


def _fields(
    program: Program,
    section: Section,
    memory: str,
    fields: Sequence[tuple[str, int]],
    needed: Sequence[str],
) -> dict[str, Integers]:
    """Values per cell of a memory, by name; nothing without one."""
    names = [name for name, _ in fields]
    if len(set(names)) < len(names) or not set(needed) <= set(names):
        raise _contradiction(f"{section.id}: {memory} without bits, or with two")
    if not needed:
        return {}
    file = {str(name): file for name, file in section.memories.items()}.get(memory)
    if file is None:
        raise _contradiction(f"{section.id}: {', '.join(needed)} without a memory")
    each = sum(bits for _, bits in fields)
    words = read_image(program, file, section.words, section.width * each)
    cells = words.reshape(-1, each)[: section.cells]
    found, at = {}, 0
    for name, bits in fields:
        found[name] = field(cells, at, bits)
        at += bits
    return found


def _contradiction(problem: str) -> SomacError:
    return SomacError("E0710", problem, place=Place(file=FILE))


def _check(
    section: Section,
    datapath: Datapath,
    opcode: str,
    memory: str,
    values: Mapping[str, Integers],
) -> None:
    """Kernels rely on formats: what is stored must keep to them."""
    files = {str(name): file for name, file in section.memories.items()}
    for name, stored in values.items():
        format = datapath.format_of(opcode, name)
        if not format.minimum <= stored.min() <= stored.max() <= format.maximum:
            code, file = ("E0711", f"mem/{files[memory]}") if stored.ndim else ("E0710", FILE)
            text = f"{name} of {section.id} is not within {format}"
            raise SomacError(code, text, place=Place(file=file))
