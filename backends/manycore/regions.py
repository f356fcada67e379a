"""What is where in a core's memory image, and how large: figures of `docs/reference/bundle.md`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BLOCK_BYTES",
    "BLOCK_LAYOUT",
    "DESCRIPTOR_BYTES",
    "ENTRY_BYTES",
    "HEADER_BYTES",
    "KERNEL",
    "KEY_BYTES",
    "LAYOUT_BYTES",
    "MATRIX",
    "align",
    "arrival_bytes",
    "index_width",
    "kernel_bytes",
    "kernel_row_bytes",
    "kernel_scratch",
    "matrix_columns",
    "matrix_row_bytes",
    "offset_width",
    "range_width",
    "ring_bytes",
    "ring_slots",
    "values_width",
]

HEADER_BYTES = 128
DESCRIPTOR_BYTES = 8
LAYOUT_BYTES = 4
ENTRY_BYTES = 28
KEY_BYTES = 4
BLOCK_BYTES = 64

BLOCK_LAYOUT = 255
"""The number of a layout that marks an entry which leads to a block."""

MATRIX, KERNEL = 1, 3
"""The kinds of blocks for the MAC array: matrices and convolutions."""

_TILE = 16


def align(size: int) -> int:
    """`size` rounded up to a multiple of 4 bytes."""
    return -(-size // 4) * 4


def range_width(low: int, high: int) -> int:
    """Bytes of the narrowest two's complement integer that holds both: 1, 2, 4 or 8."""
    return next(
        width
        for width in (1, 2, 4, 8)
        if -(1 << (8 * width - 1)) <= low and high < 1 << (8 * width - 1)
    )


def values_width(values: NDArray[np.int64]) -> int:
    """The same for all of some values (at least one)."""
    return range_width(int(values.min()), int(values.max()))


def ring_slots(longest_delay: int) -> int:
    """Slots of a ring buffer: the first power of two beyond the longest delay.

    The slot of the present tick is read and cleared while packets of this tick arrive, so it
    is not the one that the longest delay leads to.
    """
    return 1 << longest_delay.bit_length()


def ring_bytes(slots: int, ports: int, neurons: int) -> int:
    """Bytes of the ring buffers: an int32 accumulator per slot, port and neuron."""
    return 4 * slots * ports * neurons


def arrival_bytes(slots: int, cells: int) -> int:
    """Bytes of the arrival ring of a block: an int32 per slot and source cell."""
    return 4 * slots * cells


def matrix_columns(neurons: int) -> int:
    """Columns of a matrix: whole tiles of the array."""
    return -(-neurons // _TILE) * _TILE


def matrix_row_bytes(columns: int, slots: int) -> int:
    """Bytes of a source cell of a matrix: int8 weights, and its part of the arrival ring."""
    return columns + arrival_bytes(slots, 1)


def kernel_bytes(weights: int, neurons: int) -> int:
    """Bytes of a kernel of int8 weights, and of where the neurons are in its result."""
    return align(weights) + align(2 * neurons)


def kernel_row_bytes(slots: int) -> int:
    """Bytes of a source cell of a kernel: its place in the patch, and in the arrival ring."""
    return 2 + arrival_bytes(slots, 1)


def kernel_scratch(patch: int, outputs: int) -> int:
    """Bytes of a patch of the input, and of a result in 32 bits."""
    return align(patch) + 4 * outputs


def offset_width(most_synapses: int) -> int:
    """Bytes of a row offset, where a projection has at most so many synapses on the core."""
    return 2 if most_synapses < 1 << 16 else 4


def index_width(count: int) -> int:
    """Bytes of the narrowest unsigned integer that numbers so many things from 0: 1, 2 or 4."""
    return next(width for width in (1, 2, 4) if count <= 1 << 8 * width)
