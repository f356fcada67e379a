"""Plastic projections on the many-core: golden model, both engines, C here and under qemu."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from backend_calls import problems
from hypothesis import given, settings
from hypothesis import strategies as st
from plastic_cases import (
    TRACE,
    PlasticCase,
    neuron,
    pair_rule,
    plastic_cases,
    plastic_network,
    population,
)

from somac.backends.api import Emulation, Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.emulator import ManycoreEmulator
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.backends.manycore.machines.host import host_cores
from somac.ir.connectivity import AllToAll, Dense, OneToOne, Sparse, synapses
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.plasticity import IntegerPlasticity
from somac.ir.program import Program
from somac.ir.simulate import Trace, golden
from somac.ir.target import Target

STRICT = (
    *("-O0", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"),
    *("-fsanitize=undefined", "-fno-sanitize-recover=undefined"),
)
COUNT = Format(3, 3, False, Rounding.TRN, Overflow.SAT)


def learns(network: IntegerNetwork) -> list[str]:
    return [p.name for p in network.projections if p.plasticity is not None]


def everything(network: IntegerNetwork) -> dict[str, Sequence[str]]:
    """What a run is to record."""
    names = [p.name for p in network.populations]
    return {"record": names, "record_states": names, "record_weights": learns(network)}


def assert_same(seen: Emulation, meant: Trace, network: IntegerNetwork) -> None:
    """Signals, states, weights and states of synapses."""
    for output in network.outputs:
        np.testing.assert_array_equal(seen.outputs[output.name], meant.signals[output.name])
    for p in network.populations:
        np.testing.assert_array_equal(seen.signals[p.name], meant.signals[p.name])
        assert set(seen.states[p.name]) == set(meant.states[p.name])
        for state, values in meant.states[p.name].items():
            np.testing.assert_array_equal(seen.states[p.name][state], values)
    assert set(seen.weights) == set(learns(network))
    for name in learns(network):
        assert set(seen.weights[name]) == set(meant.weights[name])
        for state, values in meant.weights[name].items():
            np.testing.assert_array_equal(seen.weights[name][state], values)


def emulated(
    program: Program, network: IntegerNetwork, inputs: Mapping[str, Any]
) -> tuple[Trace, dict[str, Emulation]]:
    """The golden run, and both engines', which are equal to it."""
    meant = golden(network, inputs, **everything(network))
    seen = {}
    for engine in ("plain", "fast"):
        emulator = ManycoreEmulator(program, engine=engine)
        seen[engine] = emulator.run(inputs, **everything(network))
        assert_same(seen[engine], meant, network)
    assert seen["plain"].counts == seen["fast"].counts
    return meant, seen


def some_and_many(some: int, many: int) -> Any:
    """So many networks, or more in the long run."""
    longer = pytest.param(many, id="many", marks=pytest.mark.long)
    return pytest.mark.parametrize("count", [pytest.param(some, id="some"), longer])


Emit = Callable[..., Program]
Made = tuple[IntegerNetwork, Program]


def drawn(
    data: st.DataObject, case: PlasticCase, make_target: Callable[..., Target], emit: Emit
) -> Made:
    """The network with the delays of hardware, in slices and orders of all kinds."""
    chips = data.draw(st.sampled_from([(1, 1), (3, 2)]))
    target = make_target(chips=chips, max_delay=200)
    network = ManycoreBackend().legalise(case.network, target, Guidance()).network
    order = {
        p.name: np.array(data.draw(st.permutations(range(p.size))))
        for p in network.populations
        if data.draw(st.booleans())
    }
    largest = data.draw(st.sampled_from([1, 2, 3, 100]))
    return network, emit(network, target, order, largest=largest, spread=True)


