"""The digital neurons of a population: their update in NumPy, or in machine code for long runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import CFUNCTYPE, c_int64, c_void_p
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import NumpyKernel, lower, numpy_kernel
from somac.backends.codegen.llvm_kernel import llvm_kernel
from somac.backends.codegen.llvm_values import storage_bits
from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.crossbar.emulator.decode import Cells
from somac.ir.fixed import Format

__all__ = ["Neurons", "Updates"]

Integers = NDArray[np.int64]

# updates of a cell from which machine code is done sooner, though it has to be made first
_MANY = 1 << 21

_WORD = 64


class Neurons(Protocol):
    """Cells of some samples on their way through the steps."""

    def step(self, sums: Sequence[Integers], sent: Integers) -> None:
        """Update: what arrived at each port, int64 (samples, cells), to what is sent.

        `sums` may be overwritten.
        """
        ...

    def states(self) -> Mapping[str, NDArray[Any]]:
        """(samples, cells) each, after the last update."""
        ...


class Updates:
    """The update of a population."""

    def __init__(self, cells: Cells) -> None:
        self.size = cells.size
        self.ports = tuple(cells.ports)
        self._cells = cells

    def neurons(self, samples: int, steps: int) -> Neurons:
        """Cells of so many samples, before the first of so many steps."""
        if samples * steps * self.size < _MANY:
            return _Plain(self._cells, self._plain, samples)
        return _Compiled(self._cells, self._compiled, samples)

    @cached_property
    def _plain(self) -> NumpyKernel:
        return numpy_kernel(self._cells.datapath)

    @cached_property
    def _compiled(self) -> _Code:
        return _compile(self._cells)


class _Plain:
    def __init__(self, cells: Cells, kernel: NumpyKernel, samples: int) -> None:
        self._cells, self._kernel = cells, kernel
        self._shape = samples, cells.size
        self._states = {n: np.broadcast_to(v, self._shape) for n, v in cells.initial.items()}

    def step(self, sums: Sequence[Integers], sent: Integers) -> None:
        ports = {
            n: _wrapped(arrived, f)
            for (n, f), arrived in zip(self._cells.ports.items(), sums, strict=True)
        }
        after, signal = self._kernel(ports, self._states, self._cells.parameters)
        self._states = {n: np.broadcast_to(v, self._shape) for n, v in after.items()}
        sent[:] = signal

    def states(self) -> Mapping[str, NDArray[Any]]:
        return self._states


def _wrapped(sums: Integers, format: Format) -> Integers:
    """Modulo the width of the port."""
    if not format.signed:
        return sums & ((1 << format.width) - 1)
    spare = np.int64(_WORD - format.width)
    return (sums << spare) >> spare


@dataclass(frozen=True, slots=True, eq=False)
class _Code:
    """A kernel, its function, and the types of stored states and of parameters by name."""

    code: MachineCode
    function: Any
    states: Mapping[str, str]
    parameters: Mapping[str, str]


def _compile(cells: Cells) -> _Code:
    known = {
        ("param", n): (int(v.min()), int(v.max())) for n, v in cells.parameters.items() if v.size
    }
    formats = {n: cells.datapath.format_of("state", n) for n in cells.initial}
    bits = {n: storage_bits(f.minimum, f.maximum) for n, f in formats.items()}
    kernel = llvm_kernel(
        lower(cells.datapath, known),
        tuple(cells.ports),
        bits,
        graded=True,
        port_bits=_WORD,
        signal_bits=_WORD,
    )
    code = compile_module(kernel.text, "update")
    types = [f"i{width // 8}" for width in kernel.bits]
    count = len(kernel.states)
    return _Code(
        code,
        CFUNCTYPE(None, c_void_p, c_int64)(code.address),
        dict(zip(kernel.states, types[:count], strict=True)),
        dict(zip(kernel.parameters, types[count:], strict=True)),
    )


class _Compiled:
    def __init__(self, cells: Cells, code: _Code, samples: int) -> None:
        shape = samples, cells.size

        def stored(values: Integers, kind: str) -> NDArray[Any]:
            return np.array(np.broadcast_to(values, shape), kind, order="C")

        self._code, self._cells = code, samples * cells.size
        self._states = {n: stored(cells.initial[n], kind) for n, kind in code.states.items()}
        self._parameters = [stored(cells.parameters[n], k) for n, k in code.parameters.items()]
        self._sends = np.zeros(shape, np.uint8)

    def step(self, sums: Sequence[Integers], sent: Integers) -> None:
        arrays = (*sums, *self._states.values(), *self._parameters, self._sends, sent)
        addresses = np.array([array.ctypes.data for array in arrays], np.int64)
        self._code.function(addresses.ctypes.data, self._cells)

    def states(self) -> Mapping[str, NDArray[Any]]:
        return self._states
