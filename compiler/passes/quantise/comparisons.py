"""Comparisons that decide for raw integers as they do for what these stand for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.builder import Builder, Value
from somac.ir.fixed import BOOL, Format

__all__ = ["FLIPPED", "OPCODE", "against_limit", "holds"]

Real = NDArray[np.float64]

OPCODE = {">": "gt", ">=": "ge", "<": "lt", "<=": "le", "==": "eq", "!=": "ne"}
"""The operation of each comparison of the language."""

FLIPPED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}
"""What a comparison becomes where both sides change their sign."""

_TRUTH = {
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


def holds(builder: Builder, opcode: str, difference: Real) -> int:
    """A parameter that says whether constants compare so with 0."""
    truth = np.asarray(_TRUTH[opcode](difference, 0.0))
    return builder.raw_parameter("holds", truth.astype(np.int64), BOOL)


def against_limit(builder: Builder, opcode: str, value: Value, limit: Real, name: str) -> int:
    """Compare raw integers with the integer that decides as the real `limit` does.

    Parameters
    ----------
    builder
        Takes the instruction and the parameter.
    opcode
        ``gt``, ``ge``, ``lt``, ``le``, ``eq`` or ``ne``.
    value
        The left side.
    limit
        The right side in units of the value.
    name
        Of the result.
    """
    exact = np.ldexp(limit, value.format.fraction)
    whole = {"gt": np.floor, "le": np.floor, "ge": np.ceil, "lt": np.ceil}.get(opcode, np.rint)
    # beyond the range every limit decides alike
    low, high = value.format.minimum - 1, value.format.maximum + 1
    raw = np.clip(whole(exact), low, high).astype(np.int64)
    width = value.format.width + 1 + (not value.format.signed)
    fixed = Format(width, width - value.format.fraction)
    index = builder.raw_parameter("threshold", raw, fixed)
    return builder.operation(opcode, (value.index, index), BOOL, name)
