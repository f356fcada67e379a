"""Device models: what they say of themselves, and figures that contradict each other."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from device_cases import EVERYTHING, GRID, WRITING
from hypothesis import example, given
from hypothesis import strategies as st

from somac.backends.crossbar.device.cells import octaves, targets
from somac.backends.crossbar.device.effects import Drift, Faults, LogLaw, Writing
from somac.backends.crossbar.device.figures import NAMES, device_model, figures_of
from somac.backends.crossbar.device.model import EFFECTS, DeviceModel
from somac.backends.crossbar.device.places import Corner, Firings
from somac.backends.crossbar.device.reading import read_sigmas
from somac.backends.crossbar.device.spreads import SPREADS, OneOverF, Spread, spread_of
from somac.backends.crossbar.device.writing import programming_plan
from somac.ir.errors import SomacError


def test_grid() -> None:
    model = DeviceModel.of(5, 20, 16)
    assert model.step_us == 1
    assert model.rest == 5 * GRID
    assert model.top == 20 * GRID
    assert model.on_off == 4
    assert DeviceModel.of(0, 20, 16).on_off is None
    codes = np.arange(16, dtype=np.uint8).reshape(4, 4)
    np.testing.assert_array_equal(targets(codes, model), (5 + codes.astype(int)) * GRID)


def test_numbers_are_what_is_written() -> None:
    model = DeviceModel.of(0.1, "1/3", 2)
    assert model.g_min_us == Fraction(1, 10)
    assert model.g_max_us == Fraction(1, 3)
    assert model == DeviceModel(Fraction("0.1"), Fraction(1, 3), 2)


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_effect_alone(effect: str) -> None:
    alone = EVERYTHING.only(effect)
    fields = {"programming": "programming", "read": "read", "drift": "drift", "faults": "faults"}
    for name, field in fields.items():
        assert (getattr(alone, field) is not None) == (name == effect)
    assert (alone.g_min_us > 0) == (effect == "on_off")
    assert alone.step_us == EVERYTHING.step_us
    assert alone.writing == EVERYTHING.writing
    assert EVERYTHING.only(*EFFECTS) == EVERYTHING


@pytest.mark.parametrize(
    ("name", "g", "sigma"),
    [
        # the formulas of the sources in floating point
        ("pcm-joshi", 12.5, -0.00178767 * 12.5**2 + 0.07585724 * 12.5 + 0.28638599),
        ("pcm-aihwkit", 10.0, 0.26348 + 1.9650 * 0.4 - 1.1731 * 0.4**2),
        ("rram-wan", 30.0, 1.536e-4 * 30**3 - 1.167e-2 * 30**2 + 0.2374 * 30 + 1.053),
        ("rram-milo", 100.0, -0.009107 * 100 + 4.782321),
    ],
)
def test_measured_spreads(name: str, g: float, sigma: float) -> None:
    spread = spread_of(name)
    assert float(spread.sigma_us(Fraction(g))) == pytest.approx(sigma, rel=1e-12)
    assert spread.limit_us is not None
    assert spread.sigma_us(spread.limit_us + 100) == spread.sigma_us(spread.limit_us)
    assert spread.source


def test_one_over_f() -> None:
    noise = OneOverF()
    for x in (0.01, 0.3, 1.0):
        q = min(0.0088 / x**0.65, 0.2)
        assert float(noise.relative(Fraction(x))) == pytest.approx(q, rel=1e-12)
    assert noise.relative(Fraction(0)) == noise.relative(Fraction(1, 10**6)) == Fraction("0.2")
    growth = np.sqrt(np.log((3600 + 250e-9) / (2 * 250e-9)))
    assert float(noise.growth(Fraction(3600))) == pytest.approx(growth, rel=1e-12)


def code_of(call: Any, *args: Any, **named: Any) -> set[str]:
    with pytest.raises(SomacError) as caught:
        call(*args, **named)
    assert all(d.have is not None or d.need is not None for d in caught.value.diagnostics) or {
        d.code for d in caught.value.diagnostics
    } <= {"E0686", "E0684"}
    return {d.code for d in caught.value.diagnostics}


@pytest.mark.parametrize(
    ("g_min", "g_max", "levels"),
    [(20, 20, 16), (25, 20, 16), (-1, 9, 16), (0, 0, 16), (0, 20, 1), (0, 20, 257), (99, 100, 256)],
)
def test_ranges_that_cannot_be(g_min: int, g_max: int, levels: int) -> None:
    assert code_of(DeviceModel.of, g_min, g_max, levels) == {"E0680"}


@pytest.mark.parametrize(
    "spread",
    [
        Spread.constant("-0.01", 20),
        Spread.proportional(-1),
        Spread.polynomial(1, "-0.1"),  # negative above 10 uS
        Spread.constant(2, 20),
        OneOverF(q=Fraction(-1)),
        OneOverF(most=Fraction(2)),
        OneOverF(exponent=Fraction(9)),
    ],
)
def test_spreads_that_cannot_be(spread: Any) -> None:
    assert code_of(DeviceModel.of, 0, 20, 16, read=spread) == {"E0681"}
    if isinstance(spread, Spread):
        assert code_of(DeviceModel.of, 0, 20, 16, programming=spread) == {"E0681"}


def test_a_spread_of_too_many_steps() -> None:
    assert code_of(DeviceModel.of, 18, 20, 256, programming=Spread.constant(1, 20)) == {"E0681"}


@pytest.mark.parametrize("shares", [(-1, 0, 0), ("0.5", "0.4", "0.2"), (0, 0, 2), (0, "1.1", -1)])
def test_shares_that_cannot_be(shares: tuple[Any, Any, Any]) -> None:
    assert code_of(DeviceModel.of, 0, 20, 16, faults=Faults.of(*shares)) == {"E0682"}


def test_times_that_cannot_be() -> None:
    assert code_of(DeviceModel.of, 0, 20, 16, drift=Drift.power("0.05", t0_seconds=0)) == {"E0683"}
    assert code_of(DeviceModel.of, 0, 20, 16, read=OneOverF(read_seconds=Fraction(0))) == {"E0683"}
    drifting = DeviceModel.of(0, 20, 16, drift=Drift.power("0.05", t0_seconds=20))
    assert code_of(octaves, drifting, 19) == {"E0683"}
    noisy = DeviceModel.of(0, 20, 16, read=OneOverF())
    assert code_of(read_sigmas, np.zeros((2, 2), np.int32), noisy, seconds="1e-9") == {"E0683"}


def test_exponents_that_cannot_be() -> None:
    for nu, sigma in ((-1, 0), (2, 0), ("0.05", -1)):
        drift = Drift.power(nu, sigma)
        assert code_of(DeviceModel.of, 0, 20, 16, drift=drift) == {"E0681"}
    crossed = LogLaw(Fraction(0), Fraction(0), Fraction(1, 10), Fraction(0))
    drift = Drift(Fraction(20), crossed, LogLaw.constant(0))
    assert code_of(DeviceModel.of, 0, 20, 16, drift=drift) == {"E0681"}


@pytest.mark.parametrize(
    "changed",
    [
        {"window_us": 0},
        {"window_us": -1},
        {"window_relative": -1},
        {"pulses": 0},
        {"pulses": 10**6},
        {"set_us": 0},
        {"reset_us": -2},
        {"variation": -1},
        {"variation": 17},
        {"set_pj": -5},
    ],
)
def test_writing_that_cannot_be(changed: dict[str, Any]) -> None:
    figures: dict[str, Any] = {"window_us": 1, "set_us": 2, "reset_us": 2, "pulses": 9} | changed
    assert code_of(DeviceModel.of, 0, 20, 16, writing=Writing.of(**figures)) == {"E0684"}


def test_a_plan_without_writing() -> None:
    assert code_of(programming_plan, np.zeros((1, 1), np.uint8), DeviceModel.of(0, 1, 2)) == {
        "E0684"
    }


def test_several_contradictions_at_once() -> None:
    found = code_of(
        DeviceModel.of,
        0,
        20,
        16,
        read=Spread.proportional(-1),
        faults=Faults.of(2),
        drift=Drift.power("0.05", t0_seconds=-1),
        writing=Writing.of(set_us=1, reset_us=1, pulses=0, window_us=1),
    )
    assert found == {"E0681", "E0682", "E0683", "E0684"}


@pytest.mark.parametrize(
    "corner", [Corner(1 << 16), Corner(-1), Corner(0, (1 << 24) - 1), Corner(0, 0, (1 << 16) - 1)]
)
def test_places_without_random_numbers(corner: Corner) -> None:
    assert code_of(corner.covers, 2, 2) == {"E0685"}


def test_firings_without_random_numbers() -> None:
    zeros = np.zeros(2, np.int64)
    late = np.array([0, 1 << 32])
    assert code_of(Firings, 0, late, zeros, zeros) == {"E0685"}
    assert code_of(Firings, 0, zeros, -late, zeros) == {"E0685"}
    assert code_of(Firings, 0, zeros, zeros, late) == {"E0685"}
    assert code_of(Firings, 1 << 16, zeros, zeros, zeros) == {"E0685"}


def test_unknown_names() -> None:
    assert code_of(EVERYTHING.only, "temperature") == {"E0686"}
    assert code_of(spread_of, "memristor") == {"E0686"}
    assert code_of(DeviceModel.of, 0, 20, 16, read="memristor") == {"E0686"}
    assert code_of(Writing.of, set_us=1, reset_us=1, pulses=1, window_us=1, erase_ns=3) == {"E0686"}
    assert code_of(DeviceModel.of, "wide", 20, 16) == {"E0686"}
    assert code_of(DeviceModel.of, 0, float("inf"), 16) == {"E0686"}


def test_codes_that_are_no_levels() -> None:
    assert code_of(targets, np.array([[3, 16]], np.uint8), DeviceModel.of(0, 20, 16)) == {"E0687"}


def test_figures_by_name() -> None:
    assert device_model(1, 40, 16, figures_of(EVERYTHING)) == EVERYTHING
    assert device_model(0, 15, 16, {}) == DeviceModel.of(0, 15, 16)
    constant = device_model(0, 20, 16, {"programming_constant": 0.02, "read_proportional": 0.01})
    assert constant.programming == Spread((Fraction("0.4"), Fraction(0)))
    assert constant.read == Spread((Fraction(0), Fraction("0.01")))
    pcm = device_model(0, 25, 16, {"read_q": 0.0088, "drift_t0_seconds": 20, "drift_nu": 0.05})
    assert pcm.read == OneOverF()
    assert pcm.drift == Drift.power("0.05")
    written = device_model(1, 40, 16, figures_of(DeviceModel.of(1, 40, 16, writing=WRITING)))
    assert written.writing == WRITING
    for spread in SPREADS.values():
        model = DeviceModel.of(0, 25, 16, programming=spread)
        made = device_model(0, 25, 16, figures_of(model)).programming
        assert made is not None
        assert made.coefficients == spread.coefficients


@pytest.mark.parametrize(
    "figures",
    [
        {"programming": 1},
        {"read_sigma": 1},
        {"programming_constant": 0.1, "programming_c0": 1},
        {"read_constant": 0.1, "read_q": 0.0088},
        {"drift_nu": 0.05},
        {"drift_t0_seconds": 20},
        {"drift_t0_seconds": 20, "drift_nu": 0.05, "drift_mean_low": 0.01},
        {"drift_t0_seconds": 20, "drift_mean_low": 0.01},
        {"write_window_us": 1, "write_set_us": 1, "write_reset_us": 1},
        {"write_window_us": 1, "write_set_us": 1, "write_reset_us": 1, "write_pulses": 1.5},
        {"write_window_us": 1, "write_pulses": 3, "write_set_us": 1},
        {"read_constant": float("nan")},
    ],
)
def test_figures_that_make_no_model(figures: dict[str, float]) -> None:
    assert code_of(device_model, 0, 20, 16, figures) == {"E0686"}


@example({"read_c0": 1e300, "read_c7": 1e300, "stuck_open": 1e308, "drift_nu": 1e308})
@example({"write_set_us": 1e308, "write_reset_us": 5e-324, "write_window_us": 1, "write_pulses": 9})
@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.floats(), max_size=6))
def test_no_figures_end_in_a_traceback(figures: dict[str, float]) -> None:
    with suppress(SomacError):
        device_model(1, 20, 16, figures)
