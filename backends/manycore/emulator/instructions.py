"""Additions of whole rows that Numba has no words for, as LLVM IR within compiled code.

Each function is given types and returns a signature, and what makes its instructions. What Numba
compiled before does not notice a change of this file: remove ``__pycache__`` after one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from somac.backends.compiled.instructions import made
from somac.backends.manycore.emulator.columns import BLOCK, SIDE_BY_SIDE

__all__ = ["add_column", "add_columns", "add_row"]


@made
def add_row(
    context: Any,
    sums: Any,
    targets: Any,
    target: Any,
    weights: Any,
    weight: Any,
    count: Any,
    factor: Any,
) -> Any:
    """Add `count` blocks of weights, times a factor, each to `BLOCK` int32.

    `sums`, `targets` and `weights` are addresses: of sums, of the number of each block's first,
    which is of the type of `target`, and of blocks, of the type of `weight`.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, targets, _, weights, _, count, factor = arguments
        number, element = ir.IntType(target.bitwidth), ir.IntType(weight.bitwidth)
        narrow, wide = ir.VectorType(element, BLOCK), ir.VectorType(ir.IntType(32), BLOCK)
        listed = builder.inttoptr(targets, number.as_pointer())
        blocks = builder.inttoptr(weights, element.as_pointer())
        totals = builder.inttoptr(sums, ir.IntType(32).as_pointer())

        def add(scaled: Callable[[Any], Any]) -> None:
            with cgutils.for_range(builder, count) as loop:
                place = builder.zext(builder.load(builder.gep(listed, [loop.index])), count.type)
                at = builder.bitcast(builder.gep(totals, [place]), wide.as_pointer())
                block = builder.gep(blocks, [builder.mul(loop.index, count.type(BLOCK))])
                given = builder.load(builder.bitcast(block, narrow.as_pointer()), align=1)
                given = builder.sext(given, wide) if weight.bitwidth < 32 else given
                total = builder.add(builder.load(at, align=4), scaled(given))
                builder.store(total, at, align=4)

        one = builder.icmp_signed("==", factor, factor.type(1))
        with builder.if_else(one) as (once, often):
            with once:
                add(lambda given: given)
            with often:
                single = builder.trunc(factor, ir.IntType(32))
                first = builder.insert_element(
                    ir.Constant(wide, ir.Undefined), single, ir.IntType(32)(0)
                )
                factors = builder.shuffle_vector(first, first, ir.Constant(wide, [0] * BLOCK))
                add(lambda given: builder.mul(given, factors))
        return context.get_dummy_value()

    word = types.int64
    return types.void(word, word, target, word, weight, word, word), generate


def _adding(width: int) -> Any:
    """Sums over rows of `width` blocks, which stay in registers from one row to the next."""

    def add(
        context: Any, sums: Any, weights: Any, weight: Any, stride: Any, cells: Any, count: Any
    ) -> Any:
        """Add the rows of some cells; of the type of `weight`, cell c's at weights + c * stride.

        `sums`, `weights` and `cells` are addresses, of int32, of the row of cell 0, and of
        `count` int32.
        """

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            sums, weights, _, stride, cells, count = arguments
            word = ir.IntType(64)
            narrow = ir.VectorType(ir.IntType(weight.bitwidth), BLOCK)
            wide = ir.VectorType(ir.IntType(32), BLOCK)
            size = BLOCK * weight.bitwidth // 8

            def places(first: Any, step: int, kind: Any) -> list[Any]:
                return [
                    builder.inttoptr(builder.add(first, word(n * step)), kind.as_pointer())
                    for n in range(width)
                ]

            totals = [cgutils.alloca_once(builder, wide) for _ in range(width)]
            for at, total in zip(places(sums, 4 * BLOCK, wide), totals, strict=True):
                builder.store(builder.load(at, align=4), total)
            listed = builder.inttoptr(cells, ir.IntType(32).as_pointer())
            with cgutils.for_range(builder, count) as loop:
                cell = builder.zext(builder.load(builder.gep(listed, [loop.index])), word)
                row = builder.add(weights, builder.mul(cell, stride))
                for at, total in zip(places(row, size, narrow), totals, strict=True):
                    given = builder.load(at, align=1)
                    given = builder.sext(given, wide) if weight.bitwidth < 32 else given
                    builder.store(builder.add(builder.load(total), given), total)
            for at, total in zip(places(sums, 4 * BLOCK, wide), totals, strict=True):
                builder.store(builder.load(total), at, align=4)
            return context.get_dummy_value()

        word = types.int64
        return types.void(word, word, weight, word, word, word), generate

    return made(add)


add_column = _adding(1)
add_columns = _adding(SIDE_BY_SIDE)
