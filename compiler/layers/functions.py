"""Sigmoid and tanh by table, with the entries and the index of hls4ml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from somac.ir.datapath import Table
from somac.ir.fixed import Format, Rounding, quantise

__all__ = ["FUNCTIONS", "Function", "argument", "tabulate"]

_ENTRIES = 1024

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with a table over -`reach` to `reach`, a power of 2.

    `value` is rounded to single precision where hls4ml's ``nnet_activation.h`` does so.
    """

    reach: int
    value: Callable[[Single], Single]

    @property
    def index_bits(self) -> int:
        """Fraction bits of an argument that counts entries."""
        return (_ENTRIES // (2 * self.reach)).bit_length() - 1


def _sigmoid(x: Single) -> Single:
    below = np.float32(1) + np.exp(-x.astype(np.float64)).astype(np.float32)
    return (1.0 / below.astype(np.float64)).astype(np.float32)


def _tanh(x: Single) -> Single:
    return np.tanh(x.astype(np.float64)).astype(np.float32)


FUNCTIONS: Mapping[Literal["sigmoid", "tanh"], Function] = {
    "sigmoid": Function(8, _sigmoid),
    "tanh": Function(4, _tanh),
}


def tabulate(function: Function, format: Format) -> Table:
    """The table: entry k is the function at ``(k - 512) * reach / 512``."""
    half = _ENTRIES // 2
    places = np.arange(-half, half) * (function.reach / half)
    return Table(-half, quantise(function.value(places.astype(np.float32)), format))


def argument(function: Function, given: Format) -> Format:
    """What a number of format `given` is cast to, to be the argument of the table.

    hls4ml computes ``int(x * 1024 / (2 * reach)) + 512``, which cuts towards zero: what lies
    less than an entry below 0 reads the entry of 0.
    """
    bits = function.index_bits
    integer = max(given.integer + (not given.signed), 1 - bits)
    return Format(integer + bits, integer, True, Rounding.TRN_ZERO)
