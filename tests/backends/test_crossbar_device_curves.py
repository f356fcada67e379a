"""Functions as tables of integers: how near, and the same on every machine."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from device_cases import clipped
from hypothesis import given
from hypothesis import strategies as st

from somac.backends.crossbar.device.curves import (
    curve,
    decimal,
    halvings,
    logarithm,
    nearest,
    scaled,
    standard_clipped,
)
from somac.ir.digest import digest_of


@pytest.mark.parametrize("top", [0, 1, 1000, 1023, 1024, 1025, 983040, 2**28])
def test_lines_between_entries(top: int) -> None:
    made = curve(lambda x: 3 * x, top, Fraction(1, 2))
    x = np.unique(np.linspace(0, top, 5000).astype(np.int64))
    # a line but for the rounding of entries and between them
    assert np.abs(made.at(x) - 1.5 * x).max() <= 1.5
    assert len(made.values) <= 1027


def test_curves_are_constant_beyond_their_end() -> None:
    made = curve(lambda x: x * x, 5000, Fraction(1))
    last = (len(made.values) - 1) << made.bits
    far = np.array([last, last + 1, 10**12])
    np.testing.assert_array_equal(made.at(far), np.full(3, last**2))


def test_squares() -> None:
    made = curve(lambda x: x * x, 1 << 20, Fraction(1, 1 << 10))
    x = np.arange(0, 1 << 20, 77)
    assert np.abs(made.at(x) - (x / 1024) ** 2).max() <= 2


@given(st.integers(0, 2**62), st.integers(0, 2**24))
def test_products_without_overflow(value: int, factor: int) -> None:
    made = scaled(np.array([value]), np.array([factor]), 24)
    assert int(made[0]) == value * factor >> 24


def test_halvings() -> None:
    x = np.arange(0, (1 << 24) + 1, 997)
    made = halvings().at(x) / 2.0**30
    assert np.abs(made - 2.0 ** (-x / 2.0**24)).max() < 5e-9
    assert int(halvings().at(np.array([0]))[0]) == 1 << 30
    assert int(halvings().at(np.array([1 << 24]))[0]) == 1 << 29


def test_clipped_normals() -> None:
    shift, share = standard_clipped()
    x = np.arange(0, 9 << 16, 331)
    exact = np.array([clipped(a / 65536, 1) for a in x])
    assert np.abs(shift.at(x) / 2.0**24 - (exact[:, 0] - x / 65536)).max() < 9e-7
    assert np.abs(share.at(x) / 2.0**24 - exact[:, 1]).max() < 2e-6
    assert int(share.at(np.array([1 << 40]))[0]) == 1 << 24
    assert int(shift.at(np.array([1 << 40]))[0]) == 0


def test_tables_are_the_same_everywhere() -> None:
    shift, share = standard_clipped()
    assert digest_of((shift.values, share.values, halvings().values))[:16] == "ed7cadf809b32b43"


def test_no_entry_is_near_where_it_would_be_rounded_otherwise() -> None:
    """By a hundred times what libraries, and differences of numbers near 8, are off."""
    for entries, of in zip(standard_clipped(), (0, 1), strict=True):
        for n, entry in enumerate(entries.values):
            a = n / 256
            mean, variance = clipped(a, 1)
            exact = (mean - a, variance)[of] * 2**24
            assert abs(exact - math.floor(exact) - 0.5) > 1e-5
            assert round(exact) == entry


def test_decimals() -> None:
    assert float(decimal(Fraction(1, 3))) == pytest.approx(1 / 3)
    assert float(logarithm(Fraction(7, 2))) == pytest.approx(math.log(3.5), rel=1e-15)
    assert [nearest(Fraction(n, 2)) for n in (-3, -1, 1, 2, 3)] == [-1, 0, 1, 1, 2]
