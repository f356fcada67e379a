"""Instructions that Numba has no words for, as LLVM IR within compiled code.

Each function is given types and returns a signature, and what makes its instructions. What Numba
compiled before does not notice a change of this file: remove ``__pycache__`` after one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from somac.backends.manycore.emulator.columns import BLOCK, SIDE_BY_SIDE

__all__ = ["add_block", "add_column", "add_columns", "call", "call_rule", "first_byte"]


def _intrinsic(function: Callable[..., Any]) -> Any:
    return intrinsic(function)


@_intrinsic
def call(context: Any, kernel: Any, addresses: Any, cells: Any) -> Any:
    """Call a kernel: its address, that of its table of addresses, and how many cells."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        function = ir.FunctionType(ir.VoidType(), [word, word])
        kernel = builder.inttoptr(arguments[0], function.as_pointer())
        builder.call(kernel, arguments[1:])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@_intrinsic
def call_rule(
    context: Any, kernel: Any, addresses: Any, first: Any, last: Any, cell: Any, signal: Any
) -> Any:
    """Call a kernel of a learning rule (`somac.backends.codegen.llvm_rule`) by its address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        function = ir.FunctionType(ir.VoidType(), [word] * 5)
        kernel = builder.inttoptr(arguments[0], function.as_pointer())
        builder.call(kernel, arguments[1:])
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 6), generate


@_intrinsic
def add_block(context: Any, sums: Any, weights: Any, weight: Any, factor: Any) -> Any:
    """Add `BLOCK` weights, of the type of `weight`, times a factor, to as many int32.

    `sums` and `weights` are addresses.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = ir.VectorType(ir.IntType(weight.bitwidth), BLOCK)
        wide = ir.VectorType(ir.IntType(32), BLOCK)
        at = builder.inttoptr(arguments[0], wide.as_pointer())
        given = builder.load(builder.inttoptr(arguments[1], narrow.as_pointer()), align=1)
        if weight.bitwidth < 32:
            given = builder.sext(given, wide)
        factor = builder.trunc(arguments[3], ir.IntType(32))
        one = builder.insert_element(ir.Constant(wide, ir.Undefined), factor, ir.IntType(32)(0))
        all_of_it = ir.Constant(wide, [0] * BLOCK)
        product = builder.mul(given, builder.shuffle_vector(one, one, all_of_it))
        builder.store(builder.add(builder.load(at, align=4), product), at, align=4)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, weight, types.int64), generate


@_intrinsic
def first_byte(context: Any, word: Any) -> Any:
    """Number of the first byte of a uint64, not 0, that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zeros = builder.cttz(arguments[0], ir.IntType(1)(1))
        return builder.lshr(zeros, ir.IntType(64)(3))

    return types.int64(types.uint64), generate


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

    return _intrinsic(add)


add_column = _adding(1)
add_columns = _adding(SIDE_BY_SIDE)
