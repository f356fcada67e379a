"""Maps that a size and a weight describe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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

__all__ = ["AllToAll", "OneToOne"]


@dataclass(frozen=True, slots=True, eq=False)
class OneToOne:
    """Cell i to cell i; `weight` is (size,), or 0-d for one weight shared by all.

    `delay` is int64 (size,) ticks on top of the projection's own, or None for 0.
    """

    weight: Weights
    size: int
    delay: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", stored_weights(self.weight))
        if self.weight.shape not in ((), (self.size,)):
            raise ValueError(f"{self.size} cells, weights of shape {self.weight.shape}")
        if self.delay is not None:
            object.__setattr__(self, "delay", stored_delays(self.delay, (self.size,)))

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        return self.size

    @property
    def target_size(self) -> int:
        """Number of target cells."""
        return self.size

    @property
    def weights(self) -> Weights:
        """(size,) or 0-d."""
        return self.weight

    @property
    def delays(self) -> tuple[int, ...]:
        """Those of the cells."""
        return (0,) if self.delay is None else tuple(np.unique(self.delay).tolist())

    def with_weights(self, weights: Weights) -> OneToOne:
        """The same structure with other weights."""
        return replace(self, weight=weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """A weight per target, or one for all."""
        return np.arange(self.size) if self.weight.ndim else None

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells."""
        cells = np.arange(start, stop)
        weight = np.broadcast_to(self.weight, (self.size,))[start:stop]
        delay = None if self.delay is None else self.delay[start:stop]
        return Rows.of_synapses(cells - start, cells, weight, delay, stop - start)

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One elementwise product per delay in use."""
        weight = self.weight.astype(arithmetic, casting="same_kind")
        for ticks in self.delays:
            chosen = weight if self.delay is None else np.where(self.delay == ticks, weight, 0)
            yield ticks, _scaling(chosen)


def _scaling(scale: NDArray[Any]) -> Operator:
    return lambda x: x * scale


@dataclass(frozen=True, slots=True, eq=False)
class AllToAll:
    """Every source cell to every target cell with one weight (0-d)."""

    weight: Weights
    source_size: int
    target_size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", stored_weights(self.weight))
        if self.weight.ndim:
            raise ValueError(f"one weight, not an array of shape {self.weight.shape}")

    @property
    def weights(self) -> Weights:
        """0-d."""
        return self.weight

    @property
    def delays(self) -> tuple[int, ...]:
        """None of its own."""
        return (0,)

    def with_weights(self, weights: Weights) -> AllToAll:
        """The same structure with another weight."""
        return replace(self, weight=weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """One weight for all targets."""
        return None

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells."""
        count = stop - start
        source = np.repeat(np.arange(count), self.target_size)
        target = np.tile(np.arange(self.target_size), count)
        weight = np.broadcast_to(self.weight, source.shape)
        return Rows.of_synapses(source, target, weight, None, count)

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One sum."""
        weight, targets = self.weight.astype(arithmetic, casting="same_kind"), self.target_size

        def apply(x: NDArray[Any]) -> NDArray[Any]:
            total = weight * x.sum(axis=-1, keepdims=True)
            return np.broadcast_to(total, (*x.shape[:-1], targets))

        yield 0, apply
