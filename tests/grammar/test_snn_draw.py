"""Random numbers: the same on every machine, and distributed as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from somac.grammar.draw import MAX_SEED, Purpose, Stream

UNIT = [0.7400963480618715, 0.8483457319721872, 0.8133807586025494]
NORMAL = [2.2993011920977167, -0.8434202739104182, -1.086964402462946]
CHOSEN = [25, 26, 31, 47, 61, 65, 66, 71, 75, 86, 91, 95]
INTEGERS = [4, 3, 3, 4, 3, 4, 4, 5, 2, 5]


def test_the_numbers_never_change() -> None:
    """Of Philox 4x64-10 keyed by (seed, purpose), as NumPy's random_raw gives them."""
    assert Stream.of(3, Purpose.WEIGHT).unit(3).tolist() == UNIT
    assert Stream.of(3, Purpose.WEIGHT).normal(0.0, 1.0, 3).tolist() == NORMAL
    assert Stream.of(3, Purpose.WIRING).chosen(0.1, 100).tolist() == CHOSEN
    assert Stream.of(3, Purpose.DELAY).integers(1, 5, 10).tolist() == INTEGERS


def test_streams_are_independent() -> None:
    draws = [Stream.of(seed, p).unit(4).tolist() for seed in (0, 1, MAX_SEED) for p in Purpose]
    assert len({tuple(draw) for draw in draws}) == 12


def test_drawing_goes_on() -> None:
    whole, parts = Stream.of(1, Purpose.WEIGHT), Stream.of(1, Purpose.WEIGHT)
    np.testing.assert_array_equal(whole.unit(10), np.concatenate([parts.unit(4), parts.unit(6)]))


def test_uniform() -> None:
    drawn = Stream.of(1, Purpose.WEIGHT).uniform(-2.0, 3.0, 100_000)
    assert -2.0 <= drawn.min() < -1.99
    assert 2.99 < drawn.max() < 3.0
    assert abs(drawn.mean() - 0.5) < 0.02


def test_normal() -> None:
    drawn = Stream.of(1, Purpose.WEIGHT).normal(1.0, 2.0, 400_000)
    standard = (drawn - 1.0) / 2.0
    moments = [float((standard**n).mean()) for n in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.03)
    for limit, share in ((1.0, 0.6826895), (2.0, 0.9544997), (3.0, 0.9973002)):
        assert abs((np.abs(standard) < limit).mean() - share) < 0.003


def test_normal_has_a_prefix_property() -> None:
    few = Stream.of(9, Purpose.WEIGHT).normal(0.0, 1.0, 10)
    many = Stream.of(9, Purpose.WEIGHT).normal(0.0, 1.0, 300_000)
    np.testing.assert_array_equal(few, many[:10])


def test_integers() -> None:
    drawn = Stream.of(1, Purpose.DELAY).integers(2, 6, 50_000)
    counts = np.bincount(drawn)
    assert (counts[:2] == 0).all()
    assert len(counts) == 7
    assert np.abs(counts[2:] - 10_000).max() < 500


@given(st.integers(0, MAX_SEED), st.floats(0.0, 1.0), st.integers(0, 5000))
@example(0, 2.225073858507e-311, 1)
@example(0, 5e-324, 1)
def test_chosen_are_distinct_and_inside(seed: int, probability: float, total: int) -> None:
    drawn = Stream.of(seed, Purpose.WIRING).chosen(probability, total)
    assert (np.diff(drawn) > 0).all()
    assert not len(drawn) or (drawn[0] >= 0 and drawn[-1] < total)


@pytest.mark.parametrize("probability", [0.01, 0.3, 0.5, 0.9])
def test_chosen_are_as_many_as_they_should_be(probability: float) -> None:
    drawn = Stream.of(4, Purpose.WIRING).chosen(probability, 10**6)
    deviation = (10**6 * probability * (1 - probability)) ** 0.5
    assert abs(len(drawn) - 10**6 * probability) < 4 * deviation


def test_choosing_costs_what_is_chosen() -> None:
    assert len(Stream.of(1, Purpose.WIRING).chosen(1e-15, 10**18)) == pytest.approx(1000, abs=150)
    assert len(Stream.of(1, Purpose.WIRING).chosen(1e-30, 10**18)) == 0
    assert Stream.of(1, Purpose.WIRING).chosen(1.0, 4).tolist() == [0, 1, 2, 3]
