"""Conductances on the grid of the emulator, behind wires."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.wires.conductance import effective_conductance
from somac.backends.crossbar.device.wires.values import Wires

__all__ = ["STEPS", "wired"]

STEPS: Final = 1 << 16
"""Steps of the grid between two levels of a cell."""

_SIEMENS: Final = 1e-6


def wired(cells: NDArray[np.int32], step_us: float, wires: Wires) -> NDArray[np.int32]:
    """What rows conduct to columns behind wires, on the grid of the cells: int32 (rows, columns).

    `cells`: int32 (rows, columns), in steps of ``step_us / 65536`` microsiemens, where `step_us`,
    above 0, is the distance of two levels of a cell. Results are rounded to the nearest step,
    halves to the even one; none is larger than the largest cell. ValueError where a conductance is
    negative.

    The array is taken as a whole, with every cell that is in it. Rows that are not driven are at
    0 V; then currents add up, and a part of the array conducts what it does alone.

    The same files give the same integers on every machine, as `effective_conductance` gives the
    same bits.
    """
    step = step_us / STEPS * _SIEMENS
    found = np.rint(effective_conductance(cells.astype(np.float64) * step, wires) / step)
    return found.astype(np.int32)
