"""What a run on data showed: signals and states, beside the golden model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Events", "Raster", "Spikes", "Trace", "Traces"]

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """What was sent, one entry each: step, cell (of the model), raw value (1 for a spike)."""

    step: Integers
    cell: Integers
    value: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Spikes:
    """What a population, or an input, sent in one sample.

    Parameters
    ----------
    name
        Of the population or input.
    kind
        ``spike``, ``count`` or ``value``.
    cells
        How many there are.
    shown
        int64 ascending: the cells that the events are of; not all where they are too many, but
        always some of those that differ.
    emulator, reference
        What the emulator and the golden model sent; of an input both are what was given.
    missing, extra
        What only the golden model sent, what only the emulator sent: a value that differs is in
        both. Of cells shown.
    total, total_reference
        Signals other than 0 of all cells.
    differing
        Values of all cells that differ.
    is_input
        Whether it is an input.
    """

    name: str
    kind: str
    cells: int
    shown: Integers
    emulator: Events
    reference: Events
    missing: Events
    extra: Events
    total: int
    total_reference: int
    differing: int
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class Raster:
    """Signals of one sample.

    `sample` is its number from 0, of `samples` in the data; `label` is its class where known.
    `steps` are shown, of `steps_given`. `differing` counts values of all populations that differ.
    """

    sample: int
    samples: int
    steps: int
    steps_given: int
    dt: float
    populations: tuple[Spikes, ...]
    differing: int
    label: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A state of one cell over the steps of the sample.

    Parameters
    ----------
    population, state, cell
        Whose; the cell as the model counts.
    raw, reference
        int64 (steps,): after each step, by the emulator and by the golden model.
    scale
        What one raw step stands for in units of the model.
    format
        The number format, e.g. ``fixed<16,4,RND,SAT>``.
    low, high
        Least and largest raw value of the format.
    sent
        int64 (steps,): what the cell sent, raw.
    """

    population: str
    state: str
    cell: int
    raw: Integers
    reference: Integers
    scale: float
    format: str
    low: int
    high: int
    sent: Integers

    @property
    def real(self) -> Reals:
        """float64 (steps,): the values in units of the model."""
        return np.asarray(self.raw * self.scale, np.float64)


@dataclass(frozen=True, slots=True)
class Traces:
    """The most active cells of each population, and those that differ first."""

    dt: float
    traces: tuple[Trace, ...]
