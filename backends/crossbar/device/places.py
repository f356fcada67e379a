"""Where and when random numbers are drawn: what goes into the key and the counter of Philox.

| word | bits, from the lowest |
|---|---|
| key 0 | seed (32) |
| key 1 | purpose (8), row (24) |
| counter 0 | column (14: its bits 0 to 3 and 6 up), plane (6), pulse (7), firing, high (5) |
| counter 1 | core (16), firing, low (16) |
| counter 2 | time step (32) |
| counter 3 | sample (32) |

Bits 4 and 5 of a column choose among the four words that are drawn at a counter, so that 64
neighbours take 16 counters in order and every lane of a vector register works on one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.ir.errors import SomacError
from somac.ir.philox import philox

__all__ = [
    "COUNTERS",
    "FIRING",
    "GROUP",
    "PLANE",
    "PULSE",
    "Corner",
    "Firings",
    "Purpose",
    "checked_seed",
    "within",
    "words_at",
]

COUNTERS: Final = 16
GROUP: Final = 4 * COUNTERS
"""Columns that are drawn together, and the counters that they take."""

PLANE: Final = 14
PULSE: Final = 20
FIRING: Final = 27
"""Where these begin in the first word of a counter."""

_LIMITS: Final = {
    "seed": 32,
    "core": 16,
    "row": 24,
    "column": 16,
    "plane": 6,
    "pulse": 7,
    "firing": 21,
    "time step": 32,
    "sample": 32,
}


class Purpose(IntEnum):
    """What a number is drawn for: numbers of different purposes are independent."""

    PROGRAMMING = 1
    DRIFT = 2
    FAULTS = 3
    WRITING = 4
    READING_CELLS = 5
    READING_COLUMNS = 6


def within(what: str, first: int, last: int | None = None) -> None:
    """E0685 unless ``first..last`` is what the counter has bits for."""
    last = first if last is None else last
    if first < 0 or last >= 1 << _LIMITS[what]:
        raise SomacError(
            "E0685",
            f"random numbers are drawn for no {what} {first if first < 0 else last}",
            have=f"{what} {first}" if first == last else f"{what}s {first} to {last}",
            need=f"0 to {(1 << _LIMITS[what]) - 1}",
        )


def checked_seed(seed: int) -> int:
    """The seed; E0685 if it has more than 32 bits."""
    within("seed", seed)
    return seed


@dataclass(frozen=True, slots=True)
class Corner:
    """Where the first cell of an array of cells is: core, row, and physical column in it."""

    core: int = 0
    row: int = 0
    column: int = 0

    def covers(self, rows: int, columns: int) -> None:
        """E0685 if not every cell of so many rows and columns has numbers of its own."""
        within("core", self.core)
        within("row", self.row, self.row + max(rows, 1) - 1)
        within("column", self.column, self.column + max(columns, 1) - 1)


@dataclass(frozen=True, slots=True)
class Firings:
    """When arrays of one core are read, one entry per element of a batch.

    Parameters
    ----------
    core
        The core.
    samples, steps
        Sample and time step of each, int64 (batch,).
    firings
        Number among the firings of this core in the time step, of whatever block, int64 (batch,).
    """

    core: int
    samples: NDArray[np.int64]
    steps: NDArray[np.int64]
    firings: NDArray[np.int64]

    def __post_init__(self) -> None:
        """E0685 if the counter has no bits for one of them."""
        within("core", self.core)
        for what, given in (
            ("sample", self.samples),
            ("time step", self.steps),
            ("firing", self.firings),
        ):
            if given.size:
                within(what, int(given.min()), int(given.max()))

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, part: slice) -> Firings:
        """Those of a part of the batch."""
        return Firings(self.core, self.samples[part], self.steps[part], self.firings[part])


def words_at(
    seed: int,
    purpose: Purpose,
    *,
    columns: ArrayLike,
    core: ArrayLike = 0,
    row: ArrayLike = 0,
    plane: ArrayLike = 0,
    pulse: ArrayLike = 0,
    firing: ArrayLike = 0,
    step: ArrayLike = 0,
    sample: ArrayLike = 0,
) -> NDArray[np.uint32]:
    """Uniform words at places and times that are broadcast against each other: the definition.

    `somac.backends.crossbar.device.kernels` draws the same, faster.
    """
    given = (columns, core, row, plane, pulse, firing, step, sample)
    column, core, row, plane, pulse, firing, step, sample = np.broadcast_arrays(
        *(np.asarray(value, np.int64) for value in given)
    )
    lane = (column & 15) | (column >> 6) << 4
    counter = np.stack(
        [
            lane | plane << PLANE | pulse << PULSE | (firing >> 16) << FIRING,
            core | (firing & 0xFFFF) << 16,
            step,
            sample,
        ],
        axis=-1,
    )
    key = np.stack([np.full(row.shape, seed, np.int64), int(purpose) | row << 8], axis=-1)
    word = (column >> 4 & 3)[..., None]
    drawn: NDArray[np.uint32] = np.take_along_axis(philox(counter, key), word, axis=-1)[..., 0]
    return drawn
