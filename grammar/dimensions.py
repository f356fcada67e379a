"""Whether the units of an equation agree, as far as they are declared.

The dimension of a name declared without a unit is not known and agrees with every other; so
does 0. Other numbers have dimension 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from somac.grammar.ast import Formula, Position
from somac.grammar.units import NUMBER, Dimension
from somac.ir.expr import (
    COMPARISONS,
    FUNCTIONS,
    ZERO,
    Binary,
    Call,
    Expr,
    Lookup,
    Name,
    Number,
    Unary,
    text,
)

__all__ = ["Disagreement", "infer"]

_SAME = {"abs", "clamp", "max", "min", "select"}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two dimensions that should be one, in an expression."""

    expression: str
    have: Dimension
    need: Dimension
    position: Position


@dataclass(slots=True)
class _Inference:
    known: Mapping[str, Dimension | None]
    positions: Iterator[Position]
    found: list[Disagreement] = field(default_factory=list)

    def of(self, expr: Expr) -> Dimension | None:
        """The dimension of `expr`; visits every node once, in pre-order."""
        position = next(self.positions)
        match expr:
            case Number():
                return None if expr == ZERO else NUMBER
            case Name(id):
                return self.known.get(id)
            case Unary("-", operand):
                return self.of(operand)
            case Unary(_, operand):
                self.of(operand)
                return NUMBER
            case Binary(operator, left, right):
                a, b = self.of(left), self.of(right)
                return self.joined(operator, a, b, expr, position)
            case Call(function, arguments):
                given = [self.of(argument) for argument in arguments]
                return self.applied(function, given, expr, position)
            case Lookup(_, argument):
                self.of(argument)
                return None

    def joined(
        self,
        operator: str,
        a: Dimension | None,
        b: Dimension | None,
        expr: Binary,
        position: Position,
    ) -> Dimension | None:
        if operator in ("and", "or"):
            return NUMBER
        if operator in COMPARISONS:
            self.agree(a, b, expr, position)
            return NUMBER
        if operator in ("+", "-"):
            return self.agree(a, b, expr, position)
        if operator == "**":
            return self.power(a, b, expr, position)
        if a is None or b is None:
            return None
        return a * b if operator == "*" else a / b

    def power(
        self, a: Dimension | None, b: Dimension | None, expr: Binary, position: Position
    ) -> Dimension | None:
        self.agree(b, NUMBER, expr, position)
        if isinstance(expr.right, Number) and a is not None:
            return NUMBER.combined(a, expr.right.value)
        return a if a == NUMBER else None

    def applied(
        self, function: str, given: list[Dimension | None], expr: Call, position: Position
    ) -> Dimension | None:
        if function in _SAME:
            compared = given[1:] if function == "select" else given
            result = compared[0]
            for other in compared[1:]:
                result = self.agree(result, other, expr, position)
            return result
        if function == "sqrt":
            return None if given[0] is None else NUMBER.combined(given[0], 0.5)
        # exp, sin, floor and the like are of numbers
        for dimension in given[: FUNCTIONS[function].arity]:
            self.agree(dimension, NUMBER, expr, position)
        return NUMBER

    def agree(
        self, a: Dimension | None, b: Dimension | None, expr: Expr, position: Position
    ) -> Dimension | None:
        if a is None or b is None:
            return b if a is None else a
        if a != b:
            self.found.append(Disagreement(text(expr), a, b, position))
        return a


def infer(
    formula: Formula, known: Mapping[str, Dimension | None]
) -> tuple[Dimension | None, list[Disagreement]]:
    """The dimension of a formula, None where it cannot be known, and what disagrees in it."""
    inference = _Inference(known, formula.places())
    return inference.of(formula.expr), inference.found
