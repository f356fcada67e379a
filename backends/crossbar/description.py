"""``crossbar.json``: the chip's program as data, believed only if every field is right.

`docs/reference/bundle-crossbar.md` says what each field is; what emits, runs and checks bundles
shares this form and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from somac.backends.descriptions import read_as
from somac.ir.program import Program

__all__ = [
    "FILE",
    "FORMAT",
    "Array",
    "Block",
    "Chip",
    "Converters",
    "Copy",
    "Description",
    "Device",
    "Digital",
    "Home",
    "Input",
    "Output",
    "Population",
    "Tiled",
    "read_description",
]

FILE = "crossbar.json"
FORMAT: Literal[1] = 1
"""Version of the file."""

_MOST = 1 << 31

Number = Annotated[int, Field(ge=0, le=_MOST)]
Count = Annotated[int, Field(ge=1, le=_MOST)]
Cells = Annotated[int, Field(ge=1, le=1 << 26)]
Raw = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
Step = Annotated[int, Field(ge=1, le=1 << 53)]
Figure = Annotated[float, Field(ge=-1e18, le=1e18)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Chip(_Strict):
    """The cores there are, the array of each, and the neurons that its unit can update."""

    cores: Cells
    neurons: Count
    rows: Annotated[int, Field(ge=1, le=1 << 16)]
    columns: Annotated[int, Field(ge=1, le=1 << 16)]
    cell_bits: Annotated[int, Field(ge=1, le=8)]


class Converters(_Strict):
    """As `somac.ir.tiling.Converters`."""

    pulse_bits: Annotated[int, Field(ge=1, le=48)]
    pulses: Annotated[int, Field(ge=1, le=48)]
    signs: Literal["none", "bipolar", "phases"]
    cell_bits: Annotated[int, Field(ge=1, le=8)]
    slices: Annotated[int, Field(ge=1, le=31)]
    polarity: Literal["differential", "separate", "offset"]
    low: Annotated[int, Field(ge=-(1 << 31), le=0)]
    high: Annotated[int, Field(ge=1, le=1 << 31)]

    @property
    def cells(self) -> int:
        """Cells of a weight."""
        return self.slices * (1 if self.polarity == "offset" else 2)

    @property
    def planes(self) -> int:
        """Conversions of a column of weights in one firing."""
        return self.slices * (2 if self.polarity == "separate" else 1)


class Named(_Strict):
    """What sends: an input, or cells of a population."""

    name: str
    size: Cells


class Input(Named):
    """A network input, and the least and largest value that it takes."""

    low: Raw
    high: Raw


class Home(_Strict):
    """Cells `start` to `stop` (exclusive) of a population, which the unit of a core updates."""

    core: Number
    start: Number
    stop: Count


class Population(Named):
    """Cells of one datapath, that of the file `program`.

    A parameter or first state is one number, or the file of one each: int64 (cells,).
    """

    program: str
    parameters: dict[str, Raw | str]
    initial: dict[str, Raw | str]
    homes: Annotated[tuple[Home, ...], Field(min_length=1)]


class Way(_Strict):
    """A projection."""

    projection: str
    source: str
    target: str
    port: str
    delay: Number


class Digital(Way):
    """A projection that adders of the periphery do; files of int32, and int64 for delays."""

    sources: str
    targets: str
    weights: str
    delays: str | None


class Copy(_Strict):
    """Where on which array a block lies: its first row and first column."""

    array: Number
    row: Number
    column: Number


class Block(_Strict):
    """A block of a tiled projection; of its copies, number u mod copies serves use u.

    Its `sources` and `targets` begin at these places of the tables. `as_found` says that its
    cells were never programmed.
    """

    rows: Count
    columns: Count
    uses: Count
    delay: Number
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    sources: Number
    targets: Number
    copies: Annotated[tuple[Copy, ...], Field(min_length=1)]
    as_found: bool


class Tiled(Way):
    """A projection on arrays: blocks `first` to `stop` (exclusive)."""

    converters: Number
    first: Number
    stop: Count


class Array(_Strict):
    """An array in use: its core and its codes, uint8 (rows, columns).

    `found` is a file of int32 (rows, columns) where cells were not programmed: their conductance
    on the grid of the device, and -1 elsewhere.
    """

    core: Number
    codes: str
    found: str | None


class Device(_Strict):
    """Conductances of the least and the largest code, and figures of effects by name."""

    g_min_us: Figure
    g_max_us: Figure
    figures: dict[str, Figure]


class Output(_Strict):
    """A network output."""

    name: str
    source: str


class Description(_Strict):
    """The whole program; `sources` and `targets` are files of int32, the tables of blocks."""

    format: Literal[1]
    semantics: int
    name: str
    chip: Chip
    device: Device
    converters: tuple[Converters, ...]
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    populations: tuple[Population, ...]
    digital: tuple[Digital, ...]
    tiled: tuple[Tiled, ...]
    blocks: tuple[Block, ...]
    arrays: tuple[Array, ...]
    sources: str
    targets: str
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]


def read_description(program: Program) -> Description:
    """Read the description of a bundle; SomacError as `read_as`."""
    return read_as(program, FILE, "program", FORMAT, Description, _contradictions)


def _contradictions(d: Description) -> Iterator[str]:
    """What is wrong though every field by itself is right."""
    sizes: dict[str, int] = {}
    parts: tuple[Named, ...] = (*d.inputs, *d.populations)
    for part in parts:
        if part.name in sizes:
            yield f"two inputs or populations are called {part.name!r}"
        sizes[part.name] = part.size
    populations = {p.name for p in d.populations}
    for p in d.populations:
        at = 0
        for home in p.homes:
            if home.start != at or home.stop <= home.start or home.core >= d.chip.cores:
                yield f"{p.name}: homes that do not follow each other, or on no core"
            at = home.stop
        if at != p.size:
            yield f"{p.name}: homes for {at} of {p.size} cells"
    ways: tuple[Way, ...] = (*d.digital, *d.tiled)
    for way in ways:
        if way.source not in sizes or way.target not in populations:
            yield f"projection {way.projection!r}: an end that is not there"
    for output in d.outputs:
        if output.source not in sizes:
            yield f"output {output.name!r} is of {output.source!r}, which is not there"
    at = 0
    for tiled in d.tiled:
        if tiled.first != at or tiled.stop <= at or tiled.converters >= len(d.converters):
            yield f"projection {tiled.projection!r}: blocks or converters that are not there"
            return
        at = tiled.stop
        for block in d.blocks[tiled.first : tiled.stop]:
            yield from _block(d, block, d.converters[tiled.converters], tiled.projection)
    if at != len(d.blocks):
        yield "blocks of no projection"
    if any(array.core >= d.chip.cores for array in d.arrays):
        yield "an array on no core"


def _block(d: Description, b: Block, converters: Converters, name: str) -> Iterator[str]:
    if len(b.steps) != converters.planes:
        yield f"projection {name!r}: a block with steps for {len(b.steps)} planes"
    for copy in b.copies:
        if (
            copy.array >= len(d.arrays)
            or copy.row + b.rows > d.chip.rows
            or copy.column + b.columns * converters.cells > d.chip.columns
        ):
            yield f"projection {name!r}: a block that is on no array"
