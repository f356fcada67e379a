"""Sections and links as the fast engine runs them: machine code, and what it works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.codegen.llvm_kernel import LlvmKernel, llvm_kernel
from somac.backends.codegen.llvm_values import storage_bits
from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.fpga.description import Engine, Link
from somac.backends.fpga.emulator.decode import Decoded, Part
from somac.backends.fpga.emulator.row_kernels import (
    FUNCTION,
    LONGEST_BYTES,
    VECTOR_BYTES,
    RowKernel,
    dense_rows,
    sparse_rows,
)
from somac.backends.fpga.emulator.weights import LinkWeights, rounded

__all__ = [
    "ALIGNMENT",
    "Compile",
    "Rows",
    "Unit",
    "Units",
    "aligned",
    "make_units",
    "stored",
    "sum_width",
    "update_kernel",
]

Integers = NDArray[np.int64]
Compile = Callable[[str, str], MachineCode]

ALIGNMENT = 64
"""Bytes of a line of the cache, at which arrays begin."""

# a vector is added as quickly as a synapse or two; small matrices stay in the cache
_EMPTY, _SMALL = 16, 1 << 12


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What adds the rows of a link, and these; `kept` keeps alive what `table` points to."""

    code: MachineCode
    table: int
    kept: tuple[NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Accumulators: bits of each, and how many a port has, and all ports together."""

    bits: int
    bank: int
    slot: int


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A section with its machine code.

    Parameters
    ----------
    links
        The rows of its links.
    sums
        Its accumulators.
    offsets
        Per state, where it is in the memory of a sample, in bytes.
    states, parameters
        Initial values and parameters of every cell, as wide as the kernel wants them.
    """

    part: Part
    kernel: LlvmKernel
    code: MachineCode
    links: tuple[Rows, ...]
    sums: _Sums
    offsets: tuple[int, ...]
    states: tuple[NDArray[Any], ...]
    parameters: tuple[NDArray[Any], ...]

    @property
    def sum_bytes(self) -> int:
        """What its accumulators take; rows may be longer than the ports that they add to."""
        return self.part.slots * self.sums.slot * self.sums.bits // 8 + LONGEST_BYTES

    def stored(self, state: str) -> tuple[int, int]:
        """Bits of a state, and where it is."""
        number = self.kernel.states.index(state)
        return self.kernel.bits[number], self.offsets[number]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """All sections; `value_bits` are those of what is sent, in every list and array of it."""

    units: tuple[Unit, ...]
    value_bits: int


def make_units(decoded: Decoded) -> Units:
    """Compile a design; what is the same is compiled once."""
    value_bits = 32 if max(s.bits for s in decoded.senders) <= 32 else 64
    compiled = cache(compile_module)
    senders = {s.id: s for s in decoded.senders}
    found, offset = [], 0
    for part in decoded.parts:
        section, engine = part.section, part.engine
        sum_bits = sum_width(engine)
        kernel = update_kernel(part, sum_bits, value_bits)
        widths = dict(zip((*kernel.states, *kernel.parameters), kernel.bits, strict=True))
        states = tuple(stored(part.initial[n], section.cells, widths[n]) for n in kernel.states)
        parameters = tuple(
            stored(part.parameters[n], section.cells, widths[n]) for n in kernel.parameters
        )
        offsets = []
        for values in states:
            offsets.append(offset)
            offset += -(-values.nbytes // ALIGNMENT) * ALIGNMENT
        ports = max(1, len(section.ports))
        shape = _Sums(sum_bits, section.cells, ports * section.cells)
        links = tuple(
            _rows(part, link, weights, senders[link.source].bits, value_bits, shape, compiled)
            for link, weights in zip(part.links, part.weights, strict=True)
        )
        code = compiled(kernel.text, "update")
        found.append(Unit(part, kernel, code, links, shape, tuple(offsets), states, parameters))
    return Units(tuple(found), value_bits)


def sum_width(engine: Engine) -> int:
    """Bits of the accumulators of an engine in the memory of this machine."""
    return next(bits for bits in (16, 32, 64) if bits >= engine.sum_bits)


def update_kernel(part: Part, sum_bits: int, value_bits: int) -> LlvmKernel:
    """The update of a section; what all cells share is known when it is made."""
    datapath = part.datapath
    known = {
        ("param", name): (int(values.min()), int(values.max()))
        for name, values in part.parameters.items()
    }
    code = lower(datapath, known, sum_bits=part.engine.sum_bits)
    formats = {name: datapath.format_of("state", name) for name in datapath.names("state")}
    bits = {name: storage_bits(f.minimum, f.maximum) for name, f in formats.items()}
    return llvm_kernel(
        code,
        part.section.ports,
        bits,
        graded=part.section.bits > 0,
        port_bits=sum_bits,
        signal_bits=value_bits,
    )


def stored(values: Integers, cells: int, bits: int) -> NDArray[Any]:
    """Values of every cell, as wide as a kernel wants them."""
    return np.broadcast_to(values, (cells,)).astype(f"i{bits // 8}")


def _rows(
    part: Part,
    link: Link,
    weights: LinkWeights,
    factor_bits: int,
    value_bits: int,
    sums: _Sums,
    compiled: Compile,
) -> Rows:
    """The rows of a link in the memory of this machine: a matrix, unless most of it is 0."""
    cast = part.engine.casts[link.cast]
    if not factor_bits:
        weights = weights.changed(lambda values: rounded(values, cast))
    matrix = weights.matrix
    if matrix is None:
        matrix = _matrix(part, weights, separate=bool(factor_bits and cast.shift))
    if matrix is None:
        return _sparse(part, link, weights, factor_bits, value_bits, sums, compiled)
    cells, ports, places = matrix.shape
    weight_bits = min(storage_bits(int(matrix.min(initial=0)), int(matrix.max(initial=0))), 64)
    kernel = RowKernel(sums.bits, weight_bits, factor_bits, value_bits, cast, sums.slot)
    lanes = VECTOR_BYTES * 8 // sums.bits
    text, vectors = dense_rows(kernel, -(-ports * places // lanes))
    table = aligned(cells * vectors * lanes, f"i{weight_bits // 8}")
    table.reshape(cells, vectors * lanes)[:, : ports * places] = matrix.reshape(cells, -1)
    return Rows(compiled(text, FUNCTION), table.ctypes.data, (table,))


def _matrix(part: Part, weights: LinkWeights, *, separate: bool) -> Integers | None:
    """Sparse rows as (cells, 1, places), where that is quicker to add.

    With `separate`, synapses between the same cells must not be added up.
    """
    sparse = weights.sparse
    assert sparse is not None  # a link has one or the other
    cells, places = len(sparse.indptr) - 1, part.section.cells
    if sparse.delay.any() or cells * places > _EMPTY * len(sparse.weight) + _SMALL:
        return None
    source = np.repeat(np.arange(cells), np.diff(sparse.indptr))
    if separate and len(np.unique(source * places + sparse.place)) < len(source):
        return None
    matrix = np.zeros((cells, 1, places), np.int64)
    np.add.at(matrix[:, 0], (source, sparse.place), sparse.weight)
    return matrix


def _sparse(
    part: Part,
    link: Link,
    weights: LinkWeights,
    factor_bits: int,
    value_bits: int,
    sums: _Sums,
    compiled: Compile,
) -> Rows:
    sparse = weights.sparse
    assert sparse is not None  # what has no matrix
    weight_bits = storage_bits(int(sparse.weight.min(initial=0)), int(sparse.weight.max(initial=0)))
    cast = part.engine.casts[link.cast]
    kernel = RowKernel(sums.bits, weight_bits, factor_bits, value_bits, cast, sums.slot)
    code = compiled(sparse_rows(kernel, part.slots), FUNCTION)
    arrays = (
        np.ascontiguousarray(sparse.indptr, np.int64),
        sparse.place.astype(np.int32),
        sparse.weight.astype(f"i{weight_bits // 8}"),
        sparse.delay.astype(np.int32),
    )
    table = np.array([array.ctypes.data for array in arrays], np.int64)
    return Rows(code, table.ctypes.data, (table, *arrays))


def aligned(count: int, dtype: Any) -> NDArray[Any]:
    """Zeros that begin at a whole line of the cache."""
    width = np.dtype(dtype).itemsize
    raw = np.zeros(count * width + ALIGNMENT, np.uint8)
    skip = -raw.ctypes.data % ALIGNMENT
    return raw[skip : skip + count * width].view(dtype)
