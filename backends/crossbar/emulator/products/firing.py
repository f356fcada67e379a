"""What arrays of cells compute when their rows are driven: the numbers that all ways start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Firing", "Integers", "Pulses", "Signs"]

Integers = NDArray[np.int64]

Signs = Literal["none", "bipolar", "phases"]
"""What becomes of negative signals: there are none, negative pulses, or phases of their own."""

_CODES = 1 << 31
_PULSED = 48


@dataclass(frozen=True, slots=True)
class Pulses:
    """How a signal drives a row: pulses one after the other, the lowest bits first.

    Parameters
    ----------
    bits
        Of the magnitude of a signal that one pulse carries.
    count
        Pulses that carry it all.
    signs
        With "phases" all positive signals come first, then the magnitudes of negative ones.

    Raises
    ------
    ValueError
        If they carry no bit, or more than 48.
    """

    bits: int
    count: int
    signs: Signs

    def __post_init__(self) -> None:
        if min(self.bits, self.count) < 1 or self.bits * self.count > _PULSED:
            raise ValueError(f"{self.count} pulses of {self.bits} bits")

    @property
    def phases(self) -> int:
        """2 if negative signals have one of their own."""
        return 2 if self.signs == "phases" else 1

    @property
    def firings(self) -> int:
        """How often rows are driven for one product."""
        return self.count * self.phases

    @property
    def most(self) -> int:
        """The largest magnitude of a pulse."""
        return (1 << self.bits) - 1

    @property
    def factors(self) -> Integers:
        """int64 (firings,): what a code of each counts."""
        once = np.left_shift(1, np.arange(self.count, dtype=np.int64) * self.bits)
        return np.concatenate((once, -once)) if self.signs == "phases" else once


@dataclass(frozen=True, eq=False)
class Firing:
    """Columns of cells that share their rows.

    Parameters
    ----------
    planes
        int32 (planes, rows, columns): what a cell adds to its column, per unit of a pulse.
    plane_factors
        int64 (planes,): what a code of each plane counts.
    pulses
        How rows are driven.
    steps
        int64 (planes, columns), 1 or more: what one code of a converter stands for.
    low, high
        The least and the largest code.
    offset
        How often the sum of all signals is taken off every column, exactly.
    unit
        Sums of columns are in parts of so much of a unit of `steps`: 1 where cells keep whole
        codes, 65536 where `planes` are conductances on their grid.

    Raises
    ------
    ValueError
        If shapes do not agree, a step is less than 1, or codes have more than 31 bits.
    """

    planes: NDArray[np.int32]
    plane_factors: Integers
    pulses: Pulses
    steps: Integers
    low: int
    high: int
    offset: int = 0
    unit: int = 1

    def __post_init__(self) -> None:
        if self.planes.ndim != 3 or self.planes.dtype != np.int32:
            raise ValueError("planes are int32 (planes, rows, columns)")
        count, _, columns = self.planes.shape
        if self.plane_factors.shape != (count,) or self.steps.shape != (count, columns):
            raise ValueError("factors or steps are not those of the planes")
        if (self.steps < 1).any() or self.unit < 1:
            raise ValueError("a step is less than 1")
        if not -_CODES < self.low <= self.high < _CODES:
            raise ValueError(f"codes from {self.low} to {self.high}")

    @property
    def rows(self) -> int:
        """That are driven."""
        return int(self.planes.shape[1])

    @property
    def columns(self) -> int:
        """That are read."""
        return int(self.planes.shape[2])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the conversions of one product: (firings, planes, columns)."""
        return (self.pulses.firings, self.planes.shape[0], self.planes.shape[2])

    @cached_property
    def largest_sum(self) -> int:
        """A bound of the magnitudes of sums of columns, without noise."""
        if not self.planes.size:
            return 0
        columns = np.abs(self.planes.astype(np.int64)).sum(axis=1)
        return self.pulses.most * int(columns.max())

    @cached_property
    def largest_step(self) -> int:
        """As sums are measured."""
        return self.unit * int(self.steps.max(initial=1))
