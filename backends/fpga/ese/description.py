"""``design.json`` of a sparse engine: believed only if every field is right.

The one thing that those who write, run, check and time an engine share, beside its file names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from somac.backends.descriptions import read_as
from somac.backends.fpga.description import (
    FILE,
    FORMAT,
    Bits,
    Cells,
    Count,
    Number,
    Raw,
    Strict,
    Width,
)
from somac.ir.program import Program

__all__ = [
    "CIRCUIT",
    "SOURCES",
    "Description",
    "Input",
    "Matrix",
    "Named",
    "Output",
    "Population",
    "Source",
    "entries_image",
    "pointers_image",
    "read_description",
]

CIRCUIT = "sparse"

Source = Literal["x", "y", "m"]

SOURCES: Mapping[Source, int] = {"x": 0, "y": 1, "m": 2}
"""What the columns of a matrix stand for: inputs of a step, outputs of the one before, cells of the
step. The numbers are those of the buffers that hold their values."""

_MOST_SUMS = 1 << 27
"""Accumulators of all lanes: far more than any part has memory for."""

Small = Annotated[int, Field(ge=1, le=1024)]
Identifier = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]


class Named(Strict):
    """A state or parameter, and its bits in a memory."""

    name: str
    bits: Width


class Input(Strict):
    """The network input, the stream that it is, and the least and largest value that it takes."""

    name: str
    stream: Identifier
    cells: Cells
    low: Raw
    high: Raw


class Output(Strict):
    """The network output, and the stream that it is."""

    name: str
    stream: Identifier


class Population(Strict):
    """What updates: `population` is None where it hands on what the cells send.

    `states` and `parameters` are in the order of a word of `memory`, parameters first, each from
    the lowest bit; `constants` are parameters with one value for all cells.
    """

    population: str | None
    cells: Cells
    datapath: str
    ports: tuple[str, ...]
    latency: Count
    states: tuple[Named, ...]
    parameters: tuple[Named, ...]
    constants: dict[str, Raw]
    memory: str

    @property
    def state_bits(self) -> int:
        """Of the states of a cell; one bit stands for none."""
        return max(1, sum(s.bits for s in self.states))

    @property
    def parameter_bits(self) -> int:
        """Of its parameters; one bit stands for none."""
        return max(1, sum(p.bits for p in self.parameters))


class Matrix(Strict):
    """A matrix in the order of the schedule: its columns, and the bank that its sums go to.

    `projection` is None for the one that hands on what the cells send.
    """

    projection: str | None
    source: Source
    bank: Number
    columns: Cells


class Description(Strict):
    """The whole engine; `entries` are words of the memory of a stream."""

    format: Literal[1]
    semantics: int
    circuit: Literal["sparse"]
    name: Identifier
    stage_ns: Annotated[float, Field(gt=0, le=1e6)]
    lanes: Annotated[int, Field(ge=1, le=999)]
    channels: Small
    depth: Small
    index_bits: Annotated[int, Field(ge=1, le=16)]
    weight_bits: Annotated[int, Field(ge=2, le=32)]
    activation_bits: Width
    sum_bits: Annotated[Bits, Field(ge=1)]
    entries: Count
    input: Input
    cells: Population
    outputs: Population
    output: Output
    matrices: Annotated[tuple[Matrix, ...], Field(min_length=1)]

    @property
    def vector(self) -> int:
        """Bits of a beat: a value of every channel."""
        return self.channels * self.activation_bits

    @property
    def beat(self) -> int:
        """The same on the streams of the top: whole bytes."""
        return (self.vector + 7) // 8 * 8

    @property
    def probe(self) -> int:
        """Bits of what simulators see of an update: what is sent, above it the next states."""
        states = max(self.cells.state_bits, self.outputs.state_bits)
        return self.vector + self.channels * states

    @property
    def columns(self) -> int:
        """Of all matrices."""
        return sum(m.columns for m in self.matrices)

    def source_cells(self, source: Source) -> int:
        """How many values the buffer of a source has in a step."""
        counts = {"x": self.input.cells, "y": self.outputs.cells, "m": self.cells.cells}
        return counts[source]

    def populations(self) -> Mapping[str, Population]:
        """Those of the network, by name."""
        both = (self.cells, self.outputs)
        return {p.population: p for p in both if p.population is not None}


def entries_image(lane: int) -> str:
    """Name of the image of a lane's stream."""
    return f"entries_{lane:03d}.mem"


def pointers_image(lane: int) -> str:
    """Name of the image that says where the columns of a lane end."""
    return f"pointers_{lane:03d}.mem"


def read_description(program: Program) -> Description:
    """Read the description of a bundle.

    Raises
    ------
    SomacError
        E0703 to E0705 and E0710, as `somac.backends.descriptions.read_as`.
    """
    return read_as(program, FILE, "design", FORMAT, Description, _contradictions)


def _contradictions(d: Description) -> Iterator[str]:
    if d.input.stream.lower() == d.output.stream.lower():
        yield "two streams have one name"
    if d.input.low > d.input.high:
        yield f"{d.input.name}: from {d.input.low} to {d.input.high}"
    if d.cells.population is None:
        yield "cells of no population"
    names = [d.input.name, *d.populations()]
    if len(set(names)) < len(names):
        yield "two parts have one name"
    if len(d.outputs.ports) != 1 or not d.cells.ports:
        yield "outputs without one port, or cells without any"
    for p in (d.cells, d.outputs):
        if p.cells < d.lanes:
            yield f"{p.population}: {p.cells} cells on {d.lanes} lanes"
    handing = [m.source for m in d.matrices if m.projection is None]
    if handing != (["m"] if d.outputs.population is None else []):
        yield "what hands on the cells has no matrix, or a matrix hands on to nothing"
    order = [SOURCES[m.source] for m in d.matrices]
    if order != sorted(order) or set(order) != set(SOURCES.values()):
        yield "matrices in another order, or of one source none"
    for m in d.matrices:
        if m.columns != d.source_cells(m.source):
            yield f"{m.projection}: {m.columns} columns of {m.source}"
        last = len(d.cells.ports)
        if m.bank > last or (m.bank == last) != (m.source == "m"):
            yield f"{m.projection}: {m.source} leads to bank {m.bank}"
    rows = -(-max(d.cells.cells, d.outputs.cells) // d.lanes)
    if rows * d.lanes * (len(d.cells.ports) + 1) * d.channels > _MOST_SUMS:
        yield f"more than {_MOST_SUMS} accumulators"
