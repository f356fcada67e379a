"""Conductances on the grid of the emulator, behind wires."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.wires.conductance import effective_conductance
from somac.backends.crossbar.device.wires.values import Wires

__all__ = ["STEPS", "wired"]

STEPS: Final = 1 << 16
"""Steps of the grid in the conductance of a code."""

_SIEMENS: Final = 1e-6


def wired(cells: NDArray[np.int32], unit_us: float, wires: Wires) -> NDArray[np.int32]:
    """What an array of int32 (rows, columns) conductances conducts from rows to columns: alike.

    All are in steps of ``unit_us / 65536`` microsiemens, where `unit_us`, above 0, is what a code
    more conducts more; what comes out is rounded to the nearest step, halves to the even one. The
    array is taken as a whole, with every cell that is in it: rows that are not driven are at 0 V,
    and then currents add up, so that a part of the array conducts what it conducts alone.
    ValueError where a conductance is negative. None becomes larger than the largest was.

    The same files give the same integers on every machine, as `effective_conductance` gives the
    same bits.
    """
    step = unit_us / STEPS * _SIEMENS
    found = np.rint(effective_conductance(cells.astype(np.float64) * step, wires) / step)
    return found.astype(np.int32)
