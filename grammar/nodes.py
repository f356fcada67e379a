"""The small parts of a tree: places, what stands around lines, values and expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat

from somac.ir import expr
from somac.ir.expr import Expr

__all__ = [
    "NOWHERE",
    "PLAIN",
    "Apply",
    "Argument",
    "Array",
    "Call",
    "Formula",
    "Layout",
    "LineNode",
    "Node",
    "Position",
    "Quantity",
    "Text",
    "Value",
]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Line and column of the text, both from 1."""

    line: int
    column: int


NOWHERE = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """The comments and blank lines around a line.

    `above` and `below` hold whole lines: a comment with its ``#``, or nothing for a blank
    line. What stands below a line is what ends the block that the line is the last of.
    """

    above: tuple[str, ...] = ()
    beside: str = ""
    below: tuple[str, ...] = ()


PLAIN = Layout()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of the text, and where it begins."""

    position: Position = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNode(Node):
    """A part that begins a line, and what stands around that line."""

    layout: Layout = PLAIN


# --- values: what is given to parameters and generators ---------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity(Node):
    """A number with or without a unit, as written."""

    value: float
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Array(Node):
    """``[1, 2, 3] ms``; arrays of arrays are matrices."""

    items: tuple[Value, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """``0.5`` or ``weight = 0.5``."""

    name: str | None
    value: Value


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``load("w.npy")``, ``normal(0, 1) mV``, ``dense(...)``, ``lif(tau = 20 ms)``."""

    function: str
    arguments: tuple[Argument, ...] = ()
    unit: str | None = None


Value = Quantity | Text | Array | Call


# --- expressions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apply(expr.Call):
    """A function in an expression that is not looked up yet: it may be a table, or unknown."""

    def __post_init__(self) -> None:
        """Accept any name and number of arguments."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression, and where each node of its tree is: in pre-order."""

    expr: Expr
    positions: tuple[Position, ...] = field(default=(), compare=False, repr=False)

    @property
    def position(self) -> Position:
        """Where the expression is."""
        return next(self.places())

    def places(self) -> Iterator[Position]:
        """Where each node is, in pre-order; nowhere, for a tree that was not parsed."""
        return chain(self.positions, repeat(NOWHERE))
