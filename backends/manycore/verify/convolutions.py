"""Convolutions on the MAC array as the checker reads them, one weight of the kernel at a time."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.backends.damage import require
from somac.backends.manycore.verify.matrices import Matrix

__all__ = ["read_kernel"]

Integers = NDArray[np.int64]

_NOWHERE = 0xFFFF


def read_kernel(
    file: str,
    content: bytes,
    words: tuple[int, ...],
    shape: tuple[int, int],
    position: int,
    shared: int,
) -> Matrix:
    """As `somac.backends.manycore.verify.matrices.read_matrix`, of a block that is a kernel."""
    cells, neurons = shape
    address, channels, size, stride, result, at_cells, at_neurons, signed, scratch, *rest = words
    require(not any(rest), file, "a word of a convolution is not zero")
    require(signed in (0, 1) and scratch == shared, file, "a bad convolution")
    inputs, outputs = channels % 65536, channels // 65536
    rows, columns = size % 65536, size // 65536
    down, across = stride % 65536, stride // 65536
    high, wide = result % 65536, result // 65536
    sizes = (inputs, outputs, rows, columns, down, across, high, wide)
    require(all(sizes), file, "a convolution of no size")
    tall, broad = (high - 1) * down + rows, (wide - 1) * across + columns
    patch = inputs * tall * broad
    require(patch <= _NOWHERE, file, "a patch that is too large")
    require(address == position, file, "a gap before a kernel")
    end = _end(file, content, address, prod((inputs, rows, columns, outputs)))
    require(at_cells == end, file, "a gap before the places of cells")
    end = _end(file, content, at_cells, 2 * cells)
    require(at_neurons == end, file, "a gap before the places of neurons")
    end = _end(file, content, at_neurons, 2 * neurons)
    stored = np.frombuffer(content, np.int8, prod((inputs, rows, columns, outputs)), address)
    kernel = stored.reshape(inputs, rows, columns, outputs).astype(np.int64)
    places = np.frombuffer(content, "<u2", cells, at_cells).astype(np.int64)
    target = np.frombuffer(content, "<u2", neurons, at_neurons).astype(np.int64)
    require(bool((target < outputs * high * wide).all()), file, "a neuron beyond the result")
    require(len(np.unique(target)) == neurons, file, "two neurons in one place of the result")
    heard = places[places != _NOWHERE]
    require(bool((heard < patch).all()), file, "a cell beyond the patch")
    require(len(np.unique(heard)) == len(heard), file, "two cells in one place of the patch")
    # the last place stands for padding, and for cells that are nowhere
    cell_at = np.full(_NOWHERE + 1, cells)
    cell_at[places] = np.arange(cells)
    cell_at[_NOWHERE] = cells
    channel, y, x = target // (high * wide), target // wide % high, target % wide
    weights = np.zeros((cells + 1, neurons), dtype=np.int64)
    for c, r, k in product(range(inputs), range(rows), range(columns)):
        place = (c * tall + y * down + r) * broad + x * across + k
        weights[cell_at[place], np.arange(neurons)] += kernel[c, r, k, channel]
    need = (patch + 3 & ~3) + 4 * outputs * high * wide
    flat = kernel.reshape(-1, outputs)
    return Matrix(weights[:cells], signed == 1, cells, end - address, need, flat)


def _end(file: str, content: bytes, address: int, size: int) -> int:
    """Where a list ends, with the zeros that fill it up to a multiple of 4 bytes."""
    end = address + size
    padded = end + 3 & ~3
    require(padded <= len(content), file, "shorter than its convolutions")
    require(not any(content[end:padded]), file, "padding that is not zero")
    return padded
