"""Products by tables of sums: the same bits as by plain NumPy, where tables serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from crossbar_firings import GRID, SIGNS
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.crossbar.emulator.products.fast import Products
from somac.backends.crossbar.emulator.products.firing import Firing, Pulses, Signs
from somac.backends.crossbar.emulator.products.lookups import LOOKUPS, Lookup, lookups_here
from somac.backends.crossbar.emulator.products.paths import paths_here
from somac.backends.crossbar.emulator.products.reference import fire
from somac.backends.crossbar.emulator.products.tables import samples_by_tables, tables_of

here: Sequence[Lookup] = lookups_here()

pytestmark = pytest.mark.skipif(not here, reason="this processor looks no bytes up")


@st.composite
def looked_up(draw: st.DrawFn) -> Firing:
    """Pulses of one bit, cells of few, as many as tables have room for."""
    rows = draw(st.integers(1, 30) | st.integers(120, 200))
    columns = draw(st.integers(1, 9) | st.integers(60, 140))
    cell_bits = draw(st.integers(1, 4))
    slices = draw(st.integers(1, 3))
    pulses = Pulses(1, draw(st.integers(1, 10)), draw(st.sampled_from(SIGNS)))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    most = (1 << cell_bits) - 1
    least = draw(st.sampled_from([-most, 0]))
    planes = rng.integers(least, most + 1, (slices, rows, columns))
    planes[rng.random(planes.shape) < 0.1] = most
    adc, step = draw(st.integers(4, 14)), draw(st.integers(1, 9) | st.integers(1, 4000))
    high = (1 << adc - 1) - 1
    factors = np.left_shift(1, cell_bits * np.arange(slices, dtype=np.int64))
    steps = rng.integers(1, step + 1, (slices, columns))
    if draw(st.booleans()):
        steps[:] = step
    low = draw(st.sampled_from([0, -high, -high - 1]))
    offset = draw(st.sampled_from([0, 8]))
    return Firing(planes.astype(np.int32), factors, pulses, steps, low, high, offset)


@settings(max_examples=200, deadline=None)
@given(
    firing=looked_up(),
    lookup=st.sampled_from(here),
    batch=st.integers(17, 200),
    seed=st.integers(0, 1 << 32),
)
def test_tables_give_the_same(firing: Firing, lookup: Lookup, batch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    most = (1 << firing.pulses.count) - 1
    signals = rng.integers(-most, most, (batch, firing.rows), endpoint=True)
    signals[rng.random(signals.shape) < rng.choice([0.05, 0.5])] = most
    signals[rng.random(batch) < 0.05] = -most
    if firing.pulses.signs == "none":
        signals = np.abs(signals)
    found = Products(firing, few=0, lookup=lookup).run(signals)
    np.testing.assert_array_equal(found, fire(firing, signals).sums)


def plain(signs: Signs = "bipolar") -> Firing:
    """One that tables serve."""
    planes = np.random.default_rng(2).integers(-15, 16, (2, 128, 70)).astype(np.int32)
    pulses = Pulses(1, 7, signs)
    steps = np.full((2, 70), 3)
    return Firing(planes, np.array([1, 16]), pulses, steps, -127, 127)


@pytest.mark.parametrize("lookup", here, ids=lambda lookup: lookup.name)
@pytest.mark.parametrize("signs", SIGNS)
def test_ends_of_all_ranges(lookup: Lookup, signs: Signs) -> None:
    """All cells and signals at their ends, of either sign."""
    firing = plain(signs)
    signals = np.full((lookup.samples, 128), 127)
    if signs != "none":
        signals[::2] *= -1
        signals[1::3, ::2] *= -1
    for value in (15, -15):
        full = replace(firing, planes=np.full_like(firing.planes, value))
        assert tables_of(full, lookup) is not None
        found = Products(full, few=0, lookup=lookup).run(signals)
        np.testing.assert_array_equal(found, fire(full, signals).sums)


@pytest.mark.parametrize("lookup", here, ids=lambda lookup: lookup.name)
@pytest.mark.parametrize("step", [*range(1, 40), 127, 128, 129, 1023, 1024, 1025, 8191, 8192])
def test_every_sum_is_divided_right(lookup: Lookup, step: int) -> None:
    """Sums from -1905 to 1905, one after the other."""
    cells = np.minimum(15, np.maximum(0, np.arange(1906)[None] - 15 * np.arange(128)[:, None]))
    assert np.array_equal(cells.sum(axis=0), np.arange(1906))
    firing = Firing(
        cells[None].astype(np.int32),
        np.array([1]),
        Pulses(1, 1, "bipolar"),
        np.full((1, 1906), step),
        -2000,
        2000,
    )
    signals = np.ones((lookup.samples, 128), np.int64)
    signals[::2] = -1
    assert tables_of(firing, lookup) is not None
    found = Products(firing, few=0, lookup=lookup).run(signals)
    np.testing.assert_array_equal(found, fire(firing, signals).sums)


@pytest.mark.parametrize(
    "changed",
    [
        {"pulses": Pulses(2, 4, "bipolar")},
        {"pulses": Pulses(1, 32, "none")},
        {"planes": np.full((2, 128, 70), 99, np.int32)},
        {"planes": np.full((2, 1200, 70), 15, np.int32)},
        {"planes": np.zeros((2, 0, 70), np.int32)},
        {"steps": np.full((2, 70), 1 << 15)},
        {"high": 1 << 15},
        {"unit": GRID},
        {"plane_factors": np.array([1, 1 << 30])},
    ],
)
def test_what_has_no_room_in_tables_is_computed_otherwise(changed: dict[str, object]) -> None:
    firing = replace(plain(), **changed)  # type: ignore[arg-type]
    assert tables_of(firing, here[0]) is None
    signals = np.random.default_rng(6).integers(0, 128, (70, firing.rows))
    np.testing.assert_array_equal(Products(firing).run(signals), fire(firing, signals).sums)


def test_a_vector_that_is_half_empty_is_left_to_products() -> None:
    (lookup, *_) = here
    tables, half = tables_of(plain(), lookup), lookup.samples // 2
    assert tables is not None
    found = [samples_by_tables(tables, n) for n in (half, half + 1, 3 * half, 3 * half + 1)]
    assert found == [0, lookup.samples // 2 + 1, lookup.samples, 3 * half + 1]


def test_tables_are_used_where_there_is_no_noise_and_no_path_is_given() -> None:
    """Noise is added to sums, and these are not there."""
    signals = np.random.default_rng(7).integers(-127, 128, (64, 128))
    firing = plain()
    quick, noisy, other = Products(firing), Products(firing), Products(firing, paths_here()[0])
    want = fire(firing, signals).sums
    np.testing.assert_array_equal(quick.run(signals), want)
    np.testing.assert_array_equal(other.run(signals), want)
    np.testing.assert_array_equal(noisy.run(signals, lambda _, __, out: out.fill(0)), want)
    assert (quick.tabled, noisy.tabled, other.tabled) == (True, False, False)


def test_tables_are_left_where_indices_are_far_and_bytes_are_multiplied() -> None:
    """Indices of 1200 rows take more than the first cache."""
    cells = np.random.default_rng(8).integers(-1, 2, (1, 1200, 5)).astype(np.int32)
    steps = np.full((1, 5), 3)
    firing = Firing(cells, np.array([1]), Pulses(1, 7, "bipolar"), steps, -127, 127)
    signals = np.random.default_rng(9).integers(-127, 128, (64, 1200))
    products = Products(firing)
    np.testing.assert_array_equal(products.run(signals), fire(firing, signals).sums)
    assert products.tabled == (paths_here()[0].bits > 8)


def test_names_of_sets_of_instructions_are_unique() -> None:
    assert len({lookup.name for lookup in LOOKUPS}) == len(LOOKUPS)
