"""A matrix of weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.protocol import Arithmetic, Operator, Rows, Weights, stored_weights

__all__ = ["Dense"]


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """``y = W x``; `weight` is (target, source)."""

    weight: Weights

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", stored_weights(self.weight))
        if self.weight.ndim != 2:
            raise ValueError(f"a matrix is needed, not an array of shape {self.weight.shape}")

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        return int(self.weight.shape[1])

    @property
    def target_size(self) -> int:
        """Number of target cells."""
        return int(self.weight.shape[0])

    @property
    def weights(self) -> Weights:
        """(target, source)."""
        return self.weight

    @property
    def delays(self) -> tuple[int, ...]:
        """None of its own."""
        return (0,)

    def with_weights(self, weights: Weights) -> Dense:
        """The same structure with other weights."""
        return Dense(weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """A row of weights per target."""
        return np.arange(self.target_size)

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells."""
        block = self.weight[:, start:stop].T
        source, target = np.nonzero(block)
        return Rows.of_synapses(source, target, block[source, target], None, stop - start)

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One matrix product."""
        transposed = np.ascontiguousarray(self.weight.T).astype(arithmetic, casting="same_kind")
        yield 0, lambda x: x @ transposed
