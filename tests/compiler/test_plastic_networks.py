"""Random networks that learn, from text to the bits of the emulator: all of them golden."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from plastic_texts import PlasticText, plastic_texts, random_text

from somac.compiler.api import compile
from somac.compiler.passes.calibrate import calibrate
from somac.compiler.passes.quantise import Quantised, quantise
from somac.compiler.stimuli import random_stimuli
from somac.grammar.emit import network_text
from somac.grammar.lower import network_of
from somac.ir.connectivity import synapses
from somac.ir.errors import SomacError
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


def machine_agrees(case: PlasticText, name: str) -> None:
    program = compile(network_of(case.text))
    with program.machines()[name].open(program.files) as running:
        found = program.agreements(case.inputs, [running])
    for one in found:
        assert one.differing == 0
        assert {d.name for d in one.weights} == {d.name for d in found[0].weights}


@settings(max_examples=5)
@given(plastic_texts())
def test_c_of_random_rules(c_compiler: None, case: PlasticText) -> None:
    machine_agrees(case, "host-c")


@pytest.mark.long
@settings(max_examples=100)
@given(plastic_texts(max_populations=5, max_cells=12))
def test_c_of_many_random_rules(c_compiler: None, case: PlasticText) -> None:
    machine_agrees(case, "host-c")


@pytest.mark.long
@settings(max_examples=10)
@given(plastic_texts(max_populations=2))
def test_cortex_m4_learns_by_random_rules(arm_tools: None, case: PlasticText) -> None:
    machine_agrees(case, "cortex-m4")


# --------------------------------------------------------------------------------------------
# what weights count in


def quantised(rule: str, weights: str = "all_to_all(0.5)", more: str = "") -> Quantised:
    lines = "".join(f"    {line}\n" for line in rule.split("; "))
    return quantise(
        network_of(
            "network n:\n    dt 1 ms\nrule r(k = 0.5):\n" + lines + "input x[2]: spikes\n"
            "population a[2]: IF(r = 1, v_threshold = 1, v_reset = 0)\n"
            f"projection x -> a as taught: {weights} learns r()\n{more}output a\n"
        )
    )


def weight_of(found: Quantised) -> tuple[str, float, bool]:
    state = found.learning["taught"].states["w"]
    return str(state.format), state.step, state.proven


@pytest.mark.parametrize(
    ("rule", "format", "top", "proven"),
    [
        # the bound is the clamp's, and takes all raw values
        ("on pre: w = clamp(w + k, 0, 2)", "ufixed<16,16,RND,SAT>", 2.0, True),
        ("on pre: w = clamp(w - k, -2, 1)", "fixed<16,16,RND,SAT>", 2.0, True),
        # a weight that the rule leaves alone stays as it is
        ("state e; on pre: e = 1", "ufixed<16,16,RND,SAT>", 0.5, True),
        # what fades has a bound: k a step, a twentieth less a step
        ("on pre: w = w + k; every step: w = 0.95 * w", "ufixed<16,16,RND,SAT>", 10.0, True),
        # what only grows has none
        ("on pre: w = w + k", "ufixed<16,16,RND,SAT>", 8.0, False),
        # a weight is delivered before it is clamped: it saturates there
        ("on pre: w = w + k; on post: w = min(w, 2)", "ufixed<16,16,RND,SAT>", 8.0, False),
    ],
)
def test_formats_follow_the_bounds(rule: str, format: str, top: float, proven: bool) -> None:
    found, step, sure = weight_of(quantised(rule))
    assert (found, sure) == (format, proven)
    most = (1 << 16) - 1 if format.startswith("u") else (1 << 15) - 1
    np.testing.assert_allclose(step * most, top, rtol=0.02)


def test_fixed_weights_at_the_port_share_its_scale() -> None:
    other = "projection x -> a as fixed: dense([[4, -2], [1, 0]])\n"
    found = quantised("on pre: w = clamp(w + k, 0, 1)", more=other)
    port = found.report["a"].ports["i"]
    assert not port.per_cell
    fixed = found.network.projections[1].connectivity.weights
    np.testing.assert_array_equal(fixed, np.rint(np.array([[4, -2], [1, 0]]) / port.step))
    # weights that learn keep their bits below the point, and are delivered without them
    format, step, _ = weight_of(found)
    assert format == "ufixed<16,13,RND,SAT>"
    np.testing.assert_allclose(port.step / step, 8.0)
    rule = found.network.projections[0].plasticity
    assert rule is not None
    assert rule.on_pre is not None
    assert rule.on_pre.sent.fraction == 0


def test_what_is_sent_has_a_format_of_its_own() -> None:
    found = quantised("on pre:;     w = clamp(w + k, 0, 1);     send w * (1 - 2 * w)")
    rule = found.network.projections[0].plasticity
    assert rule is not None
    assert rule.on_pre is not None
    assert rule.on_pre.sent.signed
    assert not rule.weight.signed


def test_a_rule_that_does_nothing_to_a_weight_needs_no_datapath() -> None:
    rule = quantised("every step: l = w").network.projections[0].plasticity
    assert rule is not None
    assert rule.datapaths == {}


@pytest.mark.parametrize(
    "divides", ["on pre: w = clamp(1 / w, 0, 1)", "every step: w = -w / post.v"]
)
def test_a_rule_that_cannot_be_computed_in_integers(divides: str) -> None:
    with pytest.raises(SomacError) as caught:
        quantised(divides)
    (found,) = caught.value.diagnostics
    assert found.code == "E0502"
    assert found.place.node == "taught"
    assert found.message.startswith("taught: ")


@pytest.mark.parametrize("grows", ["w = exp(1000 * w)", "w = w * 1e300 * w"])
def test_a_rule_whose_weights_have_no_format(grows: str) -> None:
    with pytest.raises(SomacError) as caught:
        quantised(f"every step: {grows}")
    (found,) = caught.value.diagnostics
    assert (found.code, found.place.node) == ("E0504", "taught")
    assert "projection taught" in found.message
    assert "can be infinite" in found.message


def test_sums_beyond_the_accumulator_cost_bits_of_delivery() -> None:
    text = (
        "network n:\n    dt 1 ms\ninput x[40]: values\n"
        "population a[2]: IF(r = 1, v_threshold = 1, v_reset = 0)\n"
        "projection x -> a as taught: all_to_all(0.5) learns pair_stdp(tau_plus = 9 ms, "
        "tau_minus = 9 ms, a_plus = 0.1, a_minus = 0.1)\noutput a\n"
    )
    found = quantise(network_of(text))
    assert found.report["a"].ports["i"].bits <= 32
    rule = found.network.projections[0].plasticity
    assert rule is not None
    assert rule.weight.fraction > 0
    assert rule.weight.width == 16


def test_calibration_gives_a_trace_its_bits() -> None:
    """A proven bound of an eligibility is far above what it ever is."""
    network = network_of(TAUGHT.format("reward_stdp", RULES["reward_stdp"]))
    rng = np.random.default_rng(1)
    inputs = {
        "x": (rng.random((2, 300, 12)) < 0.05).astype(np.float64),
        "reward": rng.choice([-0.5, 0.0, 0.0, 0.5], (2, 300, 1)),
    }
    seen = calibrate(network, inputs)
    assert set(seen.learnt["taught"]) == {"w", "e", "x"}
    loose, tight = (quantise(network, None, seen.seen, q).learning["taught"].states["e"]
                    for q in (None, seen.learnt))  # fmt: skip
    assert loose.proven
    assert not tight.proven
    assert tight.seen == seen.learnt["taught"]["e"]
    assert 4 * seen.learnt["taught"]["e"] <= tight.bound * 1.01
    assert tight.step < loose.step / 8
    run = compile(network, calibrate=inputs).run(inputs, record_weights=["taught"])
    meant = reference(network, inputs, record_weights=["taught"])
    np.testing.assert_array_equal(run.outputs["a"], meant.signals["a"])
    apart = np.abs(run.weights["taught"]["e"] - meant.weights["taught"]["e"]).max()
    assert apart < 300 * tight.step
