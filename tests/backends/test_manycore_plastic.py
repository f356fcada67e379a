"""Plastic projections on the many-core: golden model, both engines, C here and under qemu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plastic_cases import (
    PlasticCase,
    neuron,
    pair_rule,
    plastic_cases,
    plastic_network,
    population,
)

from somac.backends.api import Emulation
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.emulator import ManycoreEmulator
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.backends.manycore.machines.host import host_cores
from somac.ir.connectivity import AllToAll, Dense, OneToOne, Sparse, synapses
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerProjection
from somac.ir.network import Output
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
    network = ManycoreBackend().legalise(case.network, target).network
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
        network = ManycoreBackend().legalise(case.network, target).network
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
