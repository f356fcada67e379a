"""Sums and products of expressions without needless ones and zeros, and linear equations."""

from __future__ import annotations

from dataclasses import dataclass

from somac.ir.expr import ZERO, Binary, Expr, Name, Number, Unary, names

__all__ = [
    "MINUS_ONE",
    "ONE",
    "Linear",
    "NotLinearError",
    "add",
    "divide",
    "linear",
    "multiply",
    "subtract",
]

ONE = Number(1.0)
MINUS_ONE = Number(-1.0)


class NotLinearError(ValueError):
    """An expression that is not ``constant + coefficient * x``."""


@dataclass(frozen=True, slots=True)
class Linear:
    """``constant + coefficient * x``, neither of them with x in it."""

    constant: Expr
    coefficient: Expr


def add(a: Expr, b: Expr) -> Expr:
    """``a + b``."""
    if a == ZERO:
        return b
    match b:
        case Number(value) if value == 0:
            return a
        case Unary("-", operand):
            return subtract(a, operand)
        case _:
            return Binary("+", a, b)


def subtract(a: Expr, b: Expr) -> Expr:
    """``a - b``."""
    if b == ZERO:
        return a
    if a == ZERO:
        return negate(b)
    return Binary("-", a, b)


def negate(a: Expr) -> Expr:
    """``-a``."""
    match a:
        case Number(value):
            return Number(-value) if value else ZERO
        case Unary("-", operand):
            return operand
        case _:
            return Unary("-", a)


def multiply(a: Expr, b: Expr) -> Expr:
    """``a * b``."""
    if ZERO in (a, b):
        return ZERO
    for factor, other in ((a, b), (b, a)):
        if factor == ONE:
            return other
        if factor == MINUS_ONE:
            return negate(other)
    return Binary("*", a, b)


def divide(a: Expr, b: Expr) -> Expr:
    """``a / b``."""
    if a == ZERO or b == ONE:
        return a
    return Binary("/", a, b)


def linear(expr: Expr, x: str) -> Linear:
    """`expr` as a linear function of the name `x`.

    Raises
    ------
    NotLinearError
        If it is none by its form: two factors with x, x in a divisor, a function of x.
    """
    if x not in names(expr):
        return Linear(expr, ZERO)
    match expr:
        case Name():
            return Linear(ZERO, ONE)
        case Unary("-", operand):
            part = linear(operand, x)
            return Linear(negate(part.constant), negate(part.coefficient))
        case Binary("+", left, right):
            a, b = linear(left, x), linear(right, x)
            return Linear(add(a.constant, b.constant), add(a.coefficient, b.coefficient))
        case Binary("-", left, right):
            a, b = linear(left, x), linear(right, x)
            return Linear(subtract(a.constant, b.constant), subtract(a.coefficient, b.coefficient))
        case Binary("*", left, right) if x not in names(left):
            part = linear(right, x)
            return Linear(multiply(left, part.constant), multiply(left, part.coefficient))
        case Binary("*", left, right) if x not in names(right):
            part = linear(left, x)
            return Linear(multiply(part.constant, right), multiply(part.coefficient, right))
        case Binary("/", left, right) if x not in names(right):
            part = linear(left, x)
            return Linear(divide(part.constant, right), divide(part.coefficient, right))
        case _:
            raise NotLinearError
