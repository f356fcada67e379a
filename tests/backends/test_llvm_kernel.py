"""Kernels in machine code against the interpreter, bit for bit."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.codegen import lower
from somac.backends.codegen.llvm_kernel import llvm_kernel
from somac.backends.codegen.llvm_values import storage_bits
from somac.backends.codegen.machine import compile_module
from somac.ir.datapath import Datapath, Instruction, run
from somac.ir.fixed import BOOL, Format, Overflow, Rounding, fit_overflow

CELLS = 37
"""More than a vector, and no multiple of one."""

SUM = (-(1 << 31), (1 << 31) - 1)


def assert_equal_to_interpreter(
    path: Datapath, sums: dict[str, Any], states: dict[str, Any], parameters: dict[str, Any]
) -> None:
    """One update by the kernel and by the interpreter, from what 32-bit accumulators hold."""
    known = {
        ("param", name): (int(values.min()), int(values.max()))
        for name, values in parameters.items()
    }
    for port in path.names("input"):
        format = path.format_of("input", port)
        if format.minimum <= SUM[0] and SUM[1] <= format.maximum:
            known["input", port] = SUM
    code = lower(path, known)
    low, high = code.output_range
    graded = low >= -(1 << 31) and high < 1 << 31
    formats = {name: path.format_of("state", name) for name in path.names("state")}
    bits_of = {name: storage_bits(f.minimum, f.maximum) for name, f in formats.items()}
    kernel = llvm_kernel(code, path.names("input"), bits_of, graded=graded)
    given = [*(states[name] for name in kernel.states)]
    given += [parameters[name] for name in kernel.parameters]
    arrays = [sums[name].astype(np.int32) for name in kernel.ports]
    arrays += [
        np.broadcast_to(values, CELLS).astype(f"i{bits // 8}")
        for values, bits in zip(given, kernel.bits, strict=True)
    ]
    sends, signal = np.full(CELLS, 9, np.uint8), np.zeros(CELLS, np.int32)
    arrays += [sends, signal]
    addresses = np.array([array.ctypes.data for array in arrays])
    code_of = compile_module(kernel.text, "update")
    function = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(code_of.address)
    function(addresses.ctypes.data, CELLS)
    arrived = {
        name: fit_overflow(values.astype(np.int64), path.format_of("input", name))
        for name, values in sums.items()
    }
    expected = run(path, arrived, states, parameters)
    for name, after in zip(kernel.states, arrays[len(kernel.ports) :], strict=False):
        np.testing.assert_array_equal(after, np.broadcast_to(expected.state[name], CELLS))
    output = np.broadcast_to(expected.output, CELLS)
    np.testing.assert_array_equal(sends, output != 0)
    if graded:
        np.testing.assert_array_equal(signal, output)
    for array in arrays[: len(kernel.ports)]:
        np.testing.assert_array_equal(array, 0)


def drawn(rng: np.random.Generator, low: int, high: int, *shape: int) -> Any:
    """Anything within bounds, ends and small numbers more often."""
    values = rng.integers(low, high, shape, endpoint=True)
    edges = np.clip(np.array([low, high, 0, 1, -1]), low, high)
    chosen = edges[rng.integers(0, len(edges), shape)]
    return np.where(rng.random(shape) < 0.5, chosen, values)


def values(path: Datapath, opcode: str, seed: int, *, shared: bool = False) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {}
    for name in path.names(opcode):
        format = path.format_of(opcode, name)
        shape = (1,) if shared and rng.random() < 0.5 else (CELLS,)
        found[name] = drawn(rng, format.minimum, format.maximum, *shape)
    return found


def check(path: Datapath, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sums = {name: drawn(rng, *SUM, CELLS) for name in path.names("input")}
    parameters = values(path, "param", seed, shared=True)
    assert_equal_to_interpreter(path, sums, values(path, "state", seed), parameters)


@given(data=st.data(), seed=st.integers(0, 1 << 20))
@settings(max_examples=80)
def test_kernel_equals_the_interpreter(
    data: st.DataObject, seed: int, random_datapaths: Callable[[], st.SearchStrategy[Datapath]]
) -> None:
    check(data.draw(random_datapaths()), seed)


@pytest.mark.long
@given(data=st.data(), seed=st.integers(0, 1 << 20))
@settings(max_examples=2000)
def test_many_kernels_equal_the_interpreter(
    data: st.DataObject, seed: int, random_datapaths: Callable[[], st.SearchStrategy[Datapath]]
) -> None:
    check(data.draw(random_datapaths()), seed)


@pytest.mark.parametrize("width", [8, 23, 24, 25, 31, 40, 53, 60])
def test_quotients(width: int) -> None:
    """In float32, float64 and integers: next to every multiple, where rounding could show."""
    number, divisor = Format(width, width), Format(min(width, 16), min(width, 16))
    path = Datapath(
        "divide",
        (
            Instruction("state", number, name="a"),
            Instruction("state", divisor, name="b"),
            Instruction("floordiv", number, (0, 1)),
            Instruction("ne", BOOL, (2, 2)),
        ),
        {"a": 2, "b": 1},
        3,
        "spike",
    )
    rng = np.random.default_rng(width)
    for _ in range(20):
        b = drawn(rng, divisor.minimum, divisor.maximum, CELLS)
        most = number.maximum // np.maximum(np.abs(b), 1)
        a = b * rng.integers(-most, most, endpoint=True) + rng.integers(-1, 2, CELLS)
        a = np.clip(a, number.minimum, number.maximum)
        assert_equal_to_interpreter(path, {}, {"a": a, "b": b}, {})


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("overflow", list(Overflow))
@pytest.mark.parametrize("bits", [12, 16, 20, 30])
def test_leak_and_drive(rounding: Rounding, overflow: Overflow, bits: int) -> None:
    """A sum of multiples of the rounding step and of finer numbers."""
    state = Format(bits, 6, True, rounding, overflow)
    path = Datapath(
        "leak",
        (
            Instruction("input", Format(20, 20), name="x"),
            Instruction("state", state, name="v"),
            Instruction("param", Format(12, 0), name="leak"),
            Instruction("mul", Format(bits + 12, 6), (1, 2)),
            Instruction("add", Format(bits + 13, 7), (1, 3)),
            Instruction("add", state, (4, 0)),
            Instruction("gt", BOOL, (5, 1)),
        ),
        {"v": 5},
        6,
        "spike",
    )
    check(path, bits)


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(0, 127, 8), (-128, 0, 8), (0, 128, 16), (-32769, 0, 32), (0, 1 << 31, 64)],
)
def test_storage(low: int, high: int, bits: int) -> None:
    assert storage_bits(low, high) == bits
