"""Random networks that learn, from text to the bits of the emulator: all of them golden."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from plastic_texts import PlasticText, plastic_texts, random_text

from somac.compiler.api import compile
from somac.compiler.passes.quantise import quantise
from somac.compiler.stimuli import random_stimuli
from somac.grammar.emit import network_text
from somac.grammar.lower import network_of
from somac.ir.connectivity import synapses
from somac.ir.simulate import reference


def learning(network: Any) -> list[str]:
    return [p.name for p in network.projections if p.plasticity is not None]


@settings(max_examples=40)
@given(plastic_texts())
def test_the_emulator_learns_the_golden_weights(case: PlasticText) -> None:
    program = compile(network_of(case.text))
    agreement = program.agreement(case.inputs)
    assert agreement.differing == 0
    assert {d.name.rpartition(".")[0] for d in agreement.weights} == set(learning(program.golden()))
    assert not program.verify()


@settings(max_examples=40)
@given(plastic_texts())
def test_text_of_a_network_that_learns_gives_it_back(case: PlasticText) -> None:
    network = network_of(case.text)
    text, arrays = network_text(network)
    assert not arrays
    assert network_of(text).digest() == network.digest()


def test_integers_stay_near_what_the_equations_learn() -> None:
    """Where all that is sent is the same, weights differ by rounding alone."""
    compared = 0
    for seed in range(24):
        case = random_text(seed, 1, 5, 2)
        network = network_of(case.text)
        names = learning(network)
        run = compile(network).run(case.inputs, record_weights=names)
        meant = reference(network, case.inputs, record_weights=names)
        if any((run.outputs[n] != s).any() for n, s in meant.signals.items()):
            # a membrane within its rounding of the threshold: everything may follow
            continue
        report = quantise(network).learning
        for name in names:
            for state, learnt in run.weights[name].items():
                compared += learnt.size
                values = meant.weights[name][state]
                step = report[name].states[state].step
                most = max(1.0, float(np.abs(values).max(initial=0.0)))
                # each step rounds by half a unit, and traces by a few parts in ten thousand
                apart = np.abs(learnt - values).max(initial=0.0)
                assert apart <= 60 * step + 2e-3 * most, (seed, name, state)
    assert compared > 100


RULES = {
    "pair_stdp": "tau_plus = 20 ms, tau_minus = 30 ms, a_plus = 0.05, a_minus = 0.04",
    "nearest_stdp": "tau_plus = 20 ms, tau_minus = 30 ms, a_plus = 0.05, a_minus = 0.04",
    "triplet_stdp": "tau_plus = 17 ms, tau_minus = 34 ms, tau_x = 101 ms, tau_y = 125 ms, "
    "a2_plus = 0.02, a2_minus = 0.02, a3_plus = 0.02, a3_minus = 0.01",
    "reward_stdp": "tau_plus = 20 ms, tau_minus = 30 ms, tau_e = 200 ms, a_plus = 0.05, "
    "a_minus = 0.04, rate = 0.1",
}
TAUGHT = """
network taught:
    dt 1 ms
input x[12]: spikes
input reward[1]: values
population a[5]: rewarded_lif(tau = 10 ms, tau_m = 50 ms, v_threshold = 0.3)
projection x -> a.i as taught: dense(uniform(0.1, 0.9), seed = 1) delay 1 tick learns {}({})
projection reward -> a.reward: all_to_all(1)
projection a -> a.i as lateral: all_to_all(-0.1) delay 2 ticks
output a
"""


@pytest.mark.parametrize("name", RULES)
def test_the_c_of_a_core_learns_the_golden_weights(name: str, c_compiler: None) -> None:
    program = compile(network_of(TAUGHT.format(name, RULES[name])))
    inputs = random_stimuli(program.golden().inputs, 2, 60, 3)
    with program.machines()["host-c"].open(program.files) as running:
        emulator, machine = program.agreements(inputs, [running])
    for found in (emulator, machine):
        assert found.differing == 0
        assert found.weights[0].values == 2 * 60
    run = program.run(inputs, record_weights=["taught"])
    first = network_of(TAUGHT.format(name, RULES[name])).projections[0].connectivity
    assert np.abs(run.weights["taught"]["w"] - synapses(first).weight).max() > 0.01
