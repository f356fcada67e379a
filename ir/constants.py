"""Constant parts of equations that are no numbers for the parameters given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.expr import Binary, Call, Expr, Lookup, Number, Unary, evaluate, names, text
from somac.ir.neuron import Assign

__all__ = ["undefined_constants"]


def undefined_constants(
    body: Iterable[Assign], constants: Mapping[str, NDArray[Any]]
) -> Iterator[tuple[str, str]]:
    """Every part of the body that is made of constants and is not finite, with a cause.

    Parameters
    ----------
    body
        Statements, gone through in order: what is assigned a constant is one until it is
        assigned something else.
    constants
        The parameters and ``dt``: finite, 0-d or (cells,).

    Yields
    ------
    tuple of str
        Text of the part (what divides is such a part as ``1 / tau``), and the values of the
        constants in it for the first cell where it is not finite.
    """
    known = dict(constants)
    told: set[Expr] = set()
    with np.errstate(all="ignore"):
        for statement in body:
            for part in _constant_parts(statement.value, known):
                bad = ~np.isfinite(evaluate(part, known))
                if bad.any() and part not in told:
                    told.add(part)
                    yield text(part), _values(part, known, bad)
            constant = _is_constant(statement.value, known)
            value = np.asarray(evaluate(statement.value, known)) if constant else None
            known.pop(statement.name, None)
            # one that is not finite was told of: what it is used in need not be
            if value is not None and np.isfinite(value).all():
                known[statement.name] = value


def _constant_parts(expr: Expr, constants: Mapping[str, Any]) -> Iterator[Expr]:
    """The largest parts of `expr` that are made of constants."""
    if _is_constant(expr, constants):
        yield expr
        return
    match expr:
        case Unary(_, operand) | Lookup(_, operand):
            yield from _constant_parts(operand, constants)
        case Binary(operator, left, right):
            yield from _constant_parts(left, constants)
            divides = operator in ("/", "//") and _is_constant(right, constants)
            divided = Binary("/", Number(1.0), right) if divides else right
            yield from _constant_parts(divided, constants)
        case Call(_, arguments):
            for argument in arguments:
                yield from _constant_parts(argument, constants)
        case _:
            pass


def _is_constant(expr: Expr, constants: Mapping[str, Any]) -> bool:
    return all(name in constants for name in names(expr))


def _values(part: Expr, constants: Mapping[str, NDArray[Any]], bad: NDArray[np.bool_]) -> str:
    """``tau = 0, dt = 0.001``: the constants of a part where it first is not finite."""
    cell = int(bad.reshape(-1).argmax())
    found = ((name, constants[name]) for name in dict.fromkeys(names(part)))
    return ", ".join(f"{name} = {float(v[cell] if v.ndim else v):g}" for name, v in found)
