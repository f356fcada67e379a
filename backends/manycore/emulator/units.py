"""Groups of cells as the fast engine runs them: machine code, and memory it works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.codegen.llvm_kernel import LlvmKernel, llvm_kernel
from somac.backends.codegen.llvm_values import storage_bits
from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.manycore.emulator.cells import Group
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["ALIGNMENT", "SUM_RANGE", "Unit", "Worker", "units"]

Integers = NDArray[np.int64]

ALIGNMENT = 64
"""Bytes of a line of the cache, at which arrays begin."""

SUM_RANGE = (-(1 << 31), (1 << 31) - 1)
"""Bounds of an accumulator."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A group with its machine code.

    Parameters
    ----------
    offsets
        Per state, where it is in the memory of a sample, in bytes.
    states, parameters
        Initial values and parameters of every cell, as wide as the kernel wants them.
    """

    group: Group
    kernel: LlvmKernel
    code: MachineCode
    offsets: tuple[int, ...]
    states: tuple[NDArray[Any], ...]
    parameters: tuple[NDArray[Any], ...]

    def stored(self, state: str) -> tuple[int, int]:
        """Bits of a state, and where it is."""
        number = self.kernel.states.index(state)
        return self.kernel.bits[number], self.offsets[number]


def units(wiring: Wiring) -> tuple[Unit, ...]:
    """The groups of a program, compiled."""
    found = []
    offset = 0
    for number, group in enumerate(wiring.groups):
        kernel = _kernel(group, graded=wiring.segments[number].graded)
        widths = dict(zip((*kernel.states, *kernel.parameters), kernel.bits, strict=True))
        states = tuple(_stored(group.states[n], group.cells, widths[n]) for n in kernel.states)
        parameters = tuple(
            _stored(group.parameters[n], group.cells, widths[n]) for n in kernel.parameters
        )
        offsets = []
        for values in states:
            offsets.append(offset)
            offset += -(-values.nbytes // ALIGNMENT) * ALIGNMENT
        code = compile_module(kernel.text, "update")
        found.append(Unit(group, kernel, code, tuple(offsets), states, parameters))
    return tuple(found)


def _kernel(group: Group, *, graded: bool) -> LlvmKernel:
    """What all cells share is known when the kernel is made."""
    known = {
        ("param", name): (int(values.min()), int(values.max()))
        for name, values in group.parameters.items()
    }
    for name, format in group.ports.items():
        if format.minimum <= SUM_RANGE[0] and format.maximum >= SUM_RANGE[1]:
            known["input", name] = SUM_RANGE
    code = lower(group.datapath, known)
    # as wide as the format: a rule may read a state before the code first sets it
    formats = {name: group.datapath.format_of("state", name) for name in group.states}
    bits = {name: storage_bits(f.minimum, f.maximum) for name, f in formats.items()}
    return llvm_kernel(code, tuple(group.ports), bits, graded=graded)


def _stored(values: Integers, cells: int, bits: int) -> NDArray[Any]:
    return np.broadcast_to(values, (cells,)).astype(f"i{bits // 8}")


class Worker:
    """The buffers of one thread; `learnt` are initial values of plastic projections as `units`
    have those of states, and where they are.
    """

    def __init__(
        self,
        wiring: Wiring,
        units: Sequence[Unit],
        learnt: Sequence[tuple[NDArray[Any], int]] = (),
    ) -> None:
        stored = [pair for u in units for pair in zip(u.states, u.offsets, strict=True)]
        stored += learnt
        ends = [offset + values.nbytes for values, offset in stored]
        size = -(-max(ends, default=0) // ALIGNMENT) * ALIGNMENT
        initial, memory = _aligned(size, np.uint8), _aligned(size, np.uint8)
        for values, offset in stored:
            initial[offset : offset + values.nbytes] = values.view(np.uint8)
        # read in whole lines, which may go beyond its end
        sends = _aligned(wiring.sources + ALIGNMENT, np.uint8)[: wiring.sources]
        signal = _aligned(wiring.sources, np.int32)
        arrived = _aligned(wiring.accumulators, np.int32)
        history = np.zeros(wiring.slots * wiring.sources, dtype=np.int32)
        graded = any(segment.graded for segment in wiring.segments)
        values = np.zeros(len(history) if graded else 0, dtype=np.int32)
        waiting = np.zeros((wiring.slots, len(wiring.segments)), dtype=np.int64)
        self.sent = np.zeros(wiring.sources, dtype=np.int64)
        self._memory, self._arrived = memory, arrived
        self.buffers = (
            initial,
            memory,
            sends,
            signal,
            arrived,
            history,
            values,
            waiting,
            self.sent,
        )
        self.addresses = tuple(
            np.array(
                [
                    *(
                        arrived.ctypes.data + 4 * (unit.group.first + port * unit.group.stride)
                        for port in range(len(unit.group.ports))
                    ),
                    *(memory.ctypes.data + offset for offset in unit.offsets),
                    *(values.ctypes.data for values in unit.parameters),
                    sends.ctypes.data + segment.first,
                    signal.ctypes.data + 4 * segment.first,
                ],
                dtype=np.int64,
            )
            for unit, segment in zip(units, wiring.segments, strict=False)
        )

    def memory_at(self, offset: int) -> int:
        """The address of a byte of the memory of a sample."""
        return int(self._memory.ctypes.data) + offset

    def sums_at(self, number: int) -> int:
        """The address of an accumulator."""
        return int(self._arrived.ctypes.data) + 4 * number


def _aligned(count: int, dtype: Any) -> NDArray[Any]:
    """Zeros that begin at a whole line of the cache."""
    width = np.dtype(dtype).itemsize
    raw = np.zeros(count * width + ALIGNMENT, dtype=np.uint8)
    skip = -raw.ctypes.data % ALIGNMENT
    return raw[skip : skip + count * width].view(dtype)
