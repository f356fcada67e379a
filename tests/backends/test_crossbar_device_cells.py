"""Programmed, drifted and stuck cells: against closed forms, and the same wherever they are cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from device_cases import EVERYTHING, GRID, Differential, ideal
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from somac.backends.crossbar.device.cells import (
    Fault,
    decayed,
    drifted,
    exponents,
    faults,
    octaves,
    programmed,
    stuck,
    targets,
)
from somac.backends.crossbar.device.draws import cell_normals, cell_words
from somac.backends.crossbar.device.effects import Drift, Faults
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.places import Corner, Purpose, words_at
from somac.backends.crossbar.device.spreads import SPREADS, Spread
from somac.ir.normal import normals

CORNERS = st.builds(
    Corner, st.integers(0, 65535), st.integers(0, 2**20), st.integers(0, 65535 - 200)
)


def some_codes(rows: int, columns: int, levels: int = 16) -> Any:
    return np.random.default_rng(0).integers(0, levels, (rows, columns)).astype(np.uint8)


@given(
    CORNERS,
    st.integers(0, 2**32 - 1),
    st.sampled_from(Purpose),
    st.integers(1, 3),
    st.integers(1, 150),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 127),
    st.integers(0, 2**21 - 1),
)
def test_compiled_draws_are_the_definition(
    corner: Corner,
    seed: int,
    purpose: Purpose,
    rows: int,
    columns: int,
    step: int,
    sample: int,
    pulse: int,
    firing: int,
) -> None:
    when = {"step": step, "sample": sample, "pulse": pulse, "firing": firing}
    drawn = cell_words((rows, columns), seed, purpose, corner, **when)
    expected = words_at(
        seed,
        purpose,
        core=corner.core,
        row=corner.row + np.arange(rows)[:, None],
        columns=corner.column + np.arange(columns),
        **when,
    )
    np.testing.assert_array_equal(drawn, expected)
    numbers = cell_normals((rows, columns), seed, purpose, corner, **when)
    np.testing.assert_array_equal(numbers, normals(expected))


@given(
    st.tuples(st.integers(0, 9), st.integers(0, 199)),
    st.integers(1, 10),
    st.integers(1, 200),
    st.integers(0, 100),
)
def test_a_part_is_what_the_whole_has_there(
    first: tuple[int, int], rows: int, columns: int, offset: int
) -> None:
    """However an array is cut, by rows or columns: every effect by itself and all together."""
    codes = some_codes(10, 200)
    r, c = first
    cut = slice(r, r + rows), slice(c, c + columns)
    corner, part = Corner(3, 7, offset), Corner(3, 7 + r, offset + c)

    def device(codes: Any, corner: Corner) -> Any:
        fresh = programmed(codes, EVERYTHING, 5, corner)
        later = drifted(fresh, EVERYTHING, 1e6, 5, corner)
        return fresh, later, stuck(later, EVERYTHING, faults(codes.shape, EVERYTHING, 5, corner))

    for whole, cut_out in zip(device(codes, corner), device(codes[cut], part), strict=True):
        np.testing.assert_array_equal(whole[cut], cut_out)


def test_devices_places_and_purposes_differ() -> None:
    shape = (50, 60)
    drawn = [
        cell_words(shape, *given)
        for given in (
            (1, Purpose.PROGRAMMING, Corner()),
            (2, Purpose.PROGRAMMING, Corner()),
            (1, Purpose.DRIFT, Corner()),
            (1, Purpose.PROGRAMMING, Corner(1)),
            (1, Purpose.PROGRAMMING, Corner(0, 50)),
            (1, Purpose.PROGRAMMING, Corner(0, 0, 60)),
        )
    ]
    # as many different words as cells, but for chance: 18,000 of 2^32
    assert len(np.unique(drawn)) > 6 * 3000 - 5


def test_without_effects_cells_are_their_codes() -> None:
    codes, model = some_codes(20, 30), ideal(g_min=3)
    grid = programmed(codes, model, 1, Corner())
    np.testing.assert_array_equal(grid, (3 + codes.astype(int)) * GRID)
    assert drifted(grid, model, 1e9, 1, Corner()) is grid
    np.testing.assert_array_equal(faults((20, 30), model, 1, Corner()), np.zeros((20, 30)))
    np.testing.assert_array_equal(stuck(grid, model, faults((20, 30), model, 1, Corner())), grid)


@pytest.mark.parametrize(
    ("model", "sigma"),
    [
        (DeviceModel.of(0, 15, 16, programming=Spread.constant("0.02", 15)), lambda g: 0.3),
        (DeviceModel.of(0, 15, 16, programming=Spread.constant("0.1", 15)), lambda g: 1.5),
        (DeviceModel.of(0, 15, 16, programming=Spread.proportional("0.05")), lambda g: 0.05 * g),
        (
            DeviceModel.of(0, 25, 16, programming="pcm-joshi"),
            lambda g: -0.00178767 * g**2 + 0.07585724 * g + 0.28638599,
        ),
        (
            DeviceModel.of(1, 39, 16, programming="rram-wan"),
            lambda g: 1.536e-4 * g**3 - 1.167e-2 * g**2 + 0.2374 * g + 1.053,
        ),
    ],
    ids=["constant 2%", "constant 10%", "proportional", "joshi", "wan"],
)
def test_programming_error_is_that_of_the_closed_form(model: DeviceModel, sigma: Any) -> None:
    """Within 1 % of what clipped normals amount to: 65,536 columns, a sampling error of 0.2 %."""
    step, low = float(model.step_us), float(model.g_min_us)
    squares, expected = 0.0, 0.0
    case = Differential.random(3, rows=128, columns=2048, batch=4, most=127)
    x, exact = case.x.astype(float), case.exact
    mean, variance = case.error(
        lambda c: (low + c * step) / step * GRID,
        lambda c: sigma(low + c * step) / step * GRID,
    )
    for seed in range(32):
        plus, minus = (
            programmed(codes, model, seed, Corner(core)).astype(float)
            for core, codes in enumerate((case.positive, case.negative))
        )
        squares += ((x @ (plus - minus) - exact) ** 2).sum()
        expected += (mean**2 + variance).sum()
    assert (squares / expected) ** 0.5 == pytest.approx(1, abs=0.01)


def test_programming_error_is_normal_where_nothing_is_clipped() -> None:
    model = DeviceModel.of(0, 15, 16, programming=Spread.constant("0.02", 15))
    codes = np.full((500, 1000), 8, np.uint8)
    error = programmed(codes, model, 9, Corner()) - targets(codes, model)
    assert stats.kstest(error / (0.3 * GRID), "norm").pvalue.min() > 1e-5
    assert stats.kstest(error.ravel() / (0.3 * GRID), "norm").pvalue > 0.01


def test_no_conductance_is_negative() -> None:
    model = DeviceModel.of(0, 15, 16, programming=Spread.constant("0.3", 15))
    grid = programmed(np.zeros((100, 100), np.uint8), model, 1, Corner())
    assert grid.min() == 0
    assert 0.45 < (grid == 0).mean() < 0.55


DRIFTING = DeviceModel.of(0, 25, 16, drift=Drift.pcm())


def test_nothing_drifts_at_the_reference_time() -> None:
    grid = programmed(some_codes(50, 60), EVERYTHING, 1, Corner())
    np.testing.assert_array_equal(drifted(grid, EVERYTHING, 20, 1, Corner()), grid)
    assert octaves(EVERYTHING, 20) == 0


def test_drift_is_the_power_law() -> None:
    grid = targets(some_codes(100, 100), DRIFTING)
    nu = exponents(grid, DRIFTING, 4, Corner()) / 2.0**24
    for seconds in (21, 100, 3600, 86400, 3.15e7):
        expected = grid * (seconds / 20) ** -nu
        assert np.abs(drifted(grid, DRIFTING, seconds, 4, Corner()) - expected).max() < 1


def test_exponents_are_those_of_the_source() -> None:
    codes = np.repeat(np.arange(16, dtype=np.uint8), 4096).reshape(16, 4096)
    nu = exponents(targets(codes, DRIFTING), DRIFTING, 4, Corner()) / 2.0**24
    x = np.arange(1, 16) / 15
    mean = np.clip(-0.0155 * np.log(x) + 0.0244, 0.049, 0.1)
    sigma = np.clip(-0.0125 * np.log(x) - 0.0059, 0.008, 0.045)
    folded = [stats.foldnorm(m / s, scale=s) for m, s in zip(mean, sigma, strict=True)]
    for row, law in zip(nu[1:], folded, strict=True):
        assert abs(row.mean() - law.mean()) < 5 * law.std() / 64
        assert row.std() == pytest.approx(law.std(), rel=0.06)
    # at no conductance, as the logarithm has it there
    assert abs(nu[0].mean() - stats.foldnorm(0.1 / 0.045, scale=0.045).mean()) < 5 * 0.045 / 64


@given(st.integers(0, 2**24), st.integers(0, 2**28), st.integers(0, 2**28))
def test_drift_adds_up(nu: int, first: int, second: int) -> None:
    """(G a^-nu) b^-nu = G (a b)^-nu, to within the rounding of each."""
    grid = np.arange(0, 16 * GRID, 997, dtype=np.int32)
    exponent = np.full(grid.shape, nu, np.int64)
    twice = decayed(decayed(grid, exponent, first), exponent, second)
    assert np.abs(twice - decayed(grid, exponent, first + second)).max() <= 2


@given(st.integers(0, 2**24), st.integers(0, 2**29 - 1), st.integers(0, 2**10))
def test_no_conductance_grows_with_time(nu: int, time: int, later: int) -> None:
    grid = np.arange(0, 16 * GRID, 997, dtype=np.int32)
    exponent = np.full(grid.shape, nu, np.int64)
    now, then = decayed(grid, exponent, time), decayed(grid, exponent, time + later)
    assert (then <= now).all()
    assert (now <= grid).all()
    assert (np.diff(now) >= 0).all()


def test_limits_of_drift() -> None:
    grid = targets(some_codes(20, 20), DRIFTING)
    still = DeviceModel.of(0, 25, 16, drift=Drift.power(0))
    np.testing.assert_array_equal(drifted(grid, still, 1e30, 1, Corner()), grid)
    fast = DeviceModel.of(0, 25, 16, drift=Drift.power(1))
    assert (drifted(grid, fast, 1e12, 1, Corner()) == 0).all()
    np.testing.assert_array_equal(drifted(grid, fast, 40, 1, Corner()), (grid + 1) >> 1)


def test_shares_of_faults() -> None:
    model = DeviceModel.of(0, 15, 16, faults=Faults.of("0.0175", "0.0904", "0.01"))
    kinds = faults((1000, 1000), model, 3, Corner())
    counts = np.bincount(kinds.ravel(), minlength=4)
    expected = np.array([1 - 0.1179, 0.0175, 0.0904, 0.01]) * 1e6
    assert stats.chisquare(counts, expected).pvalue > 0.01
    # neighbours know nothing of each other
    bad = (kinds > 0).astype(float)
    assert abs(np.corrcoef(bad[:, 1:].ravel(), bad[:, :-1].ravel())[0, 1]) < 0.005
    assert abs(np.corrcoef(bad[1:].ravel(), bad[:-1].ravel())[0, 1]) < 0.005


def test_all_or_none_are_faulty() -> None:
    for shares, kind in (((0, 0, 0), 0), ((1, 0, 0), 1), ((0, 1, 0), 2), ((0, 0, 1), 3)):
        model = DeviceModel.of(0, 15, 16, faults=Faults.of(*shares))
        assert (faults((100, 100), model, 3, Corner()) == kind).all()


def test_a_larger_share_keeps_the_cells_that_were_stuck() -> None:
    few, many = (
        faults((200, 200), DeviceModel.of(0, 15, 16, faults=Faults.of(share)), 3, Corner())
        for share in ("0.05", "0.1")
    )
    assert (many[few > 0] > 0).all()


def test_faults_change_sums_by_what_they_must() -> None:
    """Exactly, in integers: every stuck cell by x (stuck - G), and together by the sum of these."""
    model = EVERYTHING.only("faults", "on_off", "programming")
    rng = np.random.default_rng(5)
    x = rng.integers(-127, 128, 64)
    codes = some_codes(64, 40)
    grid = programmed(codes, model, 8, Corner()).astype(np.int64)
    kinds = faults(codes.shape, model, 8, Corner())
    assert set(np.unique(kinds)) == set(Fault)
    value = {Fault.AT_MIN: model.rest, Fault.AT_MAX: model.top, Fault.OPEN: 0}
    sums = x @ grid
    for row, column in zip(*np.nonzero(kinds), strict=True):
        one = np.zeros_like(kinds)
        one[row, column] = kinds[row, column]
        change = x @ stuck(grid.astype(np.int32), model, one).astype(np.int64) - x @ grid
        expected = np.zeros(40, np.int64)
        expected[column] = x[row] * (value[Fault(kinds[row, column])] - grid[row, column])
        np.testing.assert_array_equal(change, expected)
        sums = sums + expected
    np.testing.assert_array_equal(x @ stuck(grid.astype(np.int32), model, kinds).astype(int), sums)


def test_every_measured_spread_programs() -> None:
    for name in SPREADS:
        model = DeviceModel.of(50, 225, 16, programming=name)
        grid = programmed(some_codes(30, 30), model, 1, Corner())
        assert grid.dtype == np.int32
        assert not np.array_equal(grid, targets(some_codes(30, 30), model))
