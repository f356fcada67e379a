"""What is written: a `Design` of engines, links and streams, every width and address decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import Code
from somac.backends.codegen.systemverilog import SvModule
from somac.backends.fpga.emit.lanes import LaneSize
from somac.ir.fixed import Rounding

__all__ = [
    "Cast",
    "Design",
    "Engine",
    "Link",
    "Reader",
    "Section",
    "Sender",
    "Sink",
    "Source",
    "State",
]

Integers = NDArray[np.int64]
RowKind = Literal["dense", "sparse", "whole"]


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends steps: an input, or a section.

    Parameters
    ----------
    name, title
        As an identifier, and what it is for people.
    cells
        How many it has; the cell in place k is bit k mod `width` of word k div `width`.
    width
        Cells of a word.
    bits
        Bits of a value, in two's complement; 0 for spikes.
    """

    name: str
    title: str
    cells: int
    width: int
    bits: int

    @property
    def words(self) -> int:
        """Words of a step."""
        return -(-self.cells // self.width)


@dataclass(frozen=True, slots=True)
class Cast:
    """How products are rounded before they are added."""

    shift: int = 0
    rounding: Rounding = Rounding.TRN


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads steps of a sender: `delay` blank ones first, `slots` fit at most."""

    name: str
    sender: Sender
    delay: int
    slots: int


@dataclass(frozen=True, slots=True)
class Link(Reader):
    """What leads from a sender to a section: one projection, or several to ports side by side.

    Parameters
    ----------
    projections
        Their names in the model.
    port, ports
        The first of the section's ports that rows add to, and how many.
    kind
        How its rows are kept.
    base
        Address of the row of cell 0, or of its pointer.
    stride, cell_stride
        From the address of a word to that of the next, and of a cell to the next.
    groups
        Words of a row, per port, unless it is sparse.
    index
        Accumulator of group 0.
    cast
        Number of the rounding of its products.
    """

    projections: tuple[str, ...]
    port: int
    ports: int
    kind: RowKind
    base: int
    stride: int
    cell_stride: int
    groups: int
    index: int
    cast: int


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A state of a section: bits, and int64 initial values, 0-d or (cells,)."""

    name: str
    bits: int
    initial: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A slice of a population on an engine.

    Parameters
    ----------
    sender
        What it sends.
    population, start, stop
        The places of the population that it has.
    order
        int64 (cells,): the cell of the model in each of its places.
    groups
        How many cells a lane has.
    turns
        Cycles in which the cells of a group are updated.
    index
        Accumulator of group 0.
    links
        First link of the engine that is its own, and the one after the last.
    datapath
        Its text.
    code, module
        Its update, and that as SystemVerilog.
    size
        What a lane of it is made of.
    ports
        Names, in the order of the accumulators' banks.
    states
        In the order in which a word of their memory has them.
    parameters
        int64 values per parameter: 0-d those that are constants, (cells,) those in a memory.
    parameter_bits
        Of each that is in a memory, in the order in which a word has them.
    memories
        Files of the initial states and of the parameters, where there are any.
    """

    sender: Sender
    population: str
    start: int
    stop: int
    order: Integers
    groups: int
    turns: int
    index: int
    links: tuple[int, int]
    datapath: str
    code: Code
    module: SvModule
    size: LaneSize
    ports: tuple[str, ...]
    states: tuple[State, ...]
    parameters: Mapping[str, Integers]
    parameter_bits: Mapping[str, int]
    memories: Mapping[str, str] = field(default_factory=dict)

    @property
    def flight(self) -> int:
        """Cycles from the issue of an update until its results are there."""
        return (2 if self.turns == 1 else 3) + self.module.latency

    @property
    def updates(self) -> int:
        """Updates in a step, each of as many cells as the sender's words have."""
        return self.sender.words

    @property
    def state_bits(self) -> int:
        """Bits of the states of a cell."""
        return sum(state.bits for state in self.states)


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """Sections that share lanes, of which as many are updated at a time as there are updaters.

    `memories` are the files of its rows: ``dense``, ``sparse`` and ``pointers``; `depths` the
    words of each.
    """

    name: str
    lanes: int
    updaters: int
    sections: tuple[Section, ...]
    links: tuple[Link, ...]
    whole: bool
    weight_bits: int
    value_bits: int
    graded: bool
    sum_bits: int
    delay_bits: int
    ring: int
    casts: tuple[Cast, ...]
    memories: Mapping[str, str]
    depths: Mapping[str, int]

    @property
    def ports(self) -> int:
        """Banks of accumulators."""
        return max(1, *(len(s.ports) for s in self.sections))

    @property
    def cells(self) -> int:
        """Accumulators of a bank, without the ring."""
        return sum(s.groups for s in self.sections)

    @property
    def width(self) -> int:
        """Cells of the widest word that is read."""
        return max((link.sender.width for link in self.links), default=1)

    @property
    def index_bits(self) -> int:
        """Bits of the number of an accumulator."""
        return max(1, (self.cells - 1).bit_length())

    @property
    def address_bits(self) -> int:
        """Bits of an address of rows or pointers, and of how many there are."""
        return max((depth.bit_length() for depth in self.depths.values()), default=1)

    @property
    def accumulators(self) -> int:
        """Accumulators of a bank."""
        return self.ring << self.index_bits if self.ring > 1 else self.cells

    @property
    def clear(self) -> int:
        """Cycles that clear them, and set the states to what they are at first."""
        return max(self.accumulators, *(s.updates for s in self.sections)) + 1

    @property
    def number_bits(self) -> int:
        """Bits of the number of an update."""
        return max(1, max(s.updates - 1 for s in self.sections).bit_length())

    @property
    def rounds(self) -> bool:
        """Whether products go through a stage that rounds them."""
        return self.casts != (Cast(),)

    @property
    def drain(self) -> int:
        """Cycles from the issue of a row until its accumulator is read."""
        if not self.graded:
            return 2
        factors = self.width if self.whole else 1
        return 2 + (2 if self.rounds else 1) + (factors - 1).bit_length()

    @property
    def flight(self) -> int:
        """That of the longest update."""
        return max(s.flight for s in self.sections)


@dataclass(frozen=True, slots=True)
class Source:
    """A network input at the edge."""

    name: str
    sender: Sender
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Sink:
    """What a section, or an input, gives to a network output at the edge."""

    name: str
    output: str
    reader: Reader


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Everything: `stage_ns` is what a stage may take, `images` are memories by file."""

    name: str
    network: str
    stage_ns: float
    inputs: tuple[Source, ...]
    outputs: tuple[Sink, ...]
    engines: tuple[Engine, ...]
    images: Mapping[str, bytes]

    def readers(self, sender: Sender) -> tuple[Reader, ...]:
        """All that read what a sender sends: links of engines, then outputs."""
        links = [link for engine in self.engines for link in engine.links]
        sinks = [sink.reader for sink in self.outputs]
        return tuple(r for r in (*links, *sinks) if r.sender == sender)
