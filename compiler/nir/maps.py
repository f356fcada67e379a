"""Linear nodes of NIR: shapes, connectivity and bias of each.

Each reads signals of a shape and gives signals of a shape, both without batch and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir.fields import Real
from somac.compiler.nir.shape import (
    Shape,
    Shaped,
    is_joined,
    read_elementwise,
    shape_text,
    spread,
)
from somac.ir import connectivity as wiring
from somac.ir.connectivity import Connectivity

__all__ = ["Affine", "Conv", "Delay", "Flatten", "LinearNode", "Pool", "Port", "Scale"]


class LinearNode(Shaped):
    """A node without states and thresholds; this one passes on what it gets."""

    __slots__ = ()

    def wire(self, _shape: Shape, /) -> Connectivity | None:
        """The map of signals of that shape, without bias; None for the identity."""
        return None

    def constant(self, _shape: Shape, /) -> Real | None:
        """The bias if it reads that shape, (cells it gives,), or None if there is none."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Affine(LinearNode):
    """``y = W x + b``: Affine and Linear.

    `weight` is (..., out, in): leading dimensions are maps side by side. `bias` is None or
    spreads to (..., out).
    """

    weight: Real
    bias: Real | None = None

    @property
    def demands(self) -> Shape | None:
        """(..., in)."""
        return (*self.weight.shape[:-2], self.weight.shape[-1])

    def reads(self, shape: Shape, /) -> Shape | None:
        """Anything with that many cells, in C order."""
        own = (*self.weight.shape[:-2], self.weight.shape[-1])
        return own if is_joined(own, shape) else None

    def gives(self, shape: Shape, /) -> Shape:
        """(..., out)."""
        return (*shape[:-1], self.weight.shape[-2])

    def wire(self, _shape: Shape, /) -> Connectivity | None:
        """Dense; blocks along the diagonal where there are maps side by side."""
        blocks = self.weight.reshape(-1, *self.weight.shape[-2:])
        if len(blocks) == 1:
            return wiring.Dense(blocks[0])
        block, out, into = np.indices(blocks.shape).reshape(3, -1)
        count, outs, ins = blocks.shape
        return wiring.Sparse.from_coordinates(
            block * ins + into,
            block * outs + out,
            blocks.reshape(-1),
            None,
            (count * ins, count * outs),
        )

    def constant(self, shape: Shape, /) -> Real | None:
        """The bias."""
        return None if self.bias is None else np.broadcast_to(self.bias, self.gives(shape)).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class Scale(LinearNode):
    """``y = s x``, element by element."""

    scale: Real

    @property
    def demands(self) -> Shape | None:
        """That of the factors, if there are several."""
        return self.scale.shape if self.scale.size > 1 else None

    def reads(self, shape: Shape, /) -> Shape | None:
        """As a neuron does."""
        return read_elementwise(self.scale.shape, shape)

    def wire(self, shape: Shape, /) -> Connectivity | None:
        """One-to-one."""
        first = self.scale.reshape(-1)[0]
        if (self.scale == first).all():
            return wiring.OneToOne(np.asarray(first), prod(shape))
        return wiring.OneToOne(spread(self.scale, shape), prod(shape))


def _ends_in(own: Shape, shape: Shape) -> bool:
    """Whether `shape` is `own`, or all of it but batch and time."""
    return is_joined(own, shape) or own[-len(shape) :] == shape


def _grid(shape: Shape, rank: int) -> Shape | None:
    """`shape` as (channels, *spatial): leading ones dropped, or one channel added."""
    while len(shape) > rank + 1 and shape[0] == 1:
        shape = shape[1:]
    if len(shape) == rank:
        shape = (1, *shape)
    return shape if len(shape) == rank + 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Conv(LinearNode):
    """Cross-correlation as in PyTorch: Conv1d and Conv2d.

    Parameters
    ----------
    weight
        (channels out, channels in / groups, *kernel).
    bias
        (channels out,) or None.
    stride, dilation
        Per spatial dimension.
    padding
        Zeros before and after, per spatial dimension.
    groups
        Channel groups.
    spatial
        The spatial shape of the input where the file says it.
    """

    weight: Real
    bias: Real | None
    stride: Shape
    padding: tuple[tuple[int, int], ...]
    dilation: Shape
    groups: int
    spatial: Shape | None

    @property
    def demands(self) -> Shape | None:
        """(channels, *spatial), if the file says it."""
        return None if self.spatial is None else (self._channels, *self.spatial)

    @property
    def _channels(self) -> int:
        return int(self.weight.shape[1]) * self.groups

    @property
    def infers(self) -> str | None:
        """The shape, if the file does not say it."""
        return "input_shape" if self.spatial is None else None

    @property
    def wants(self) -> str:
        """The shape, or the channels and the number of dimensions."""
        if self.demands is not None:
            return f"shape {shape_text(self.demands)}"
        return f"{self._channels} channels and {self.weight.ndim - 2} dimensions"

    def reads(self, shape: Shape, /) -> Shape | None:
        """(channels, *spatial)."""
        if self.spatial is not None:
            own = (self._channels, *self.spatial)
            return own if is_joined(own, shape) else None
        grid = _grid(shape, self.weight.ndim - 2)
        return grid if grid is not None and grid[0] == self._channels else None

    def gives(self, shape: Shape, /) -> Shape:
        """(channels out, *spatial)."""
        out = tuple(
            (size + sum(pad) - step * (kernel - 1) - 1) // stride + 1
            for size, pad, step, kernel, stride in zip(
                shape[1:],
                self.padding,
                self.dilation,
                self.weight.shape[2:],
                self.stride,
                strict=True,
            )
        )
        if min(out) < 1:
            raise ValueError(
                f"a kernel of {shape_text(self.weight.shape[2:])} with dilation "
                f"{shape_text(self.dilation)} is larger than its input of {shape_text(shape)} "
                "with its padding"
            )
        return (self.weight.shape[0], *out)

    def wire(self, shape: Shape, /) -> Connectivity | None:
        """A convolution."""
        return wiring.Convolution(
            self.weight, shape, self.stride, self.padding, self.dilation, self.groups
        )

    def constant(self, shape: Shape, /) -> Real | None:
        """The bias of its channel for every cell."""
        return None if self.bias is None else np.repeat(self.bias, prod(self.gives(shape)[1:]))


