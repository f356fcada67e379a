"""How well arrays are used, for people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Parts
from somac.backends.crossbar.packing.parts import COPIES, PACKING
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Target

__all__ = ["Utilisation", "utilisation"]


@dataclass(frozen=True, slots=True, eq=False)
class Utilisation:
    """What lies on arrays, and how often they fire.

    Parameters
    ----------
    cells
        int64 (arrays,): cells in use.
    share
        float64 (arrays,): of the cells of an array.
    firings
        int64 (arrays,): in a step, with all rows driven.
    arrays, least_arrays
        How many there are, and a bound on how many one copy of every block takes.
    busiest, least_busy
        Firings of the busiest array, and a bound for so many arrays.
    """

    cells: NDArray[np.int64]
    share: NDArray[np.float64]
    firings: NDArray[np.int64]
    arrays: int
    least_arrays: int
    busiest: int
    least_busy: int


def utilisation(parts: Parts, network: IntegerNetwork, target: Target) -> Utilisation:
    """Of the parts of a network on a target, as `parts_of` gives them."""
    if target.array is None:
        raise ValueError(f"{target.name} has no arrays")
    tilings = [p.tiling for p in network.projections if p.tiling is not None]
    arrays, least, _, busiest, least_busy = parts.plan[PACKING].tolist()
    copies = parts.plan[COPIES]
    cells, firings = np.zeros(arrays, np.int64), np.zeros(arrays, np.int64)
    for number, tiling in enumerate(tilings):
        for block in range(len(tiling)):
            own = copies[(copies[:, 0] == number) & (copies[:, 1] == block), 2]
            area = tiling.rows[block] * tiling.columns[block] * tiling.converters.cells
            uses = (tiling.uses[block] - np.arange(len(own)) + len(own) - 1) // len(own)
            np.add.at(cells, own, area)
            np.add.at(firings, own, uses * len(tiling.converters.pulse_factors))
    of = target.array.rows * target.array.columns
    return Utilisation(cells, cells / of, firings, arrays, least, busiest, least_busy)
