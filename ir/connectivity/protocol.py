"""What every connectivity can do, and the rows it expands to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.ir.digest import integers, read_only

__all__ = [
    "Arithmetic",
    "Connectivity",
    "Operator",
    "Rows",
    "Weights",
    "stored_delays",
    "stored_weights",
]

Weights = NDArray[Any]

Arithmetic = type[np.float64] | type[np.float32] | type[np.int64]
"""What an `Operator` computes in: float64 is exact while every partial sum is an integer below
2**53 in magnitude; int64 is exact modulo 2**64 always, and many times slower; float32 is what
frameworks train in."""

Operator = Callable[[NDArray[Any]], NDArray[Any]]
"""Applies a linear map to the last axis, (..., source) to (..., target), in its arithmetic."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The synapses of some source cells, in CSR form, targets ascending in each row.

    Parameters
    ----------
    indptr
        int64 (rows + 1,): row r holds the synapses ``indptr[r]`` to ``indptr[r + 1]``.
    target
        int64 (synapses,): target cell.
    weight
        (synapses,): dtype of the connectivity's weights, none of them 0.
    delay
        int64 (synapses,): ticks on top of the projection's own delay.
    """

    indptr: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: Weights
    delay: NDArray[np.int64]

    @classmethod
    def of_synapses(
        cls,
        source: NDArray[np.int64],
        target: NDArray[np.int64],
        weight: Weights,
        delay: NDArray[np.int64] | None,
        rows: int,
    ) -> Rows:
        """From synapses in any order (`delay` None for 0); those of weight 0 are left out."""
        delay = np.zeros(len(target), np.int64) if delay is None else delay
        keep = weight != 0
        if not keep.all():
            source, target, weight, delay = (a[keep] for a in (source, target, weight, delay))
        # what is kept in CSR form mostly is in order
        if not _ascending(source, target, delay):
            order = _order(source, target, delay)
            target, weight, delay = target[order], weight[order], delay[order]
        counts = np.bincount(source, minlength=rows)
        indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return cls(indptr, target, weight, delay)


def _order(*keys: NDArray[np.int64]) -> NDArray[np.intp]:
    """What sorts elements by the first key, equals by the next, and so on; none is negative."""
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    if prod(sizes) >= 1 << 63:
        return np.lexsort(keys[::-1])
    # one number for all keys: a fraction of the time
    whole = keys[0]
    for key, size in zip(keys[1:], sizes[1:], strict=True):
        whole = whole * size + key
    return np.argsort(whole, kind="stable")


def _ascending(*keys: NDArray[np.int64]) -> bool:
    """Whether elements are in order by the first key, equals by the next, and so on."""
    tied = np.ones(max(len(keys[0]) - 1, 0), np.bool_)
    for key in keys:
        if (tied & (key[1:] < key[:-1])).any():
            return False
        tied &= key[1:] == key[:-1]
    return True


class Connectivity(Protocol):
    """A linear map, possibly with delays per synapse."""

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        ...

    @property
    def target_size(self) -> int:
        """Number of target cells."""
        ...

    @property
    def weights(self) -> Weights:
        """The stored weights (each once, however often it is shared)."""
        ...

    @property
    def delays(self) -> tuple[int, ...]:
        """The delays that synapses have on top of the projection's own: ticks, ascending."""
        ...

    def with_weights(self, weights: Weights) -> Connectivity:
        """The same structure with other stored weights of the same shape."""
        ...

    def target_channel(self) -> NDArray[np.int64] | None:
        """int64 (target,): index along the first axis of `weights` that feeds each target.

        None where a stored weight can reach targets of different index: then weights
        cannot be scaled per target.
        """
        ...

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of the source cells `start` to `stop` (exclusive), a row for each.

        ``0 <= start <= stop <= source_size``.
        """
        ...

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """The map as a sum of maps, one for each of `delays`, computing in `arithmetic`.

        TypeError if the weights are real and `arithmetic` is of integers.
        """
        ...


def stored_weights(weights: ArrayLike) -> Weights:
    """Weights as a connectivity keeps them: a read-only array of real numbers."""
    array = read_only(np.asarray(weights))
    if array.dtype.kind not in "iuf":
        raise ValueError(f"weights are real numbers, not {array.dtype}")
    return array


def stored_delays(delays: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Delays as a connectivity keeps them: int64 of `shape`, read-only, none negative."""
    array = read_only(integers(delays))
    if array.shape != shape:
        raise ValueError(f"delays of shape {array.shape}, not {shape}")
    if array.size and array.min() < 0:
        raise ValueError(f"a delay of {array.min()} ticks")
    return array
