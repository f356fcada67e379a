"""Products in machine code: made once for columns that share their rows, run on any signals."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.crossbar.emulator.products import dense_kernel, pulse_kernel
from somac.backends.crossbar.emulator.products.dense_kernel import Form, dense_text
from somac.backends.crossbar.emulator.products.firing import Firing, Integers
from somac.backends.crossbar.emulator.products.layout import Layout, form_of, layout_of
from somac.backends.crossbar.emulator.products.paths import Path, best_path
from somac.backends.crossbar.emulator.products.pulse_kernel import pulse_text
from somac.backends.crossbar.emulator.products.reference import fire

__all__ = ["Noise", "Products"]

Noise = Callable[[int, int, Integers], None]
"""Given the first sample and the one beyond the last, and int64 (samples, firings, planes,
columns): writes there what is added to sums before they are converted, less than 2^48."""

# pulses and noise of samples that are computed together stay in the second cache, or nearly
_PULSE_BYTES: Final = 1 << 18
_NOISE_BYTES: Final = 1 << 22


class Products:
    """The same as `somac.backends.crossbar.emulator.products.reference.fire`, quickly.

    Parameters
    ----------
    firing
        What is computed.
    path
        Instructions to use; by default the quickest that the processor has.
    """

    def __init__(self, firing: Firing, path: Path | None = None) -> None:
        self.firing = firing
        self._path = path or best_path()
        self._layouts: dict[bool, tuple[Form, Layout] | None] = {}

    def run(self, signals: Integers, noise: Noise | None = None) -> Integers:
        """int64 (batch, columns) of int64 (batch, rows)."""
        sums = np.zeros((len(signals), self.firing.columns), np.int64)
        self.add(signals, sums, noise)
        return sums

    def add(self, signals: Integers, sums: Integers, noise: Noise | None = None) -> None:
        """Add products to int64 (batch, columns), whose columns lie one after the other."""
        firing = self.firing
        if not sums.size:
            return
        signals = np.ascontiguousarray(signals, np.int64)
        made = self._made(noisy=noise is not None) if firing.rows else None
        bytes_ = firing.rows * firing.pulses.firings
        some = max(1, _PULSE_BYTES // max(bytes_, 1))
        if noise is not None:
            some = min(some, max(1, _NOISE_BYTES // (8 * int(np.prod(firing.shape)))))
        for first in range(0, len(signals), some):
            part = slice(first, min(first + some, len(signals)))
            drawn = self._drawn(part, noise)
            if made is None:
                sums[part] += fire(firing, signals[part], drawn).sums
            else:
                _multiply(firing, *made, signals[part], sums[part], drawn)
        if made is not None and firing.offset:
            sums -= firing.offset * signals.sum(axis=1, keepdims=True)

    def _made(self, *, noisy: bool) -> tuple[Form, Layout] | None:
        if noisy not in self._layouts:
            form = form_of(self.firing, self._path, noisy=noisy)
            self._layouts[noisy] = None if form is None else (form, layout_of(self.firing, form))
        return self._layouts[noisy]

    def _drawn(self, part: slice, noise: Noise | None) -> Integers | None:
        """Noise of some samples, with room behind it for what vectors read beyond the end."""
        if noise is None:
            return None
        shape = (part.stop - part.start, *self.firing.shape)
        count = int(np.prod(shape))
        drawn = np.zeros(count + self._path.width, np.int64)[:count].reshape(shape)
        noise(part.start, part.stop, drawn)
        return drawn


def _multiply(
    firing: Firing,
    form: Form,
    layout: Layout,
    signals: Integers,
    sums: Integers,
    noise: Integers | None,
) -> None:
    pulses, path = firing.pulses, form.path
    stride = layout.steps * path.together
    digits = np.zeros(
        (len(signals), pulses.firings, layout.pulse_digits, stride), f"i{path.bits // 8}"
    )
    corrections = np.empty((len(signals), pulses.firings), np.int64)
    _call(
        _pulse_code(path),
        [signals, digits, corrections],
        [
            *(*signals.shape, stride, pulses.count, pulses.phases, pulses.bits),
            *(layout.pulse_digits, int(pulses.signs == "bipolar"), -layout.offset),
        ],
    )
    _call(
        _dense_code(form),
        [
            *(layout.cells, digits, corrections, layout.reciprocals, layout.halves),
            *(layout.weights, sums, noise),
        ],
        [
            *(len(signals), layout.steps, pulses.count, pulses.phases, len(firing.planes)),
            *(layout.blocks, firing.columns, sums.strides[0] // sums.itemsize),
            *(pulses.bits, firing.low, firing.high, layout.cell_digits, layout.pulse_digits),
        ],
    )


def _call(code: MachineCode, arrays: list[NDArray[Any] | None], numbers: list[int]) -> None:
    addresses = [0 if array is None else array.ctypes.data for array in arrays]
    arguments = np.array([*addresses, *numbers], np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code.address)(arguments.ctypes.data)


@cache
def _dense_code(form: Form) -> MachineCode:
    return compile_module(dense_text(form), dense_kernel.FUNCTION)


@cache
def _pulse_code(path: Path) -> MachineCode:
    return compile_module(pulse_text(path), pulse_kernel.FUNCTION)
