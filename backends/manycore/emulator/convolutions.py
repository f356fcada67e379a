"""Decoding blocks that are convolutions: the matrix that a kernel stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.blocks import Block, Matrix
from somac.backends.manycore.emulator.content import FileBytes

__all__ = ["read_kernel"]

Integers = NDArray[np.int64]

_NOWHERE = 0xFFFF
_MAX_WEIGHTS = 1 << 26


def read_kernel(file: FileBytes, block: Block, neurons: int) -> Matrix:
    """The weight from each source cell to each neuron, and what the MAC array does for it."""
    address, channels, size, stride, result, cells, in_result, _, _ = block.words[:9]
    pairs = [(pair & 0xFFFF, pair >> 16) for pair in (channels, size, stride, result)]
    file.need(all(low and high for low, high in pairs), "a convolution of no size")
    (inputs, outputs), kernel, steps, (rows, columns) = pairs
    height, width = (
        (count - 1) * step + length
        for count, step, length in zip((rows, columns), steps, kernel, strict=True)
    )
    patch = inputs * height * width
    file.need(patch <= _NOWHERE, "a patch is too large")
    window = inputs * kernel[0] * kernel[1]
    file.need(neurons * max(window, block.cells) <= _MAX_WEIGHTS, "a convolution is too large")
    weights = file.array(address, "i1", window * outputs).reshape(window, outputs)
    places = file.array(cells, "<u2", block.cells).astype(np.int64)
    target = file.array(in_result, "<u2", neurons).astype(np.int64)
    file.need(bool((target < outputs * rows * columns).all()), "a neuron beyond the result")
    cell_at = _cells(file, places, patch)
    channel, place = np.divmod(target, rows * columns)
    y, x = np.divmod(place, columns)
    c, ky, kx = (axis.reshape(1, -1) for axis in np.indices((inputs, *kernel)))
    row = c * height + (y * steps[0])[:, None] + ky
    source = cell_at[row * width + (x * steps[1])[:, None] + kx]
    whole = np.zeros((block.cells, neurons), dtype=np.int8)
    neuron, k = np.nonzero(source >= 0)
    whole[source[neuron, k], neuron] = weights[k, channel[neuron]]
    return Matrix(block, whole, 1, window * outputs * rows * columns)


def _cells(file: FileBytes, places: NDArray[Any], patch: int) -> Integers:
    """The source cell in each place of the patch, -1 where there is none."""
    (somewhere,) = np.nonzero(places != _NOWHERE)
    taken = places[somewhere]
    file.need(bool((taken < patch).all()), "a cell beyond the patch")
    file.need(len(np.unique(taken)) == len(taken), "two cells in one place of the patch")
    found = np.full(patch, -1, dtype=np.int64)
    found[taken] = somewhere
    return found
