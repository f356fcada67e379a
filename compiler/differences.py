"""Where two sets of recorded signals differ, and where first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["Difference", "First", "differences", "earliest", "unequal"]


@dataclass(frozen=True, slots=True)
class First:
    """The first value that differs: of the earliest step, there of the first sample and cell."""

    step: int
    sample: int
    cell: int
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Two signals of one name.

    Parameters
    ----------
    name
        Population or output.
    values
        Values compared.
    total_a, total_b
        Sum of each signal: the number of spikes, where they are spikes.
    differing
        Values that differ.
    largest
        The largest difference.
    first
        Where it begins, None if nothing differs.
    """

    name: str
    values: int
    total_a: float
    total_b: float
    differing: int
    largest: float
    first: First | None


def differences(
    a: Mapping[str, NDArray[Any]], b: Mapping[str, NDArray[Any]]
) -> tuple[Difference, ...]:
    """Compare the signals that both have, in the order of `a`.

    Parameters
    ----------
    a, b
        (samples, steps, cells...) per name; two values that are no numbers are equal.

    Raises
    ------
    SomacError
        E0910 if they have no name in common, or arrays of a name differ in shape.
    """
    common = [name for name in a if name in b]
    if not common:
        raise SomacError(
            "E0910",
            "the two sides have no signal in common",
            have=f"{', '.join(a) or 'nothing'}",
            need=f"some of {', '.join(b) or 'nothing'}",
        )
    misfits = [
        Diagnostic(
            "E0910",
            f"{name} differs in shape",
            Place(node=name),
            have=f"{a[name].shape}",
            need=f"{b[name].shape}",
        )
        for name in common
        if a[name].shape != b[name].shape
    ]
    if misfits:
        raise SomacError.of(misfits)
    return tuple(_difference(name, a[name], b[name]) for name in common)


def unequal(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Where two arrays of one shape differ; two values that are no numbers are equal."""
    differ: NDArray[np.bool_] = (a != b) & ~((a != a) & (b != b))  # noqa: PLR0124 - NaN
    return differ


def earliest(found: tuple[Difference, ...]) -> Difference | None:
    """The difference that begins first: what comes later may follow from it."""
    begun = [(d.first.step, index) for index, d in enumerate(found) if d.first is not None]
    return found[min(begun)[1]] if begun else None


def _difference(name: str, a: NDArray[Any], b: NDArray[Any]) -> Difference:
    # (samples, steps, cells), whatever the shape of the cells; what is missing counts as one
    samples, steps, *cells = (*a.shape, 1, 1)
    left, right = (value.reshape(samples, steps, prod(cells)) for value in (a, b))
    apart = unequal(left, right)
    first = None
    largest = 0.0
    if apart.any():
        step = int(np.argmax(apart.any(axis=(0, 2))))
        sample, cell = (int(i) for i in np.argwhere(apart[:, step])[0])
        at = (sample, step, cell)
        first = First(step, sample, cell, float(left[at]), float(right[at]))
        by = np.abs(left[apart].astype(np.float64) - right[apart].astype(np.float64))
        largest = float(np.nanmax(by)) if not np.isnan(by).all() else float("nan")
    return Difference(
        name,
        int(apart.size),
        float(left.sum(dtype=np.float64)),
        float(right.sum(dtype=np.float64)),
        int(apart.sum()),
        largest,
        first,
    )
