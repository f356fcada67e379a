"""Machine code that adds the rows of a link to accumulators, printed as LLVM IR.

Accumulators are as wide as sums are proven to be, so that a vector holds many. Sums stay in
registers from one event to the next; they are computed modulo their width, which is all that
matters of one that fits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from somac.backends.fpga.description import Cast

__all__ = [
    "FUNCTION",
    "LONGEST_BYTES",
    "VECTOR_BYTES",
    "RowKernel",
    "dense_rows",
    "resized",
    "rounded_product",
    "sparse_rows",
]

FUNCTION = "rows"
"""``void rows(sums, slot, table, cells, values, count)``, all int64.

`sums` is the address of the accumulators of slot 0; `cells` and `values` are those of `count`
cells that send (int32), and of what they send (`RowKernel.value_bits`).
"""

VECTOR_BYTES = 32
_REGISTERS = 8
LONGEST_BYTES = _REGISTERS * VECTOR_BYTES
"""Rows may go so far beyond the accumulators that they add to."""


@dataclass(frozen=True, slots=True)
class RowKernel:
    """What a kernel is made for.

    Parameters
    ----------
    sum_bits, weight_bits
        Of an accumulator, and of a stored weight.
    factor_bits
        Of what is sent; 0 for spikes, whose weights are added as they are.
    value_bits
        Of a stored value.
    cast
        How products are rounded.
    slot
        Accumulators from a slot of the ring to the next.
    """

    sum_bits: int
    weight_bits: int
    factor_bits: int
    value_bits: int
    cast: Cast
    slot: int

    @property
    def product_bits(self) -> int:
        """Of the word in which a product is computed: modulo is enough if none is rounded."""
        if not self.cast.shift or not self.factor_bits:
            return self.sum_bits
        # a bit more for what rounds, and none shifted by as many bits as it has
        need = max(self.weight_bits + self.factor_bits + 1, self.cast.shift + 1)
        return max(self.sum_bits, next(bits for bits in (32, 64, 128) if bits >= need))


def dense_rows(kernel: RowKernel, vectors: int) -> tuple[str, int]:
    """The text for rows of so many vectors, and of how many they must be (no fewer)."""
    chunks = -(-vectors // (_REGISTERS if not kernel.factor_bits else _REGISTERS // 2))
    together = -(-vectors // chunks)
    return "\n".join([*_dense(kernel, chunks, together), ""]), chunks * together


def _dense(k: RowKernel, chunks: int, together: int) -> Iterator[str]:
    lanes = VECTOR_BYTES * 8 // k.sum_bits
    around = f"<{lanes} x ", ">"
    sums, weights = f"<{lanes} x i{k.sum_bits}>", f"<{lanes} x i{k.weight_bits}>"
    sum_step, weight_step = VECTOR_BYTES, lanes * k.weight_bits // 8
    product = f"<{lanes} x i{k.product_bits}>"
    stride = chunks * together * weight_step
    yield from _head(k)
    yield "  br label %chunk"
    yield "chunk:"
    yield "  %c = phi i64 [0, %begin], [%c.next, %done]"
    yield f"  %sums.off = mul i64 %c, {together * sum_step}"
    yield "  %at = getelementptr i8, ptr %base, i64 %sums.off"
    yield f"  %weights.off = mul i64 %c, {together * weight_step}"
    yield "  %column = getelementptr i8, ptr %weights, i64 %weights.off"
    yield "  br label %events"
    yield "events:"
    yield "  %e = phi i64 [0, %chunk], [%e.next, %events]"
    for n in range(together):
        yield f"  %t{n} = phi {product} [zeroinitializer, %chunk], [%n{n}, %events]"
    yield from _event(k)
    yield f"  %row.off = mul i64 %cell, {stride}"
    yield "  %row = getelementptr i8, ptr %column, i64 %row.off"
    if k.factor_bits:
        yield f"  %single = insertelement {product} poison, i{k.product_bits} %value, i32 0"
        yield (
            f"  %factor = shufflevector {product} %single, {product} poison, "
            f"<{lanes} x i32> zeroinitializer"
        )
    for n in range(together):
        yield f"  %q{n} = getelementptr i8, ptr %row, i64 {n * weight_step}"
        yield f"  %w{n} = load {weights}, ptr %q{n}, align {k.weight_bits // 8}"
        lines, added = _added(k, f"%w{n}", "%factor", str(n), *around, lanes)
        yield from lines
        yield f"  %n{n} = add {product} %t{n}, {added}"
    yield "  %e.next = add nuw nsw i64 %e, 1"
    yield "  %more = icmp slt i64 %e.next, %count"
    yield "  br i1 %more, label %events, label %done"
    yield "done:"
    for n in range(together):
        yield f"  %p{n} = getelementptr i8, ptr %at, i64 {n * sum_step}"
        yield f"  %s{n} = load {sums}, ptr %p{n}, align {k.sum_bits // 8}"
        yield resized(f"%a{n}", f"%n{n}", k.product_bits, k.sum_bits, *around)
        yield f"  %z{n} = add {sums} %s{n}, %a{n}"
        yield f"  store {sums} %z{n}, ptr %p{n}, align {k.sum_bits // 8}"
    yield "  %c.next = add nuw nsw i64 %c, 1"
    yield f"  %further = icmp slt i64 %c.next, {chunks}"
    yield "  br i1 %further, label %chunk, label %end"
    yield "end:"
    yield "  ret void"
    yield "}"


def sparse_rows(kernel: RowKernel, ring: int) -> str:
    """The text for rows of synapses, each with a delay if there is a ring of slots.

    `table` has the addresses of: where each row begins (int64), places (int32), weights, and
    delays (int32).
    """
    return "\n".join([*_sparse(kernel, ring), ""])


def _sparse(k: RowKernel, ring: int) -> Iterator[str]:
    yield from _head(k)
    for n, name in enumerate(("begins", "places", "stored", "delays")):
        yield f"  %{name}.at = getelementptr ptr, ptr %weights, i64 {n}"
        yield f"  %{name} = load ptr, ptr %{name}.at"
    yield "  br label %events"
    yield "events:"
    yield "  %e = phi i64 [0, %begin], [%e.next, %done]"
    yield from _event(k)
    yield "  %first.at = getelementptr i64, ptr %begins, i64 %cell"
    yield "  %first = load i64, ptr %first.at"
    yield "  %last.at = getelementptr i64, ptr %first.at, i64 1"
    yield "  %last = load i64, ptr %last.at"
    yield "  %any = icmp slt i64 %first, %last"
    yield "  br i1 %any, label %synapse, label %done"
    yield "synapse:"
    yield "  %x = phi i64 [%first, %events], [%x.next, %synapse]"
    yield "  %place.at = getelementptr i32, ptr %places, i64 %x"
    yield "  %place.short = load i32, ptr %place.at"
    yield "  %place = zext i32 %place.short to i64"
    if ring > 1:
        yield "  %delay.at = getelementptr i32, ptr %delays, i64 %x"
        yield "  %delay.short = load i32, ptr %delay.at"
        yield "  %delay = zext i32 %delay.short to i64"
        yield "  %later = add i64 %slot, %delay"
        yield f"  %beyond = icmp sge i64 %later, {ring}"
        yield f"  %round = select i1 %beyond, i64 {ring}, i64 0"
        yield "  %then = sub i64 %later, %round"
        yield f"  %then.off = mul i64 %then, {k.slot}"
        yield "  %index = add i64 %then.off, %place"
        yield f"  %sum.at = getelementptr i{k.sum_bits}, ptr %zero, i64 %index"
    else:
        yield f"  %sum.at = getelementptr i{k.sum_bits}, ptr %zero, i64 %place"
    yield f"  %weight.at = getelementptr i{k.weight_bits}, ptr %stored, i64 %x"
    yield f"  %weight = load i{k.weight_bits}, ptr %weight.at"
    lines, added = _added(k, "%weight", "%value", "", "", "", 0)
    yield from lines
    yield resized("%a", added, k.product_bits, k.sum_bits, "", "")
    yield f"  %sum = load i{k.sum_bits}, ptr %sum.at"
    yield f"  %total = add i{k.sum_bits} %sum, %a"
    yield f"  store i{k.sum_bits} %total, ptr %sum.at"
    yield "  %x.next = add nuw nsw i64 %x, 1"
    yield "  %more = icmp slt i64 %x.next, %last"
    yield "  br i1 %more, label %synapse, label %done"
    yield "done:"
    yield "  %e.next = add nuw nsw i64 %e, 1"
    yield "  %further = icmp slt i64 %e.next, %count"
    yield "  br i1 %further, label %events, label %end"
    yield "end:"
    yield "  ret void"
    yield "}"


def _head(k: RowKernel) -> Iterator[str]:
    names = ("sums", "slot", "table", "cells", "values", "count")
    given = ", ".join(f"i64 %{name}" for name in names)
    yield f'define void @{FUNCTION}({given}) "prefer-vector-width"="512" {{'
    yield "begin:"
    yield f"  %slot.off = mul i64 %slot, {k.slot * k.sum_bits // 8}"
    yield "  %sums.at = add i64 %sums, %slot.off"
    yield "  %base = inttoptr i64 %sums.at to ptr"
    yield "  %zero = inttoptr i64 %sums to ptr"
    yield "  %weights = inttoptr i64 %table to ptr"
    yield "  %listed = inttoptr i64 %cells to ptr"
    yield "  %sent = inttoptr i64 %values to ptr"


def _event(k: RowKernel) -> Iterator[str]:
    """The cell that sends, and its value as wide as a product."""
    yield "  %cell.at = getelementptr i32, ptr %listed, i64 %e"
    yield "  %cell.short = load i32, ptr %cell.at"
    yield "  %cell = zext i32 %cell.short to i64"
    if k.factor_bits:
        yield f"  %value.at = getelementptr i{k.value_bits}, ptr %sent, i64 %e"
        yield f"  %value.stored = load i{k.value_bits}, ptr %value.at"
        # told how narrow it is, LLVM knows quicker products
        narrow = min(k.value_bits, k.product_bits, 16 if k.factor_bits <= 16 else 64)
        yield resized("%value.narrow", "%value.stored", k.value_bits, narrow, "", "")
        yield resized("%value", "%value.narrow", narrow, k.product_bits, "", "")


def _added(
    k: RowKernel, weight: str, factor: str, name: str, before: str, after: str, lanes: int
) -> tuple[list[str], str]:
    """What is added of a weight, or a vector of them: its lines, and the product's value."""
    bits = k.product_bits
    kind = f"{before}i{bits}{after}"

    def constant(value: int) -> str:
        if not lanes:
            return str(value)
        return "<" + ", ".join([f"i{bits} {value}"] * lanes) + ">"

    lines = [resized(f"%g{name}", weight, k.weight_bits, bits, before, after)]
    found = f"%g{name}"
    if k.factor_bits:
        lines.append(f"  %m{name} = mul {kind} {found}, {factor}")
        found = f"%m{name}"
        if k.cast.shift:
            more, found = rounded_product(k, found, name, kind, constant)
            lines += more
    return lines, found