@some_and_many(25, 400)
def test_emulator_equals_golden(
    count: int, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    """And the checker finds nothing, and no core is larger than was reckoned."""

    @given(data=st.data(), case=plastic_cases())
    @settings(max_examples=count)
    def check(data: st.DataObject, case: PlasticCase) -> None:
        network, program = drawn(data, case, make_target, plain_program)
        assert not ManycoreBackend().verify(program, network)
        emulated(program, network, case.inputs)

    check()


@some_and_many(10, 100)
def test_host_c_equals_golden(
    c_compiler: None, count: int, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    """Without a warning, and without anything undefined when it runs."""

    @given(data=st.data(), case=plastic_cases())
    @settings(max_examples=count)
    def check(data: st.DataObject, case: PlasticCase) -> None:
        network, program = drawn(data, case, make_target, plain_program)
        meant = golden(network, case.inputs, **everything(network))
        with host_cores(program, STRICT) as machine:
            assert_same(machine.run(case.inputs, **everything(network)), meant, network)

    check()


@some_and_many(2, 20)
def test_cortex_m4_equals_golden(
    arm_tools: None, count: int, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    @given(data=st.data(), case=plastic_cases(max_populations=2))
    @settings(max_examples=count)
    def check(data: st.DataObject, case: PlasticCase) -> None:
        target = make_target(max_delay=200)
        network = ManycoreBackend().legalise(case.network, target, Guidance()).network
        program = plain_program(network, target, largest=data.draw(st.sampled_from([3, 100])))
        meant = golden(network, case.inputs, **everything(network))
        with cortex_cores(program, STRICT[1:7]) as machine:
            assert_same(machine.run(case.inputs, **everything(network)), meant, network)

    check()


# by hand


def two_layers() -> IntegerNetwork:
    """Spikes and counts to a population that learns from both and from itself, at one port.

    There is a fixed projection too, and one that learns into a second population, with a delay.
    """
    rng = np.random.default_rng(4)

    def weights(*shape: int) -> Any:
        drawn_ = rng.integers(0, 200, shape)
        return np.where(rng.random(shape) < 0.4, 0, drawn_).astype(np.int32)

    nothing = Sparse(np.zeros(13, int), np.zeros(0, int), np.zeros(0, np.int32), None, 9)
    counted = replace(pair_rule(1, 2), initial={"x": np.asarray(3)})
    projections = (
        IntegerProjection("x_p", "x", "p", "i", Dense(weights(9, 12)), 1, pair_rule(1, 2)),
        IntegerProjection("c_p", "c", "p", "i", AllToAll(np.int32(0), 5, 9), 3, counted),
        IntegerProjection("p_p", "p", "p", "i", Dense(weights(9, 9)), 2, pair_rule()),
        IntegerProjection("fixed", "x", "p", "i", Dense(weights(9, 12) - 60), 2),
        IntegerProjection("p_q", "p", "q", "i", OneToOne(weights(9), 9), 7, pair_rule(1, 1)),
        IntegerProjection("x_q", "x", "q", "i", nothing, 1, pair_rule()),
    )
    return IntegerNetwork(
        "layers",
        1e-3,
        (IntegerInput("x", (12,), "spike", BOOL), IntegerInput("c", (5,), "count", COUNT)),
        (population("p", 9, neuron(threshold=1500)), population("q", 9, neuron("count", 90))),
        projections,
        (Output("p", "p"), Output("q", "q")),
    )


def busy(network: IntegerNetwork, samples: int = 3, steps: int = 40) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    return {
        i.name: (rng.random((samples, steps, i.size)) < 0.3)
        * rng.integers(1, i.format.maximum + 1, (samples, steps, i.size))
        for i in network.inputs
    }


@pytest.mark.parametrize("largest", [2, 4, 100])
def test_layers(
    c_compiler: None,
    largest: int,
    make_target: Callable[..., Target],
    plain_program: Emit,
) -> None:
    """Several slices on both sides, plastic and fixed at one port, weights of 0, loops, delays."""
    network, target = two_layers(), make_target(chips=(3, 2), cores=8)
    program = plain_program(network, target, largest=largest, spread=True)
    assert not ManycoreBackend().verify(program, network)
    inputs = busy(network)
    meant, _ = emulated(program, network, inputs)
    with host_cores(program, STRICT) as machine:
        assert_same(machine.run(inputs, **everything(network)), meant, network)
    # it is worth comparing: all that can change does, and weights of 0 grow
    for name in ("x_p", "c_p", "p_p", "p_q"):
        assert len(np.unique(meant.weights[name]["w"])) > 3
    assert (meant.weights["c_p"]["w"] > 0).any()
    assert meant.weights["x_q"]["w"].shape == (3, 0)
    assert meant.signals["q"].any()


def test_samples_are_independent(make_target: Callable[..., Target], plain_program: Emit) -> None:
    network = two_layers()
    program = plain_program(network, make_target(), largest=4)
    inputs = busy(network)
    whole = ManycoreEmulator(program, engine="fast", threads=2).run(inputs, **everything(network))
    for sample in range(3):
        own = {name: values[sample : sample + 1] for name, values in inputs.items()}
        for engine in ("plain", "fast"):
            emulator = ManycoreEmulator(program, engine=engine)
            for _ in range(2):
                alone = emulator.run(own, record_weights=["x_p"])
                np.testing.assert_array_equal(
                    alone.weights["x_p"]["w"][0], whole.weights["x_p"]["w"][sample]
                )


@pytest.mark.parametrize(("samples", "steps"), [(0, 4), (2, 0), (1, 1)])
def test_few_samples_or_steps(
    c_compiler: None,
    samples: int,
    steps: int,
    make_target: Callable[..., Target],
    plain_program: Emit,
) -> None:
    """Without a step weights are those of the beginning."""
    network = plastic_network()
    program = plain_program(network, make_target())
    inputs = busy(network, samples, steps)
    meant, _ = emulated(program, network, inputs)
    with host_cores(program) as machine:
        assert_same(machine.run(inputs, **everything(network)), meant, network)


def test_what_learning_costs(make_target: Callable[..., Target], plain_program: Emit) -> None:
    """Counted from the signals of the golden model."""
    network = two_layers()
    program = plain_program(network, make_target(), largest=4)
    inputs = busy(network)
    meant, seen = emulated(program, network, inputs)
    per_core = seen["fast"].per_core
    signals = {**inputs, "p": meant.signals["p"], "q": meant.signals["q"]}
    pre = post = 0
    for p in network.projections:
        if p.plasticity is not None:
            every = synapses(p.connectivity)
            pre += int((signals[p.source][:, :, every.source] != 0).sum())
            post += int((signals[p.target][:, :, every.target] != 0).sum())
    assert per_core["on_pre"].sum() == seen["fast"].counts["on_pre"] == pre
    assert per_core["on_post"].sum() == seen["fast"].counts["on_post"] == post
    assert per_core["each_step"].sum() == 0
    # p is on three cores, each of which keeps traces of all its sources; q hears p cell by cell
    assert per_core["trace_updates"].sum() == 3 * 40 * (3 * (12 + 5 + 9) + 9)
    rows = network.projections[3].connectivity.rows(0, 12)
    fixed = int((inputs["x"].sum(axis=(0, 1)) * np.diff(rows.indptr)).sum())
    assert seen["fast"].counts["synaptic_events"] == pre + fixed
    assert per_core["synaptic_events"].sum() == pre + fixed


def test_unknown_projections(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    network = two_layers()
    program = plain_program(network, make_target())
    inputs = busy(network)
    with host_cores(program) as machine:
        for one in (ManycoreBackend().emulator(program), machine):
            for name in ("fixed", "nothing"):
                with pytest.raises(SomacError, match=f"E0716.*{name}"):
                    one.run(inputs, record_weights=[name])


def wide_network(width: int) -> IntegerNetwork:
    """Traces, states of synapses, constants and states of the target of so many bits."""
    wide, weight = Format(width, width), Format(12, 12, True, Rounding.TRN, Overflow.SAT)
    pre = Instruction("param", COUNT, name="pre")
    trace = Datapath(
        "wide_trace",
        (
            Instruction("input", Format(40, 40), name="pre"),
            Instruction("state", wide, name="x"),
            Instruction("param", wide, name="k"),
            Instruction("add", wide, (1, 2)),
            Instruction("add", wide, (3, 0)),
        ),
        {"x": 4},
        4,
        "value",
    )
    on_pre = Datapath(
        "wide_pre",
        (
            Instruction("state", weight, name="w"),
            Instruction("state", wide, name="e"),
            pre,
            Instruction("param", wide, name="x"),
            Instruction("param", wide, name="y"),
            Instruction("add", wide, (1, 3)),
            Instruction("sub", wide, (5, 4)),
            Instruction("cast", weight, (6,)),
            Instruction("add", weight, (7, 2)),
        ),
        {"w": 8, "e": 6},
        7,
        "value",
    )
    each_step = Datapath(
        "wide_step",
        (
            Instruction("state", wide, name="e"),
            Instruction("param", wide, name="y"),
            Instruction("sub", wide, (1, 0)),
        ),
        {"e": 2},
        2,
        "value",
    )
    # y takes the value of another state as it is, and the neuron reads it nowhere
    target = Datapath(
        "wide_target",
        (
            Instruction("input", Format(32, 32), name="i"),
            Instruction("state", wide, name="v"),
            Instruction("add", wide, (1, 0)),
            Instruction("state", wide, name="y"),
            Instruction("ge", BOOL, (2, 0)),
        ),
        {"v": 2, "y": 1},
        4,
        "spike",
    )
    rule = IntegerPlasticity(
        "wide",
        trace,
        on_pre,
        None,
        each_step,
        {"k": np.asarray(wide.maximum // 3)},
        {"x": np.asarray(wide.minimum), "e": np.asarray(wide.maximum)},
        {"y": "y"},
        weight,
    )
    weights = Dense(np.arange(12, dtype=np.int32).reshape(3, 4) - 6)
    return IntegerNetwork(
        "wide",
        1e-3,
        (IntegerInput("c", (4,), "count", COUNT),),
        (
            IntegerPopulation(
                "p",
                (3,),
                target,
                {},
                {"v": np.asarray(wide.minimum), "y": np.asarray(wide.maximum)},
            ),
        ),
        (IntegerProjection("c_p", "c", "p", "i", weights, 1, rule),),
        (Output("p", "p"),),
    )


@pytest.mark.parametrize("width", [8, 16, 24, 32, 40, 61])
def test_values_of_every_width(
    c_compiler: None, width: int, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    network = wide_network(width)
    program = plain_program(network, make_target(), largest=2)
    assert not ManycoreBackend().verify(program, network)
    inputs = busy(network)
    meant, _ = emulated(program, network, inputs)
    with host_cores(program, STRICT) as machine:
        assert_same(machine.run(inputs, **everything(network)), meant, network)


def test_a_rule_that_only_delivers(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    """Nothing but weights: a block that does what rows would."""
    rule = IntegerPlasticity("nothing", None, None, None, None, {}, {}, {}, Format(10, 10))
    network = plastic_network()
    (projection,) = network.projections
    network = replace(network, projections=(replace(projection, plasticity=rule),))
    program = plain_program(network, make_target())
    inputs = busy(network)
    meant, _ = emulated(program, network, inputs)
    fixed = golden(replace(network, projections=(replace(projection, plasticity=None),)), inputs)
    np.testing.assert_array_equal(meant.signals["p"], fixed.signals["p"])
    with host_cores(program, STRICT) as machine:
        assert_same(machine.run(inputs, **everything(network)), meant, network)


# limits


def checked(network: IntegerNetwork, target: Target) -> list[str]:
    return [f"{d.code} {d.message}" for d in problems(ManycoreBackend(), network, target)]


def test_what_cores_cannot_do(make_target: Callable[..., Target]) -> None:
    network = two_layers()
    assert not checked(network, make_target())
    (message,) = checked(plastic_network(), make_target(operations=frozenset({"add"})))[1:2]
    assert message.startswith("E0652 projection x_p: pair_trace needs mul")
    found = checked(plastic_network(), make_target(word_bits=18))
    assert any("projection x_p" in m and "too wide" in m for m in found)
    # weights are no words: their bits do not matter, but what they can grow to does
    assert not checked(network, make_target(weight_bits=10))
    (message,) = checked(plastic_network(), make_target(accumulator_bits=12))
    assert message.startswith("E0503 population p: what arrives at i can overflow")
    (message,) = checked(network, make_target(max_delay=6))
    assert message.startswith("E0651 projection p_q has delays of 7 to 7 ticks")


def test_more_values_than_a_descriptor_counts(make_target: Callable[..., Target]) -> None:
    network = plastic_network()
    (projection,) = network.projections
    bit = Format(2, 2)
    many = tuple(Instruction("state", bit, name=f"x{n}") for n in range(256))
    rule = replace(
        pair_rule(),
        trace=Datapath("many", many, {f"x{n}": n for n in range(256)}, 0, "value"),
        on_post=None,
        parameters={"on_pre_rate": np.asarray(-1)},
        initial={f"x{n}": np.asarray(0) for n in range(256)},
    )
    network = replace(network, projections=(replace(projection, plasticity=rule),))
    (message,) = checked(network, make_target())
    assert message == "E0652 projection x_p: pair has too many traces"


# what slices cost


@given(data=st.data(), case=plastic_cases())
@settings(max_examples=25)
def test_demand_bounds_what_is_emitted(
    data: st.DataObject,
    case: PlasticCase,
    make_target: Callable[..., Target],
    plain_program: Emit,
) -> None:
    network, program = drawn(data, case, make_target, plain_program)
    model = ManycoreBackend().resources(network, make_target(max_delay=200), Guidance())
    description = program.json("experiment.json")
    for p in description["populations"]:
        if p["order"] is None:
            for part in p["slices"]:
                image = program.files[description["cores"][part["core"]]["image"]]
                demand = model.demand(p["name"], part["start"], part["stop"])["bytes"]
                assert int.from_bytes(image[8:12], "little") <= demand
        size = network.population(p["name"]).size
        inner = sorted(data.draw(st.lists(st.integers(0, size), min_size=2, max_size=2)))
        outer = data.draw(st.integers(0, inner[0])), data.draw(st.integers(inner[1], size))
        if inner[0] < inner[1]:
            small, large = model.demand(p["name"], *inner), model.demand(p["name"], *outer)
            assert small["bytes"] <= large["bytes"]


def test_demand_is_close(make_target: Callable[..., Target], plain_program: Emit) -> None:
    network, target = two_layers(), make_target()
    program = plain_program(network, target, largest=4)
    model = ManycoreBackend().resources(network, target, Guidance())
    description = program.json("experiment.json")
    sizes = [len(program.files[core["image"]]) for core in description["cores"]]
    demands = [
        model.demand(p["name"], part["start"], part["stop"])["bytes"]
        for p in description["populations"]
        for part in p["slices"]
    ]
    assert sum(demands) <= 1.6 * sum(sizes)


def test_what_arrives_must_fit_the_rule(
    make_target: Callable[..., Target], plain_program: Emit
) -> None:
    """A rule that reads three bits, in a description that lets five arrive."""
    program = plain_program(wide_network(16), make_target())
    data = program.json("experiment.json")
    data["inputs"][0]["format"] = "ufixed<5,5>"
    files = {**program.files, "experiment.json": json.dumps(data).encode()}
    with pytest.raises(SomacError, match=r"E0713.*pre of ufixed<3,3"):
        ManycoreBackend().emulator(Program("manycore", "small", files))


def test_traces_are_those_of_the_golden_model(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    """Seen through a state of each synapse that takes the value of its trace in every step."""
    network = two_layers()
    copy = Datapath(
        "copy",
        (
            Instruction("state", TRACE, name="seen"),
            Instruction("param", TRACE, name="x"),
        ),
        {"seen": 1},
        1,
        "value",
    )
    projections = tuple(
        p
        if p.plasticity is None
        else replace(
            p,
            plasticity=replace(
                p.plasticity,
                each_step=copy,
                initial={**p.plasticity.initial, "seen": np.asarray(0)},
            ),
        )
        for p in network.projections
    )
    network = replace(network, projections=projections)
    program = plain_program(network, make_target(), largest=4)
    inputs = busy(network)
    meant, _ = emulated(program, network, inputs)
    with host_cores(program, STRICT) as machine:
        assert_same(machine.run(inputs, **everything(network)), meant, network)
    for name in ("x_p", "c_p", "p_p", "p_q"):
        assert len(np.unique(meant.weights[name]["seen"])) > 3


def test_a_step_of_several_ticks(
    c_compiler: None, make_target: Callable[..., Target], plain_program: Emit
) -> None:
    """A loop of two plastic projections with one tick of delay runs at half the speed."""
    rng = np.random.default_rng(6)

    def learning(name: str, source: str, target: str, delay: int) -> IntegerProjection:
        weights = Dense(rng.integers(0, 400, (4, 4)).astype(np.int32))
        return IntegerProjection(name, source, target, "i", weights, delay, pair_rule(1, 2))

    network = IntegerNetwork(
        "loop",
        1e-3,
        (IntegerInput("x", (4,), "spike", BOOL),),
        (population("p", 4, neuron(threshold=600)), population("q", 4, neuron("count", 300))),
        (learning("x_p", "x", "p", 1), learning("p_q", "p", "q", 0), learning("q_p", "q", "p", 1)),
        (Output("q", "q"),),
    )
    target = make_target()
    legal = ManycoreBackend().legalise(network, target, Guidance()).network
    assert legal.period == 2
    program = plain_program(legal, target, largest=3)
    assert not ManycoreBackend().verify(program, legal)
    inputs = busy(network)
    meant, _ = emulated(program, legal, inputs)
    with host_cores(program, STRICT) as machine:
        assert_same(machine.run(inputs, **everything(legal)), meant, legal)
    # steps count, not ticks: what is learnt is that of the network before
    before = golden(network, inputs, record_weights=learns(network))
    for name in learns(network):
        np.testing.assert_array_equal(meant.weights[name]["w"], before.weights[name]["w"])
        assert len(np.unique(before.weights[name]["w"])) > 3
