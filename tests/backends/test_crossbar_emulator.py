"""The emulator of crossbars: from the files alone, every signal and state is the golden one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.emulator import CrossbarEmulator
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.simulate import golden
from somac.ir.target import Target
from somac.ir.tiling import Converters

STEPS = 12


def target_for(converters: Converters, **more: Any) -> Target:
    return chip(
        cell_bits=converters.cell_bits,
        polarity=converters.polarity,
        signs=converters.signs,
        **more,
    )


def program_of(network: IntegerNetwork, target: Target, **more: Any) -> Program:
    return emit(network, hand_placed(network, target, **more), target)


def spikes(network: IntegerNetwork, samples: int, seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        i.name: random.integers(0, 2, (samples, STEPS, i.size), dtype=np.int64)
        for i in network.inputs
    }


def assert_golden(network: IntegerNetwork, program: Program, inputs: dict[str, Any]) -> None:
    names = [p.name for p in network.populations]
    want = golden(network, inputs, record=names, record_states=names)
    have = CrossbarEmulator(program).run(inputs, record=names, record_states=names)
    for output in network.outputs:
        assert_array_equal(have.outputs[output.name], want.signals[output.name])
    for name in names:
        assert_array_equal(have.signals[name], want.signals[name])
        for state, values in want.states[name].items():
            assert_array_equal(have.states[name][state], values)


@pytest.fixture(params=["plain", "compiled"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Updates in NumPy, or in machine code."""
    most = 1 << 62 if request.param == "plain" else 0
    monkeypatch.setattr("somac.backends.crossbar.emulator.cells._MANY", most)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("polarity", ["differential", "separate", "offset"])
@pytest.mark.parametrize(("low", "high"), [(-127, 127), (-24, 24)])
def test_signals_and_states_are_the_golden_ones(
    polarity: Any, copies: int, low: int, high: int
) -> None:
    how = Converters(1, 1, "none", 2, 3, polarity, low, high)
    network = example(how)
    program = program_of(network, target_for(how), copies=copies)
    inputs = spikes(network, 5)
    assert golden(network, inputs).signals["spikes"].any()
    assert_golden(network, program, inputs)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_converters(data: st.DataObject) -> None:
    draw = data.draw
    polarity = draw(st.sampled_from(["differential", "separate", "offset"]))
    cell_bits = draw(st.integers(1, 4))
    slices = draw(st.integers(1, 4))
    bits = draw(st.integers(4, 14))
    high = (1 << (bits - 1)) - 1
    how = Converters(
        draw(st.integers(1, 4)),
        draw(st.integers(1, 3)),
        draw(st.sampled_from(["none", "bipolar", "phases"])),
        cell_bits,
        slices,
        polarity,
        -high,
        high,
    )
    steps = draw(st.lists(st.integers(1, 9), min_size=how.planes, max_size=how.planes))
    network = example(how, seed=draw(st.integers(0, 99)), steps=steps)
    program = program_of(network, target_for(how, cores=(8, 8)), copies=draw(st.integers(1, 3)))
    assert_golden(network, program, spikes(network, 2))


def test_what_is_computed_for_all_steps_at_once_is_the_same_in_any_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = example()
    inputs = spikes(network, 7)
    emulator = CrossbarEmulator(
        program_of(network, target_for(network.projections[0].tiling.converters))
    )
    whole = emulator.run(inputs, record=["hidden"])
    monkeypatch.setattr("somac.backends.crossbar.emulator.run._BATCH", 1)
    apart = emulator.run(inputs, record=["hidden"])
    assert_array_equal(whole.outputs["spikes"], apart.outputs["spikes"])
    assert_array_equal(whole.signals["hidden"], apart.signals["hidden"])
    assert whole.counts == apart.counts


def test_what_arrays_did_is_counted() -> None:
    network = example()
    how = network.projections[0].tiling.converters
    program = program_of(network, target_for(how))
    emulator = CrossbarEmulator(program)
    silent = emulator.run({"image": np.zeros((2, STEPS, 36), np.int64)})
    found = emulator.run(spikes(network, 2))
    assert found.counts["firings"] > silent.counts["firings"]
    assert found.counts["firings"] == found.per_core["firings"].sum()
    assert found.counts["conversions"] > found.counts["firings"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "E0715"),
        ({"image": np.zeros((1, 2, 36), np.int64) + 2}, "E0715"),
        ({"image": np.zeros((1, 2, 35), np.int64)}, "E0715"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(wrong: dict[str, Any], code: str) -> None:
    network = example()
    how = network.projections[0].tiling.converters
    emulator = CrossbarEmulator(program_of(network, target_for(how)))
    with pytest.raises(SomacError) as raised:
        emulator.run(wrong)
    assert {d.code for d in raised.value.diagnostics} == {code}


def test_names_that_are_not_there_are_refused() -> None:
    network = example()
    how = network.projections[0].tiling.converters
    emulator = CrossbarEmulator(program_of(network, target_for(how)))
    with pytest.raises(SomacError) as raised:
        emulator.run(spikes(network, 1), record=["nobody"], record_states=["image"])
    assert [d.code for d in raised.value.diagnostics] == ["E0716"] * 2
    with pytest.raises(SomacError, match="E0716"):
        emulator.run(spikes(network, 1), record_weights=["conv"])


def test_damaged_files_are_refused_with_a_code() -> None:
    network = example()
    how = network.projections[0].tiling.converters
    program = program_of(network, target_for(how))
    codes = set()
    for name, content in sorted(program.files.items()):
        for damaged in (
            None,
            b"",
            content[: len(content) // 2],
            content[:-4] + b"\xff\xff\xff\xff",
        ):
            files = dict(program.files)
            if damaged is None:
                del files[name]
            else:
                files[name] = damaged
            codes |= codes_of(Program(program.backend, program.target, files))
    assert {code[:3] for code in codes} == {"E07"}


def codes_of(program: Program) -> set[str]:
    """Of what is said about a damaged program; nothing if it runs."""
    try:
        CrossbarEmulator(program).run(spikes(example(), 1))
    except SomacError as error:
        return {d.code for d in error.diagnostics}
    return set()
