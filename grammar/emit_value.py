"""Numbers and arrays as values of the text, or beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from somac.grammar import ast
from somac.grammar.units import UNITS, parse_unit
from somac.ir.errors import Place, SomacError

__all__ = ["Store", "handy", "unwritable"]

_MOST_NUMBERS = 64
_PREFIXES = (("", 1.0), ("m", 1e3), ("u", 1e6), ("n", 1e9), ("p", 1e12))


def unwritable(what: str, name: str) -> SomacError:
    """The error of something that the language cannot say."""
    return SomacError("E0226", f"{name}: {what}", place=Place(node=name))


def handy(value: float, unit: str | None) -> ast.Quantity:
    """A number of that SI unit, with the prefix that makes it handy, exactly."""
    for prefix, power in _PREFIXES if unit in UNITS and unit != "1" else ():
        number = float(f"{value * power:.12g}")
        if abs(number) >= 0.1 and parse_unit(f"{prefix}{unit}").number(number) == value:
            return ast.Quantity(number, f"{prefix}{unit}")
    return ast.Quantity(value, None if unit == "1" else unit)


@dataclass(slots=True)
class Store:
    """The arrays that stand beside a text, in the file of that name."""

    file: str
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)

    def value(self, array: NDArray[Any], name: str, unit: str | None = None) -> ast.Value:
        """An array as a value of the text; a large one is stored under that name."""
        if array.ndim == 0:
            return handy(float(array), unit)
        unit = None if unit == "1" else unit
        if 0 < array.size <= _MOST_NUMBERS or array.shape == (0,):
            return _literal(array.tolist(), unit)
        key = base = re.sub(r"[^A-Za-z0-9_.]+", "_", name)
        number = 2
        while key in self.arrays:
            key = f"{base}_{number}"
            number += 1
        self.arrays[key] = array
        texts = (ast.Argument(None, ast.Text(text)) for text in (self.file, key))
        return ast.Call("load", tuple(texts))


def _literal(numbers: list[Any], unit: str | None) -> ast.Array:
    items = tuple(
        _literal(item, None) if isinstance(item, list) else ast.Quantity(float(item))
        for item in numbers
    )
    return ast.Array(items, unit)
