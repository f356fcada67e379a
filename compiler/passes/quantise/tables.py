"""Smooth functions by table: sampled at the middle of each step of the argument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.datapath import Table
from somac.ir.digest import digest_of
from somac.ir.expr import FUNCTIONS, TableFunction
from somac.ir.fixed import Format, Overflow, Rounding, quantise

__all__ = ["Tabulated", "tabulate", "tabulate_values"]

_ARGUMENT_BITS = 11
_RESULT_BITS = 18
# beyond these arguments the function is constant to within its result's format
_FLAT = {"sigmoid": (-12.0, 12.0), "tanh": (-6.0, 6.0)}


@dataclass(frozen=True, slots=True, eq=False)
class Tabulated:
    """A table with the formats of its argument and result.

    The argument counts entries `per_unit` to a unit of what the function is applied to.
    """

    name: str
    table: Table
    argument: Format
    result: Format
    per_unit: float = 1.0


def tabulate_values(function: TableFunction) -> Tabulated:
    """A function the model gives by its values: one entry each, the nearest is read."""
    last = len(function.values) - 1
    bits = last.bit_length() + 2
    argument = Format(bits, bits, True, Rounding.RND, Overflow.SAT)
    values = np.asarray(function.values)
    result = _result_format(values)
    table = Table(0, quantise(values, result))
    name = f"{function.name}_{digest_of(function)[:8]}"
    return Tabulated(name, table, argument, result, last / (function.high - function.low))


def _result_format(values: NDArray[np.float64]) -> Format:
    largest = max(float(np.abs(values).max()), 2.0**-20)
    whole = int(np.ceil(np.log2(largest))) + 2
    return Format(_RESULT_BITS, whole, True, Rounding.RND_CONV, Overflow.SAT)


def tabulate(function: str, low: float, high: float) -> Tabulated:
    """`function` over ``low`` to ``high``, at most ``2**11`` entries of 18 bits."""
    flat_low, flat_high = _FLAT.get(function, (low, high))
    low, high = max(low, flat_low), min(high, flat_high)
    largest = max(abs(low), abs(high), 2.0**-20)
    integer = int(np.ceil(np.log2(largest))) + 1
    argument = Format(_ARGUMENT_BITS, integer, True, Rounding.RND, Overflow.SAT)
    first = max(int(np.floor(np.ldexp(low, argument.fraction))), argument.minimum)
    last = min(int(np.ceil(np.ldexp(high, argument.fraction))), argument.maximum)
    points = np.ldexp(np.arange(first, last + 1, dtype=np.float64), -argument.fraction)
    if function in ("log", "sqrt"):
        # nothing is defined below 0: the smallest step stands for it
        points = np.maximum(points, argument.step)
    values = np.asarray(FUNCTIONS[function].apply(points), dtype=np.float64)
    result = _result_format(values)
    name = f"{function}_{first}_{last}_{argument.fraction}".replace("-", "m")
    return Tabulated(name, Table(first, quantise(values, result)), argument, result)
