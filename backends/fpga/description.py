"""``design.json``: the design of a bundle as data, believed only if every field is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from somac.backends.descriptions import read_as
from somac.ir.errors import SomacError
from somac.ir.fixed import MAX_BITS
from somac.ir.program import Program

__all__ = [
    "FILE",
    "FORMAT",
    "Bits",
    "Cast",
    "Cells",
    "Count",
    "Description",
    "Engine",
    "Input",
    "Link",
    "Number",
    "Output",
    "Raw",
    "Section",
    "Sender",
    "SimPorts",
    "State",
    "Strict",
    "Width",
    "circuit_name",
    "read_description",
]

FILE = "design.json"
FORMAT = 1
"""Version of the file."""

_MOST = 1 << 31

Number = Annotated[int, Field(ge=0, le=_MOST)]
Count = Annotated[int, Field(ge=1, le=_MOST)]
Bits = Annotated[int, Field(ge=0, le=64)]
Width = Annotated[int, Field(ge=1, le=64)]
Raw = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
Cells = Annotated[int, Field(ge=1, le=1 << 26)]


class Strict(BaseModel):
    """Fields of the right types, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Sender(Strict):
    """What sends: `cells` in words of `width`, values of `bits`, or spikes if that is 0."""

    id: str
    cells: Cells
    width: Count
    bits: Bits

    @property
    def words(self) -> int:
        """Words of a step."""
        return -(-self.cells // self.width)


class Input(Sender):
    """A network input, and the least and largest value that it takes."""

    name: str
    low: Raw
    high: Raw


class Reader(Strict):
    """What reads a sender: after `delay` blank steps, from a buffer of `slots`."""

    source: str
    delay: Number
    slots: Count


class Output(Reader):
    """A stream of a network output."""

    stream: str
    output: str


class Cast(Strict):
    """How products are rounded."""

    shift: Bits
    rounding: Literal["TRN", "RND", "RND_CONV", "TRN_ZERO"]


class Link(Reader):
    """What leads to a section: see `somac.backends.fpga.emit.design.Link`."""

    projections: tuple[str, ...]
    port: Number
    ports: Count
    kind: Literal["dense", "sparse", "whole"]
    base: Number
    groups: Count
    index: Number
    cast: Number


class State(Strict):
    """A state; without an initial value it is in the memory of these."""

    name: str
    bits: Width
    initial: Raw | None


class Section(Sender):
    """A slice of a population."""

    population: str
    start: Number
    order: tuple[Number, ...]
    groups: Count
    index: Number
    links: tuple[Number, Number]
    flight: Count
    datapath: str
    ports: tuple[str, ...]
    states: tuple[State, ...]
    parameters: dict[str, Raw | None]
    parameter_bits: tuple[tuple[str, Width], ...]
    memories: dict[Literal["initial", "parameters"], str]


class Engine(Strict):
    """An engine."""

    name: str
    lanes: Count
    updaters: Count
    whole: bool
    graded: bool
    weight_bits: Width
    value_bits: Width
    sum_bits: Annotated[int, Field(ge=1, le=MAX_BITS)]
    index_bits: Width
    address_bits: Width
    delay_bits: Bits
    ring: Count
    drain: Number
    clear: Count
    casts: tuple[Cast, ...]
    memories: dict[Literal["dense", "sparse", "pointers"], str]
    depths: dict[Literal["dense", "sparse", "pointers"], Number]
    links: tuple[Link, ...]
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @property
    def flight(self) -> int:
        """Cycles after which the longest of its updates has left its pipeline."""
        return max(section.flight for section in self.sections)


class SimPorts(Strict):
    """The ports of the module for simulators."""

    inputs: Count
    input_bits: Count
    outputs: Count
    output_bits: Count
    probes: Count
    probe_bits: Count


class Description(Strict):
    """The whole design; `stage_ns` is what a stage of an update was planned to take at most."""

    format: Literal[1]
    circuit: Literal["engines"] = "engines"
    semantics: int
    name: str
    stage_ns: Annotated[float, Field(gt=0, le=1e6)]
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    engines: Annotated[tuple[Engine, ...], Field(min_length=1)]
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]
    sim: SimPorts

    def senders(self) -> tuple[Sender, ...]:
        """Inputs, then sections in the order of engines."""
        return (*self.inputs, *(s for e in self.engines for s in e.sections))


def circuit_name(program: Program) -> str:
    """Which circuit the description of a bundle is of; engines, if it does not say that it is of
    another."""
    try:
        data = program.json(FILE)
    except SomacError:
        # those who read it say what is wrong with it
        return "engines"
    found = data.get("circuit", "engines") if isinstance(data, dict) else "engines"
    return found if isinstance(found, str) else "engines"


def read_description(program: Program) -> Description:
    """Read the description of a bundle of engines; SomacError as `read_as`."""
    return read_as(program, FILE, "design", FORMAT, Description, _contradictions)


def _contradictions(d: Description) -> Iterator[str]:
    """What is wrong though every field by itself is right."""
    senders = [s.id for s in d.senders()]
    if len(set(senders)) < len(senders):
        yield "two senders have one id"
    names = [i.name for i in d.inputs]
    if len(set(names)) < len(names):
        yield "two inputs have one name"
    for reader in (*d.outputs, *(link for e in d.engines for link in e.links)):
        if reader.source not in senders:
            yield f"{reader.source!r} is read but sends nothing"
        if reader.slots <= reader.delay:
            yield f"a buffer of {reader.slots} steps for a delay of {reader.delay}"
    for engine in d.engines:
        yield from _engine_contradictions(engine)
    places: dict[str, list[int]] = {}
    for section in (s for e in d.engines for s in e.sections):
        places.setdefault(section.population, []).extend(section.order)
    for population, order in places.items():
        if sorted(order) != list(range(len(order))):
            yield f"{population}: not each of its {len(order)} cells once"


def _engine_contradictions(e: Engine) -> Iterator[str]:
    at = 0
    if e.lanes % e.updaters:
        yield f"{e.name}: {e.lanes} lanes for {e.updaters} updaters"
    for section in e.sections:
        if section.links[0] != at or section.links[1] < at:
            yield f"{e.name}: the links of {section.id} do not follow those before"
        at = section.links[1]
        if section.width != e.updaters or section.groups * e.lanes < section.cells:
            yield f"{section.id}: {section.cells} cells on {e.lanes} lanes"
        if len(section.order) != section.cells:
            yield f"{section.id}: {len(section.order)} places for {section.cells} cells"
        for link in e.links[slice(*section.links)]:
            if link.port + link.ports > max(1, len(section.ports)) or link.cast >= len(e.casts):
                yield f"{e.name}: a link to a port, or with a rounding, that is not there"
            if link.groups != section.groups or link.index != section.index:
                yield f"{e.name}: a link to other accumulators than those of {section.id}"
    if at != len(e.links):
        yield f"{e.name}: links that lead to no section"
