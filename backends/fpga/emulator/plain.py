"""The plain engine: the integers of a design in NumPy, all samples at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, numpy_kernel
from somac.backends.fpga.description import Cast
from somac.backends.fpga.emulator.decode import Decoded, Part
from somac.backends.fpga.emulator.plain_timing import PlainClock
from somac.backends.fpga.emulator.recorder import Recorder
from somac.backends.fpga.emulator.timing import Timing, Totals, readers_of
from somac.backends.fpga.emulator.weights import rounded
from somac.ir.fixed import Format, fit_overflow

__all__ = ["PlainEngine"]

Integers = NDArray[np.int64]

_EXACT = 1 << 53
_AT_ONCE = 1 << 22


class PlainEngine:
    """Kernels of the sections."""

    def __init__(self, decoded: Decoded) -> None:
        self._decoded = decoded
        self._kernels = [numpy_kernel(part.datapath) for part in decoded.parts]
        self._matrices = [[_matrix(w.matrix) for w in part.weights] for part in decoded.parts]
        self._readers = readers_of(decoded)

    def run(
        self,
        inputs: Sequence[NDArray[np.integer[Any]]],
        recorder: Recorder,
        timing: Timing,
        totals: Totals,
    ) -> None:
        """Run all samples; see `somac.backends.fpga.emulator.run.Engine`."""
        decoded = self._decoded
        samples, steps = inputs[0].shape[:2]
        sent = [values.astype(np.int64) for values in inputs]
        sent += [np.zeros((samples, steps, p.section.cells), np.int64) for p in decoded.parts]
        own = zip(decoded.parts, self._kernels, self._matrices, strict=True)
        parts = [_Section(*section, samples) for section in own]
        for step in range(steps):
            for number in decoded.order:
                part = parts[number]
                arrived = [
                    sent[self._readers.number[link.source]][:, step - link.delay]
                    if step >= link.delay
                    else None
                    for link in part.part.links
                ]
                sent[len(inputs) + number][:, step] = part.step(arrived)
                for record in (r for r in recorder.records if r.part == number):
                    values = part.state[record.state] if record.state else part.signal
                    record.values[:, step, record.places] = values
        for sample in range(samples):
            clock = PlainClock(decoded, self._readers, timing, totals, sample)
            clock.run([values[sample] != 0 for values in sent])
        totals.sent[:] += np.concatenate([(v != 0).sum(axis=(0, 1)) for v in sent])


@dataclass(frozen=True, slots=True, eq=False)
class _Matrix:
    """A matrix (cells, ports * places), also in floating point; `most` bounds sums of columns."""

    exact: Integers
    real: NDArray[np.float64]
    most: float


def _matrix(weights: Integers | None) -> _Matrix | None:
    if weights is None:
        return None
    flat = weights.reshape(len(weights), -1)
    real = flat.astype(np.float64)
    return _Matrix(flat, real, float(np.abs(real).sum(axis=0).max(initial=0)))


class _Section:
    """The update of a section, and what it has between steps."""

    def __init__(
        self,
        part: Part,
        kernel: NumpyKernel,
        matrices: Sequence[_Matrix | None],
        samples: int,
    ) -> None:
        self.part = part
        self._kernel, self._matrices = kernel, matrices
        section = part.section
        self._formats = [part.datapath.format_of("input", port) for port in section.ports]
        self._sum = Format(part.engine.sum_bits, part.engine.sum_bits)
        shape = (samples, section.cells)
        self.signal: Integers = np.zeros(shape, np.int64)
        self.state = {name: np.broadcast_to(v, shape) for name, v in part.initial.items()}
        ports = max(1, len(section.ports))
        self._ring = np.zeros((samples, part.slots, ports, section.cells), np.int64)
        self._slot = 0

    def step(self, arrived: Sequence[Integers | None]) -> Integers:
        """One step: `arrived` are signals (samples, cells) per link, None for blank ones."""
        part = self.part
        given = zip(part.links, part.weights, self._matrices, arrived, strict=True)
        for link, weights, matrix, signals in given:
            if signals is None:
                continue
            cast = part.engine.casts[link.cast]
            if matrix is not None:
                here = self._ring[:, self._slot, link.port : link.port + link.ports]
                here += _product(signals, matrix, cast).reshape(here.shape)
                continue
            sparse = weights.sparse
            assert sparse is not None  # a link has one or the other
            source = np.repeat(np.arange(len(sparse.indptr) - 1), np.diff(sparse.indptr))
            products = rounded(signals[:, source] * sparse.weight, cast)
            slot = (self._slot + sparse.delay) % part.slots
            for sample in range(len(signals)):
                np.add.at(self._ring[sample, :, link.port], (slot, sparse.place), products[sample])
        sums = self._ring[:, self._slot]
        ports = zip(part.section.ports, self._formats, strict=True)
        inputs = {
            port: fit_overflow(fit_overflow(sums[:, bank], self._sum), format)
            for bank, (port, format) in enumerate(ports)
        }
        after, output = self._kernel(inputs, self.state, part.parameters)
        shape = self.signal.shape
        self.state = {name: np.broadcast_to(v, shape) for name, v in after.items()}
        self.signal = np.broadcast_to(output, shape)
        self._ring[:, self._slot] = 0
        self._slot = (self._slot + 1) % part.slots
        return self.signal


def _product(signals: Integers, matrix: _Matrix, cast: Cast) -> Integers:
    """(samples, ports * places): sums of products."""
    if not cast.shift:
        if np.abs(signals).max(initial=0) * matrix.most < _EXACT:
            return (signals.astype(np.float64) @ matrix.real).astype(np.int64)
        return signals @ matrix.exact
    total = np.zeros((len(signals), matrix.exact.shape[1]), np.int64)
    some = max(1, _AT_ONCE // max(1, total.size))
    for first in range(0, len(matrix.exact), some):
        part = slice(first, first + some)
        total += rounded(signals[:, part, None] * matrix.exact[part], cast).sum(axis=1)
    return total
