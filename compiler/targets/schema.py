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
    """The figure itself; its unit is in the key."""
    status: Literal["measured", "published", "derived", "assumed"]
    """By us on hardware, by its makers, by arithmetic on published figures, or by nobody."""
    source: Name
    """A name of the table `sources`."""


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
    """What reports call it."""
    weight_bits: Annotated[int, Field(ge=1, le=64)]
    """Of the weight."""
    delay_bits: Bits
    """Of the delay, in ticks."""
    type_bits: Bits
    """Of the type of the synapse."""
    target_bits: Bits
    """Of the number of the target cell on its core."""
    status: Literal["measured", "published", "derived", "assumed"]
    """As in a statement."""
    source: Name
    """A name of the table `sources`."""


class Capabilities(Strict):
    """What the cores can do: see `somac.ir.target.Capabilities`."""

    operations: Statement[tuple[Name, ...]]
    """Instructions of datapaths that a core computes: those of the integer semantics."""
    outputs: Statement[tuple[Literal["spike", "count", "value"], ...]]
    """What a population may send."""
    min_delay_ticks: Count
    """The least delay of a projection: 0 where a core waits for what it reads."""
    max_delay_ticks: Positive
    """The largest delay of a projection."""
    word_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    """The widest value of a datapath."""
    accumulator_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    """The widest sum of synaptic events."""
    weight_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    """The widest weight, sign included."""


class Array(Strict):
    """Memory cells with their converters, one array per core: see `somac.ir.target.Array`."""

    rows: Statement[Annotated[int, Field(ge=1, le=2**16)]]
    """Of cells."""
    columns: Statement[Annotated[int, Field(ge=1, le=2**16)]]
    """Of cells; a pair of cells takes two."""
    cell_bits: Statement[Annotated[int, Field(ge=1, le=8)]]
    """Of the code of a cell, which has 2^bits levels."""
    max_slices: Statement[Annotated[int, Field(ge=1, le=31)]]
    """Cells that may keep the bits of one weight, per polarity."""
    polarity: Statement[Literal["differential", "separate", "offset"]]
    """How signed weights are kept: pairs subtracted, pairs converted one by one, or an offset."""
    pulse_bits: Statement[Annotated[int, Field(ge=1, le=48)]]
    """Of a signal that one pulse on a row carries."""
    max_pulses: Statement[Annotated[int, Field(ge=1, le=48)]]
    """Pulses that may carry one signal."""
    signs: Statement[Literal["none", "bipolar", "phases"]]
    """How negative signals are sent: not at all, as negative pulses, or in pulses of their own."""
    adc_bits: Statement[Annotated[int, Field(ge=1, le=31)]]
    """Of the code of a conversion."""
    adc_signed: Statement[bool]
    """Whether that code has a sign."""
    g_min_usiemens: Number
    """Conductance of the lowest level."""
    g_max_usiemens: Number
    """Conductance of the highest level."""
    figures: dict[Key, Signed] = {}
    """Imperfections and costs of cells: the table below."""


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
    """Rows of the floor plan."""
    origin: Statement[Cell]
    """Of the lowest, leftmost cell of the plan."""
    node_cores: Statement[Annotated[int, Field(ge=1, le=128)]]
    """Cores of a node."""
    core_order: Statement[tuple[Cell, ...]] | None = None
    """Nodes in the order in which cores are numbered."""
    reserved_cores: Statement[tuple[Annotated[int, Field(ge=0)], ...]]
    """Numbers of the cores that are no use to networks."""
    mesh_hops: Statement[Annotated[int, Field(ge=1, le=1000)]]
    """What a step to the next node counts as."""
    router_entries: Count | None = None
    """Of the routing table."""
    resources: dict[Key, Count]
    """What a core has, by name, such as `sram_bytes`."""
    layouts: tuple[Layout, ...]
    """Forms of synaptic words that cores can read."""
    capabilities: Capabilities
    """Of a core."""
    figures: dict[Key, Number]
    """Clocks, times and energies for the costs of a step."""
    array: Name | None = None
    """A name of the table `arrays`."""


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
    """First and last x of the chips of each row."""
    link_hops: Statement[Annotated[int, Field(ge=1, le=1000)]]
    """What a step to the next chip counts as."""
    host_chip: Statement[Cell]
    """Where inputs come from and outputs go."""
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
    """Cores that are broken: x, y of the chip, and the number of the core."""


