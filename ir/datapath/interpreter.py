"""The golden model of a datapath: plain NumPy, one line of the specification at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.datapath.value import Datapath, Instruction, Table
from somac.ir.fixed import Format, cast

__all__ = ["Result", "run"]

Raw = NDArray[np.int64]

_ARITHMETIC: Mapping[str, Callable[[Raw, Raw], Raw]] = {
    "add": np.add,
    "sub": np.subtract,
    "min": np.minimum,
    "max": np.maximum,
}

_COMPARISONS: Mapping[str, Callable[[Raw, Raw], NDArray[np.bool_]]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one tick gives: raw state after it, raw output, and every value by index."""

    state: Mapping[str, Raw]
    output: Raw
    values: tuple[Raw, ...]


def run(
    datapath: Datapath,
    inputs: Mapping[str, Raw],
    state: Mapping[str, Raw],
    parameters: Mapping[str, Raw],
) -> Result:
    """Compute one tick: the golden model.

    Arrays are int64 raw values within their formats, of shapes that broadcast to
    (..., neurons). Inputs and parameters that the datapath does not read may be missing.
    """
    values: list[Raw] = []
    sources = {"input": inputs, "state": state, "param": parameters}
    for i in datapath.instructions:
        if i.opcode == "const":
            values.append(np.asarray(i.raw, dtype=np.int64))
        elif i.opcode in sources:
            values.append(np.asarray(sources[i.opcode][i.name], dtype=np.int64))
        else:
            arguments = [values[a] for a in i.arguments]
            formats = [datapath.instructions[a].format for a in i.arguments]
            values.append(_compute(i, arguments, formats, datapath.tables))
    return Result(
        {name: values[index] for name, index in datapath.next_state.items()},
        values[datapath.output],
        tuple(values),
    )


def _compute(
    i: Instruction, arguments: list[Raw], formats: list[Format], tables: Mapping[str, Table]
) -> Raw:
    match i.opcode:
        case "not":
            return _truth(arguments[0] == 0)
        case "and":
            return _truth((arguments[0] != 0) & (arguments[1] != 0))
        case "or":
            return _truth((arguments[0] != 0) | (arguments[1] != 0))
        case "table":
            table = tables[i.name]
            entry = np.clip(arguments[0] - table.first, 0, table.entries.size - 1)
            return np.asarray(table.entries[entry], dtype=np.int64)
        case "mul":
            product = np.asarray(arguments[0] * arguments[1], dtype=np.int64)
            return cast(product, formats[0].fraction + formats[1].fraction, i.format)
        case "select":
            fraction, (yes, no) = _aligned(arguments[1:], formats[1:])
            return cast(np.where(arguments[0] != 0, yes, no), fraction, i.format)
        case "cast":
            return cast(arguments[0], formats[0].fraction, i.format)
        case "floordiv":
            _, (dividend, divisor) = _aligned(arguments, formats)
            # a divisor of zero or below gives 0: hardware must not trap
            quotient = np.where(divisor > 0, dividend // np.maximum(divisor, 1), 0)
            return cast(quotient, 0, i.format)
        case operation:
            fraction, (left, right) = _aligned(arguments, formats)
            if operation in _COMPARISONS:
                return _truth(_COMPARISONS[operation](left, right))
            exact = np.asarray(_ARITHMETIC[operation](left, right), dtype=np.int64)
            return cast(exact, fraction, i.format)


def _truth(value: NDArray[np.bool_]) -> Raw:
    return np.asarray(value, dtype=np.int64)


def _aligned(arguments: Sequence[Raw], formats: Sequence[Format]) -> tuple[int, list[Raw]]:
    """The arguments with one binary point, that of the finest."""
    fraction = max(f.fraction for f in formats)
    return fraction, [
        np.asarray(a << (fraction - f.fraction), dtype=np.int64)
        for a, f in zip(arguments, formats, strict=True)
    ]
