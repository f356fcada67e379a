"""Running the RTL of an engine: its design for simulators, and their records as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.ese.emit import Emitted
from somac.backends.fpga.simulators.design import Design, Records, Stimulus, words_of
from somac.ir.datapath import Datapath

__all__ = ["RtlRun", "design_of", "runs_of", "stimulus_of"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RtlRun:
    """What the RTL did in a sample: the fields of `EseRun` that can be seen from outside."""

    outputs: Integers
    cells: Integers
    states: Mapping[str, Integers]
    beats: Integers
    cells_from: Integers
    outputs_from: Integers


def design_of(emitted: Emitted) -> Design:
    """The engine as simulators take it: a stream in, one out, probes of cells and outputs."""
    sources = {k: v for k, v in emitted.files.items() if k.endswith(".sv")}
    images = {k: v for k, v in emitted.files.items() if k.endswith((".hex", ".mem"))}
    vector = _vector(emitted)
    probe = vector + emitted.geometry.channels * max(1, _state_bits(emitted))
    return Design(sources, images, 1, vector, 1, vector, 2, probe)


def stimulus_of(emitted: Emitted, x: Integers) -> Stimulus:
    """Raw inputs (samples, channels, steps, inputs) as beats; each sample begins with a reset."""
    samples, channels, steps, inputs = x.shape
    beats = np.zeros((samples, steps * inputs, emitted.geometry.channels), np.int64)
    beats[:, :, :channels] = x.transpose(0, 2, 3, 1).reshape(samples, steps * inputs, channels)
    words = _packed(beats, emitted.structure.activation_bits, _vector(emitted))
    cells, outputs = emitted.structure.cells.size, emitted.structure.outputs.size
    return Stimulus((words,), (steps * outputs,), (steps * cells, steps * outputs))


def runs_of(emitted: Emitted, records: Records, steps: int) -> tuple[RtlRun, ...]:
    """What was recorded, a run for each sample."""
    structure, channels = emitted.structure, emitted.geometry.channels
    bits, vector = structure.activation_bits, _vector(emitted)
    (out,), (cells, outputs) = records.outputs, records.probes

    def values(words: NDArray[np.uint32], size: int, width: int, first: int, step: int) -> Integers:
        found = _unpacked(words, channels, width, first, step)
        return found.reshape(-1, steps, size, channels).transpose(0, 3, 1, 2)

    y = values(out.data, structure.outputs.size, bits, 0, bits)
    m = values(cells.data, structure.cells.size, bits, 0, bits)
    datapath, total = structure.cells.datapath, _state_bits(emitted)
    states, place = {}, 0
    for name in datapath.next_state:
        format = datapath.format_of("state", name)
        found = values(cells.data, structure.cells.size, format.width, vector + place, total)
        states[name] = found if format.signed else found & ((1 << format.width) - 1)
        place += format.width
    samples = range(len(out.cycles))
    return tuple(
        RtlRun(
            y[k],
            m[k],
            {name: value[k] for name, value in states.items()},
            out.cycles[k].reshape(steps, -1),
            cells.cycles[k].reshape(steps, -1)[:, 0],
            outputs.cycles[k].reshape(steps, -1)[:, 0],
        )
        for k in samples
    )


def _vector(emitted: Emitted) -> int:
    return emitted.geometry.channels * emitted.structure.activation_bits


def _state_bits(emitted: Emitted) -> int:
    datapath: Datapath = emitted.structure.cells.datapath
    return sum(datapath.format_of("state", name).width for name in datapath.next_state)


def _packed(values: Integers, width: int, total: int) -> NDArray[np.uint32]:
    """Values (..., fields) as words (..., words), the first field in the lowest bits."""
    bits = (values[..., None] >> np.arange(width)) & 1
    flat = bits.reshape(*values.shape[:-1], -1)
    words = words_of(total)
    padded = np.zeros((*values.shape[:-1], 32 * words), np.int64)
    padded[..., : flat.shape[-1]] = flat
    weighted = padded.reshape(*values.shape[:-1], words, 32) << np.arange(32)
    return np.asarray(weighted.sum(axis=-1), np.uint32)


def _unpacked(words: NDArray[np.uint32], count: int, width: int, first: int, step: int) -> Integers:
    """Signed fields of `width` bits out of words, from bit `first` on, `step` bits apart."""
    bits = (words[..., None].astype(np.int64) >> np.arange(32)) & 1
    flat = bits.reshape(*words.shape[:-1], -1)
    chosen = first + step * np.arange(count)[:, None] + np.arange(width)
    weights = np.left_shift(np.int64(1), np.arange(width))
    weights[-1] = -weights[-1]
    return np.asarray((flat[..., chosen] * weights).sum(axis=-1))
