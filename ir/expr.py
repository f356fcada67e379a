"""Expressions of neuron equations: a small tree, its evaluation in float64 and its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "FUNCTIONS",
    "ZERO",
    "Binary",
    "Call",
    "Expr",
    "Function",
    "Lookup",
    "Name",
    "Number",
    "Precision",
    "TableFunction",
    "Unary",
    "check",
    "evaluate",
    "names",
    "substitute",
    "tables",
    "text",
]

Value = NDArray[Any]

Precision = type[np.float64] | type[np.float32]
"""What expressions are computed in. What they mean is their value in float64."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal: a finite number."""

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))
        if not isfinite(self.value):
            raise ValueError(f"{self.value} is not a number that can be written")


@dataclass(frozen=True, slots=True)
class Name:
    """An input port, state, parameter or local, or the time step ``dt``."""

    id: str


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic (``+ - * / // **``), comparison, ``and``, ``or``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table `FUNCTIONS`."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class TableFunction:
    """A function given by at least two `values`, evenly spaced from `low` to `high`.

    An argument reads the value nearest to it (the upper of two equally near), one beyond the
    ends the value there. Nothing is near to what is no number.
    """

    name: str
    values: tuple[float, ...]
    low: float
    high: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(map(float, self.values)))
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if len(self.values) < 2 or not all(map(isfinite, self.values)):
            raise ValueError(f"table {self.name} needs at least two finite values")
        if not (isfinite(self.high - self.low) and self.low < self.high):
            raise ValueError(f"table {self.name} is from {self.low} to {self.high}")

    def apply(self, x: Value) -> Value:
        """Float64 values at `x`."""
        last = len(self.values) - 1
        nearest = np.floor((x - self.low) * (last / (self.high - self.low)) + 0.5)
        unknown = np.isnan(nearest)
        place = np.clip(np.where(unknown, 0, nearest), 0, last).astype(np.intp)
        return np.where(unknown, np.nan, np.asarray(self.values)[place])


@dataclass(frozen=True, slots=True)
class Lookup:
    """A tabulated function of the model, applied."""

    function: TableFunction
    argument: Expr


Expr = Number | Name | Unary | Binary | Call | Lookup

