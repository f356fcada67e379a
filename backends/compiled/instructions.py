"""Instructions that Numba has no words for, as LLVM IR within compiled code.

Each function is given types and returns a signature, and what makes its instructions. What Numba
compiled before does not notice a change of this file: remove ``__pycache__`` after one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = [
    "NONZERO",
    "call",
    "call3",
    "call5",
    "call6",
    "count_bits",
    "first_bit",
    "leading_zeros",
    "made",
    "nonzero",
]

NONZERO: Final = 64
"""Bytes that are looked at together."""


def made(function: Callable[..., Any]) -> Any:
    """What compiled code calls, of a function that makes its instructions."""
    return intrinsic(function)


def _calling(count: int) -> tuple[Any, Callable[..., Any]]:
    """What calls a function, by its address, with so many int64; it returns nothing."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * count)
        function, *given = arguments
        builder.call(builder.inttoptr(function, kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * (1 + count)), generate


@made
def call(context: Any, function: Any, a: Any, b: Any) -> Any:
    """Call a function by its address, with two integers."""
    return _calling(2)


@made
def call3(context: Any, function: Any, a: Any, b: Any, c: Any) -> Any:
    """Call a function by its address, with three integers."""
    return _calling(3)


@made
def call5(context: Any, function: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Call a function by its address, with five integers."""
    return _calling(5)


@made
def call6(context: Any, function: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    """Call a function by its address, with six integers."""
    return _calling(6)


@made
def nonzero(context: Any, address: Any) -> Any:
    """Which of the `NONZERO` bytes at an address are not 0: uint64, a bit for each."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bytes_ = ir.VectorType(ir.IntType(8), NONZERO)
        given = builder.load(builder.inttoptr(arguments[0], bytes_.as_pointer()), align=1)
        none = ir.Constant(bytes_, [0] * NONZERO)
        return builder.bitcast(builder.icmp_signed("!=", given, none), ir.IntType(64))

    return types.uint64(types.int64), generate


@made
def first_bit(context: Any, word: Any) -> Any:
    """Number of the first bit of a uint64, not 0, that is set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.uint64), generate


@made
def count_bits(context: Any, word: Any) -> Any:
    """How many bits of a uint64 are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@made
def leading_zeros(context: Any, word: Any) -> Any:
    """How many bits of a uint32 are above the highest that is set: 32 if none is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.IntType(1)(0))

    return types.int32(types.uint32), generate
