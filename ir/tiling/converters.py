"""How signals become pulses, weights codes of cells, and sums of columns numbers again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Converters", "Polarity", "Signs"]

Raw = NDArray[np.int64]

Signs = Literal["none", "bipolar", "phases"]
"""Negative signals: none, negative pulses, or phases of their own."""

Polarity = Literal["differential", "separate", "offset"]
"""Signs of weights: in pairs of cells that are subtracted before or after conversion, or by an
offset that is taken off the sum."""

_WORDS: Mapping[Signs, str] = {"none": "unsigned", "bipolar": "bipolar", "phases": "two-phase"}
"""Of pulses with such signs."""


@dataclass(frozen=True, slots=True)
class Converters:
    """How signals become pulses, weights codes of cells, and sums of columns numbers again.

    Parameters
    ----------
    pulse_bits
        Of a signal that a pulse carries.
    pulses
        That carry the magnitude of a signal, one after the other, the lowest bits first.
    signs
        What becomes of negative signals.
    cell_bits
        Of a weight that a cell keeps.
    slices
        Cells that keep a weight, or its magnitude, the lowest bits first.
    polarity
        What becomes of negative weights.
    low, high
        The least and the largest code of a converter; 0 is between them.

    Raises
    ------
    ValueError
        If signals would have more than 48 bits, weights more than 31, or codes no range.
    """

    pulse_bits: int
    pulses: int
    signs: Signs
    cell_bits: int
    slices: int
    polarity: Polarity
    low: int
    high: int

    def __post_init__(self) -> None:
        if min(self.pulse_bits, self.pulses, self.cell_bits, self.slices) < 1:
            raise ValueError("pulses and cells carry one bit or more")
        if self.pulse_bits * self.pulses > 48:
            raise ValueError(f"{self.pulses} pulses of {self.pulse_bits} bits, more than 48 in all")
        if self.cell_bits * self.slices > 31:
            raise ValueError(f"{self.slices} cells of {self.cell_bits} bits, more than 31 in all")
        if not self.low <= 0 < self.high:
            raise ValueError(f"codes from {self.low} to {self.high}")

    def __str__(self) -> str:
        return (
            f"{self.pulses}x{self.pulse_bits} {_WORDS[self.signs]} pulses, "
            f"{self.slices}x{self.cell_bits} {self.polarity} cells, {self.low}..{self.high}"
        )

    @property
    def pulse_factors(self) -> Raw:
        """int64 (firings,): what a pulse counts, for each that a row gets in a use."""
        once = np.left_shift(1, np.arange(self.pulses) * self.pulse_bits)
        return np.concatenate((once, -once)) if self.signs == "phases" else once

    @property
    def plane_factors(self) -> Raw:
        """int64 (planes,): what the sum of a plane counts."""
        once = np.left_shift(1, np.arange(self.slices) * self.cell_bits)
        return np.stack((once, -once), axis=1).ravel() if self.polarity == "separate" else once

    @property
    def planes(self) -> int:
        """Conversions of a weight's column in one firing."""
        return self.slices * (2 if self.polarity == "separate" else 1)

    @property
    def cells(self) -> int:
        """Cells of a weight."""
        return self.slices * (1 if self.polarity == "offset" else 2)

    @property
    def offset(self) -> int:
        """What weights are shifted by to be codes."""
        return 1 << (self.cell_bits * self.slices - 1) if self.polarity == "offset" else 0

    @property
    def signals(self) -> tuple[int, int]:
        """The least and the largest signal that pulses can carry."""
        most = (1 << (self.pulse_bits * self.pulses)) - 1
        return (0 if self.signs == "none" else -most), most

    @property
    def weights(self) -> tuple[int, int]:
        """The least and the largest weight that cells can keep."""
        if self.offset:
            return -self.offset, self.offset - 1
        most = (1 << (self.cell_bits * self.slices)) - 1
        return -most, most

    def pulses_of(self, signals: Raw) -> Raw:
        """int64 (firings, ...): the pulses of signals of any shape."""
        if self.signs == "phases":
            positive, negative = np.maximum(signals, 0), np.maximum(-signals, 0)
            return np.concatenate((self._digits(positive), self._digits(negative)))
        digits = self._digits(np.abs(signals))
        return digits if self.signs == "none" else digits * np.sign(signals)

    def _digits(self, magnitudes: Raw) -> Raw:
        shifts = np.arange(self.pulses) * self.pulse_bits
        digits = magnitudes >> shifts.reshape(-1, *(1,) * magnitudes.ndim)
        return np.asarray(digits & ((1 << self.pulse_bits) - 1))

    def planes_of(self, weights: NDArray[np.int32]) -> Raw:
        """int64 (planes, ...): what weights of any shape add in each plane, per unit of a pulse."""
        whole = weights.astype(np.int64)
        shifts = (np.arange(self.slices) * self.cell_bits).reshape(-1, *(1,) * whole.ndim)
        mask = (1 << self.cell_bits) - 1
        if self.polarity == "offset":
            return np.asarray((whole + self.offset) >> shifts & mask)
        digits = np.sign(whole) * (np.abs(whole) >> shifts & mask)
        if self.polarity == "differential":
            return np.asarray(digits)
        both = np.stack((np.maximum(digits, 0), np.maximum(-digits, 0)), axis=1)
        return both.reshape(self.planes, *whole.shape)

    def convert(self, sums: Raw, steps: Raw) -> Raw:
        """Codes of sums in steps of their own: the nearest, half away from zero, then clipped."""
        rounded = np.sign(sums) * ((2 * np.abs(sums) + steps) // (2 * steps))
        return np.asarray(np.clip(rounded, self.low, self.high))
