"""Programs on devices: effects one by one, the same bits in any order, noise as it is meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed
from numpy.testing import assert_array_equal

from somac.backends.api import DeviceChoice
from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.emulator import CrossbarDevice, CrossbarEmulator, program_effects
from somac.ir.errors import SomacError
from somac.ir.program import Program
from somac.ir.tiling import Converters

STEPS = 10
HOW = Converters(1, 1, "none", 2, 3, "differential", -127, 127)
FIGURES = {
    "programming_c0": 1.2,
    "read_c0": 0.8,
    "drift_t0_seconds": 20.0,
    "drift_nu": 0.05,
    "stuck_at_min": 0.02,
    "row_wire_ohm": 30.0,
    "column_wire_ohm": 30.0,
}


def program_with(how: Converters = HOW, *, copies: int = 1, **figures: float) -> Program:
    network = example(how)
    target = chip(
        cell_bits=how.cell_bits, polarity=how.polarity, signs=how.signs, figures=FIGURES | figures
    )
    return emit(network, hand_placed(network, target, copies=copies), target)


def image(samples: int, seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {"image": random.integers(0, 2, (samples, STEPS, 36), dtype=np.int64)}


def states(runner: Any, inputs: dict[str, Any], **more: Any) -> Any:
    found = runner.run(inputs, record_states=["hidden", "out"], **more).states
    return np.concatenate([found[name]["v"] for name in ("hidden", "out")], axis=2)


@pytest.mark.parametrize("polarity", ["differential", "separate", "offset"])
def test_a_device_without_imperfections_is_exact(polarity: Any) -> None:
    program = program_with(Converters(2, 2, "phases", 2, 3, polarity, -127, 127), copies=2)
    exact = CrossbarEmulator(program).run(image(4), record=["hidden"])
    for effects in (frozenset[str](), frozenset({"on_off"})):
        device = CrossbarDevice(program, DeviceChoice(effects=effects))
        found = device.run(image(4), record=["hidden"])
        assert_array_equal(found.signals["hidden"], exact.signals["hidden"])
        assert_array_equal(found.outputs["spikes"], exact.outputs["spikes"])


def test_effects_are_those_with_figures() -> None:
    names = {e.name for e in program_effects(program_with())}
    assert names == {"programming", "read", "drift", "faults", "found", "on_off", "wires"}
    thick = program_effects(program_with(row_wire_ohm=0.0, column_wire_ohm=0.0))
    assert names - {e.name for e in thick} == {"wires"}
    with pytest.raises(SomacError, match="E0846"):
        CrossbarDevice(program_with(), DeviceChoice(effects=frozenset({"gremlins"})))


@pytest.mark.parametrize("effect", ["programming", "read", "drift", "faults", "found", "wires"])
def test_every_effect_alone_changes_something(effect: str) -> None:
    program = program_with()
    inputs = image(4)
    choice = DeviceChoice(seed=1, effects=frozenset({effect}), seconds=1e6)
    found = states(CrossbarDevice(program, choice), inputs)
    assert (found != states(CrossbarEmulator(program), inputs)).any()
    # a device is its seed
    assert_array_equal(states(CrossbarDevice(program, choice), inputs), found)
    other = states(CrossbarDevice(program, DeviceChoice(2, frozenset({effect}), 1e6)), inputs)
    assert (other != found).any() == (effect not in {"drift", "found", "wires"})


@pytest.mark.parametrize("by_cell", [False, True])
def test_a_run_in_parts_gives_the_same_bits(by_cell: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    device = CrossbarDevice(program_with(copies=2), DeviceChoice(seed=3, by_cell=by_cell))
    inputs = image(6)
    whole = states(device, inputs)
    for cut in (1, 4):
        parts = [
            states(device, {"image": inputs["image"][part]}, first=part.start)
            for part in (slice(0, cut), slice(cut, 6))
        ]
        assert_array_equal(np.concatenate(parts), whole)
    monkeypatch.setattr("somac.backends.crossbar.emulator.run._BATCH", 1)
    monkeypatch.setattr("somac.backends.crossbar.emulator.matrices._AT_ONCE", 1)
    assert_array_equal(states(device, inputs), whole)


def test_noise_of_sums_is_that_of_cells() -> None:
    """Mean and variance of what arrives, over many samples of one image."""
    program = program_with(
        Converters(1, 1, "none", 2, 3, "differential", -(1 << 20), 1 << 20), read_c0=12.0
    )
    inputs = {"image": np.ones((600, 1, 36), np.int64)}
    effects = frozenset({"read"})
    found = [
        states(CrossbarDevice(program, DeviceChoice(5, effects, by_cell=by_cell)), inputs)[:, 0]
        for by_cell in (False, True)
    ]
    found = [f[:, :64] for f in found]
    means = [f.mean(axis=0) for f in found]
    spreads = [f.std(axis=0) for f in found]
    assert spreads[0].min() > 0.5
    assert np.abs(means[0] - means[1]).max() < 5 * spreads[0].max() / np.sqrt(600) * np.sqrt(2)
    assert abs(np.mean(spreads[0]) / np.mean(spreads[1]) - 1) < 0.02


def test_copies_are_cells_of_their_own() -> None:
    effects = frozenset({"programming"})
    one = states(CrossbarDevice(program_with(), DeviceChoice(effects=effects)), image(2))
    two = states(CrossbarDevice(program_with(copies=2), DeviceChoice(effects=effects)), image(2))
    assert (one != two).any()
