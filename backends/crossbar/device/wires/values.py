"""Resistances of an array around its cells."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite

__all__ = ["Wires"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """Resistances, in ohm, finite and not negative; ValueError otherwise.

    A segment of wire stands before every cell: a driver reaches cell 0 of its row through
    ``driver_ohm + row_ohm``, the last cell of a column the virtual ground of its amplifier through
    ``column_ohm + sense_ohm``.
    """

    row_ohm: float = 0.0
    """Of the segment from a cell to the next one of its row."""
    column_ohm: float = 0.0
    """Of the segment from a cell to the next one of its column."""
    driver_ohm: float = 0.0
    """Of a driver and the way to its row."""
    sense_ohm: float = 0.0
    """From a column to the virtual ground."""
    access_ohm: float = 0.0
    """In series with every cell: its transistor, switched on."""
    both_ends: bool = False
    """Rows have a driver at either end, with the same voltage."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "both_ends" and not (isfinite(value) and value >= 0):
                raise ValueError(f"{field.name} is finite and not negative, not {value}")
