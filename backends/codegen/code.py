"""Straight-line integer code: what every printer walks.

A `Datapath` leaves rounding, overflow and alignment to its formats. `Code` spells them out in
plain operations on integers and on truth values. Every value has proven bounds within 64-bit
two's complement, so that no operation overflows: a printer needs to know no format, and may
compute in any word that holds what it reads and what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from somac.ir.datapath import Table

__all__ = ["OPERATIONS", "Argument", "Code", "Operand", "Statement"]

Operand = str | int
"""A variable, or an integer constant."""

OPERATIONS: Mapping[str, str] = {
    # integers to an integer
    "add": "a + b",
    "sub": "a - b",
    "mul": "a * b",
    "floordiv": "floor(a / b), b > 0",
    "shl": "a * 2**b, 0 <= b < 64",
    "asr": "floor(a / 2**b), 0 <= b < 64",
    "mask": "a AND b, bit by bit",
    "wrap": "the low b bits of a, read in two's complement, 0 < b < 64",
    "min": "the smaller of a and b",
    "max": "the larger of a and b",
    "lookup": "entry a of the table, within its length",
    # integers to a truth value
    "lt": "a < b",
    "le": "a <= b",
    "gt": "a > b",
    "ge": "a >= b",
    "eq": "a = b",
    "ne": "a != b",
    # truth values to a truth value
    "both": "a and b",
    "either": "a or b",
    "invert": "not a",
    # mixed
    "integer": "1 if the truth value a holds, else 0",
    "select": "b if the truth value a holds, else c",
}
"""Operations and what they compute."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What the code reads: `name` of an input, state or parameter, as `variable`.

    `low` and `high` are the bounds of its format.
    """

    kind: Literal["input", "state", "param"]
    name: str
    variable: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Statement:
    """``variable = operation(*operands)``, proven to lie in `low` .. `high`.

    `truth` tells truth values (0 or 1) from integers; `table` is what ``lookup`` reads.
    """

    variable: str
    operation: str
    operands: tuple[Operand, ...]
    low: int
    high: int
    truth: bool = False
    table: str = ""

    def __str__(self) -> str:
        words = [self.operation, *([self.table] if self.table else []), *map(str, self.operands)]
        return f"{self.variable} = {' '.join(words)}"


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """The update of a neuron in plain integer operations.

    Parameters
    ----------
    name
        That of the datapath.
    arguments
        What is read, in the order inputs, states, parameters.
    statements
        In single-assignment form; variables are ``[A-Za-z0-9_]+`` and end in a digit or in
        a digit and a letter, so that none can be a word of a language.
    next_state
        Per state, its value after the tick, an integer.
    output
        What is sent, an integer.
    output_range
        Bounds of what is sent.
    tables
        Those in use, by names (``table0``, ...) that no variable has.
    """

    name: str
    arguments: tuple[Argument, ...]
    statements: tuple[Statement, ...]
    next_state: Mapping[str, Operand]
    output: Operand
    output_range: tuple[int, int]
    tables: Mapping[str, Table] = field(default_factory=dict)

    def text(self) -> str:
        """Stable text, a line per statement."""
        lines = [f"code {self.name}"]
        lines += [f"{a.variable} = {a.kind} {a.name}" for a in self.arguments]
        lines += [str(statement) for statement in self.statements]
        lines += [f"next {name} {self.next_state[name]}" for name in sorted(self.next_state)]
        lines.append(f"send {self.output}")
        return "\n".join(lines) + "\n"
