"""The model of the MAC array in C, against NumPy: products, wrapping, shift, saturation."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from somac.backends.manycore.machines.variants import RUNTIME

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror")
TRAPS = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")

Computed = Callable[..., tuple[NDArray[Any], bool]]


class Operand(ctypes.Structure):
    _fields_ = (("values", ctypes.c_void_p), ("is_signed", ctypes.c_bool))


class Result(ctypes.Structure):
    _fields_ = (
        ("values", ctypes.c_void_p),
        ("bits", ctypes.c_uint8),
        ("shift", ctypes.c_uint8),
        ("saturate", ctypes.c_bool),
        ("relu", ctypes.c_bool),
    )


class Product(ctypes.Structure):
    _fields_ = (
        ("left", Operand),
        ("right", Operand),
        ("result", Result),
        *((name, ctypes.c_uint32) for name in ("rows", "inner", "columns")),
    )


class Convolution(ctypes.Structure):
    _fields_ = (
        ("input", Operand),
        ("kernel", Operand),
        ("result", Result),
        *(
            (name, ctypes.c_uint32)
            for name in (
                *("input_channels", "channels", "kernel_rows", "kernel_columns"),
                *("row_stride", "column_stride", "rows", "columns"),
            )
        ),
    )


def operand(values: NDArray[Any]) -> Operand:
    return Operand(values.ctypes.data, values.dtype.kind == "i")


def result_of(values: NDArray[Any], options: dict[str, Any]) -> Result:
    flags = [options.get(name, False) for name in ("saturate", "relu")]
    return Result(values.ctypes.data, 8 * values.itemsize, options.get("shift", 0), *flags)


@pytest.fixture(scope="module")
def library(c_compiler: None, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The model, in which what is undefined ends the tests."""
    made = tmp_path_factory.mktemp("mac") / "mac.so"
    options = ("-std=c11", "-O1", "-shared", "-fPIC", *WARNINGS, *TRAPS)
    subprocess.run(["cc", *options, RUNTIME / "mac.c", "-o", made], check=True)
    return ctypes.CDLL(str(made))


@pytest.fixture(scope="module")
def multiply(library: ctypes.CDLL) -> Computed:
    """The array's product of two matrices of bytes, and whether an accumulator wrapped."""

    def call(left: NDArray[Any], right: NDArray[Any], bits: int, **options: Any) -> Any:
        (rows, inner), columns = left.shape, right.shape[1]
        found = np.zeros((rows, columns), dtype=f"i{bits // 8}")
        product = Product(
            operand(left), operand(right), result_of(found, options), rows, inner, columns
        )
        return found, library.mac_multiply(ctypes.byref(product)) != 0

    return call