@dataclass(frozen=True, slots=True, eq=False)
class Pool(LinearNode):
    """Sum over windows, times `weight`: SumPool2d (1) and AvgPool2d (1 / cells of a window)."""

    kernel: Shape
    stride: Shape
    padding: Shape
    weight: float

    @property
    def wants(self) -> str:
        """The number of dimensions."""
        return f"channels and {len(self.kernel)} dimensions"

    def reads(self, shape: Shape, /) -> Shape | None:
        """(channels, height, width)."""
        return _grid(shape, len(self.kernel))

    def gives(self, shape: Shape, /) -> Shape:
        """(channels, height, width)."""
        out = tuple(
            (size + 2 * pad - kernel) // stride + 1
            for size, pad, kernel, stride in zip(
                shape[1:], self.padding, self.kernel, self.stride, strict=True
            )
        )
        if min(out) < 1:
            raise ValueError(
                f"a window of {shape_text(self.kernel)} is larger than its input of "
                f"{shape_text(shape)} with its padding"
            )
        return (shape[0], *out)

    def wire(self, shape: Shape, /) -> Connectivity | None:
        """Pooling."""
        return wiring.Pool(np.asarray(self.weight), shape, self.kernel, self.stride, self.padding)


@dataclass(frozen=True, slots=True, eq=False)
class Flatten(LinearNode):
    """Joins the dimensions `start` to `end` (inclusive, negative from the end)."""

    start: int
    end: int
    spatial: Shape | None

    @property
    def demands(self) -> Shape | None:
        """The shape in the file, if there is one."""
        return self.spatial

    @property
    def infers(self) -> str | None:
        """The shape, if the file does not say it."""
        return "input_type" if self.spatial is None else None

    def reads(self, shape: Shape, /) -> Shape | None:
        """Any shape, if the file says none."""
        return shape if self.spatial is None or _ends_in(self.spatial, shape) else None

    def gives(self, shape: Shape, /) -> Shape:
        """The joined shape; dimensions beyond the last count as the last."""
        rank = len(shape)
        first = min(max(self.start + rank if self.start < 0 else self.start, 0), rank)
        last = min(self.end + rank if self.end < 0 else self.end, rank - 1)
        if last < first:
            return shape
        return (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])


@dataclass(frozen=True, slots=True, eq=False)
class Delay(LinearNode):
    """Signals arrive `ticks` (int64, at least 0) later: in the shape of the file."""

    ticks: NDArray[np.int64]

    @property
    def demands(self) -> Shape | None:
        """That of the delays, if there are several."""
        return self.ticks.shape if self.ticks.size > 1 else None

    def reads(self, shape: Shape, /) -> Shape | None:
        """As a neuron does."""
        return read_elementwise(self.ticks.shape, shape)

    @property
    def least(self) -> int:
        """The smallest delay in ticks."""
        return int(self.ticks.min())

    def wire(self, shape: Shape, /) -> Connectivity | None:
        """One-to-one with a delay for each cell beyond `least`."""
        extra = self.ticks - self.least
        if not extra.any():
            return None
        return wiring.OneToOne(np.ones(()), prod(shape), spread(extra, shape))


@dataclass(frozen=True, slots=True, eq=False)
class Port(LinearNode):
    """An Input or Output: signals pass as they are.

    `shape` is the file's, if it says one. `is_added` says that the file has no such node.
    """

    shape: Shape | None
    is_added: bool = False

    @property
    def demands(self) -> Shape | None:
        """The shape in the file."""
        return self.shape

    @property
    def infers(self) -> str | None:
        """The shape, if the file does not say it."""
        return "shape" if self.shape is None and not self.is_added else None

    def reads(self, shape: Shape, /) -> Shape | None:
        """The shape that arrives, if the file's has it as its last dimensions."""
        return shape if self.shape is None or _ends_in(self.shape, shape) else None
