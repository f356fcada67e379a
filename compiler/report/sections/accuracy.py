"""What numbers of few bits, and imperfect devices, do to the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.devices import Cost

__all__ = [
    "Devices",
    "FloatError",
    "FormatOf",
    "Quantisation",
    "WeightError",
]

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class WeightError:
    """Weights of a projection, and how they were rounded.

    Parameters
    ----------
    projection, source, target
        Names.
    synapses
        Weights that are not 0.
    bits
        That the widest weight takes, sign included.
    low, high
        Least and largest raw weight.
    counts, edges
        Histogram of raw weights: int64 (bins,), float64 (bins + 1,).
    step
        What a raw unit stands for at the port, the largest if cells differ; None, as are the
        errors, where the bundle does not say.
    per_cell
        Whether cells differ in it.
    sum_bits
        Bits of the sum at the port.
    rms, worst
        Error in units of the model: root mean square and largest.
    relative
        `rms` over the root mean square of the weights.
    """

    projection: str
    source: str
    target: str
    synapses: int
    bits: int
    low: int
    high: int
    counts: Integers
    edges: Reals
    step: float | None = None
    per_cell: bool = False
    sum_bits: int | None = None
    rms: float | None = None
    worst: float | None = None
    relative: float | None = None


@dataclass(frozen=True, slots=True)
class FormatOf:
    """The number format of a state, or of what a population sends (``output``).

    Parameters
    ----------
    population, state
        The population, or the projection whose synapses learn; name of the state.
    format
        As text.
    bits
        Of the format.
    low, high
        Ends of its range in units of the model.
    step
        What one raw step stands for; the largest, if cells differ.
    bound, proven
        Largest magnitude that can occur, proven; or where it saturates. None where it is not known.
    headroom_bits
        Bits between the bound, or what calibration saw, and the end of the format.
    seen
        Largest magnitude in the run on data; None without data.
    free_bits
        Bits at the top that no value of the run used; None without data, and where all was 0.
    clipped
        Share of the values of the run that stand at an end of the range.
    """

    population: str
    state: str
    format: str
    bits: int
    low: float
    high: float
    step: float
    bound: float | None = None
    proven: bool | None = None
    headroom_bits: float | None = None
    seen: float | None = None
    free_bits: float | None = None
    clipped: float | None = None


@dataclass(frozen=True, slots=True)
class FloatError:
    """Integers against the float reference on the data, of one population and quantity.

    Parameters
    ----------
    population, quantity
        Names: a state, or ``output`` for what it sends.
    rms, worst
        Of the difference, in units of the model (signals for spikes).
    scale
        Root mean square of the float values, to compare with.
    differing
        Share of values of spikes or counts that differ; None for numbers.
    """

    population: str
    quantity: str
    rms: float
    worst: float
    scale: float
    differing: float | None = None


@dataclass(frozen=True, slots=True)
class Quantisation:
    """The error budget: formats and weights, and what all of it does on data.

    `samples` says how many samples were compared, 0 without data or without the float model;
    accuracies are of all samples of the data, where they have labels.
    """

    formats: tuple[FormatOf, ...]
    weights: tuple[WeightError, ...]
    errors: tuple[FloatError, ...] = ()
    samples: int = 0
    accuracy: float | None = None
    accuracy_float: float | None = None


@dataclass(frozen=True, slots=True)
class Devices:
    """Error budget of imperfect devices: each effect alone, and all together last."""

    devices: int
    samples: int
    exact_accuracy: float | None
    costs: tuple[Cost, ...]
