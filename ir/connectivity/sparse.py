"""Explicit synapses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.protocol import (
    Arithmetic,
    Operator,
    Rows,
    Weights,
    stored_delays,
    stored_weights,
)
from somac.ir.digest import integers, read_only

__all__ = ["Sparse"]


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """Explicit synapses in CSR form by source, with a delay each where wanted.

    Within a row they may be in any order, and two may join the same cells.

    Parameters
    ----------
    indptr
        int64 (source + 1,).
    target
        int64 (synapses,).
    weight
        (synapses,).
    delay
        int64 (synapses,) ticks on top of the projection's own, or None for 0.
    target_size
        Number of target cells.
    """

    indptr: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: Weights
    delay: NDArray[np.int64] | None
    target_size: int

    def __post_init__(self) -> None:
        ends, target = read_only(integers(self.indptr)), read_only(integers(self.target))
        weight = stored_weights(self.weight)
        if target.ndim != 1 or weight.shape != target.shape:
            raise ValueError(f"targets of shape {target.shape}, weights of shape {weight.shape}")
        if (
            ends.ndim != 1
            or not ends.size
            or ends[0] != 0
            or ends[-1] != len(target)
            or (np.diff(ends) < 0).any()
        ):
            raise ValueError("indptr does not count the synapses")
        if len(target) and not 0 <= target.min() <= target.max() < self.target_size:
            raise ValueError(f"a target is not in 0..{self.target_size - 1}")
        object.__setattr__(self, "indptr", ends)
        object.__setattr__(self, "target", target)
        object.__setattr__(self, "weight", weight)
        if self.delay is not None:
            object.__setattr__(self, "delay", stored_delays(self.delay, target.shape))

    @classmethod
    def from_rows(cls, rows: Rows, target_size: int) -> Sparse:
        """The connectivity that has these rows."""
        delay = rows.delay if rows.delay.any() else None
        return cls(rows.indptr, rows.target, rows.weight, delay, target_size)

    @classmethod
    def from_coordinates(
        cls,
        source: NDArray[np.int64],
        target: NDArray[np.int64],
        weight: Weights,
        delay: NDArray[np.int64] | None,
        shape: tuple[int, int],
    ) -> Sparse:
        """From a list of synapses in any order; `shape` is (source, target)."""
        if len(source) and not 0 <= source.min() <= source.max() < shape[0]:
            raise ValueError(f"a source is not in 0..{shape[0] - 1}")
        return cls.from_rows(Rows.of_synapses(source, target, weight, delay, shape[0]), shape[1])

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        return len(self.indptr) - 1

    @property
    def weights(self) -> Weights:
        """(synapses,)."""
        return self.weight

    @property
    def delays(self) -> tuple[int, ...]:
        """Those of the synapses; none where there are no synapses."""
        if self.delay is None:
            return (0,) if len(self.target) else ()
        return tuple(ticks for ticks, _ in _by_delay(self.delay))

    def with_weights(self, weights: Weights) -> Sparse:
        """The same structure with other weights."""
        return replace(self, weight=weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """Weights are stored per synapse, not per target."""
        return None

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells."""
        first, last = int(self.indptr[start]), int(self.indptr[stop])
        source = np.repeat(np.arange(stop - start), np.diff(self.indptr[start : stop + 1]))
        delay = None if self.delay is None else self.delay[first:last]
        return Rows.of_synapses(
            source, self.target[first:last], self.weight[first:last], delay, stop - start
        )

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One sparse product per delay in use."""
        from scipy.sparse import csr_array

        source = np.repeat(np.arange(self.source_size), np.diff(self.indptr))
        weight = self.weight.astype(arithmetic, casting="same_kind")
        parts: Iterable[tuple[int, NDArray[np.intp] | slice]]
        if self.delay is None:
            parts = [(0, slice(None))] if len(self.target) else []
        else:
            parts = _by_delay(self.delay)
        for ticks, chosen in parts:
            # transposed: scipy multiplies from the left, and adds synapses that join the same
            matrix = csr_array(
                (weight[chosen], (self.target[chosen], source[chosen])),
                shape=(self.target_size, self.source_size),
            )
            yield ticks, _product(matrix)


def _by_delay(delay: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each delay in use, ascending, and its synapses in their order."""
    # a stable sort of short integers takes one pass for each of their bytes
    short = delay.astype(np.min_scalar_type(int(delay.max(initial=0))))
    order = np.argsort(short, kind="stable")
    ticks = short[order]
    begin = np.flatnonzero(np.append(True, ticks[1:] != ticks[:-1])[: len(ticks)])
    for first, last in pairwise([*begin.tolist(), len(ticks)]):
        yield int(ticks[first]), order[first:last]


def _product(matrix: Any) -> Operator:
    def apply(x: NDArray[Any]) -> NDArray[Any]:
        flat = x.reshape(-1, x.shape[-1])
        result = (matrix @ flat.T).T
        return np.asarray(result).reshape(*x.shape[:-1], matrix.shape[0])

    return apply
