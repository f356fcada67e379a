"""Read noise of columns against that of their cells, against closed forms, and in any order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from device_cases import EVERYTHING, GRID, Differential, clipped
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from somac.backends.crossbar.device.cells import drifted, programmed, targets
from somac.backends.crossbar.device.columns import (
    ColumnNoise,
    draw_read_noise,
    exact_in_products,
)
from somac.backends.crossbar.device.effects import Drift
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.places import Corner, Firings, Purpose, words_at
from somac.backends.crossbar.device.reading import moments, read_cells, read_sigmas
from somac.backends.crossbar.device.spreads import OneOverF, Spread
from somac.ir.normal import UNIT, normals

PULSES = 7
CONSTANT = DeviceModel.of(0, 15, 16, read=Spread.constant("0.01", 15))
LARGE = DeviceModel.of(0, 15, 16, read=Spread.constant("0.1", 15))
PROPORTIONAL = DeviceModel.of(0, 15, 16, read=Spread.proportional("0.03"))
HIGH = DeviceModel.of(10, 25, 16, read=Spread.constant("0.03", 25))
MODELS = pytest.mark.parametrize(
    ("model", "sigma"),
    [
        (CONSTANT, lambda c: 0.15),
        (LARGE, lambda c: 1.5),
        (PROPORTIONAL, lambda c: 0.03 * c),
        (HIGH, lambda c: 0.75),
    ],
    ids=["1%", "10%", "proportional", "on/off 2.5"],
)


def firings(count: int, core: int = 0, first: int = 0, step: int = 0, firing: int = 0) -> Firings:
    return Firings(
        core,
        np.arange(first, first + count),
        np.full(count, step, np.int64),
        np.full(count, firing, np.int64),
    )


def pulses_of(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sign and magnitude in bits: (batch, pulses, rows) of -1, 0 and 1."""
    bits = np.arange(PULSES)[:, None]
    return np.sign(x)[:, None] * (np.abs(x)[:, None] >> bits & 1)


