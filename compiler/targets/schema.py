"""The form of a target description, as pydantic models: strict, closed, frozen.

Only `somac.compiler.targets` sees these; it turns them into `somac.ir.target.Target` at once.
Every number is a `Number` or `Count`: a value with how it is known (`status`) and from where
(`source`, a name of the description's table of sources). Units are in the keys.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "MAX_ENGINES",
    "MAX_SIDE",
    "Array",
    "Board",
    "Capabilities",
    "Chip",
    "Count",
    "Description",
    "Engine",
    "Family",
    "Kit",
    "Layout",
    "Memory",
    "Multiplier",
    "Number",
    "Part",
    "Statement",
    "TargetEntry",
]

MAX_SIDE = 128
"""Most rows or columns of a floor plan or a board."""

MAX_ENGINES = 1 << 16
"""Most engines of a part: a guard against descriptions that would fill the memory."""

T = TypeVar("T")
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+-]{0,63}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Port = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Cell = tuple[
    Annotated[int, Field(ge=-10_000, le=10_000)], Annotated[int, Field(ge=-10_000, le=10_000)]
]


class Strict(BaseModel):
    """No unknown keys, no conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Statement(Strict, Generic[T]):
    """A value, how it is known, and the name of its source."""

    value: T
    status: Literal["measured", "published", "derived", "assumed"]
    source: Name


Number = Statement[Annotated[float, Field(ge=0, le=1e18)]]
"""A measure of the hardware; none is negative."""

Count = Statement[Annotated[int, Field(ge=0, le=2**40)]]
"""How many of something a part has."""

Positive = Statement[Annotated[int, Field(ge=1, le=2**40)]]

Signed = Statement[Annotated[float, Field(ge=-1e18, le=1e18)]]
"""A number of a law, such as a coefficient of a polynomial."""

Bits = Annotated[int, Field(ge=0, le=64)]


class Layout(Strict):
    """How a synaptic word is cut, from the most significant bit."""

    name: Name
    weight_bits: Annotated[int, Field(ge=1, le=64)]
    delay_bits: Bits
    type_bits: Bits
    target_bits: Bits
    status: Literal["measured", "published", "derived", "assumed"]
    source: Name


class Capabilities(Strict):
    """What the cores can do: see `somac.ir.target.Capabilities`."""

    operations: Statement[tuple[Name, ...]]
    outputs: Statement[tuple[Literal["spike", "count", "value"], ...]]
    min_delay_ticks: Count
    max_delay_ticks: Positive
    word_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    accumulator_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    weight_bits: Statement[Annotated[int, Field(ge=1, le=64)]]


class Array(Strict):
    """Memory cells with their converters, one array per core: see `somac.ir.target.Array`."""

    rows: Statement[Annotated[int, Field(ge=1, le=2**16)]]
    columns: Statement[Annotated[int, Field(ge=1, le=2**16)]]
    cell_bits: Statement[Annotated[int, Field(ge=1, le=8)]]
    max_slices: Statement[Annotated[int, Field(ge=1, le=31)]]
    polarity: Statement[Literal["differential", "separate", "offset"]]
    pulse_bits: Statement[Annotated[int, Field(ge=1, le=48)]]
    max_pulses: Statement[Annotated[int, Field(ge=1, le=48)]]
    signs: Statement[Literal["none", "bipolar", "phases"]]
    adc_bits: Statement[Annotated[int, Field(ge=1, le=31)]]
    adc_signed: Statement[bool]
    g_min_usiemens: Number
    g_max_usiemens: Number
    figures: dict[Key, Signed] = {}


