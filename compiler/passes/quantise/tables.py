"""Functions by table: smooth ones interpolated between their entries, given ones as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.builder import Builder
from somac.ir.datapath import Table
from somac.ir.digest import digest_of
from somac.ir.expr import FUNCTIONS, TableFunction
from somac.ir.fixed import Format, FormatError, Overflow, Rounding, quantise

__all__ = ["Smooth", "Tabulated", "read_smooth", "tabulate", "tabulate_values"]

_INDEX_BITS = 10
_BETWEEN_BITS = 9
"""Of the argument, below those that choose an entry: where between two entries it is."""

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
    if not np.isfinite(largest):
        raise FormatError("a function by table can be infinite or no number")
    whole = int(np.ceil(np.log2(largest))) + 2
    return Format(_RESULT_BITS, whole, True, Rounding.RND_CONV, Overflow.SAT)


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """A function by its values and how much they rise to the next, with the formats of both.

    Parameters
    ----------
    value, rise
        Tables with one entry per step of the index.
    argument
        Format of what the function is applied to.
    index
        The same with the bits alone that choose an entry.
    """

    name: str
    value: Table
    rise: Table
    argument: Format
    index: Format
    result: Format


def tabulate(function: str, low: float, high: float) -> Smooth:
    """`function` over ``low`` to ``high``, at most ``2**10`` entries of 18 bits.

    FormatError if it cannot be tabulated: what it is applied to has no bound, or its values.
    """
    flat_low, flat_high = _FLAT.get(function, (low, high))
    low, high = max(low, flat_low), min(high, flat_high)
    largest = max(abs(low), abs(high), 2.0**-20)
    if not np.isfinite(largest):
        raise FormatError(f"what {function} is applied to can be infinite or no number")
    integer = int(np.ceil(np.log2(largest))) + 1
    index = Format(_INDEX_BITS, integer, True, Rounding.TRN, Overflow.SAT)
    argument = Format(_INDEX_BITS + _BETWEEN_BITS, integer, True, Rounding.RND, Overflow.SAT)
    # an argument may be rounded to just outside
    first = max(int(np.floor(np.ldexp(low, index.fraction))) - 1, index.minimum)
    last = min(int(np.ceil(np.ldexp(high, index.fraction))), index.maximum)
    points = np.ldexp(np.arange(first, last + 2, dtype=np.float64), -index.fraction)
    if function in ("log", "sqrt"):
        # nothing is defined below 0: the smallest step stands for it
        points = np.maximum(points, index.step)
    with np.errstate(over="ignore"):
        values = np.asarray(FUNCTIONS[function].apply(points), dtype=np.float64)
    result = _result_format(values)
    raw = quantise(values, result)
    name = f"{function}_{first}_{last}_{index.fraction}".replace("-", "m")
    value, rise = Table(first, raw[:-1]), Table(first, np.diff(raw))
    return Smooth(name, value, rise, argument, index, result)


def read_smooth(builder: Builder, table: Smooth, argument: int) -> int:
    """Instructions that interpolate between the entries beside an argument."""
    name, rise = table.name, f"{table.name}_rise"
    builder.tables |= {name: table.value, rise: table.rise}
    place = builder.cast(argument, table.index)
    rest = builder.operation("sub", (argument, place))
    between = builder.cast(rest, Format(_BETWEEN_BITS + 1, 1 - table.index.fraction))
    steep = Format(_RESULT_BITS + 1, table.result.integer + 1 + table.index.fraction)
    value = builder.operation("table", (place,), table.result, name)
    slope = builder.operation("table", (place,), steep, rise)
    risen = builder.operation("mul", (between, slope))
    return builder.cast(builder.operation("add", (value, risen)), table.result)
