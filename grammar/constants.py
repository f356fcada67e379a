"""Constant parts of a neuron's equations that are no numbers for the parameters given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.expr import Binary, Call, Expr, Lookup, Number, Unary, evaluate, names, text
from somac.ir.neuron import NeuronModel

__all__ = ["undefined_constants"]


def undefined_constants(model: NeuronModel, constants: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    """Text of every part of the body that is made of constants and is not finite.

    `constants` are the parameters and ``dt``. What divides is such a part as ``1 / tau``.
    """
    expressions = dict.fromkeys(
        part for statement in model.body for part in _constant_parts(statement.value, constants)
    )
    with np.errstate(all="ignore"):
        for expr in expressions:
            if not np.isfinite(evaluate(expr, constants)).all():
                yield text(expr)


def _constant_parts(expr: Expr, constants: Mapping[str, NDArray[Any]]) -> Iterator[Expr]:
    """The largest parts of `expr` that are made of constants."""
    if all(name in constants for name in names(expr)):
        yield expr
        return
    match expr:
        case Unary(_, operand) | Lookup(_, operand):
            yield from _constant_parts(operand, constants)
        case Binary(operator, left, right):
            yield from _constant_parts(left, constants)
            divides = operator in ("/", "//") and all(name in constants for name in names(right))
            divided = Binary("/", Number(1.0), right) if divides else right
            yield from _constant_parts(divided, constants)
        case Call(_, arguments):
            for argument in arguments:
                yield from _constant_parts(argument, constants)
        case _:
            pass