def rounded_product(
    k: RowKernel, product: str, name: str, kind: str, constant: Callable[[int], str]
) -> tuple[list[str], str]:
    """A product without its lowest bits, as the cast of a kernel rounds: lines, and the value."""
    lines: list[str] = []
    shift = k.cast.shift

    def new(label: str, instruction: str) -> str:
        lines.append(f"  %{label}{name} = {instruction}")
        return f"%{label}{name}"

    raised = product
    if k.cast.rounding == "RND":
        raised = new("h", f"add {kind} {product}, {constant(1 << (shift - 1))}")
    elif k.cast.rounding == "RND_CONV":
        # what is just half way goes up only to an even number
        floor = new("f", f"ashr {kind} {product}, {constant(shift)}")
        odd = new("o", f"and {kind} {floor}, {constant(1)}")
        less = new("l", f"add {kind} {product}, {constant((1 << (shift - 1)) - 1)}")
        raised = new("h", f"add {kind} {less}, {odd}")
    elif k.cast.rounding == "TRN_ZERO":
        sign = new("f", f"ashr {kind} {product}, {constant(k.product_bits - 1)}")
        rest = new("o", f"and {kind} {sign}, {constant((1 << shift) - 1)}")
        raised = new("h", f"add {kind} {product}, {rest}")
    return lines, new("r", f"ashr {kind} {raised}, {constant(shift)}")


def resized(name: str, value: str, have: int, need: int, before: str, after: str) -> str:
    """The line that gives an integer, or a vector of them, another width: `name` is the result."""
    kind, wanted = f"{before}i{have}{after}", f"{before}i{need}{after}"
    if have == need:
        return f"  {name} = bitcast {kind} {value} to {wanted}"
    return f"  {name} = {'trunc' if have > need else 'sext'} {kind} {value} to {wanted}"
