"""Machine code that adds the rows of a link for many samples at once, printed as LLVM IR.

Samples are the lanes of vectors, and a weight is the same for all of them. Where sums of 16 bits
are enough a product never is wider: what is dropped of it, and what is kept, are a few of the
bits of its two halves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emulator.row_kernels import RowKernel, resized, rounded_product

__all__ = ["BEYOND", "FUNCTION", "LANES", "lane_rows", "signed_bits"]

Integers = NDArray[np.int64]

FUNCTION = "lanes"
"""``void lanes(sums, table, values)``, all int64 addresses.

Sums and values have `LANES` numbers for each accumulator and each cell that is read.
"""

LANES = 64
"""Samples that run together."""

BEYOND = 8
"""Accumulators after the last that may be written to, with what is there."""

_BYTES = 128
"""Of what is computed together: two of the longest vectors."""


@dataclass(frozen=True, slots=True)
class _Halves:
    """How products in 16 bits are made.

    Parameters
    ----------
    weight, value
        By how many bits these are raised before they are multiplied.
    kept
        Bits of the product's lower half that come below those of its upper half.
    """

    weight: int
    value: int
    kept: int


def lane_rows(kernel: RowKernel, matrix: Integers) -> tuple[str, NDArray[Any]]:
    """The text, and the table it reads, for the matrix (cells, accumulators)."""
    cells, sums = matrix.shape
    tiles = max(1, -(-sums // BEYOND))
    tile = -(-sums // tiles)
    padded = np.zeros((cells, tiles * tile), np.int64)
    padded[:, :sums] = matrix
    table = padded.reshape(cells, tiles, tile).transpose(1, 0, 2)
    halves = _halves(kernel)
    if halves is None:
        bits = kernel.product_bits
        stored = np.ascontiguousarray(table, f"i{min(bits, 64) // 8}")
    else:
        # twice, as words of 32 bits are quicker to repeat in a vector
        low = (table << halves.weight) & 0xFFFF
        stored = np.ascontiguousarray(low << 16 | low).astype(np.uint32)
    shape = _Shape(cells, tiles, tile, stored.dtype.itemsize)
    return "\n".join([*_text(kernel, shape, halves), ""]), stored


def signed_bits(low: int, high: int) -> int:
    """Bits of the narrowest two's complement that holds `low` to `high`."""
    return 1 + max((value if value >= 0 else ~value).bit_length() for value in (low, high))