ZERO = Number(0.0)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: how many arguments, and its float64 meaning.

    `tabled` marks smooth functions of one argument, which hardware reads from a table.
    """

    arity: int
    apply: Callable[..., Value]
    tabled: bool = False


def _sigmoid(x: Value) -> Value:
    return np.asarray(0.5 * (np.tanh(0.5 * x) + 1.0))


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(1, np.abs),
    "clamp": Function(3, lambda x, low, high: np.minimum(np.maximum(x, low), high)),
    "cos": Function(1, np.cos, tabled=True),
    "exp": Function(1, np.exp, tabled=True),
    "floor": Function(1, np.floor),
    "log": Function(1, np.log, tabled=True),
    "max": Function(2, np.maximum),
    "min": Function(2, np.minimum),
    "select": Function(3, np.where),
    "sigmoid": Function(1, _sigmoid, tabled=True),
    "sin": Function(1, np.sin, tabled=True),
    "sqrt": Function(1, np.sqrt, tabled=True),
    "tanh": Function(1, np.tanh, tabled=True),
}

ARITHMETIC: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "**": np.power,
}

COMPARISONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}

_LOGIC: Mapping[str, Callable[[Value, Value], Value]] = {
    "and": np.logical_and,
    "or": np.logical_or,
}

_PRECEDENCE = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "**": 8}
_COMPARE_LEVEL = 4
_NEGATE_LEVEL = 7
_ATOM_LEVEL = 9


def evaluate(expr: Expr, values: Mapping[str, Value], precision: Precision = np.float64) -> Value:
    """The value of `expr`; truth values count as 0 and 1 in arithmetic.

    Parameters
    ----------
    values
        By name, in the precision wanted.
    precision
        What numbers and truth values become.
    """

    def value_of(inner: Expr) -> Value:
        return evaluate(inner, values, precision)

    def number_of(inner: Expr) -> Value:
        array = np.asarray(value_of(inner))
        return array.astype(precision) if array.dtype == np.bool_ else array

    match expr:
        case Number(value):
            return np.asarray(value, dtype=precision)
        case Name(id):
            return values[id]
        case Unary("-", operand):
            return np.asarray(-number_of(operand))
        case Unary(_, operand):
            return np.logical_not(value_of(operand))
        case Binary(operator, left, right) if operator in _LOGIC:
            return _LOGIC[operator](value_of(left), value_of(right))
        case Binary(operator, left, right):
            table = ARITHMETIC if operator in ARITHMETIC else COMPARISONS
            return table[operator](number_of(left), number_of(right))
        case Call("select", (condition, yes, no)):
            return np.where(value_of(condition), number_of(yes), number_of(no))
        case Call(function, arguments):
            return FUNCTIONS[function].apply(*map(number_of, arguments))
        case Lookup(tabulated, argument):
            return tabulated.apply(number_of(argument)).astype(precision)


def check(expr: Expr) -> None:
    """ValueError if an operator or function in `expr` is none, or has the wrong arguments."""
    match expr:
        case Unary(operator, operand):
            if operator not in ("-", "not"):
                raise ValueError(f"there is no operator {operator!r} of one argument")
            check(operand)
        case Binary(operator, left, right):
            if not any(operator in table for table in (ARITHMETIC, COMPARISONS, _LOGIC)):
                raise ValueError(f"there is no operator {operator!r} of two arguments")
            check(left)
            check(right)
        case Call(function, arguments):
            known = FUNCTIONS.get(function)
            if known is None:
                raise ValueError(f"there is no function {function!r}")
            if len(arguments) != known.arity:
                raise ValueError(f"{function} takes {known.arity} arguments, not {len(arguments)}")
            for argument in arguments:
                check(argument)
        case Lookup(_, argument):
            check(argument)
        case _:
            pass


def names(expr: Expr) -> Iterator[str]:
    """Every name in `expr`, left to right, with repetitions."""
    match expr:
        case Name(id):
            yield id
        case Unary(_, operand):
            yield from names(operand)
        case Binary(_, left, right):
            yield from names(left)
            yield from names(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from names(argument)
        case Lookup(_, argument):
            yield from names(argument)
        case Number():
            pass


def tables(expr: Expr) -> Iterator[TableFunction]:
    """Every tabulated function in `expr`, left to right, with repetitions."""
    match expr:
        case Unary(_, operand):
            yield from tables(operand)
        case Binary(_, left, right):
            yield from tables(left)
            yield from tables(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from tables(argument)
        case Lookup(function, argument):
            yield function
            yield from tables(argument)
        case _:
            pass


def substitute(expr: Expr, replacements: Mapping[str, Expr]) -> Expr:
    """`expr` with names replaced, all at once."""
    match expr:
        case Name(id):
            return replacements.get(id, expr)
        case Unary(operator, operand):
            return Unary(operator, substitute(operand, replacements))
        case Binary(operator, left, right):
            return Binary(operator, substitute(left, replacements), substitute(right, replacements))
        case Call(function, arguments):
            return Call(function, tuple(substitute(a, replacements) for a in arguments))
        case Lookup(tabulated, argument):
            return Lookup(tabulated, substitute(argument, replacements))
        case _:
            return expr


def text(expr: Expr) -> str:
    """Canonical text with the fewest parentheses; parses back to the same tree."""
    return _text(expr)[0]


def _text(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            whole = value.is_integer() and abs(value) < 1e15 and str(value) != "-0.0"
            written = repr(int(value)) if whole else repr(value)
            return written, _NEGATE_LEVEL if written.startswith("-") else _ATOM_LEVEL
        case Name(id):
            return id, _ATOM_LEVEL
        case Call(function, arguments):
            return f"{function}({', '.join(text(a) for a in arguments)})", _ATOM_LEVEL
        case Lookup(tabulated, argument):
            return f"{tabulated.name}({text(argument)})", _ATOM_LEVEL
        case Unary("-", Number() as operand):
            # -1 is a number; the parentheses keep this the negation of one
            return f"-({text(operand)})", _NEGATE_LEVEL
        case Unary("-", operand):
            return f"-{_wrapped(operand, _NEGATE_LEVEL)}", _NEGATE_LEVEL
        case Unary(_, operand):
            return f"not {_wrapped(operand, _PRECEDENCE['not'])}", _PRECEDENCE["not"]
        case Binary(operator, left, right):
            level = _PRECEDENCE.get(operator, _COMPARE_LEVEL)
            # comparisons do not chain; ** associates to the right, the rest to the left
            left_level = level + (operator == "**" or level == _COMPARE_LEVEL)
            right_level = level + (operator != "**")
            joined = f"{_wrapped(left, left_level)} {operator} {_wrapped(right, right_level)}"
            return joined, level


def _wrapped(expr: Expr, level: int) -> str:
    written, own = _text(expr)
    return written if own >= level else f"({written})"
