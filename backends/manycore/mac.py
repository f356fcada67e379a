"""The MAC array of a core as the compiler sees it: what it can hold, and what it does in a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.events import cycles_of_each, idle_products
from somac.backends.manycore.geometry import Box, Geometry
from somac.backends.manycore.regions import matrix_columns
from somac.backends.manycore.scan import Profile
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Target

__all__ = [
    "Part",
    "kernel_events",
    "matrix_events",
    "prices_of",
    "row_events",
    "signal_range",
    "unsuited",
    "unsuited_kernel",
]

_LARGEST_WEIGHT = 127
_LARGEST_SUM = (1 << 23) - 1


_RECEIVED = ("packets", "look_ups")
_ROWS = ("rows", "synaptic_events", "delayed_events")
_ARRAY = ("kept", *(f"matrix_{n}" for n in ("cells", "sums")), "mac_passes", "mac_products")
_KERNELS = tuple(f"convolution_{n}" for n in ("cells", "sums", "passes", "products", "idle"))

Events = dict[str, float]
"""How often in a step of the model, by kind (`somac.backends.manycore.events`)."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a projection on a core.

    Parameters
    ----------
    synapses, cells, neurons
        How many; cells are those of the source.
    rate
        Signals of a cell in a step of the model.
    """

    synapses: int
    cells: int
    neurons: int
    rate: float


def prices_of(target: Target) -> Mapping[str, float] | None:
    """Cycles of the events of all forms; None unless the target has figures for all of them."""
    return cycles_of_each(target.figures, (*_RECEIVED, *_ROWS, *_ARRAY, *_KERNELS))


def row_events(part: Part, *, delayed: bool) -> Events:
    """Of rows of synaptic words, with a delay field or without.

    The search for a packet's entry, the same for all forms, is left out of all of them.
    """
    return _received(part) | {
        "rows": part.rate * part.cells,
        "delayed_events" if delayed else "synaptic_events": part.rate * part.synapses,
    }


def matrix_events(part: Part) -> Events:
    """Of a matrix in one pass: its products do not depend on how many cells send."""
    return _received(part) | {
        "kept": part.rate * part.cells,
        "matrix_cells": part.cells,
        "matrix_sums": part.neurons,
        "mac_passes": 1,
        "mac_products": part.cells * matrix_columns(part.neurons),
    }


def kernel_events(part: Part, geometry: Geometry, box: Box) -> Events:
    """Of a convolution that computes a box of outputs, in whole tiles of the array.

    To clear four bytes of the patch is taken to be as long as to clear and narrow a cell.
    """
    cells = min(part.cells, geometry.read(box))
    return _received(part) | {
        "kept": part.rate * cells,
        "convolution_cells": cells + -(-geometry.patch_bytes(box) // 4),
        "convolution_sums": part.neurons,
        "convolution_passes": 1,
        "convolution_products": box.channels * box.positions * geometry.products,
        "convolution_idle": idle_products(box.channels, box.positions, geometry.products),
    }


def _received(part: Part) -> Events:
    return dict.fromkeys(_RECEIVED, part.rate * part.cells)


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
