"""Instructions that Numba has no words for, as LLVM IR within compiled code.

Each function is given types and returns a signature, and what makes its instructions. What Numba
compiled before does not notice a change of this file: remove ``__pycache__`` after one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from somac.backends.manycore.emulator.columns import BLOCK

__all__ = ["add_block", "call", "first_byte"]


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