class Chip(Strict):
    """One die: a floor plan of routing nodes, and what each core has.

    `plan` is drawn row by row, the highest y first: ``#`` a node with cores, ``R`` the event
    router (its cells, side by side, are one node without cores), ``@`` a node with cores that
    is also the router, ``.`` a hole. `origin` is the x and y of the lowest, leftmost cell.
    `core_order` lists the nodes in the order in which the hardware numbers their cores; without it
    they count row by row, the lowest first. Without `router_entries` no table limits the routes.
    `array` names the array that each core has.
    """

    plan: Statement[
        Annotated[
            tuple[
                Annotated[str, StringConstraints(pattern=rf"^[#R@.]{{1,{MAX_SIDE}}}$")],
                ...,
            ],
            Field(min_length=1, max_length=MAX_SIDE),
        ]
    ]
    origin: Statement[Cell]
    node_cores: Statement[Annotated[int, Field(ge=1, le=128)]]
    core_order: Statement[tuple[Cell, ...]] | None = None
    reserved_cores: Statement[tuple[Annotated[int, Field(ge=0)], ...]]
    mesh_hops: Statement[Annotated[int, Field(ge=1, le=1000)]]
    router_entries: Count | None = None
    resources: dict[Key, Count]
    layouts: tuple[Layout, ...]
    capabilities: Capabilities
    figures: dict[Key, Number]
    array: Name | None = None


class Board(Strict):
    """Chips on hexagonal coordinates, each linked to E, NE, N, W, SW and S of it.

    `rows` gives, for y = 0, 1, ..., the first and the last x that has a chip.
    """

    rows: Statement[
        Annotated[
            tuple[
                tuple[
                    Annotated[int, Field(ge=0, lt=MAX_SIDE)],
                    Annotated[int, Field(ge=0, lt=MAX_SIDE)],
                ],
                ...,
            ],
            Field(min_length=1, max_length=MAX_SIDE),
        ]
    ]
    link_hops: Statement[Annotated[int, Field(ge=1, le=1000)]]
    host_chip: Statement[Cell]
    dead_cores: (
        Statement[
            tuple[
                tuple[
                    Annotated[int, Field(ge=0)],
                    Annotated[int, Field(ge=0)],
                    Annotated[int, Field(ge=0)],
                ],
                ...,
            ]
        ]
        | None
    ) = None


class Engine(Strict):
    """Circuits that stand where chips have cores: how many at most, and what each of them takes."""

    engines: Statement[Annotated[int, Field(ge=1, le=MAX_ENGINES)]]
    resources: dict[Key, Count]
    capabilities: Capabilities


class Family(Strict):
    """What circuits take of the parts of a family, and how well that is known."""

    figures: dict[Key, Number]


class Memory(Strict):
    """Memory blocks of one kind; `widths` are the words that a port may have, ascending."""

    blocks: Positive
    block_bits: Statement[Annotated[int, Field(ge=1, le=2**30)]]
    widths: Statement[
        Annotated[
            tuple[Annotated[int, Field(ge=1, le=4096)], ...], Field(min_length=1, max_length=64)
        ]
    ]


class Multiplier(Strict):
    """Multipliers of one kind, of two signed operands."""

    multipliers: Positive
    a_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    b_bits: Statement[Annotated[int, Field(ge=1, le=64)]]


class Part(Strict):
    """One programmable device: what circuits are made of; see `somac.ir.target.Part`."""

    family: Statement[Literal["ecp5", "ice40", "xcu", "xcup"]]
    device: Statement[Name]
    package: Statement[Name]
    speed: Statement[Name]
    engine: Name
    luts: Positive
    lut_inputs: Statement[Annotated[int, Field(ge=2, le=8)]]
    flip_flops: Positive
    plls: Count
    memories: dict[Key, Memory]
    multipliers: dict[Key, Multiplier]
    figures: dict[Key, Number] = {}


class Kit(Strict):
    """What a part is mounted on: its clock, and places of ports of the design as far as known."""

    clock_mhz: Statement[Annotated[float, Field(gt=0, le=10_000)]]
    pins: dict[Port, Statement[Name]] = {}


class TargetEntry(Strict):
    """What a network is compiled for: a board of one kind of chip, or a part on its kit."""

    title: Sentence
    backend: Name
    chip: Name | None = None
    board: Board | None = None
    part: Name | None = None
    kit: Kit | None = None
    figures: dict[Key, Number] = {}


class Description(Strict):
    """A whole file."""

    version: Literal[1] = Field(alias="schema")
    sources: dict[Name, Sentence] = {}
    arrays: dict[Name, Array] = {}
    chips: dict[Name, Chip] = {}
    engines: dict[Name, Engine] = {}
    families: dict[Name, Family] = {}
    parts: dict[Name, Part] = {}
    targets: dict[Name, TargetEntry]
