"""Machine code of a design in which samples run side by side as lanes of vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.llvm_kernel import LlvmKernel
from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.fpga.description import Link
from somac.backends.fpga.emulator.decode import Decoded, Part
from somac.backends.fpga.emulator.lane_rows import BEYOND, FUNCTION, LANES, lane_rows, signed_bits
from somac.backends.fpga.emulator.row_kernels import RowKernel
from somac.backends.fpga.emulator.units import Compile, stored, sum_width, update_kernel
from somac.backends.fpga.emulator.weights import LinkWeights

__all__ = ["LaneLink", "LaneUnit", "LaneUnits", "make_lanes", "runs_in_lanes"]


@dataclass(frozen=True, slots=True, eq=False)
class LaneLink:
    """What adds the rows of a link, the address of the table it reads, and where it adds, in bytes.

    `kept` is the table.
    """

    code: MachineCode
    table: int
    offset: int
    kept: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class LaneUnit:
    """A section with its machine code.

    Parameters
    ----------
    bank, sum_bytes
        Bytes of the accumulators of a port, and of all that are written to.
    states
        (cells, `LANES`) each: initial values, as wide as the kernel wants them.
    parameters
        Addresses of the parameters, of the same shape, which are `kept`.
    """

    part: Part
    kernel: LlvmKernel
    code: MachineCode
    links: tuple[LaneLink, ...]
    bank: int
    sum_bytes: int
    states: tuple[NDArray[Any], ...]
    parameters: tuple[int, ...]
    kept: tuple[NDArray[Any], ...]


@dataclass(frozen=True, slots=True, eq=False)
class LaneUnits:
    """All sections; `value_bits` are those of what is sent, wherever it is kept."""

    units: tuple[LaneUnit, ...]
    value_bits: int


def runs_in_lanes(decoded: Decoded) -> bool:
    """Whether all that is read is read whole: then no cycle depends on what is sent."""
    bits = {s.id: s.bits for s in decoded.senders}
    return all(link.kind == "whole" and bits[link.source] > 0 for link in decoded.links)


def make_lanes(decoded: Decoded) -> LaneUnits:
    """Compile a design; what is the same is compiled, and kept, once."""
    widest = max(s.bits for s in decoded.senders)
    value_bits = next(bits for bits in (16, 32, 64) if bits >= widest)
    units = tuple(_units(decoded, value_bits, cache(compile_module)))
    return LaneUnits(units, value_bits)


class _Shared:
    """Arrays, each of which is kept once: a layer that is unrolled then stays in the cache."""

    def __init__(self) -> None:
        self._found: dict[tuple[np.dtype[Any], bytes], NDArray[Any]] = {}

    def __call__(self, array: NDArray[Any]) -> NDArray[Any]:
        return self._found.setdefault((array.dtype, array.tobytes()), array)


def _units(decoded: Decoded, value_bits: int, compiled: Compile) -> Iterator[LaneUnit]:
    shared = _Shared()
    bits = {s.id: s.bits for s in decoded.senders}
    for part in decoded.parts:
        section, sum_bits = part.section, sum_width(part.engine)
        kernel = update_kernel(part, sum_bits, value_bits)
        names = [(part.initial, n) for n in kernel.states]
        names += [(part.parameters, n) for n in kernel.parameters]
        arrays = tuple(
            shared(np.repeat(stored(values[name], section.cells, width), LANES))
            for (values, name), width in zip(names, kernel.bits, strict=True)
        )
        states, parameters = arrays[: len(kernel.states)], arrays[len(kernel.states) :]
        bank = section.cells * LANES * sum_bits // 8
        links = tuple(
            _link(
                part,
                link,
                weights,
                sum_bits,
                bits[link.source],
                value_bits,
                bank,
                compiled,
                shared,
            )
            for link, weights in zip(part.links, part.weights, strict=True)
        )
        yield LaneUnit(
            part,
            kernel,
            compiled(kernel.text, "update"),
            links,
            bank,
            len(section.ports) * bank + BEYOND * LANES * sum_bits // 8,
            states,
            tuple(values.ctypes.data for values in parameters),
            parameters,
        )


def _link(
    part: Part,
    link: Link,
    weights: LinkWeights,
    sum_bits: int,
    factor_bits: int,
    value_bits: int,
    bank: int,
    compiled: Compile,
    shared: _Shared,
) -> LaneLink:
    matrix = weights.matrix
    assert matrix is not None  # what is read whole is dense
    cast = part.engine.casts[link.cast]
    weight_bits = signed_bits(int(matrix.min(initial=0)), int(matrix.max(initial=0)))
    kernel = RowKernel(sum_bits, weight_bits, factor_bits, value_bits, cast, 0)
    text, made = lane_rows(kernel, matrix.reshape(len(matrix), -1))
    table = shared(made)
    return LaneLink(compiled(text, FUNCTION), table.ctypes.data, link.port * bank, table)
