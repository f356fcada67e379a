"""The form of a target description, as pydantic models: strict, closed, frozen.

Only `somac.compiler.targets` sees these; it turns them into `somac.ir.target.Target` at once.
Every number is a `Number` or `Count`: a value with how it is known (`status`) and from where
(`source`, a name of the description's table of sources). Units are in the keys.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "MAX_SIDE",
    "Board",
    "Capabilities",
    "Chip",
    "Count",
    "Description",
    "Layout",
    "Number",
    "Statement",
    "TargetEntry",
]

MAX_SIDE = 128
"""Most rows or columns of a floor plan or a board."""

T = TypeVar("T")
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+-]{0,63}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
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


class Chip(Strict):
    """One die: a floor plan of routing nodes, and what each core has.

    `plan` is drawn row by row, the highest y first: ``#`` a node with cores, ``R`` the event
    router (its cells, side by side, are one node without cores), ``@`` a node with cores that
    is also the router, ``.`` a hole. `origin` is the x and y of the lowest, leftmost cell.
    `core_order` lists the nodes in the order in which the hardware numbers their cores.
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
    node_cores: Statement[Annotated[int, Field(ge=1, le=64)]]
    core_order: Statement[tuple[Cell, ...]]
    reserved_cores: Statement[tuple[Annotated[int, Field(ge=0)], ...]]
    mesh_hops: Statement[Annotated[int, Field(ge=1, le=1000)]]
    router_entries: Count
    resources: dict[Key, Count]
    layouts: tuple[Layout, ...]
    capabilities: Capabilities
    figures: dict[Key, Number]


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


class TargetEntry(Strict):
    """What a network is compiled for: a board of one kind of chip."""

    title: Sentence
    backend: Name
    chip: Name
    board: Board
    figures: dict[Key, Number] = {}


class Description(Strict):
    """A whole file."""

    version: Literal[1] = Field(alias="schema")
    sources: dict[Name, Sentence] = {}
    chips: dict[Name, Chip] = {}
    targets: dict[Name, TargetEntry]
