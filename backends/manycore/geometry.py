"""Convolutions as the MAC array does them: a kernel, a patch of the input, a box of the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import (
    Arranged,
    Chain,
    Connectivity,
    Convolution,
    OneToOne,
    Pool,
)

__all__ = ["Box", "Geometry", "geometry_of"]

Integers = NDArray[np.int64]
Pair = tuple[int, int]

_MOST_PLACES = 1 << 16
_MOST_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class Box:
    """Outputs: `channels` from `channel` on, and rows and columns, (first, how many) each."""

    channel: int
    channels: int
    rows: Pair
    columns: Pair

    @property
    def positions(self) -> int:
        """Of a channel."""
        return self.rows[1] * self.columns[1]


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """A convolution in two dimensions; one in one dimension has a single row.

    Parameters
    ----------
    weight
        int64 (channels out, channels in, rows, columns).
    input, output
        Channels, rows, columns; inputs beyond the last window are there and lead nowhere.
    stride, before
        Of rows and columns: steps, and zeros before the input.
    source_cells, target_cells
        int64 (cells,): the cell of the input or output in each place; None for their own order.
    """

    weight: Integers
    input: tuple[int, int, int]
    output: tuple[int, int, int]
    stride: Pair
    before: Pair
    source_cells: Integers | None
    target_cells: Integers | None

    @property
    def products(self) -> int:
        """Of one output."""
        return int(np.prod(self.weight.shape[1:]))

    def outputs(self, start: int, stop: int) -> tuple[Integers, Integers, Integers]:
        """Channel, row and column of the outputs in a range of places."""
        cells = (
            np.arange(start, stop) if self.target_cells is None else self.target_cells[start:stop]
        )
        return _coordinates(cells, self.output)

    def inputs(self, places: NDArray[np.integer[Any]]) -> tuple[Integers, Integers, Integers]:
        """Channel, row and column of the inputs in some places."""
        cells = places if self.source_cells is None else self.source_cells[places]
        return _coordinates(cells, self.input)

    def box(self, start: int, stop: int) -> Box:
        """The least box around the outputs in a range of places, at least one."""
        (c, channels), rows, columns = (
            (int(v.min()), int(v.max() - v.min()) + 1) for v in self.outputs(start, stop)
        )
        return Box(c, channels, rows, columns)

    def patch(self, box: Box) -> tuple[Pair, Pair]:
        """Rows and columns of the input that a box reads, padding included: (first, how many)."""
        first, second = (
            (begin * step - before, (count - 1) * step + kernel)
            for (begin, count), step, before, kernel in zip(
                (box.rows, box.columns),
                self.stride,
                self.before,
                self.weight.shape[2:],
                strict=True,
            )
        )
        return first, second

    def read(self, box: Box) -> int:
        """Inputs that a box reads, padding left out."""
        rows, columns = (
            min(first + count, size) - max(first, 0)
            for (first, count), size in zip(self.patch(box), self.input[1:], strict=True)
        )
        return self.input[0] * max(0, rows) * max(0, columns)

    def patch_bytes(self, box: Box) -> int:
        """A byte for each input of the patch."""
        (_, rows), (_, columns) = self.patch(box)
        return self.input[0] * rows * columns


def geometry_of(connectivity: Connectivity) -> Geometry | None:
    """What the array is told of a convolution; None for what it cannot do.

    That is anything but convolutions in one or two dimensions without dilation or groups, alone
    or of sums over windows that do not overlap, and inputs or outputs of more than 65,535
    places.
    """
    source = target = None
    origin = connectivity
    if isinstance(connectivity, Arranged):
        origin = connectivity.origin
        source, target = connectivity.source_cells, connectivity.target_cells
    parts = _parts(origin)
    if parts is None:
        return None
    window, shape, convolution = parts
    if convolution.groups > 1 or any(d > 1 for d in convolution.dilation):
        return None
    weight = origin.weights.astype(np.int64)
    weight = weight.reshape(*weight.shape[:2], *_two(weight.shape[2:], 1))
    before = _two([before for before, _ in convolution.padding], 0)
    stride = _two(convolution.stride, 1)
    geometry = Geometry(
        # every input of a window goes where the window's sum goes
        weight.repeat(window[0], axis=2).repeat(window[1], axis=3),
        (shape[0], *_two(shape[1:], 1)),
        (convolution.output_shape[0], *_two(convolution.output_shape[1:], 1)),
        (stride[0] * window[0], stride[1] * window[1]),
        (before[0] * window[0], before[1] * window[1]),
        source,
        target,
    )
    whole = Box(0, geometry.output[0], (0, geometry.output[1]), (0, geometry.output[2]))
    places = max(geometry.patch_bytes(whole), int(np.prod(geometry.output)))
    return geometry if places < _MOST_PLACES and max(geometry.stride) < _MOST_STEP else None


def _parts(connectivity: Connectivity) -> tuple[Pair, tuple[int, ...], Convolution] | None:
    """Rows and columns of the windows whose sums a convolution is of, the input, and itself."""
    parts = connectivity.parts if isinstance(connectivity, Chain) else (connectivity,)
    shaped = [p for p in parts if not (isinstance(p, OneToOne) and p.delay is None)]
    if len(shaped) not in (1, 2) or not isinstance(shaped[-1], Convolution):
        return None
    convolution = shaped[-1]
    if len(convolution.stride) > 2 or connectivity.weights.shape != convolution.weight.shape:
        return None
    if len(shaped) == 1:
        return (1, 1), convolution.input_shape, convolution
    (pool, _) = shaped
    if not isinstance(pool, Pool) or pool.kernel != pool.stride or any(pool.padding):
        return None
    if pool.output_shape != convolution.input_shape:
        return None
    return _two(pool.kernel, 1), pool.input_shape, convolution


def _two(values: Sequence[int], missing: int) -> Pair:
    """Rows and columns; what has one dimension has columns alone."""
    rows, columns = (missing, *values)[-2:]
    return int(rows), int(columns)


def _coordinates(
    cells: NDArray[np.integer[Any]], shape: tuple[int, int, int]
) -> tuple[Integers, Integers, Integers]:
    channel, rest = np.divmod(cells.astype(np.int64), shape[1] * shape[2])
    row, column = np.divmod(rest, shape[2])
    return channel, row, column
