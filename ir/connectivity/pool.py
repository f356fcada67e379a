"""Sums over windows of a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.convolution import Convolution
from somac.ir.connectivity.protocol import Arithmetic, Operator, Rows, Weights, stored_weights
from somac.ir.connectivity.windows import output_size, positions

__all__ = ["Pool"]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The sum over windows of each channel, times one weight (0-d).

    `input_shape` is (channels, *spatial); `kernel`, `stride` and `padding` (cells of zeros
    both before and after) are per spatial dimension. Average pooling has the weight
    ``1 / prod(kernel)``: padding counts, as in PyTorch by default.
    """

    weight: Weights
    input_shape: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", stored_weights(self.weight))
        if self.weight.ndim:
            raise ValueError(f"one weight, not an array of shape {self.weight.shape}")
        rank = len(self.input_shape) - 1
        if rank < 1 or min(self.input_shape) < 1:
            raise ValueError(f"input of shape {self.input_shape} is not (channels, *spatial)")
        if not len(self.kernel) == len(self.stride) == len(self.padding) == rank:
            raise ValueError(f"kernel, stride and padding need {rank} entries each")
        if min(*self.kernel, *self.stride) < 1 or min(self.padding) < 0:
            raise ValueError("kernel and stride are at least 1, padding at least 0")
        if min(self.output_shape) < 1:
            raise ValueError(f"the window does not fit the input of shape {self.input_shape}")

    @property
    def output_shape(self) -> tuple[int, ...]:
        """(channels, *spatial)."""
        axes = zip(self.input_shape[1:], self.kernel, self.stride, self.padding, strict=True)
        spatial = (
            output_size(size, kernel, stride, 2 * pad, 1) for size, kernel, stride, pad in axes
        )
        return (self.input_shape[0], *spatial)

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        return prod(self.input_shape)

    @property
    def target_size(self) -> int:
        """Number of target cells."""
        return prod(self.output_shape)

    @property
    def weights(self) -> Weights:
        """0-d."""
        return self.weight

    @property
    def delays(self) -> tuple[int, ...]:
        """None of its own."""
        return (0,)

    def with_weights(self, weights: Weights) -> Pool:
        """The same structure with another weight."""
        return replace(self, weight=weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """One weight for all targets."""
        return None

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells: those of a kernel per channel of one weight."""
        channels = self.input_shape[0]
        weight = np.broadcast_to(self.weight, (channels, 1, *self.kernel))
        padding = tuple((pad, pad) for pad in self.padding)
        ones = (1,) * len(self.kernel)
        depthwise = Convolution(weight, self.input_shape, self.stride, padding, ones, channels)
        return depthwise.rows(start, stop)

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One sum per window position."""
        weight = self.weight.astype(arithmetic, casting="same_kind")
        shape, out = self.input_shape, self.output_shape
        ones = (1,) * len(self.kernel)
        met = tuple(positions(shape[1:], self.kernel, self.stride, self.padding, ones, out[1:]))

        def apply(x: NDArray[Any]) -> NDArray[Any]:
            grid = x.reshape(-1, *shape)
            total = np.zeros((grid.shape[0], *out), arithmetic)
            for _, inputs, outputs in met:
                total[:, :, *outputs] += grid[:, :, *inputs]
            return (weight * total).reshape(*x.shape[:-1], prod(out))

        yield 0, apply
