"""Weights shared by every place of a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.protocol import Arithmetic, Operator, Rows, Weights, stored_weights
from somac.ir.connectivity.windows import Met, output_size, positions

__all__ = ["Convolution"]


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Cross-correlation as in PyTorch, in any number of spatial dimensions.

    Parameters
    ----------
    weight
        (channels out, channels in / groups, *kernel).
    input_shape
        (channels in, *spatial).
    stride, dilation
        Per spatial dimension.
    padding
        Cells of zeros before and after, per spatial dimension.
    groups
        Channel groups.
    """

    weight: Weights
    input_shape: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", stored_weights(self.weight))
        shape, rank = self.weight.shape, len(self.input_shape) - 1
        if rank < 1 or len(shape) != rank + 2 or min(*shape, *self.input_shape) < 1:
            raise ValueError(f"weights of shape {shape} for input of shape {self.input_shape}")
        if not len(self.stride) == len(self.padding) == len(self.dilation) == rank:
            raise ValueError(f"stride, padding and dilation need {rank} entries each")
        if any(len(pad) != 2 for pad in self.padding):
            raise ValueError(f"padding is before and after, not {self.padding}")
        if min(*self.stride, *self.dilation, self.groups) < 1 or min(map(min, self.padding)) < 0:
            raise ValueError("stride, dilation and groups are at least 1, padding at least 0")
        if self.input_shape[0] != shape[1] * self.groups or shape[0] % self.groups:
            raise ValueError(
                f"{self.input_shape[0]} channels in, {self.groups} groups, weights of shape {shape}"
            )
        if min(self.output_shape) < 1:
            raise ValueError(f"the kernel does not fit the input of shape {self.input_shape}")

    @property
    def output_shape(self) -> tuple[int, ...]:
        """(channels out, *spatial)."""
        axes = zip(
            self.input_shape[1:],
            self.weight.shape[2:],
            self.stride,
            map(sum, self.padding),
            self.dilation,
            strict=True,
        )
        return (int(self.weight.shape[0]), *(output_size(*axis) for axis in axes))

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
        """(channels out, channels in / groups, *kernel)."""
        return self.weight

    @property
    def delays(self) -> tuple[int, ...]:
        """None of its own."""
        return (0,)

    def with_weights(self, weights: Weights) -> Convolution:
        """The same structure with other weights."""
        return replace(self, weight=weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """A kernel per output channel."""
        out = self.output_shape
        return np.repeat(np.arange(out[0]), prod(out[1:]))

    def _positions(self) -> Iterator[Met]:
        return positions(
            self.input_shape[1:],
            self.weight.shape[2:],
            self.stride,
            tuple(before for before, _ in self.padding),
            self.dilation,
            self.output_shape[1:],
        )

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells."""
        spatial_in, spatial_out = self.input_shape[1:], self.output_shape[1:]
        area_in, area_out = prod(spatial_in), prod(spatial_out)
        cells_in = np.arange(area_in).reshape(spatial_in)
        cells_out = np.arange(area_out).reshape(spatial_out)
        per_group_in = self.weight.shape[1]
        per_group_out = self.weight.shape[0] // self.groups
        # (in, *kernel, groups, out), so that a source channel and a position pick its column
        kernels = np.moveaxis(
            self.weight.reshape(self.groups, per_group_out, *self.weight.shape[1:]),
            (0, 1),
            (-2, -1),
        )
        none = np.zeros(0, np.int64)
        sources, targets, weights = [none], [none], [self.weight.ravel()[:0]]
        channels = range(start // area_in, -(-stop // area_in)) if start < stop else ()
        for channel in channels:
            group, inner = divmod(channel, per_group_in)
            outer = np.arange(group * per_group_out, (group + 1) * per_group_out)
            for position, inputs, outputs in self._positions():
                source = channel * area_in + cells_in[inputs].ravel()
                place = cells_out[outputs].ravel()
                inside = (source >= start) & (source < stop)
                source, place = source[inside] - start, place[inside]
                sources.append(np.repeat(source, per_group_out))
                targets.append((place[:, None] + outer * area_out).ravel())
                weights.append(np.tile(kernels[inner][position][group], len(source)))
        return Rows.of_synapses(
            np.concatenate(sources),
            np.concatenate(targets),
            np.concatenate(weights),
            None,
            stop - start,
        )

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One matrix product per kernel position."""
        met = tuple(self._positions())
        shape, out, groups = self.input_shape, self.output_shape, self.groups
        # (*kernel, groups, in, out): a batched product serves every group
        kernels = np.moveaxis(
            self.weight.reshape(groups, -1, *self.weight.shape[1:]), (0, 2, 1), (-3, -2, -1)
        ).astype(arithmetic, order="C", casting="same_kind")

        def apply(x: NDArray[Any]) -> NDArray[Any]:
            lead = x.shape[:-1]
            grid = x.reshape(-1, groups, shape[0] // groups, *shape[1:])
            grid = np.ascontiguousarray(np.moveaxis(grid, 2, -1))  # batch, group, *spatial, channel
            batch = grid.shape[0]
            total = np.zeros((batch, groups, *out[1:], out[0] // groups), arithmetic)
            for position, inputs, outputs in met:
                window = grid[:, :, *inputs]
                flat = window.reshape(batch, groups, -1, window.shape[-1])
                target = total[:, :, *outputs]
                target += (flat @ kernels[position]).reshape(target.shape)
            return np.moveaxis(total, -1, 2).reshape(*lead, prod(out))

        yield 0, apply
