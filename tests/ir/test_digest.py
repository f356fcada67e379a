"""Digests: equal for equal values, on every machine; different for different ones."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from somac.ir.digest import canonical, digest_of, freeze_arrays, integers, read_only, summary


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Point:
    x: int
    y: int


@dataclass(frozen=True)
class Pixel:
    x: int
    y: int


DISTINCT = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    -0.0,
    0.0,
    float("inf"),
    float("nan"),
    "1",
    b"1",
    "",
    b"",
    Colour.RED,
    (),
    (1,),
    ((1,),),
    (1, 2),
    (12,),
    ("a", "bc"),
    ("ab", "c"),
    {},
    {"a": 1},
    {"a": 1, "b": 2},
    {"a": {"b": 1}},
    frozenset(),
    frozenset({"a"}),
    frozenset({("a",)}),
    Point(1, 2),
    Point(2, 1),
    Pixel(1, 2),
    np.array(1),
    np.array([1]),
    np.array([[1]]),
    np.array([1, 2]),
    np.array([1, 2], np.int32),
    np.array([1.0, 2.0]),
    np.array([True, False]),
    np.zeros((0, 2)),
    np.zeros((2, 0)),
]


def test_values_that_differ_have_digests_that_differ() -> None:
    digests = [digest_of(value) for value in DISTINCT]
    assert len(set(digests)) == len(DISTINCT)
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 2), [1, 2]),
        (1, np.int16(1)),
        (0.5, np.float32(0.5)),
        (True, np.bool_(True)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, MappingProxyType({"a": 1})),
        ({"x", "y", "z"}, frozenset(["z", "y", "x"])),
        (np.array([1, 2], ">i4"), np.array([1, 2], "<i4")),
        (np.array([[1, 2], [3, 4]]).T, np.array([[1, 3], [2, 4]])),
        (np.asfortranarray(np.eye(3)), np.eye(3)),
        (np.arange(10)[::2], np.array([0, 2, 4, 6, 8])),
        (read_only(np.ones(3)), np.ones(3)),
    ],
)
def test_values_that_are_equal_have_one_digest(one: Any, other: Any) -> None:
    assert digest_of(one) == digest_of(other)


@given(hnp.arrays(hnp.integer_dtypes(sizes=(32, 64)), hnp.array_shapes(min_dims=0, min_side=0)))
def test_memory_layout_does_not_enter(array: Any) -> None:
    assert digest_of(np.array(array, order="F")) == digest_of(array)
    swapped = array.astype(array.dtype.newbyteorder())
    assert digest_of(swapped) == digest_of(array)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def tagged(value: Any) -> Any:
    """What equality in Python confuses: True and 1; dictionaries by their order."""
    if isinstance(value, tuple):
        return "t", *(tagged(v) for v in value)
    if isinstance(value, dict):
        return "m", *sorted((k, tagged(v)) for k, v in sorted(value.items()))
    return type(value).__name__, value


@given(values, values)
def test_the_canonical_bytes_tell_values_apart(one: Any, other: Any) -> None:
    same = tagged(one) == tagged(other)
    assert (b"".join(canonical(one)) == b"".join(canonical(other))) == same


@pytest.mark.parametrize("value", [object(), np.array([object()]), Point, 1j, {1: object()}])
def test_what_has_no_canonical_bytes(value: Any) -> None:
    with pytest.raises(TypeError, match="no canonical bytes"):
        digest_of(value)


PROGRAM = """
import numpy as np
from somac.ir.digest import digest_of
from somac.ir.target import Capabilities
print(digest_of([
    {"b": 1, "a": {"c", "d", "e"}},
    frozenset("xyz"),
    np.arange(6.0).reshape(2, 3),
    Capabilities(frozenset({"add", "mul", "table"}), frozenset({"spike"}), 1, 7, 32, 16, 4),
]))
"""


def test_the_hash_seed_of_python_does_not_enter() -> None:
    found = set()
    for seed in ("0", "1", "77"):
        done = subprocess.run(
            [sys.executable, "-P", "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1


def test_digests_do_not_change_from_version_to_version() -> None:
    value = (1, "a", np.array([1.5, 2.0]), {"k": None})
    assert digest_of(value) == "015bee0764a64cd96c6a19a1baae2a9f03833b77a87d32887eea33e99a98a0d5"


def test_read_only_copies_what_could_change() -> None:
    base = np.arange(4)
    view = base[:2]
    view.flags.writeable = False
    kept = read_only(view)
    base[0] = 9
    np.testing.assert_array_equal(kept, [0, 1])
    assert read_only(kept) is kept
    assert read_only(np.array(3.0)).shape == ()
    slice_of_kept = kept[1:]
    assert read_only(slice_of_kept) is slice_of_kept
    native = read_only(np.array([1, 2], ">i8"))
    assert native.dtype.isnative
    np.testing.assert_array_equal(native, [1, 2])


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    x: Any
    y: Any


def test_arrays_of_a_value_are_frozen() -> None:
    given_x = np.arange(3, dtype=np.int32)
    curve = Curve(given_x, np.array([True, False]))
    freeze_arrays(curve)
    assert (curve.x.dtype, curve.y.dtype) == (np.int32, np.bool_)
    freeze_arrays(curve, np.int64)
    given_x[0] = 9
    for array, expected in ((curve.x, [0, 1, 2]), (curve.y, [1, 0])):
        assert array.dtype == np.int64
        assert not array.flags.writeable
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("array", [[1.0], ["1"], np.array([1], np.uint64), [1j], [2**70]])
def test_integers_cut_nothing_off(array: Any) -> None:
    with pytest.raises(TypeError, match="integers are needed"):
        integers(array)


def test_integers_are_int64() -> None:
    for given_array in ([1, 0], np.array([1, 0], np.uint8), np.array([True, False]), []):
        assert integers(given_array).dtype == np.int64


def test_summary() -> None:
    assert summary(np.array(0.5)) == "0.5"
    assert summary(np.array(3)) == "3"
    assert summary(np.arange(3)) == f"(3,) {digest_of(np.arange(3))[:16]}"
