"""Convolutions for the MAC array: a kernel, and where cells and neurons are in patch and result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emit.blocks import Block, Encoded
from somac.backends.manycore.emit.lookup import Sources, look_up
from somac.backends.manycore.emit.matrices import Signals
from somac.backends.manycore.geometry import Box, Geometry
from somac.backends.manycore.regions import (
    KERNEL,
    align,
    kernel_bytes,
    kernel_row_bytes,
    kernel_scratch,
    ring_slots,
)

__all__ = ["kernel_block"]

Integers = NDArray[np.int64]

_NOWHERE = 0xFFFF


@dataclass(frozen=True, slots=True, eq=False)
class _Convolution:
    """Body of a block.

    Parameters
    ----------
    weights
        int8 (channels in, rows, columns, channels out).
    stride
        Of rows and columns.
    box
        What is computed.
    cells, neurons
        uint16: the place of each source cell in the patch, and of each neuron in the result.
    """

    weights: NDArray[np.int8]
    stride: tuple[int, int]
    box: Box
    patch_bytes: int
    cells: NDArray[np.uint16]
    neurons: NDArray[np.uint16]
    signed: bool
    synapses: int

    @property
    def kind(self) -> int:
        """A convolution."""
        return KERNEL

    @property
    def size(self) -> int:
        """Weights and both lists."""
        return kernel_bytes(self.weights.size, len(self.neurons)) + align(2 * len(self.cells))

    @property
    def scratch(self) -> int:
        """The patch and the result."""
        return kernel_scratch(self.patch_bytes, self.box.channels * self.box.positions)

    def encode(self, address: int, scratch: int) -> Encoded:
        """Words 5 to 13, the weights and the lists."""
        pieces = [_padded(values.tobytes()) for values in (self.weights, self.cells, self.neurons)]
        channels, rows, columns, out = self.weights.shape
        cells = address + len(pieces[0])
        words = (
            address,
            _pair(channels, out),
            _pair(rows, columns),
            _pair(*self.stride),
            _pair(self.box.rows[1], self.box.columns[1]),
            cells,
            cells + len(pieces[1]),
            int(self.signed),
            scratch,
        )
        return Encoded(words, b"".join(pieces))


def kernel_block(
    sources: Sources,
    port: int,
    delay: int,
    signals: Signals,
    geometry: Geometry,
    neurons: tuple[int, int],
    source: NDArray[np.integer[Any]],
) -> Block:
    """The part of a convolution that ends on one core.

    Parameters
    ----------
    neurons
        The first place on the core, and the end.
    source
        (synapses,), ascending, at least one: the source cell of each synapse.
    """
    box = geometry.box(*neurons)
    lookup = look_up(sources, source, 0, kernel_row_bytes(ring_slots(delay)))
    channels = slice(box.channel, box.channel + box.channels)
    body = _Convolution(
        np.moveaxis(geometry.weight[channels], 0, -1).astype(np.int8),
        geometry.stride,
        box,
        geometry.patch_bytes(box),
        _in_patch(geometry, box, lookup.row, lookup.rows, source),
        _in_result(geometry, box, neurons),
        signals.low < 0,
        len(source),
    )
    return Block(port, delay, lookup, body)


def _in_patch(
    geometry: Geometry, box: Box, row: Integers, rows: int, source: NDArray[np.integer[Any]]
) -> NDArray[np.uint16]:
    """The place of each source cell; a cell without a synapse is nowhere."""
    (first_row, height), (first_column, width) = geometry.patch(box)
    channel, y, x = geometry.inputs(source)
    places = np.full(rows, _NOWHERE, dtype="<u2")
    places[row] = (channel * height + y - first_row) * width + x - first_column
    return places


def _in_result(geometry: Geometry, box: Box, neurons: tuple[int, int]) -> NDArray[np.uint16]:
    channel, y, x = geometry.outputs(*neurons)
    row = (channel - box.channel) * box.rows[1] + y - box.rows[0]
    return (row * box.columns[1] + x - box.columns[0]).astype("<u2")


def _pair(low: int, high: int) -> int:
    return low | high << 16


def _padded(content: bytes) -> bytes:
    return content.ljust(align(len(content)), b"\0")