class Engine(Strict):
    """Circuits that stand where chips have cores: how many at most, and what each of them takes."""

    engines: Statement[Annotated[int, Field(ge=1, le=MAX_ENGINES)]]
    """Most of them on a part."""
    resources: dict[Key, Count]
    """What one of them has."""
    capabilities: Capabilities
    """Of one of them."""


class Family(Strict):
    """What circuits take of the parts of a family, and how well that is known."""

    figures: dict[Key, Number]
    """`NAME_luts` and `NAME_flip_flops` of circuits, and how far estimates are off."""


class Memory(Strict):
    """Memory blocks of one kind; `widths` are the words that a port may have, ascending."""

    blocks: Positive
    """Of this kind."""
    block_bits: Statement[Annotated[int, Field(ge=1, le=2**30)]]
    """Bits of one."""
    widths: Statement[
        Annotated[
            tuple[Annotated[int, Field(ge=1, le=4096)], ...], Field(min_length=1, max_length=64)
        ]
    ]
    """Of words, in bits."""


class Multiplier(Strict):
    """Multipliers of one kind, of two signed operands."""

    multipliers: Positive
    """Of this kind."""
    a_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    """Of one operand."""
    b_bits: Statement[Annotated[int, Field(ge=1, le=64)]]
    """Of the other."""


class Part(Strict):
    """One programmable device: what circuits are made of; see `somac.ir.target.Part`."""

    family: Statement[Literal["ecp5", "ice40", "xcu", "xcup"]]
    """The flow of tools that makes its bits."""
    device: Statement[Name]
    """As the tools of the family call it."""
    package: Statement[Name]
    """As the tools of the family call it."""
    speed: Statement[Name]
    """The speed grade, as the tools call it."""
    engine: Name
    """A name of the table `engines`."""
    luts: Positive
    """Look-up tables, whole."""
    lut_inputs: Statement[Annotated[int, Field(ge=2, le=8)]]
    """Of one look-up table."""
    flip_flops: Positive
    """Of the whole part."""
    plls: Count
    """That make clocks."""
    memories: dict[Key, Memory]
    """By kind: `bram`, `lutram`, `spram`, `uram`."""
    multipliers: dict[Key, Multiplier]
    """By kind: `dsp`."""
    figures: dict[Key, Number] = {}
    """Any other number, such as `user_ports`."""


class Kit(Strict):
    """What a part is mounted on: its clock, and places of ports of the design as far as known."""

    clock_mhz: Statement[Annotated[float, Field(gt=0, le=10_000)]]
    """The oscillator, or what designs are aimed at."""
    pins: dict[Port, Statement[Name]] = {}
    """Places of ports of the design, as far as known."""


class TargetEntry(Strict):
    """What a network is compiled for: a board of one kind of chip, or a part on its kit."""

    title: Sentence
    """A line that lists show."""
    backend: Name
    """That writes for it: `somac backends` lists them."""
    chip: Name | None = None
    """A name of the table `chips`; with `board`."""
    board: Board | None = None
    """Its chips; with `chip`."""
    part: Name | None = None
    """A name of the table `parts`; with `kit`."""
    kit: Kit | None = None
    """What the part is mounted on; with `part`."""
    figures: dict[Key, Number] = {}
    """Those of the target, before those of its chip."""


class Description(Strict):
    """A whole file."""

    version: Literal[1] = Field(alias="schema")
    """Of this form."""
    sources: dict[Name, Sentence] = {}
    """Where figures are from, by the names that statements use."""
    arrays: dict[Name, Array] = {}
    """Arrays of memory cells, one per core."""
    chips: dict[Name, Chip] = {}
    """Dies with cores."""
    engines: dict[Name, Engine] = {}
    """What somac makes of parts."""
    families: dict[Name, Family] = {}
    """What circuits take of parts."""
    parts: dict[Name, Part] = {}
    """Programmable devices."""
    targets: dict[Name, TargetEntry]
    """What `--target` takes."""
