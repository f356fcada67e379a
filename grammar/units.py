"""SI units of the language: names, prefixes, products and quotients, dimensions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from somac.ir.suggest import did_you_mean

__all__ = ["NUMBER", "SECOND", "UNITS", "Dimension", "Unit", "UnknownUnitError", "parse_unit"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """Exponents of kilogram, metre, second and ampere; ``V`` is kg m2 s-3 A-1."""

    kilogram: float = 0
    metre: float = 0
    second: float = 0
    ampere: float = 0

    def __mul__(self, other: Dimension) -> Dimension:
        return self.combined(other, 1)

    def __truediv__(self, other: Dimension) -> Dimension:
        return self.combined(other, -1)

    def combined(self, other: Dimension, power: float) -> Dimension:
        """``self * other ** power``."""
        return Dimension(
            self.kilogram + power * other.kilogram,
            self.metre + power * other.metre,
            self.second + power * other.second,
            self.ampere + power * other.ampere,
        )

    def __str__(self) -> str:
        for name, known in UNITS.items():
            if known == self:
                return name
        parts = {"kg": self.kilogram, "m": self.metre, "s": self.second, "A": self.ampere}
        return " ".join(f"{name}{power:g}" for name, power in parts.items() if power)


NUMBER = Dimension()
SECOND = Dimension(second=1)
_AMPERE = Dimension(ampere=1)
_VOLT = Dimension(1, 2, -3, -1)

UNITS: Mapping[str, Dimension] = {
    "1": NUMBER,
    "s": SECOND,
    "A": _AMPERE,
    "V": _VOLT,
    "Ohm": _VOLT / _AMPERE,
    "S": _AMPERE / _VOLT,
    "F": _AMPERE * SECOND / _VOLT,
    "C": _AMPERE * SECOND,
    "Hz": NUMBER / SECOND,
}

_PREFIXES = {"G": 9, "M": 6, "k": 3, "": 0, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
_ALIASES = {"Ω": "Ohm", "ohm": "Ohm", "µ": "u", "μ": "u"}


class UnknownUnitError(ValueError):
    """A name that is no unit, and the unit that may be meant."""

    def __init__(self, name: str) -> None:
        known = [f"{prefix}{unit}" for unit in UNITS if unit != "1" for prefix in _PREFIXES]
        self.hint = did_you_mean(name, known) or f"units: {', '.join(UNITS)}"
        super().__init__(f"{name!r} is not a unit")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its dimension, and the power of ten between it and the SI unit `si`."""

    si: str
    dimension: Dimension
    exponent: int

    def number(self, value: float) -> float:
        """`value` of this unit in SI: the float nearest to the decimal number."""
        return float(Decimal(repr(value)).scaleb(self.exponent))

    def array(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """`values` of this unit in SI."""
        factor = 10.0 ** abs(self.exponent)
        return values / factor if self.exponent < 0 else values * factor


def parse_unit(text: str) -> Unit:
    """``ms``, ``mV/ms``, ``kOhm*pF``; quotients and products associate to the left."""
    names = re.split(r"([*/])", text)
    first = _simple(names[0])
    si, dimension, exponent = first.si, first.dimension, first.exponent
    for operator, name in zip(names[1::2], names[2::2], strict=True):
        sign = 1 if operator == "*" else -1
        unit = _simple(name)
        si += operator + unit.si
        dimension = dimension.combined(unit.dimension, sign)
        exponent += sign * unit.exponent
    return Unit(si, dimension, exponent)


def _simple(name: str) -> Unit:
    plain = name
    for alias, meant in _ALIASES.items():
        plain = plain.replace(alias, meant)
    for prefix, exponent in _PREFIXES.items():
        unit = plain.removeprefix(prefix)
        if plain.startswith(prefix) and unit in UNITS and (unit != "1" or not prefix):
            return Unit(unit, UNITS[unit], exponent)
    raise UnknownUnitError(name)
