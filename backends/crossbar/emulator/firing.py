"""Blocks at work: signals to pulses, pulses to sums of columns, sums to codes, codes to numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Converters

__all__ = ["Columns", "Firing", "firing_of"]

Integers = NDArray[np.int64]

# pulses times rows at once
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns of blocks that are driven together.

    Parameters
    ----------
    planes
        int64 (planes, rows, columns): what they add per unit of a pulse.
    steps
        int64 (planes, columns): what a code stands for, in units of the sums.
    unit
        Units of the sums that stand for one of the weights.
    """

    converters: Converters
    planes: Integers
    steps: Integers
    unit: int = 1


class Firing(Protocol):
    """Columns that are ready to be used."""

    def run(self, signals: Integers) -> tuple[Integers, int]:
        """What the columns give for int64 (n, rows) signals, int64 (n, columns), and how many
        conversions were clipped."""
        ...


def firing_of(columns: Columns) -> Firing:
    """The plain one, in NumPy."""
    return _Plain(columns)


@dataclass(frozen=True, slots=True, eq=False)
class _Plain:
    columns: Columns
    flat: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        rows = self.columns.planes.shape[1]
        flat = self.columns.planes.transpose(1, 0, 2).reshape(rows, -1)
        object.__setattr__(self, "flat", flat.astype(np.float64))

    def run(self, signals: Integers) -> tuple[Integers, int]:
        """Run; see `Firing`."""
        planes, rows, columns = self.columns.planes.shape
        out = np.zeros((len(signals), columns), np.int64)
        clipped = 0
        some = max(1, _AT_ONCE // max(1, rows, planes * columns))
        for start in range(0, len(signals), some):
            part = slice(start, start + some)
            clipped += self._part(signals[part], out[part])
        return out, clipped

    def _part(self, signals: Integers, out: Integers) -> int:
        how, steps = self.columns.converters, self.columns.steps
        planes, _, columns = self.columns.planes.shape
        weight = steps // self.columns.unit * _factors(how)[:, None]
        clipped = 0
        for sign, given in _phases(signals, how):
            for number in range(how.pulses):
                shift = number * how.pulse_bits
                pulse = (np.abs(given) >> shift) & ((1 << how.pulse_bits) - 1)
                if how.signs == "bipolar":
                    pulse *= np.sign(given)
                sums = (pulse.astype(np.float64) @ self.flat).astype(np.int64)
                sums = sums.reshape(len(signals), planes, columns)
                codes = np.sign(sums) * ((2 * np.abs(sums) + steps) // (2 * steps))
                clipped += int(np.count_nonzero((codes < how.low) | (codes > how.high)))
                whole = (np.clip(codes, how.low, how.high) * weight).sum(axis=1)
                out += sign * (whole << shift)
        if how.polarity == "offset":
            out -= (1 << (how.cell_bits * how.slices - 1)) * signals.sum(axis=1, keepdims=True)
        return clipped


def _phases(signals: Integers, how: Converters) -> tuple[tuple[int, Integers], ...]:
    if how.signs == "phases":
        return (1, np.maximum(signals, 0)), (-1, np.maximum(-signals, 0))
    return ((1, signals),)


def _factors(how: Converters) -> Integers:
    once = np.left_shift(1, np.arange(how.slices) * how.cell_bits)
    return np.stack((once, -once), axis=1).ravel() if how.polarity == "separate" else once