@pytest.fixture(scope="module")
def convolve(library: ctypes.CDLL) -> Computed:
    """The same of an input (channels, rows, columns) and a kernel (in, rows, columns, out)."""

    def call(x: NDArray[Any], kernel: NDArray[Any], stride: Any, bits: int, **options: Any) -> Any:
        size = [(x.shape[n] - kernel.shape[n]) // stride[n - 1] + 1 for n in (1, 2)]
        found = np.zeros((kernel.shape[3], *size), dtype=f"i{bits // 8}")
        shape = (x.shape[0], kernel.shape[3], *kernel.shape[1:3], *stride, *size)
        convolution = Convolution(operand(x), operand(kernel), result_of(found, options), *shape)
        return found, library.mac_convolve(ctypes.byref(convolution)) != 0

    return call


def bytes_of(draw: Any, *shape: int) -> NDArray[Any]:
    dtype = draw(st.sampled_from([np.int8, np.uint8]))
    info = np.iinfo(dtype)
    elements = st.one_of(st.sampled_from([info.min, info.max]), st.integers(info.min, info.max))
    return np.ascontiguousarray(draw(hnp.arrays(dtype, shape, elements=elements)))


def stored(sums: NDArray[Any], bits: int, shift: int, saturate: bool, relu: bool) -> Any:
    """What the array makes of finished accumulators."""
    values = sums >> shift
    if relu:
        values = np.maximum(values, 0)
    if saturate:
        values = np.clip(values, -(1 << bits - 1), (1 << bits - 1) - 1)
    return values.astype(f"i{bits // 8}")


@given(data=st.data())
@settings(max_examples=300)
def test_products_equal_numpy(multiply: Computed, data: st.DataObject) -> None:
    rows, inner, columns = (data.draw(st.integers(1, most)) for most in (9, 40, 35))
    left, right = bytes_of(data.draw, rows, inner), bytes_of(data.draw, inner, columns)
    bits = data.draw(st.sampled_from([8, 16, 32]))
    shift, saturate, relu = data.draw(st.tuples(st.integers(0, 23), st.booleans(), st.booleans()))
    found, overflowed = multiply(left, right, bits, shift=shift, saturate=saturate, relu=relu)
    sums = left.astype(np.int64) @ right.astype(np.int64)
    np.testing.assert_array_equal(found, stored(sums, bits, shift, saturate, relu))
    assert not overflowed


@given(data=st.data())
@settings(max_examples=60)
def test_accumulators_wrap_and_say_so(multiply: Computed, data: st.DataObject) -> None:
    """Long sums of large products, whose partial sums leave 24 bits in some column or other."""
    inner = data.draw(st.integers(100, 1200))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    left = rng.integers(100, 256, (2, inner)).astype(np.uint8)
    right = rng.integers(-128, 128, (inner, 18)).astype(np.int8)
    right[:, 3], right[:, 17] = 127, -128
    found, overflowed = multiply(left, right, 32)
    partial = np.cumsum(left.astype(np.int64)[:, :, None] * right.astype(np.int64), axis=1)
    wrapped = (partial[:, -1] + (1 << 23) & (1 << 24) - 1) - (1 << 23)
    np.testing.assert_array_equal(found, wrapped)
    assert overflowed == bool((partial < -(1 << 23)).any() or (partial >= 1 << 23).any())


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("beyond", [0, 1])
def test_the_largest_sum(multiply: Computed, sign: int, beyond: int) -> None:
    """259 * 255 * 127 + 7 * 127 + 3 is 2**23 - 1; the least sum is one further from 0."""
    left = np.array([[255] * 259 + [7, 3, beyond + (sign < 0)]], np.uint8)
    right = sign * np.array([[127]] * 260 + [[1], [1]], np.int8)
    found, overflowed = multiply(left, right, 32)
    exact = int((left.astype(np.int64) @ right.astype(np.int64))[0, 0])
    assert exact == ((1 << 23) - 1 + beyond if sign > 0 else -(1 << 23) - beyond)
    assert overflowed == bool(beyond)
    assert found[0, 0] == exact - sign * beyond * (1 << 24)


@given(data=st.data())
@settings(max_examples=200)
def test_convolutions_equal_numpy(convolve: Computed, data: st.DataObject) -> None:
    draw = data.draw
    channels, out = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 15, 17]))
    kernel, stride, result = ([draw(st.integers(1, most)) for _ in "yx"] for most in (4, 3, 5))
    size = [(r - 1) * s + k for r, s, k in zip(result, stride, kernel, strict=True)]
    x, weight = bytes_of(draw, channels, *size), bytes_of(draw, channels, *kernel, out)
    bits, shift = draw(st.sampled_from([8, 16, 32])), draw(st.integers(0, 12))
    saturate, relu = draw(st.booleans()), draw(st.booleans())
    found, overflowed = convolve(x, weight, stride, bits, shift=shift, saturate=saturate, relu=relu)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.int64), kernel, axis=(1, 2))
    windows = windows[:, :: stride[0], :: stride[1]]
    sums = np.einsum("cyxrk,crko->oyx", windows, weight.astype(np.int64))
    np.testing.assert_array_equal(found, stored(sums, bits, shift, saturate, relu))
    assert not overflowed


def test_a_convolution_that_overflows(convolve: Computed) -> None:
    x, kernel = np.full((40, 3, 3), 255, np.uint8), np.full((40, 3, 3, 2), 127, np.int8)
    kernel[..., 1] = 1
    found, overflowed = convolve(x, kernel, (1, 1), 32)
    assert overflowed
    assert found.ravel().tolist() == [360 * 255 * 127 - (1 << 24), 360 * 255]
