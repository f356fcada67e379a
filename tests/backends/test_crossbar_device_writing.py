"""Writing with verification: what a plan says, and what pulses make of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from device_cases import EVERYTHING, GRID, WRITING
from numpy.typing import NDArray

from somac.backends.crossbar.device.cells import Fault, faults, programmed, targets
from somac.backends.crossbar.device.effects import Faults, Writing
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.places import Corner
from somac.backends.crossbar.device.writing import Plan, programming_plan, write_verify

MODEL = DeviceModel.of(1, 40, 16, writing=WRITING)
# a step between levels is 2.6 uS
STEP = 39 / 15


def some_codes(rows: int = 60, columns: int = 70) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 16, (rows, columns)).astype(np.uint8)


def test_a_plan_is_targets_and_tolerances() -> None:
    codes = some_codes()
    plan = programming_plan(codes, MODEL)
    np.testing.assert_array_equal(plan.targets, targets(codes, MODEL))
    np.testing.assert_array_equal(plan.tolerances, np.full(codes.shape, round(GRID / STEP)))
    relative = Writing.of(
        window_us="0.1", window_relative="0.02", set_us=1, reset_us=1, pulses=99, variation="0.1"
    )
    plan = programming_plan(codes, DeviceModel.of(1, 40, 16, writing=relative))
    expected = (0.1 + 0.02 * (1 + codes * STEP)) / STEP * GRID
    assert np.abs(plan.tolerances - expected).max() <= 0.5 + 1e-6
    # nothing random: the same for every device, and from one time to the next
    np.testing.assert_array_equal(plan.targets, programming_plan(codes, MODEL).targets)


def test_accepted_cells_are_within_their_window() -> None:
    plan = programming_plan(some_codes(), MODEL)
    written = write_verify(plan, MODEL, 7, Corner())
    within = np.abs(written.grid - plan.targets) <= plan.tolerances
    np.testing.assert_array_equal(within, written.accepted)
    assert written.accepted.all()
    # what ends within a window of 1 uS to either side is off by less than a uniform number there
    rms = ((written.grid - plan.targets).astype(float) ** 2).mean() ** 0.5
    assert 0.3 < rms / plan.tolerances[0, 0] < 0.6
    assert (written.sets[plan.targets == MODEL.rest] == 0).all()
    assert written.resets.sum() > 0


def by_hand(target: int, tolerance: int, start: int, up: int, down: int, most: int) -> list[int]:
    """Conductance, set and reset pulses, acceptance of a cell whose pulses are all alike."""
    g, sets, resets = start, 0, 0
    while abs(g - target) > tolerance and sets + resets < most:
        sets, resets = (sets + 1, resets) if g < target else (sets, resets + 1)
        g = max(0, g + up) if g < target else max(0, g - down)
    return [g, sets, resets, int(abs(g - target) <= tolerance)]


@pytest.mark.parametrize(("up", "down", "most"), [(2, 2, 64), (3, 1, 9), ("5.5", "0.7", 40)])
def test_pulses_that_are_all_alike(up: int, down: int, most: int) -> None:
    """Against the state machine of one cell, in plain words."""
    model = DeviceModel.of(
        1, 40, 16, writing=Writing.of(window_us=1, set_us=up, reset_us=down, pulses=most)
    )
    plan = programming_plan(some_codes(20, 20), model)
    written = write_verify(plan, model, 1, Corner())
    steps = [int(np.floor(float(us) / STEP * GRID + 0.5)) for us in (up, down)]
    for place in np.ndindex(plan.targets.shape):
        found = [int(a[place]) for a in (written.grid, written.sets, written.resets)]
        expected = by_hand(
            int(plan.targets[place]), int(plan.tolerances[place]), model.rest, *steps, most
        )
        assert [*found, int(written.accepted[place])] == expected


def test_pulses_that_step_over_the_window_run_out() -> None:
    model = DeviceModel.of(
        0, 15, 16, writing=Writing.of(window_us="0.1", set_us="1.5", reset_us="1.5", pulses=30)
    )
    written = write_verify(programming_plan(some_codes(), model), model, 1, Corner())
    missed = ~written.accepted
    assert missed.any()
    assert ((written.sets + written.resets)[missed] == 30).all()
    assert len(written.histogram()) == 31


def test_costs_are_sums_over_pulses() -> None:
    written = write_verify(programming_plan(some_codes(), MODEL), MODEL, 7, Corner())
    sets, resets, cells = int(written.sets.sum()), int(written.resets.sum()), written.grid.size
    reads = sets + resets + cells
    assert written.nanoseconds == 1000 * (sets + resets) + 100 * reads
    assert float(written.picojoules) == 5 * sets + 7 * resets + 0.5 * reads
    histogram = written.histogram()
    assert histogram.sum() == cells
    assert (histogram * np.arange(len(histogram))).sum() == sets + resets


def test_devices_differ_and_parts_do_not() -> None:
    codes = some_codes()
    plan = programming_plan(codes, MODEL)
    whole = write_verify(plan, MODEL, 7, Corner(2, 5, 40))
    other = write_verify(plan, MODEL, 8, Corner(2, 5, 40))
    assert (whole.grid != other.grid).mean() > 0.8
    cut = slice(10, 25), slice(30, 70)
    part = write_verify(Plan(plan.targets[cut], plan.tolerances[cut]), MODEL, 7, Corner(2, 15, 70))
    for name in ("grid", "sets", "resets", "accepted"):
        np.testing.assert_array_equal(getattr(whole, name)[cut], getattr(part, name))


def test_stuck_cells_take_all_pulses_and_stay() -> None:
    model = replace(MODEL, faults=Faults.of("0.05", "0.05", "0.05"))
    codes = some_codes()
    plan = programming_plan(codes, model)
    written = write_verify(plan, model, 3, Corner())
    kinds = faults(codes.shape, model, 3, Corner())
    for kind, value in ((Fault.AT_MIN, model.rest), (Fault.AT_MAX, model.top), (Fault.OPEN, 0)):
        assert (written.grid[kinds == kind] == value).all()
    hopeless = (kinds > 0) & (np.abs(written.grid - plan.targets) > plan.tolerances)
    assert hopeless.any()
    assert ((written.sets + written.resets)[hopeless] == WRITING.pulses).all()
    fine = (kinds > 0) & ~hopeless
    assert ((written.sets + written.resets)[fine] == 0).all()


def test_what_is_wrong_with_writing_is_less_than_without() -> None:
    """The error of NeuRRAM's cells, relaxed, against a window of 1 uS at once after writing."""
    codes = some_codes()
    written = write_verify(programming_plan(codes, MODEL), MODEL, 7, Corner())
    relaxed = programmed(codes, EVERYTHING, 7, Corner())
    exact = targets(codes, MODEL)
    assert (written.grid - exact).std() < (relaxed - exact).std()
