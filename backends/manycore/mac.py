"""The MAC array of a core as the compiler sees it: what it can hold, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.kernels import Box, Geometry
from somac.backends.manycore.regions import matrix_columns
from somac.backends.manycore.scan import Profile
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Target

__all__ = [
    "Array",
    "Work",
    "array_of",
    "kernel_cycles",
    "matrix_cycles",
    "row_cycles",
    "signal_range",
    "unsuited",
    "unsuited_kernel",
]

_LARGEST_WEIGHT = 127
_LARGEST_SUM = (1 << 23) - 1


@dataclass(frozen=True, slots=True)
class Array:
    """Figures of a target, by their keys in its description.

    Parameters
    ----------
    mac_array_columns, mac_array_rows
        Of multipliers, a product in each cycle.
    mac_vector_percent, mac_convolution_percent
        How much of the array works while a matrix is multiplied by one vector, and in a
        convolution.
    mac_start_cycles
        To set up a pass, and to see that it has ended.
    matrix_cell_cycles
        Of the core, for each source cell: to make an operand of what arrived, and to clear it.
    matrix_sum_cycles
        Of the core, for each neuron and pass: to add what the array gave.
    synaptic_event_cycles
        For each word of a row that is walked.
    """

    mac_array_columns: float
    mac_array_rows: float
    mac_vector_percent: float
    mac_convolution_percent: float
    mac_start_cycles: float
    matrix_cell_cycles: float
    matrix_sum_cycles: float
    synaptic_event_cycles: float


@dataclass(frozen=True, slots=True)
class Work:
    """The part of a projection on a core: synapses, source cells, and neurons."""

    synapses: int
    cells: int
    neurons: int


def array_of(target: Target) -> Array | None:
    """The array of a target's cores; None unless all of its figures are known."""
    keys = [field.name for field in fields(Array)]
    if not all(key in target.figures for key in keys):
        return None
    return Array(*(target.figures[key].value for key in keys))


def row_cycles(array: Array, work: Work, rate: float) -> float:
    """Cycles per step of the model for synaptic words, at so many signals per cell and step.

    What a packet takes before the first word is left out here and in `matrix_cycles`.
    """
    return rate * work.synapses * array.synaptic_event_cycles


def matrix_cycles(array: Array, work: Work) -> float:
    """Cycles per step of the model for a matrix in one pass, however many cells send."""
    columns = matrix_columns(work.neurons)
    return (
        array.mac_start_cycles
        + _busy(array, work.cells * columns, array.mac_vector_percent)
        + work.cells * array.matrix_cell_cycles
        + work.neurons * array.matrix_sum_cycles
    )


def kernel_cycles(array: Array, work: Work, geometry: Geometry, box: Box) -> float:
    """The same for a convolution that computes a box of outputs, in whole tiles of the array.

    To clear four bytes of the patch is taken to be as long as to clear and narrow a cell.
    """
    channels = _whole(box.channels, array.mac_array_columns)
    positions = _whole(box.positions, array.mac_array_rows)
    cells = work.cells + geometry.patch_bytes(box) / 4
    return (
        array.mac_start_cycles
        + _busy(array, channels * positions * geometry.products, array.mac_convolution_percent)
        + cells * array.matrix_cell_cycles
        + work.neurons * array.matrix_sum_cycles
    )


def _busy(array: Array, products: float, percent: float) -> float:
    return products / (array.mac_array_columns * array.mac_array_rows * percent / 100)


def _whole(count: int, tile: float) -> float:
    return math.ceil(count / tile) * tile


def signal_range(network: IntegerNetwork, source: str) -> tuple[int, int]:
    """The least and the largest signal that the format of an input or population has."""
    for given in network.inputs:
        if given.name == source:
            return given.format.minimum, given.format.maximum
    datapath = network.population(source).datapath
    format = datapath.instructions[datapath.output].format
    return format.minimum, format.maximum


def unsuited(profile: Profile, signals: tuple[int, int]) -> str | None:
    """Why a projection cannot be a matrix; None if it can."""
    low, high = signals
    for reason, holds in (
        ("it has no synapses", not profile.delays),
        (f"it has {len(profile.delays)} delays", len(profile.delays) > 1),
        (
            f"weights up to {profile.magnitude} do not fit 8 bits",
            profile.magnitude > _LARGEST_WEIGHT,
        ),
        (
            f"signals of {low} to {high} do not fit 8 bits",
            not (low >= 0 and high < 1 << 8) and not (low >= -(1 << 7) and high < 1 << 7),
        ),
        ("two synapses join the same cells", profile.repeated),
    ):
        if holds:
            return reason
    return None


def unsuited_kernel(geometry: Geometry | None, signals: tuple[int, int]) -> str | None:
    """Why what can be a matrix cannot be a convolution of the array; None if it can."""
    if geometry is None:
        return "it is no convolution that the array can do"
    ends = geometry.weight * signals[0], geometry.weight * signals[1]
    sums = [np.abs(part).sum(axis=(1, 2, 3)).max() for part in _parts(*ends)]
    return "its sums do not fit 24 bits" if max(sums) > _LARGEST_SUM else None


def _parts(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """The most that each product adds, and the least."""
    return np.maximum(0, np.maximum(one, other)), np.minimum(0, np.minimum(one, other))