def _halves(k: RowKernel) -> _Halves | None:
    """For products of two numbers of 16 bits, cut off below what a half can hold, into 16 bits."""
    fits = max(k.weight_bits, k.factor_bits, k.value_bits, k.sum_bits) <= 16
    need = 16 - k.cast.shift
    if not fits or k.cast.rounding != "TRN" or not 0 <= need < 16:
        return None
    weight = min(need, 16 - k.weight_bits)
    value = min(need - weight, 16 - k.factor_bits)
    if weight + value < need:
        return _Halves(0, 0, need)
    return _Halves(weight, value, 0)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Of a table: cells, tiles of accumulators that are summed together, bytes of a weight."""

    cells: int
    tiles: int
    tile: int
    weight: int


def _text(k: RowKernel, shape: _Shape, halves: _Halves | None) -> Iterator[str]:
    bits = k.product_bits if halves is None else 16
    width = min(LANES, _BYTES * 8 // bits)
    product, sums = f"<{width} x i{bits}>", f"<{width} x i{k.sum_bits}>"
    around = f"<{width} x ", ">"
    if halves is not None and halves.kept:
        yield f"declare {product} @llvm.fshl.v{width}i16({product}, {product}, {product})"
    yield f"define void @{FUNCTION}(i64 %sums.at, i64 %table.at, i64 %values.at) " + (
        '"prefer-vector-width"="512" {'
    )
    yield "begin:"
    for name in ("sums", "table", "values"):
        yield f"  %{name} = inttoptr i64 %{name}.at to ptr"
    yield "  br label %tile"
    yield "tile:"
    yield "  %t = phi i64 [0, %begin], [%t.next, %next]"
    yield f"  %rows.off = mul i64 %t, {shape.cells * shape.tile * shape.weight}"
    yield "  %rows = getelementptr i8, ptr %table, i64 %rows.off"
    yield f"  %own.off = mul i64 %t, {shape.tile * LANES * k.sum_bits // 8}"
    yield "  %own = getelementptr i8, ptr %sums, i64 %own.off"
    yield "  br label %part"
    yield "part:"
    yield "  %l = phi i64 [0, %tile], [%l.next, %done]"
    yield f"  %column = getelementptr i{k.value_bits}, ptr %values, i64 %l"
    yield f"  %at = getelementptr i{k.sum_bits}, ptr %own, i64 %l"
    yield "  br label %cell"
    yield "cell:"
    yield "  %c = phi i64 [0, %part], [%c.next, %cell]"
    for n in range(shape.tile):
        yield f"  %t{n} = phi {product} [zeroinitializer, %part], [%n{n}, %cell]"
    yield f"  %value.off = mul i64 %c, {LANES * k.value_bits // 8}"
    yield "  %value.at = getelementptr i8, ptr %column, i64 %value.off"
    yield f"  %stored = load <{width} x i{k.value_bits}>, ptr %value.at, align 1"
    yield resized("%sent", "%stored", k.value_bits, bits, *around)
    raised = halves.value if halves is not None else 0
    yield f"  %value = shl {product} %sent, {_all(bits, width, raised)}"
    yield f"  %row.off = mul i64 %c, {shape.tile * shape.weight}"
    yield "  %row = getelementptr i8, ptr %rows, i64 %row.off"
    for n in range(shape.tile):
        yield f"  %p{n} = getelementptr i8, ptr %row, i64 {n * shape.weight}"
        if halves is None:
            yield from _whole_product(k, n, width, shape.weight * 8)
        else:
            yield from _half_product(n, width, halves)
        yield f"  %n{n} = add {product} %t{n}, %r{n}"
    yield "  %c.next = add nuw nsw i64 %c, 1"
    yield f"  %more = icmp slt i64 %c.next, {shape.cells}"
    yield "  br i1 %more, label %cell, label %done"
    yield "done:"
    for n in range(shape.tile):
        yield f"  %q{n} = getelementptr i8, ptr %at, i64 {n * LANES * k.sum_bits // 8}"
        yield f"  %s{n} = load {sums}, ptr %q{n}, align 1"
        yield resized(f"%a{n}", f"%n{n}", bits, k.sum_bits, *around)
        yield f"  %z{n} = add {sums} %s{n}, %a{n}"
        yield f"  store {sums} %z{n}, ptr %q{n}, align 1"
    yield f"  %l.next = add nuw nsw i64 %l, {width}"
    yield f"  %further = icmp slt i64 %l.next, {LANES}"
    yield "  br i1 %further, label %part, label %next"
    yield "next:"
    yield "  %t.next = add nuw nsw i64 %t, 1"
    yield f"  %another = icmp slt i64 %t.next, {shape.tiles}"
    yield "  br i1 %another, label %tile, label %end"
    yield "end:"
    yield "  ret void"
    yield "}"


def _all(bits: int, width: int, value: int) -> str:
    return "<" + ", ".join([f"i{bits} {value}"] * width) + ">"


def _repeated(name: str, scalar: str, bits: int, width: int) -> Iterator[str]:
    kind = f"<{width} x i{bits}>"
    yield f"  {name}.one = insertelement {kind} poison, i{bits} {scalar}, i32 0"
    zeros = f"<{width} x i32> zeroinitializer"
    yield f"  {name} = shufflevector {kind} {name}.one, {kind} poison, {zeros}"


def _whole_product(k: RowKernel, n: int, width: int, stored: int) -> Iterator[str]:
    """Into `%r`, in a word that holds all of it, or as much as is added."""
    bits = k.product_bits
    kind = f"<{width} x i{bits}>"
    yield f"  %w{n}.short = load i{stored}, ptr %p{n}, align 1"
    yield resized(f"%w{n}.wide", f"%w{n}.short", stored, bits, "", "")
    yield from _repeated(f"%w{n}", f"%w{n}.wide", bits, width)
    yield f"  %m{n} = mul {kind} %w{n}, %value"
    found = f"%m{n}"
    if k.cast.shift:
        lines, found = rounded_product(k, found, f"x{n}", kind, lambda v: _all(bits, width, v))
        yield from lines
    yield resized(f"%r{n}", found, bits, bits, f"<{width} x ", ">")


def _half_product(n: int, width: int, halves: _Halves) -> Iterator[str]:
    """Into `%r`, from the upper half of a product and what is kept of the lower."""
    kind, wide = f"<{width} x i16>", f"<{width} x i32>"
    yield f"  %w{n}.pair = load i32, ptr %p{n}, align 1"
    yield from _repeated(f"%w{n}.pairs", f"%w{n}.pair", 32, width // 2)
    yield f"  %w{n} = bitcast <{width // 2} x i32> %w{n}.pairs to {kind}"
    yield f"  %w{n}.wide = sext {kind} %w{n} to {wide}"
    yield f"  %v{n}.wide = sext {kind} %value to {wide}"
    yield f"  %m{n} = mul {wide} %w{n}.wide, %v{n}.wide"
    yield f"  %u{n}.wide = lshr {wide} %m{n}, {_all(32, width, 16)}"
    yield f"  %u{n} = trunc {wide} %u{n}.wide to {kind}"
    if not halves.kept:
        yield resized(f"%r{n}", f"%u{n}", 16, 16, f"<{width} x ", ">")
        return
    yield f"  %b{n} = mul {kind} %w{n}, %value"
    yield (
        f"  %r{n} = call {kind} @llvm.fshl.v{width}i16({kind} %u{n}, {kind} %b{n}, "
        f"{kind} {_all(16, width, halves.kept)})"
    )