def columns_of(
    case: Differential, model: DeviceModel, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sums with read noise of the columns, and without: (batch, pulses, columns)."""
    cells = [targets(codes, model) for codes in (case.positive, case.negative)]
    plus, minus = (moments(grid, read_sigmas(grid, model)) for grid in cells)
    x = pulses_of(case.x)
    sums = x @ (plus.mean.astype(np.int64) - minus.mean)
    noise = np.empty((*sums.shape[:2], 1, sums.shape[2]), np.int64)
    variance = (plus.variance + minus.variance)[None]
    ColumnNoise(variance, 1, PULSES, "bipolar", seed).draw(case.x, firings(len(x)), noise)
    return sums + noise[:, :, 0], x @ (case.positive.astype(np.int64) - case.negative) * GRID


def cells_of(
    case: Differential, model: DeviceModel, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same of the cells, one by one."""
    grids = [targets(codes, model) for codes in (case.positive, case.negative)]
    x = pulses_of(case.x)
    sums = np.zeros((len(x), PULSES, case.positive.shape[1]), np.int64)
    for side, grid, core in zip((1, -1), grids, (0, 1), strict=True):
        sigmas, corner = read_sigmas(grid, model), Corner(core)
        for b, p in np.ndindex(len(x), PULSES):
            read = read_cells(grid, sigmas, seed, corner, sample=b, pulse=p)
            sums[b, p] += side * (x[b, p] @ read)
    return sums, x @ (case.positive.astype(np.int64) - case.negative) * GRID


def closed_form(
    case: Differential, model: DeviceModel, sigma: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of the error of each pulse: (batch, pulses, columns)."""
    x = pulses_of(case.x)
    flat = Differential(case.positive, case.negative, x.reshape(-1, x.shape[2]))
    low = float(model.g_min_us / model.step_us)
    mean, variance = flat.error(lambda c: (low + c) * GRID, lambda c: sigma(c) * GRID)
    return mean.reshape(*x.shape[:2], -1), variance.reshape(*x.shape[:2], -1)


@MODELS
def test_noise_of_columns_is_that_of_the_closed_form(model: DeviceModel, sigma: Any) -> None:
    """Outputs of 8 bits, bit by bit: RMS within 1 %; 131,072 of them, a sampling error of 0.2 %."""
    case = Differential.random(1, rows=128, columns=512, batch=256, most=127)
    noisy, exact = columns_of(case, model, seed=11)
    mean, variance = closed_form(case, model, sigma)
    factor = 1 << np.arange(PULSES)[:, None]
    error = ((noisy - exact) * factor).sum(axis=1)
    expected = (mean * factor).sum(axis=1) ** 2 + (variance * factor**2).sum(axis=1)
    assert ((error.astype(float) ** 2).mean() / expected.mean()) ** 0.5 == pytest.approx(
        1, abs=0.01
    )


@MODELS
def test_noise_of_cells_is_that_of_the_closed_form(model: DeviceModel, sigma: Any) -> None:
    case = Differential.random(2, rows=64, columns=512, batch=64, most=127)
    noisy, exact = cells_of(case, model, seed=11)
    mean, variance = closed_form(case, model, sigma)
    squares = ((noisy - exact).astype(float) ** 2).mean()
    assert (squares / (mean**2 + variance).mean()) ** 0.5 == pytest.approx(1, abs=0.01)


@MODELS
def test_columns_are_distributed_as_their_cells(model: DeviceModel, sigma: Any) -> None:
    """In units of its own deviation, either is normal, and they are alike.

    The variance of every column over time is tested by itself too.
    """
    case = Differential.random(3, rows=64, columns=256, batch=32, most=127)
    # the same inputs again and again, so that columns have times to vary over
    case = Differential(case.positive, case.negative, np.repeat(case.x[:1], 64, axis=0))
    mean, variance = (
        np.broadcast_to(v, (64, *v.shape[1:])) for v in closed_form(case, model, sigma)
    )
    read = []
    for way in (columns_of, cells_of):
        noisy, exact = way(case, model, seed=5)
        there = variance > 0
        z = ((noisy - exact - mean) / np.sqrt(np.where(there, variance, 1)))[:, there[0]]
        read.append(z.ravel())
        assert stats.kstest(z.ravel(), "norm").pvalue > 0.01
        # of 64 times, every column and pulse: squares add up to chi squared
        sums = (z**2).sum(axis=0)
        assert stats.kstest(stats.chi2(len(z)).cdf(sums), "uniform").pvalue > 0.01
        edges = stats.norm.ppf(np.linspace(0, 1, 65))
        counts = np.histogram(z, edges)[0]
        assert stats.chisquare(counts).pvalue > 0.01
    assert stats.ks_2samp(*read).pvalue > 0.01


def test_how_far_sums_of_clipped_cells_are_from_normal() -> None:
    """The worst there is: cells that are all at no conductance and count alike."""
    model = LARGE
    grid = np.zeros((128, 1024), np.int32)
    sigmas = read_sigmas(grid, model)
    sums = np.concatenate(
        [read_cells(grid, sigmas, 3, Corner(), sample=n).sum(axis=0) for n in range(64)]
    )
    mean, variance = clipped(0, 1.5 * GRID)
    z = (sums - 128 * mean) / (128 * variance) ** 0.5
    assert stats.skew(z) == pytest.approx(1.64 / 128**0.5, abs=0.03)
    assert stats.kstest(z, "norm").statistic == pytest.approx(0.0097, abs=0.004)


@given(st.integers(0, 2**23), st.integers(0, 2**30))
def test_moments_of_a_cell(g: int, sigma: int) -> None:
    made = moments(np.array([[g]], np.int32), np.array([[sigma]], np.int64))
    mean, variance = clipped(g, sigma / 256)
    assert abs(int(made.mean[0, 0]) - mean) <= 1 + 1e-5 * sigma / 256
    assert abs(int(made.variance[0, 0]) - variance) <= 1 + 1e-5 * (sigma / 256) ** 2


def test_sigmas_follow_the_conductance() -> None:
    grid = np.linspace(0, 25 * GRID, 1000).astype(np.int32)[None]
    g = grid / GRID
    for read, expected in (
        (Spread.constant("0.01", 15), 0.15 + 0 * g),
        (Spread.proportional("0.03"), 0.03 * g),
        (Spread.polynomial("0.1", "0.02", "-0.0003"), 0.1 + 0.02 * g - 0.0003 * g**2),
    ):
        model = DeviceModel.of(0, 15, 16, read=read)
        np.testing.assert_allclose(read_sigmas(grid, model) / 256 / GRID, expected, atol=2e-6)


def test_one_over_f_noise_grows_with_time_and_shrinks_with_drift() -> None:
    model = DeviceModel.of(0, 15, 16, read=OneOverF(), drift=Drift.power("0.05"))
    codes = np.arange(16, dtype=np.uint8)[None]
    fresh = targets(codes, model)
    for seconds in (20, 3600, 1e6):
        grid = drifted(fresh, model, seconds, 1, Corner())
        x = fresh / (15 * GRID)
        with np.errstate(divide="ignore"):
            q = np.minimum(0.0088 / x**0.65, 0.2)
        expected = grid * q * np.sqrt(np.log((seconds + 250e-9) / 500e-9))
        made = read_sigmas(grid, model, seconds=seconds, fresh=fresh) / 256
        np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1)


def test_no_noise_without_read_noise() -> None:
    model = EVERYTHING.only("programming")
    grid = programmed(np.full((9, 9), 3, np.uint8), model, 1, Corner())
    sigmas = read_sigmas(grid, model)
    np.testing.assert_array_equal(sigmas, np.zeros((9, 9)))
    np.testing.assert_array_equal(read_cells(grid, sigmas, 1, Corner()), grid)
    made = moments(grid, sigmas)
    np.testing.assert_array_equal(made.mean, grid)
    np.testing.assert_array_equal(made.variance, np.zeros((9, 9)))


def some_variances(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.random.default_rng(seed).integers(0, 2**24, shape).astype(np.float32)


@given(
    st.tuples(*(st.integers(1, 3),) * 3, st.integers(1, 150)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 4),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**21 - 1),
    st.integers(0, 8),
    st.sampled_from([0, 64, 6400]),
)
def test_compiled_noise_is_the_definition(
    shape: tuple[int, ...],
    seed: int,
    core: int,
    sample: int,
    step: int,
    firing: int,
    exponent: int,
    first: int,
) -> None:
    """With NumPy's square root and floor on the definition's normal integers."""
    variances = some_variances(seed, shape)
    # conversions of which no row is driven
    variances[:, :1, :, : seed % 150] = 0
    unit = 2.0**exponent
    when = firings(shape[0], core, sample, step, firing)
    numbers = normals(
        words_at(
            seed,
            Purpose.READING_COLUMNS,
            core=core,
            sample=when.samples[:, None, None, None],
            step=step,
            firing=firing,
            pulse=np.arange(shape[1])[:, None, None],
            plane=np.arange(shape[2])[:, None],
            columns=first + np.arange(shape[3]),
        )
    )
    root = np.sqrt(variances.astype(np.float64) * unit)
    noise = np.empty(shape, np.int64)
    draw_read_noise(noise, variances, unit, seed, when, first_column=first)
    np.testing.assert_array_equal(noise, np.floor(numbers * root * UNIT + 0.5))


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
def test_the_same_in_any_order(kind: Any) -> None:
    """However a batch is split, columns cut, tiles ordered, threads many, or memory laid out."""
    shape = (24, 5, 3, 200)
    variances = some_variances(7, shape)
    when = [firings(24, core, first=100, step=3, firing=70000) for core in (2, 9)]

    def part(noise: Any, core: int, batch: slice, columns: slice) -> None:
        cut = batch, slice(None), slice(None), columns
        spread = variances.astype(kind)[cut]
        start = columns.start
        draw_read_noise(noise[cut], spread, 4.0, 99, when[core][batch], first_column=start)

    expected = np.empty((2, *shape), np.int64)
    for core in (0, 1):
        part(expected[core], core, slice(0, 24), slice(0, 200))
    assert (expected[0] != expected[1]).any()
    rng = np.random.default_rng(3)
    for threads in (1, 2, 4):
        for splits in ([0, 24], [0, 1, 24], [0, 7, 8, 20, 24], list(range(25))):
            noise = np.zeros((2, *shape), np.int64)
            jobs = [
                (noise[core], core, slice(a, b), columns)
                for core in (0, 1)
                for a, b in pairwise(splits)
                for columns in (slice(0, 64), slice(64, 192), slice(192, 200))
            ]
            with ThreadPoolExecutor(threads) as pool:
                done = [pool.submit(part, *jobs[n]) for n in rng.permutation(len(jobs))]
                for job in done:
                    job.result()
            np.testing.assert_array_equal(noise, expected)
    # columns first in memory, as a product of transposed matrices leaves them
    turned = np.zeros(shape[::-1], np.int64).T
    part(turned, 0, slice(0, 24), slice(0, 200))
    np.testing.assert_array_equal(turned, expected[0])


@pytest.mark.parametrize("signs", ["none", "bipolar", "phases"])
@pytest.mark.parametrize("bits", [1, 3])
def test_noise_of_blocks_however_batches_are_cut(signs: Any, bits: int) -> None:
    """Against variances in integers; a batch is written in parts, in any order, by threads."""
    rng = np.random.default_rng(bits)
    planes, rows, columns, batch, count = 2, 100, 90, 11, 4
    low = 0 if signs == "none" else 1 - (1 << bits * count)
    signals = rng.integers(low, 1 << bits * count, (batch, rows))
    variance = rng.integers(0, 2**36, (planes, rows, columns))
    phases = [signals] if signs != "phases" else [signals.clip(0), (-signals).clip(0)]
    shifts = bits * np.arange(count)[:, None]
    pulses = np.concatenate(
        [np.abs(s)[:, None] >> shifts & (1 << bits) - 1 for s in phases], axis=1
    )
    spread, unit = exact_in_products(
        variance.transpose(1, 0, 2).reshape(rows, -1), ((1 << bits) - 1) ** 2
    )
    sums = (pulses**2 @ spread.astype(np.int64)).reshape(batch, -1, planes, columns)
    expected = np.empty(sums.shape, np.int64)
    draw_read_noise(expected, sums, unit, 5, firings(batch, 3))
    write = ColumnNoise(variance, bits, count, signs, 5).of(signals, firings(batch, 3))
    for threads in (1, 2):
        for splits in ([0, 11], [0, 4, 5, 11], list(range(12))):
            noise = np.zeros(sums.shape, np.int64)
            with ThreadPoolExecutor(threads) as pool:
                for job in [
                    pool.submit(write, a, b, noise[a:b]) for a, b in reversed([*pairwise(splits)])
                ]:
                    job.result()
            np.testing.assert_array_equal(noise, expected)


def test_conversions_are_independent() -> None:
    shape = (50, 4, 4, 400)
    noise = np.empty(shape, np.int64)
    draw_read_noise(noise, np.full(shape, 2.0**40), 1.0, 1, firings(50))
    z = noise / 2.0**20
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.01
    for axis in range(4):
        first = np.take(z, range(shape[axis] - 1), axis).ravel()
        second = np.take(z, range(1, shape[axis]), axis).ravel()
        assert abs(np.corrcoef(first, second)[0, 1]) < 4 / first.size**0.5


def test_times_and_purposes_differ() -> None:
    shape = (1, 2, 2, 100)
    read = []
    for changed in range(5):
        core, step, firing, seed, _ = (int(n == changed) for n in range(5))
        noise = np.empty(shape, np.int64)
        draw_read_noise(
            noise, np.full(shape, 2.0**40), 1.0, seed, firings(1, core, 0, step, firing)
        )
        read.append(noise.ravel())
    assert np.abs(np.corrcoef(read) - np.eye(5)).max() < 4 / 400**0.5


@given(
    st.integers(1, 200),
    st.integers(1, 20),
    st.integers(0, 46),
    st.sampled_from([1, 9, 225, 127**2]),
    st.integers(0, 2**32),
)
def test_sums_of_variances_are_exact(
    rows: int, columns: int, bits: int, largest: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    variance = rng.integers(0, 1 << bits, (rows, columns), endpoint=True)
    made, unit = exact_in_products(variance, largest)
    assert np.abs(made.astype(float) * unit - variance).max() <= unit / 2
    # what is rounded is little: of the largest variance 12 bits and more are kept
    assert unit == 1 or variance.max() / unit >= 2048
    squares = rng.integers(0, largest, (5, rows), endpoint=True)
    for order in (np.arange(rows), rng.permutation(rows)):
        product = squares[:, order].astype(made.dtype) @ made[order]
        np.testing.assert_array_equal(product, squares @ made.astype(np.int64))
    # no coarser than it must be
    significand = 24 if made.dtype == np.float32 else 53
    halved = (variance + int(unit) // 4) // max(int(unit) // 2, 1)
    assert unit == 1 or int(halved.sum(axis=0).max()) * largest >= 1 << significand


def test_pulses_of_one_bit_take_float32() -> None:
    for rows in (128, 512, 4096):
        made, _ = exact_in_products(np.full((rows, 3), 2 * 9830**2), 1)
        assert made.dtype == np.float32
    assert exact_in_products(np.full((128, 3), 2 * 9830**2), 127**2)[0].dtype == np.float64


def test_arrays_that_do_not_fit_each_other() -> None:
    noise = np.zeros((2, 1, 1, 5), np.int64)
    with pytest.raises(ValueError, match="do not fit"):
        draw_read_noise(noise, np.zeros((2, 1, 1, 5)), 1.0, 0, firings(3))
    with pytest.raises(ValueError, match="do not fit"):
        draw_read_noise(noise, np.zeros((2, 1, 1, 4)), 1.0, 0, firings(2))
    with pytest.raises(ValueError, match="do not fit"):
        draw_read_noise(noise, np.zeros((2, 1, 1, 5)), 1.0, 0, firings(2), first_column=3)
    draw_read_noise(noise[:0], np.zeros((0, 1, 1, 5)), 1.0, 0, firings(0))
