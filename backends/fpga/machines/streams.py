"""Cells in beats of a stream, and back: fields of bits, the least significant first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.description import Sender
from somac.backends.fpga.simulators.design import words_of

__all__ = ["as_beats", "bits_of", "sent_in", "values_of"]

Bits = NDArray[np.uint8]
Integers = NDArray[np.int64]
Words = NDArray[np.uint32]


def as_beats(values: Integers, sender: Sender, bits: int) -> Words:
    """uint32 (samples, steps * words, words of `bits`): what a sender's cells send, beat by beat.

    `values` are (samples, steps, cells). What is left over of a beat is 0.
    """
    samples, steps, cells = values.shape
    width, words = max(1, sender.bits), sender.words
    found = np.zeros((samples, steps, words * sender.width, width), np.uint8)
    for bit in range(width):
        found[:, :, :cells, bit] = (values >> bit) & 1
    padded = np.zeros((samples, steps * words, words_of(bits) * 32), np.uint8)
    padded[:, :, : sender.width * width] = found.reshape(samples, steps * words, -1)
    return np.packbits(padded, axis=2, bitorder="little").view("<u4").astype(np.uint32)


def bits_of(words: Words) -> Bits:
    """uint8 (..., bits): the bits of words (..., words), the least significant word first."""
    flat = np.ascontiguousarray(words, "<u4").view(np.uint8)
    return np.unpackbits(flat, axis=-1, bitorder="little")


def values_of(bits: Bits, *, signed: bool = True) -> Integers:
    """int64 (...): fields (..., bits), in two's complement if `signed`."""
    width = bits.shape[-1]
    found = np.zeros(bits.shape[:-1], np.int64)
    for bit in range(width):
        found |= bits[..., bit].astype(np.int64) << bit
    if signed and width < 64:
        found -= (found >> (width - 1) & 1) << width
    return found


def sent_in(bits: Bits, sender: Sender, steps: int) -> Integers:
    """int64 (samples, steps, cells): what a sender sent, from the bits (samples, beats, bits)."""
    width = max(1, sender.bits)
    taken = bits[:, :, : sender.width * width]
    fields = taken.reshape(len(bits), steps, sender.words * sender.width, width)
    return values_of(fields[:, :, : sender.cells], signed=sender.bits > 0)
