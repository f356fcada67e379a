"""Products of arrays: the same bits from plain NumPy and from every set of instructions."""

from __future__ import annotations

import numpy as np
import pytest
from crossbar_firings import GRID, SIGNS, firings, signals_of
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.crossbar.emulator.products.fast import FEW, Products
from somac.backends.crossbar.emulator.products.firing import Firing, Integers, Pulses, Signs
from somac.backends.crossbar.emulator.products.form import Conversion
from somac.backends.crossbar.emulator.products.layout import form_of
from somac.backends.crossbar.emulator.products.paths import PATHS, Path, best_path, paths_here
from somac.backends.crossbar.emulator.products.reference import convert, fire, pulses_of

here = st.sampled_from(paths_here())


@settings(max_examples=250, deadline=None)
@given(
    firing=firings(),
    path=here,
    few=st.sampled_from([0, 1, FEW]),
    batch=st.integers(0, 14),
    seed=st.integers(0, 1 << 32),
)
def test_every_way_gives_the_same(
    firing: Firing, path: Path, few: int, batch: int, seed: int
) -> None:
    signals = signals_of(firing, batch, np.random.default_rng(seed))
    found = Products(firing, path, few).run(signals)
    np.testing.assert_array_equal(found, fire(firing, signals).sums)


@settings(max_examples=100, deadline=None)
@given(
    firing=firings(),
    path=here,
    few=st.sampled_from([0, 1, FEW]),
    batch=st.integers(1, 14),
    seed=st.integers(0, 1 << 32),
)
def test_noise_is_added_before_sums_are_converted(
    firing: Firing, path: Path, few: int, batch: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    signals = signals_of(firing, batch, rng)
    most = 4 * firing.largest_step
    noise = rng.integers(-most, most, (batch, *firing.shape))
    found = Products(firing, path, few).run(
        signals, lambda first, last, out: write(noise, first, last, out)
    )
    np.testing.assert_array_equal(found, fire(firing, signals, noise).sums)


def write(noise: Integers, first: int, last: int, out: Integers) -> None:
    out[:] = noise[first:last]


@given(firing=firings(), seed=st.integers(0, 1 << 32))
def test_the_reference_is_the_definition(firing: Firing, seed: int) -> None:
    """Word by word, in Python integers."""
    rng = np.random.default_rng(seed)
    signals = signals_of(firing, 1, rng)[0].tolist()
    column = int(rng.integers(0, max(firing.columns, 1)))
    if column >= firing.columns:
        return
    pulses, want, clipped = firing.pulses, 0, 0
    phases = [(1, signals)]
    if pulses.signs == "phases":
        phases = [(1, [max(r, 0) for r in signals]), (-1, [max(-r, 0) for r in signals])]
    for sign, magnitudes in phases:
        for b in range(pulses.count):
            for k, factor in enumerate(firing.plane_factors.tolist()):
                driven = [
                    (1 if r > 0 else -1) * (abs(r) >> pulses.bits * b & pulses.most)
                    for r in magnitudes
                ]
                cells = firing.planes[k, :, column].tolist()
                s = sum(x * m for x, m in zip(driven, cells, strict=True))
                t = int(firing.steps[k, column]) * firing.unit
                q = (2 * abs(s) + t) // (2 * t) * (1 if s > 0 else -1)
                kept = min(max(q, firing.low), firing.high)
                clipped += kept != q
                want += sign * (factor << pulses.bits * b) * int(firing.steps[k, column]) * kept
    want -= firing.offset * sum(signals)
    found = fire(firing, np.array([signals], np.int64).reshape(1, -1))
    wrapped = (want + (1 << 63)) % (1 << 64) - (1 << 63)
    assert (found.sums[0, column], found.clipped[:, column].sum()) == (wrapped, clipped)


@pytest.mark.parametrize("path", paths_here(), ids=lambda path: path.name)
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 17, 64, 255, 256])
@pytest.mark.parametrize("unit", [1, GRID])
def test_ties_go_away_from_zero(path: Path, step: int, unit: int) -> None:
    """Every sum from -700 to 700, and on the grid what is just below and above a tie."""
    wanted = np.arange(-700, 701)
    cells = np.sort(np.concatenate([wanted * unit + d for d in ((-1, 0, 1) if unit > 1 else (0,))]))
    if unit == 1 and step % 2 == 0:
        assert (cells % step == step // 2).any()
    firing = Firing(
        cells.astype(np.int32).reshape(1, 1, -1),
        np.array([1]),
        Pulses(1, 1, "bipolar"),
        np.full((1, len(cells)), step),
        -300,
        300,
        unit=unit,
    )
    found = Products(firing, path).run(np.array([[1], [-1], [0]]))
    nearest = [abs(2 * c) + step * unit for c in cells.tolist()]
    codes = [
        max(-300, min(300, n // (2 * step * unit) * (1 if c > 0 else -1)))
        for n, c in zip(nearest, cells.tolist(), strict=True)
    ]
    want = step * np.array(codes)
    np.testing.assert_array_equal(found, [want, -want, 0 * want])


@pytest.mark.parametrize("path", paths_here(), ids=lambda path: path.name)
@pytest.mark.parametrize("signs", SIGNS)
def test_the_least_and_the_most_spikes(path: Path, signs: Signs) -> None:
    """None, one, all but one, all: of either sign, in the same sample and in others."""
    rng = np.random.default_rng(3)
    firing = Firing(
        rng.integers(-900, 900, (2, 50, 70)).astype(np.int32),
        np.array([1, 64]),
        Pulses(1, 1, signs),
        np.full((2, 70), 5),
        -200,
        200,
    )
    signals = np.zeros((9, 50), np.int64)
    signals[1, 49] = signals[2, 0] = signals[3:5] = signals[5:7, ::3] = 1
    signals[4, 7] = 0
    if signs != "none":
        signals[6:] *= -1
        signals[7] = -1
        signals[8, ::2], signals[8, 1::2] = -1, 1
    for few in (0, 1):
        found = Products(firing, path, few).run(signals)
        np.testing.assert_array_equal(found, fire(firing, signals).sums)


@pytest.mark.parametrize(
    ("bits", "step", "unit", "rows", "conversion", "wide"),
    [
        (1, 1, 1, 128, "clip", False),
        (1, 3, 1, 128, "float", False),
        (1, 3, GRID, 128, "double", False),
        (8, 3, 1, 128, "float", True),
        (7, 3, GRID, 2000, "double", True),
    ],
)
def test_sums_take_the_least_that_holds_them(
    bits: int, step: int, unit: int, rows: int, conversion: Conversion, wide: bool
) -> None:
    planes = np.full((1, rows, 1), 15 * unit, np.int32)
    firing = Firing(
        planes, np.array([1]), Pulses(bits, 1, "none"), np.full((1, 1), step), 0, 255, unit=unit
    )
    form = form_of(firing, best_path(), noisy=False)
    assert form is not None
    assert (form.conversion, form.wide) == (conversion, wide)


def test_what_no_machine_code_holds_is_computed_plainly() -> None:
    planes = np.full((1, 70000, 2), 1 << 30, np.int32)
    planes[:, ::2] = -3
    firing = Firing(
        planes, np.array([1]), Pulses(8, 1, "none"), np.full((1, 2), 1 << 40), -9, 9, 0, 1
    )
    assert form_of(firing, best_path(), noisy=False) is None
    signals = np.random.default_rng(1).integers(0, 256, (3, 70000))
    np.testing.assert_array_equal(Products(firing).run(signals), fire(firing, signals).sums)


def test_products_are_added_to_columns_of_a_larger_array() -> None:
    rng = np.random.default_rng(5)
    firing = Firing(
        rng.integers(-15, 16, (2, 30, 70)).astype(np.int32),
        np.array([1, 16]),
        Pulses(1, 4, "bipolar"),
        np.full((2, 70), 3),
        -31,
        31,
        offset=7,
    )
    signals = rng.integers(-15, 16, (50, 30))
    every = rng.integers(-100, 100, (50, 90))
    want = every.copy()
    want[:, 11:81] += fire(firing, signals).sums
    Products(firing).add(signals, every[:, 11:81])
    np.testing.assert_array_equal(every, want)


def test_clipped_conversions_are_counted() -> None:
    firing = Firing(
        np.array([[[1, 9]], [[0, 8]]], np.int32),
        np.array([1, 16]),
        Pulses(1, 2, "bipolar"),
        np.ones((2, 2), np.int64),
        -7,
        8,
    )
    found = fire(firing, np.array([[3], [1], [-1]]))
    np.testing.assert_array_equal(found.clipped, [[0, 4], [0, 1]])


def test_the_plain_path_is_always_there() -> None:
    assert paths_here()[-1] is PATHS["plain"]


@pytest.mark.parametrize(
    "changed",
    [
        {"planes": np.zeros((1, 2, 3), np.int64)},
        {"plane_factors": np.ones(2, np.int64)},
        {"steps": np.zeros((1, 3), np.int64)},
        {"low": 9, "high": 8},
        {"high": 1 << 40},
        {"unit": 0},
    ],
)
def test_firings_that_contradict_themselves(changed: dict[str, object]) -> None:
    good: dict[str, object] = {
        "planes": np.zeros((1, 2, 3), np.int32),
        "plane_factors": np.ones(1, np.int64),
        "pulses": Pulses(1, 1, "none"),
        "steps": np.ones((1, 3), np.int64),
        "low": -1,
        "high": 1,
    }
    Firing(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"planes|factors|step|codes"):
        Firing(**{**good, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(("bits", "count"), [(0, 1), (1, 0), (7, 7)])
def test_pulses_that_carry_nothing_or_too_much(bits: int, count: int) -> None:
    with pytest.raises(ValueError, match="pulses of"):
        Pulses(bits, count, "none")


def test_pulses_and_codes_by_hand() -> None:
    signals = np.array([[5, -6]])
    np.testing.assert_array_equal(
        pulses_of(Pulses(1, 3, "bipolar"), signals)[:, 0], [[1, 0], [0, -1], [1, -1]]
    )
    np.testing.assert_array_equal(
        pulses_of(Pulses(2, 2, "phases"), signals)[:, 0], [[1, 0], [1, 0], [0, 2], [0, 1]]
    )
    np.testing.assert_array_equal(
        convert(np.array([3, -3, 5, 2, 1]), np.array([2, 2, 2, 4, 4])), [2, -2, 3, 1, 0]
    )
