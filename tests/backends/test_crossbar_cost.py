"""What steps take by the cost model: counts held against the emulator, figures against papers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed, integrate_and_fire, tiled_by_hand
from crossbar_mutants import array_mutants, byte_mutants, json_mutants, with_file

from somac.backends.crossbar.cost import costs
from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.emulator import CrossbarEmulator
from somac.compiler.targets import find_target
from somac.ir.connectivity import Dense
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.target import Target
from somac.ir.tiling import Converters

FIGURES = {
    "adc_converters": 4,
    "adc_ns": 2,
    "adc_pj": 3,
    "add_ns": 1,
    "add_pj": 0.5,
    "array_pulse_pj": 100,
    "hop_ns": 1,
    "hop_pj": 1,
    "pulse_ns": 50,
    "row_pulse_pj": 0.25,
    "update_ns": 1,
    "update_pj": 2,
}


def made(figures: dict[str, float] | None = None, **more: Any) -> tuple[IntegerNetwork, Program]:
    network = example()
    target = chip(figures=FIGURES if figures is None else figures)
    return network, emit(network, hand_placed(network, target, **more), target)


def everything(network: IntegerNetwork) -> dict[str, Any]:
    cells = (*network.inputs, *network.populations)
    return {c.name: np.ones(c.size) for c in cells}


def restless(network: IntegerNetwork) -> IntegerNetwork:
    """All of whose neurons send in every step."""
    return replace(
        network,
        populations=tuple(
            replace(
                p,
                parameters={"threshold": np.array(-(1 << 23))},
                initial={"v": np.array(0)},
            )
            for p in network.populations
        ),
    )


@pytest.mark.parametrize("copies", [1, 3])
def test_counts_are_those_of_the_emulator(copies: int) -> None:
    """Where every cell sends in every step nothing is a matter of chance."""
    network = restless(example())
    target = chip(figures=FIGURES)
    program = emit(network, hand_placed(network, target, copies=copies), target)
    steps = 9
    emulator = CrossbarEmulator(program)
    inputs = {"image": np.ones((1, steps, 36), np.int64)}
    found = emulator.run(inputs, record=["hidden", "out"])
    assert found.signals["hidden"].all()
    assert found.signals["out"].all()
    # what is sent in the last step along a delay arrives after the run
    shorter = emulator.run({"image": inputs["image"][:, :-1]})
    step = found.per_core["firings"] - shorter.per_core["firings"]
    case = costs(program, {"worst": everything(network)})["worst"]
    counted = {event.name: event for event in case.events}
    assert counted["firings"].total == step.sum()
    if copies == 1:
        # copies are one to an emulator without imperfections
        assert counted["firings"].busiest == step.max()
    assert (
        counted["conversions"].total == found.counts["conversions"] - shorter.counts["conversions"]
    )


def test_counts_of_random_spikes_are_near_those_of_the_emulator() -> None:
    """Cells send as often as in the run, but by themselves."""
    _, program = made()
    steps, samples = 50, 20
    random = np.random.default_rng(3)
    inputs = {"image": (random.random((samples, steps, 36)) < 0.1).astype(np.int64)}
    found = CrossbarEmulator(program).run(inputs)
    rates = {name: sent / (samples * steps) for name, sent in found.sent.items()}
    case = costs(program, {"measured": rates})["measured"]
    counted = {event.name: event.total for event in case.events}
    for name in ("firings", "conversions"):
        assert counted[name] == pytest.approx(found.counts[name] / (samples * steps), rel=0.1)


def test_silence_fires_nothing() -> None:
    _, program = made()
    case = costs(program, {"quiet": {}})["quiet"]
    counted = {event.name: event.total for event in case.events}
    assert counted.pop("updates") == 74
    assert not any(counted.values())
    assert case.amounts["energy_nj"].value == pytest.approx(74 * 2 / 1e3)
    assert case.amounts["time_arrays_us"].value == 0


def test_what_is_sent_more_often_takes_more() -> None:
    network, program = made()
    cases = {
        str(share): {n: v * share for n, v in everything(network).items()}
        for share in (0.0, 0.05, 0.3, 1.0)
    }
    found = list(costs(program, cases).values())
    for name in ("step_us", "energy_nj", "energy_links_nj", "energy_adders_nj"):
        values = [case.amounts[name].value for case in found]
        assert values == sorted(values)
        assert values[0] < values[-1]


def test_a_step_by_hand() -> None:
    """One matrix of 4 rows and 2 columns, a pulse: each figure once."""
    how = Converters(1, 1, "none", 2, 1, "differential", -7, 7)
    program = single(chip(figures=FIGURES), how, np.ones((2, 4), np.int32))
    case = costs(program, {"worst": {"x": np.ones(4), "y": np.ones(2)}})["worst"]
    values = {name: amount.value for name, amount in case.amounts.items()}
    # 2 conversions by 4 converters: one round
    assert values["time_arrays_us"] == pytest.approx(0.052)
    assert values["time_neurons_us"] == pytest.approx(0.002)
    # 16 of 512 cells, 4 rows
    assert values["energy_arrays_nj"] == pytest.approx((100 * 16 / 512 + 4 * 0.25) / 1e3)
    assert values["energy_converters_nj"] == pytest.approx(2 * 3 / 1e3)
    assert values["energy_adders_nj"] == pytest.approx(2 * 0.5 / 1e3)
    assert case.amounts["energy_nj"].status == "assumed"
    assert case.busiest == "array 0 on core 0"


def single(target: Target, how: Converters, weights: np.ndarray[Any, Any]) -> Program:
    """A matrix from an input to a population."""
    size, rows = weights.shape
    wiring = Dense(weights)
    sent = BOOL if how.signals[1] == 1 else Format(7, 7)
    network = IntegerNetwork(
        "single",
        1e-3,
        (IntegerInput("x", (rows,), "spike" if sent is BOOL else "value", sent),),
        (
            IntegerPopulation(
                "y",
                (size,),
                integrate_and_fire(),
                {"threshold": np.array(9)},
                {"v": np.array(0)},
            ),
        ),
        (
            IntegerProjection(
                "w", "x", "y", "x", wiring, 0, tiling=tiled_by_hand(wiring, how, rows, size)
            ),
        ),
        (Output("o", "y"),),
    )
    return emit(network, hand_placed(network, target), target)


@pytest.mark.parametrize(("name", "pulses"), [("hermes", 1), ("neurram", 1)])
def test_a_whole_array_takes_what_was_published(name: str, pulses: int) -> None:
    """The product of a whole array with a vector of 8 bits, by the chip's own energy and time."""
    target = find_target(name)
    array = target.array
    assert array is not None
    low, high = array.codes
    how = Converters(
        array.pulse_bits, pulses, array.signs, array.cell_bits, 1, array.polarity, low, high
    )
    weights = np.ones((array.columns // how.cells, array.rows), np.int32)
    program = single(target, how, weights)
    rates = {"x": np.ones(array.rows)}
    amounts = costs(program, {"worst": rates})["worst"].amounts
    energy = amounts["energy_arrays_nj"].value + amounts["energy_converters_nj"].value
    assert energy == pytest.approx(array.figures["mvm_nj"], rel=0.02)
    time = amounts["time_arrays_us"].value * 1e3
    assert time == pytest.approx(array.figures["mvm_ns"], rel=0.01)


def test_what_needs_a_figure_that_is_not_there_is_left_out() -> None:
    _, program = made({})
    case = costs(program, {"quiet": {}})["quiet"]
    assert not case.amounts
    assert case.events
    _, program = made({"adc_pj": 3})
    assert set(costs(program, {"quiet": {}})["quiet"].amounts) == {
        "energy_converters_nj",
        "energy_nj",
    }
    assert not costs(with_file(program, "costs.json", None), {"quiet": {}})


def test_damaged_files_are_refused_with_a_code() -> None:
    network, program = made()
    cases = {"worst": everything(network)}
    random = np.random.default_rng(0)
    codes = set()
    for name, content in program.files.items():
        mutants: list[bytes | None] = [None]
        if name in {"costs.json", "schedule.json"}:
            mutants += [mutant for *_, mutant in json_mutants(content)][::7]
        elif name.startswith(("tables/", "schedule/", "digital/")):
            mutants += [*array_mutants(content, random, 0), *byte_mutants(content, random, 5)]
        for mutant in mutants:
            try:
                costs(with_file(program, name, mutant), cases)
            except SomacError as error:
                codes |= {d.code for d in error.diagnostics}
    assert codes == {"E0703", "E0704", "E0711"}


def test_the_report_counts_what_the_model_counts() -> None:
    network, program = made(copies=2)
    report = json.loads(program.files["report.json"])
    case = costs(program, {"worst": everything(network)})["worst"]
    counted = {event.name: event.total for event in case.events}
    assert report["total"]["firings of a step"] == counted["firings"]
    assert report["total"]["conversions of a step"] == counted["conversions"]
