"""Fixed point against exact arithmetic on fractions."""

from __future__ import annotations

from fractions import Fraction
from math import floor, trunc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from somac.ir.fixed import (
    BOOL,
    MAX_FRACTION,
    Format,
    Overflow,
    Rounding,
    cast,
    fit_overflow,
    quantise,
    round_shift,
    to_real,
)

LOW, HIGH = -(2**63), 2**63 - 1
# what rounding and wrapping trip over: the ends of every width, and their neighbours
EDGES = sorted(
    {
        value
        for k in range(64)
        for value in (2**k - 1, 2**k, 2**k + 1, -(2**k) - 1, -(2**k), -(2**k) + 1)
        if LOW <= value <= HIGH
    }
)
raws = st.integers(LOW, HIGH) | st.sampled_from(EDGES)


@st.composite
def formats(draw: st.DrawFn) -> Format:
    signed = draw(st.booleans())
    width = draw(st.integers(1, 62 + signed))
    fraction = draw(st.integers(-80, 80) | st.integers(-MAX_FRACTION, MAX_FRACTION))
    rounding, overflow = draw(st.sampled_from(Rounding)), draw(st.sampled_from(Overflow))
    return Format(width, width - fraction, signed, rounding, overflow)


def rounded(value: Fraction, rounding: Rounding) -> int:
    match rounding:
        case Rounding.TRN:
            return floor(value)
        case Rounding.TRN_ZERO:
            return trunc(value)
        case Rounding.RND:
            return floor(value + Fraction(1, 2))
        case Rounding.RND_CONV:
            return round(value)


def fitted(value: int, format: Format) -> int:
    if format.overflow is Overflow.SAT:
        return min(max(value, format.minimum), format.maximum)
    low = value % 2**format.width
    return low - 2**format.width if format.signed and low > format.maximum else low


def exactly(value: Fraction, format: Format) -> int:
    """What `value` is in `format`, by the definition."""
    return fitted(rounded(value * Fraction(2) ** format.fraction, format.rounding), format)


def one(array: object) -> int:
    result = np.asarray(array)
    assert result.dtype == np.int64
    return int(result)


@given(raws, st.integers(1, 200), st.sampled_from(Rounding))
@example(LOW, 64, Rounding.RND)
@example(LOW, 64, Rounding.RND_CONV)
@example(LOW, 63, Rounding.RND)
@example(HIGH, 1, Rounding.RND)
@example(-1, 64, Rounding.TRN)
@example(-1, 64, Rounding.TRN_ZERO)
def test_round_shift(raw: int, shift: int, rounding: Rounding) -> None:
    found = round_shift(np.array([raw]), shift, rounding)
    assert one(found[0]) == rounded(Fraction(raw, 2**shift), rounding)


@given(raws, st.integers(0, 70), st.sampled_from(Rounding))
def test_shift_to_the_left_is_modulo_the_word(raw: int, shift: int, rounding: Rounding) -> None:
    found = one(round_shift(np.array(raw), -shift, rounding))
    assert (found - raw * 2**shift) % 2**64 == 0


@given(raws, formats())
def test_fit_overflow(raw: int, format: Format) -> None:
    found = one(fit_overflow(np.array(raw), format))
    assert found == fitted(raw, format)
    assert format.minimum <= found <= format.maximum


@given(raws, st.integers(-100, 100) | st.integers(-2 * MAX_FRACTION, 2 * MAX_FRACTION), formats())
@example(2**30, 0, Format(16, -20, overflow=Overflow.SAT))
@example(-(2**30), 0, Format(16, -20, overflow=Overflow.SAT))
@example(HIGH, 0, Format(63, 62, overflow=Overflow.SAT))
def test_cast(raw: int, fraction: int, format: Format) -> None:
    assert one(cast(np.array(raw), fraction, format)) == exactly(
        Fraction(raw) / Fraction(2) ** fraction, format
    )


@given(raws, formats())
def test_a_value_of_a_format_casts_to_itself(raw: int, format: Format) -> None:
    inside = fit_overflow(np.array(raw), format)
    np.testing.assert_array_equal(cast(inside, format.fraction, format), inside)


finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def near_ties(draw: st.DrawFn) -> float:
    half = draw(st.integers(-(2**54), 2**54)) / 2
    return float(np.ldexp(half + draw(st.sampled_from([0.0, 2**-20, -(2**-20)])), -8))


@given(finite | near_ties(), formats())
@example(5e-324, Format(8, 18, rounding=Rounding.RND))
@example(-5e-324, Format(8, 18))
@example(-5e-324, Format(8, 18, rounding=Rounding.TRN_ZERO))
@example(1.7976931348623157e308, Format(8, -900, overflow=Overflow.WRAP))
@example(1.7976931348623157e308, Format(63, -897, overflow=Overflow.SAT))
@example(0.49999999999999994, Format(8, 8, rounding=Rounding.RND))
@example(-0.49999999999999994, Format(8, 8, rounding=Rounding.RND))
@example(2.0**62 - 512, Format(63, 63, overflow=Overflow.SAT))
@example(2.0**62, Format(63, 63, overflow=Overflow.SAT))
@example(2.0**62, Format(62, 62, False, overflow=Overflow.SAT))
def test_quantise(number: float, format: Format) -> None:
    assert one(quantise(number, format)) == exactly(Fraction(number), format)


@given(raws, formats())
def test_quantise_is_the_inverse_of_to_real_up_to_53_bits(raw: int, format: Format) -> None:
    inside = fit_overflow(np.array(raw), format)
    if abs(int(inside)) < 2**53:
        real = to_real(inside, format)
        assert Fraction(float(real)) == Fraction(int(inside)) / Fraction(2) ** format.fraction
        np.testing.assert_array_equal(quantise(real, format), inside)


def test_arrays_keep_their_shape() -> None:
    numbers = np.linspace(-3.0, 3.0, 24).reshape(2, 3, 4)
    format = Format(8, 4, True, Rounding.RND_CONV, Overflow.SAT)
    raw = quantise(numbers, format)
    assert raw.shape == numbers.shape
    expected = [exactly(Fraction(x), format) for x in numbers.ravel()]
    np.testing.assert_array_equal(raw.ravel(), expected)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("overflow", Overflow)
def test_a_number_that_is_not_finite_has_no_raw_value(number: float, overflow: Overflow) -> None:
    with pytest.raises(ValueError, match="not finite"):
        quantise([1.0, number], Format(8, 8, overflow=overflow))


@given(formats())
def test_text_of_a_format_reads_back(format: Format) -> None:
    assert Format.parse(str(format)) == format


def test_text_of_formats() -> None:
    assert str(Format(16, 8)) == "fixed<16,8>"
    assert str(BOOL) == "ufixed<1,1>"
    assert str(Format(8, -2, False, Rounding.RND, Overflow.SAT)) == "ufixed<8,-2,RND,SAT>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fixed",
        "fixed<16>",
        "fixed<16,8>x",
        "fixed<16,8,RND>",
        "fixed<16,8,UP,SAT>",
        "fixed<0,0>",
        "fixed<64,64>",
        "ufixed<63,63>",
        "fixed<99999,1>",
        "fixed<٣,1>",
        "int<8,8>",
    ],
)
def test_text_that_is_no_format(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|width|Rounding"):
        Format.parse(text)


@pytest.mark.parametrize(
    ("width", "integer", "signed"),
    [(0, 0, True), (64, 64, True), (63, 63, False), (8, 8 + 961, True), (8, 8 - 961, True)],
)
def test_formats_have_limits(width: int, integer: int, signed: bool) -> None:
    with pytest.raises(ValueError, match=r"is 1 to|fraction bits"):
        Format(width, integer, signed)


def test_ranges() -> None:
    assert (Format(8, 4).minimum, Format(8, 4).maximum, Format(8, 4).step) == (-128, 127, 0.0625)
    assert (Format(8, 12, False).minimum, Format(8, 12, False).maximum) == (0, 255)
    assert Format(8, 12, False).step == 16.0
