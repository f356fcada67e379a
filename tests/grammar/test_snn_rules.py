"""Learning rules of the text: what they become, what they put into the target, what is wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.grammar.emit import network_text
from somac.grammar.library import library
from somac.grammar.lower import network_of
from somac.grammar.printer import format_text
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.expr import Name
from somac.ir.expr import text as expression_text
from somac.ir.network import Network
from somac.ir.neuron import Assign, Parameter, State
from somac.ir.plasticity import Plasticity
from somac.ir.simulate import reference

HEAD = """\
network n:
    dt 1 ms
input x[2]: spikes
neuron cell(tau [s] = 10 ms):
    input i
    dv/dt = -v / tau
    v = v + i
    spike when v > 1
    on spike: v = 0
population a[2]: cell
"""
USE = "projection x -> a: all_to_all(0.5) learns r(k = 0.5)\n"


def rule(*lines: str, head: str = "rule r(k, tau [s] = 20 ms):") -> str:
    return HEAD + head + "\n" + "".join(f"    {line}\n" for line in lines)


def lowered(*lines: str, use: str = USE) -> Network:
    return network_of(rule(*lines) + use, "n.snn")


def plasticity(network: Network, number: int = 0) -> Plasticity:
    found = network.projections[number].plasticity
    assert found is not None
    return found


def test_blocks_become_bodies() -> None:
    network = lowered(
        "state e = k",
        "table f = [0, 2] from 0 to 1",
        "pre:",
        "    dx/dt = -x / tau",
        "    x = x + pre",
        "post:",
        "    state y = k",
        "    y = 0.5 * y + spike",
        "on pre:",
        "    d = f(y)",
        "    send w * d",
        "    w = w - d",
        "on post: w = min(w + x, post.v)",
        "every step: de/dt = -e / tau",
    )
    made = plasticity(network)
    assert made.rule.text() == (
        "rule r\n  parameter k\n  parameter tau [s] = 0.02\n"
        "  table f = [0.0, 2.0] from 0.0 to 1.0\n"
        "  trace x = 0\n  state e = k\n  post post_r_y\n  post post_v\n"
        "  trace\n    x = x + dt * (-x / tau)\n    x = x + pre\n"
        "  on_pre\n    d = f(post_r_y)\n    sent = w * d\n    w = w - d\n"
        "  on_post\n    w = min(w + x, post_v)\n"
        "  each_step\n    e = e + dt * (-e / tau)\n"
        "  deliver sent\n"
    )
    assert {k: float(v) for k, v in made.parameters.items()} == {"k": 0.5, "tau": 0.02}
    assert made.post == {"post_r_y": "r_y", "post_v": "v"}
    (population,) = network.populations
    model = population.model
    assert model.name == "cell_r"
    assert [s.name for s in model.states] == ["v", "r_y"]
    assert expression_text(model.states[1].initial) == "r_k"
    assert float(population.parameters["r_k"]) == 0.5
    last = model.body[-1]
    assert (last.name, expression_text(last.value)) == ("r_y", "0.5 * r_y + spike")


def test_the_neuron_computes_as_before() -> None:
    plain = network_of(HEAD + "projection x -> a: all_to_all(0.5)\noutput a\n")
    woven = lowered("post:", "    dy/dt = -y / tau", "    y = y + spike", "on pre: w = w - 0 * y",
                    use=USE + "output a\n")  # fmt: skip
    x = (np.random.default_rng(1).random((1, 80, 2)) < 0.5).astype(np.int64)
    a = reference(plain, {"x": x}, record_states=["a"])
    b = reference(woven, {"x": x}, record_states=["a"])
    np.testing.assert_array_equal(a.signals["a"], b.signals["a"])
    np.testing.assert_array_equal(a.states["a"]["v"], b.states["a"]["v"])
    trace = np.zeros(2)
    for step in range(80):
        trace = trace * (1 - 1e-3 / 0.02) + b.signals["a"][0, step]
        np.testing.assert_allclose(b.states["a"]["r_y"][0, step], trace, rtol=1e-12)


KEEPS = ("post:", "    y = y * k + spike * tau", "    state y", "on pre: w = w - y")


def test_projections_that_agree_share_what_is_kept() -> None:
    network = lowered(*KEEPS, use=USE + USE.replace("0.5", "0.25", 1))
    (population,) = network.populations
    assert [s.name for s in population.model.states] == ["v", "r_y"]
    assert plasticity(network, 0).rule == plasticity(network, 1).rule


def test_projections_that_differ_keep_their_own() -> None:
    other = USE.replace("k = 0.5", "k = 0.25")
    network = lowered(*KEEPS, use=USE + other)
    (population,) = network.populations
    assert [s.name for s in population.model.states] == ["v", "r_y", "r_y_2"]
    assert [float(population.parameters[f"r_k{n}"]) for n in ("", "_2")] == [0.5, 0.25]
    first, second = (plasticity(network, n) for n in (0, 1))
    assert (first.rule.name, second.rule.name) == ("r", "r_2")
    assert second.post == {"post_r_y_2": "r_y_2"}
    assert population.model.name == "cell_r_r"


def test_other_populations_of_the_neuron_stay_as_they_are() -> None:
    network = lowered(*KEEPS, use=USE + "population b[2]: cell\n")
    assert [p.model.name for p in network.populations] == ["cell_r", "cell"]


def test_a_neuron_that_has_the_names_already() -> None:
    text = rule(*KEEPS).replace("    input i\n", "    input i\n    state r_y\n    r_k = i\n")
    network = network_of(text + USE)
    assert [s.name for s in network.populations[0].model.states] == ["r_y", "v", "r_y_2"]
    assert plasticity(network).post == {"post_r_y_2": "r_y_2"}


def test_a_table_in_what_is_kept() -> None:
    table = ("table f = [0, 1] from 0 to 1", "post:", "    y = f(y + spike)", "    state y",
             "on pre: w = f(y)")  # fmt: skip
    text = rule(*table).replace(
        "    v = v + i\n", "    table f = [0, 3] from 0 to 1\n    v = v + f(i)\n"
    )
    model = network_of(text + USE).populations[0].model
    assert [t.name for t in model.tables] == ["f", "r_f"]


def test_a_rule_of_counts_sees_what_is_sent() -> None:
    text = rule("post:", "    state y", "    y = spike", "on pre: w = w + y")
    text = text.replace(
        "    spike when v > 1\n    on spike: v = 0\n", "    n = floor(v)\n    count n\n"
    )
    model = network_of(text + USE).populations[0].model
    assert (model.body[-1].name, expression_text(model.body[-1].value)) == ("r_y", "n")


def test_a_synapse_of_weight_zero_can_grow() -> None:
    network = lowered(
        "on pre: w = w + k", use=USE.replace("all_to_all(0.5)", "sparse(1, 0, seed = 1)")
    )
    x = np.ones((1, 3, 2), dtype=np.int64)
    name = network.projections[0].name
    found = reference(network, {"x": x}, record_weights=[name])
    np.testing.assert_array_equal(found.weights[name]["w"], np.full((1, 4), 1.5))


@pytest.mark.parametrize("name", library().rules)
def test_rules_of_the_library(name: str) -> None:
    made = library().rule(name, "euler_sequential")
    assert made.doc
    assert made.name == name
    assert made.deliver == "w"


def paired(name: str, values: str, lag: int, pairs: int = 1) -> NDArray[np.float64]:
    """What one synapse weighs after pairs of a spike each, `lag` ticks from pre to post."""
    text = f"""
network n:
    dt 1 ms
    integrator exponential
input x[1]: spikes
input teacher[1]: spikes
input reward[1]: values
population a[1]: rewarded_lif(tau = 1 ms, tau_m = 50 ms, v_threshold = 0.5)
projection teacher -> a.i: one_to_one(10)
projection reward -> a.reward: one_to_one()
projection x -> a.i as taught: one_to_one(0.2) learns {name}({values})
output a
"""
    network = network_of(text)
    steps = 400 * pairs
    given = {n: np.zeros((1, steps, 1)) for n in ("x", "teacher", "reward")}
    for pair in range(pairs):
        given["x"][0, 400 * pair + 100] = 1
        given["teacher"][0, 400 * pair + 100 + lag] = 1
        given["reward"][0, 400 * pair + 150] = 1
    found = reference(network, given, record_weights=["taught"])
    assert found.signals["a"].sum() == pairs
    return found.weights["taught"]["w"][0]


PAIRS = "tau_plus = 20 ms, tau_minus = 40 ms, a_plus = 0.02, a_minus = 0.01"


@pytest.mark.parametrize("name", ["pair_stdp", "nearest_stdp"])
@pytest.mark.parametrize("lag", [-30, -5, -1, 0, 5, 30])
def test_a_pair_follows_the_exponential_window(name: str, lag: int) -> None:
    """Song, Miller and Abbott 2000, eq. 2; the target's trace is that of the step before."""
    up = 0.02 * np.exp(-lag / 20) if lag >= 0 else 0.0
    # the trace that the arrival reads ended the step before: one tick fewer of decay
    down = 0.01 * np.exp((lag + 1) / 40) if lag < 0 else 0.0
    np.testing.assert_allclose(paired(name, PAIRS, lag), 0.2 + up - down, rtol=1e-9)


def test_triplets_add_to_the_pairs() -> None:
    values = (
        "tau_plus = 20 ms, tau_minus = 40 ms, tau_x = 100 ms, tau_y = 200 ms, a2_plus = 0.02, "
        "a2_minus = 0.01, a3_plus = 0.03, a3_minus = 0"
    )
    single = paired("triplet_stdp", values, 5)
    np.testing.assert_allclose(single, 0.2 + 0.02 * np.exp(-5 / 20), rtol=1e-9)
    # the second pair: x1 and y2 of the first have faded for 400 ms, y1 for 394
    x1 = np.exp(-5 / 20) + np.exp(-405 / 20)
    up = x1 * (0.02 + 0.03 * np.exp(-400 / 200))
    down = 0.01 * np.exp(-394 / 40)
    np.testing.assert_allclose(
        paired("triplet_stdp", values, 5, pairs=2), single + up - down, rtol=1e-9
    )


def test_reward_turns_eligibility_into_weight() -> None:
    values = f"{PAIRS}, tau_e = 100 ms, rate = 0.1"
    with_reward = paired("reward_stdp", values, 5)
    e, m, w = 0.0, 0.0, 0.2
    for step in range(400):
        m = m * np.exp(-1 / 50) + (step == 150)
        e += 0.02 * np.exp(-5 / 20) * (step == 105)
        w += 0.1 * m * e
        e *= np.exp(-1 / 100)
    np.testing.assert_allclose(with_reward, w, rtol=1e-9)


# --------------------------------------------------------------------------------------------
# text to network to text

LINES = {
    "rule": ["state e = k", "table f = [0, 2] from 0 to 1"],
    "pre": ["dx/dt = -x / tau", "x = x + pre", "state z = 1", "z = z * k"],
    "post": ["dy/dt = -y / tau", "y = y + spike + post.v", "l = y * 2", "y = l"],
    "on pre": ["w = w - 0.5", "send w * post.v", "e = pre", "l = w", "w = l"],
    "on post": ["w = w + post.v", "e = e + w", "l = 1"],
    "every step": ["de/dt = -e / tau", "w = clamp(w, 0, 1)"],
}
NEEDS = {"e = pre": "state e = k", "e = e + w": "state e = k", "de/dt = -e / tau": "state e = k"}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A network with a rule of some of the lines, some of them in its blocks."""
    lines: list[str] = []
    blocks: list[str] = []
    for head, known in LINES.items():
        chosen = [line for line in known if draw(st.booleans())]
        if head in ("pre", "post"):
            # what is set must be a state or a local: the equation, or the declaration
            chosen = known if chosen else []
        if "w = l" in chosen and "l = w" not in chosen:
            chosen.remove("w = l")
        chosen = [c for c in chosen if c not in NEEDS or NEEDS[c] in lines]
        if head == "rule":
            lines += chosen
        elif chosen:
            blocks += [f"{head}:", *(f"    {line}" for line in chosen)]
    body = [*lines, *blocks] or ["on pre: w = w + 1"]
    return rule(*body) + USE + "output a\n"


@given(texts())
def test_text_and_network_and_back(text: str) -> None:
    network = network_of(text)
    written, arrays = network_text(network)
    assert not arrays
    assert network_of(written).digest() == network.digest()
    assert format_text(format_text(text)) == format_text(text)
    assert network_of(format_text(text)).digest() == network.digest()


# --------------------------------------------------------------------------------------------
# what is wrong


def problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(SomacError) as caught:
        network_of(text, "n.snn")
    return caught.value.diagnostics


def row(*lines: str, use: str = USE, **rest: Any) -> str:
    return rule(*lines, **rest) + use


# code, text, line, column, part of the message
CASES = {
    "no such rule": ("E0206", row("on pre: w = 0", use=USE.replace("r(", "s(")), 13, 43,
                     "no learning rule s"),
    "no parameter": ("E0206", row("on pre: w = 0", use=USE.replace("k =", "q =")), 13, 45,
                     "no argument q"),
    "missing parameter": ("E0209", row("on pre: w = 0", use=USE.replace("k = 0.5", "")), 13, 43,
                          "needs the argument k"),
    "nameless parameter": ("E0209", row("on pre: w = 0", use=USE.replace("k = ", "")), 13, 45,
                           "by name"),
    "a parameter of many": ("E0218", row("on pre: w = 0", use=USE.replace("0.5)\n", "[1, 2])\n")),
                            13, 49, "number"),
    "a parameter of another unit": ("E0211", row("on pre: w = 0",
                                    use=USE.replace("k = 0.5", "k = 1, tau = 2 V")), 13, 58, ""),
    "no such state of the target": ("E0206", row("on pre: w = post.u"), 13, 43,
                                    "cell has no state u"),
    "a member of something": ("E0206", row("on pre: w = a.v"), 12, 17, "a.v is not defined"),
    "unknown name": ("E0206", row("on pre: w = q"), 12, 17, "q is not defined"),
    "pre on post": ("E0206", row("on post: w = pre"), 12, 18, "pre is not defined"),
    "spike on pre": ("E0206", row("on pre: w = spike"), 12, 17, "spike is not defined"),
    "weight in a trace": ("E0206", row("pre:", "    x = w"), 13, 13, "w is not defined"),
    "target in a trace": ("E0206", row("pre:", "    x = post.v"), 13, 13, "post.v is not defined"),
    "local of another block": ("E0206", row("on pre: q = w", "on post: w = q"), 13, 18, "q is not"),
    "rule twice": ("E0207", "network n:\n    dt 1 ms\n" + 2 * "rule r:\n    on pre: w = 0\n", 5,
                   1, "twice"),
    "block twice": ("E0207", row("on pre: w = 0", "on pre: w = 1"), 13, 5, "`on pre:`"),
    "trace twice": ("E0207", row("state x", "pre:", "    state x"), 14, 9, "x is defined twice"),
    "a trace that is a state of the synapse": ("E0207", row("state x", "pre:",
                                               "    dx/dt = -x / tau"), 14, 9, "x is defined"),
    "a trace of both ends": ("E0207", row("pre:", "    dx/dt = -x / tau", "post:",
                             "    dx/dt = -x / tau"), 15, 9, "x is defined twice"),
    "the weight as a state": ("E0207", row("state w"), 12, 5, "w is defined twice"),
    "pre as a parameter": ("E0208", row("on pre: w = 0", head="rule r(k, pre):"), 11, 11, "pre"),
    "post as a local": ("E0208", row("on pre: post = 0"), 12, 13, "post"),
    "units": ("E0211", row("on pre: w = k + tau + 1"), 12, 17, "do not agree"),
    "two sends": ("E0212", row("on pre:", "    send w", "    send k"), 14, 9, "second"),
    "a trace set by a synapse": ("E0213", row("pre:", "    dx/dt = -x / tau", "on pre: x = 0"),
                                 14, 13, "x is given"),
    "a weight set in a trace": ("E0213", row("pre:", "    w = 0"), 13, 9, "w is given"),
    "what arrived set": ("E0213", row("on pre: pre = 0"), 12, 13, "pre is given"),
    "a parameter set": ("E0213", row("every step: k = 0"), 12, 17, "k is given"),
    "no integrator": ("E0215", row("pre:", "    dx/dt = -x / tau").replace(
        "dt 1 ms\n", "dt 1 ms\n    profile none\n").replace("    dv/dt = -v / tau\n",
        "    state v\n"), 14, 9, "needs an integrator"),
    "send on post": ("E0227", row("on post: send w"), 12, 14, "`on post:`"),
    "an equation on pre": ("E0227", row("state e", "on pre: de/dt = -e / tau"), 13, 13, "de/dt"),
    "an equation of no state": ("E0206", row("every step: de/dt = -e / tau"), 12, 17, "no state"),
    "a convolution": ("E0410", row("on pre: w = 0", use=USE.replace(
        "all_to_all(0.5)", "conv([[[0.5]]], shape = [1, 2])")), 13, 1, "share weights"),
    "delays of synapses": ("E0410", row("on pre: w = 0", use=USE.replace(
        "all_to_all(0.5)", "sparse(1, 0.5, delay = [1, 2, 1, 1], seed = 1)")), 13, 1, "split"),
    "no number": ("E0406", row("on pre: w = w / k", use=USE.replace("k = 0.5", "k = 0")), 13, 1,
                  "1 / k is not a finite number"),
    "send in a neuron's way": ("E0201", row("on pre: send"), 12, 17, "cannot stand here"),
    "no colon": ("E0201", row("on pre w = 0"), 12, 12, ""),
    "no block": ("E0202", rule("pre:", "on pre: w = 0") + USE, 13, 5, "block is missing"),
    "a trace in its line": ("E0201", row("pre: x = pre"), 12, 10, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_mistake_has_its_place(name: str) -> None:
    code, text, line, column, part = CASES[name]
    found = problems(text)[0]
    assert (found.code, found.place.line, found.place.column) == (code, line, column), str(found)
    assert part in str(found)


def test_several_mistakes_at_once() -> None:
    found = problems(row("on pre: w = q", "on post: w = z"))
    assert [d.place.line for d in found] == [12, 13]


# --------------------------------------------------------------------------------------------
# what has no text


def with_rule(**changed: Any) -> Network:
    """A network whose rule was made by hand."""
    network = lowered(
        "state e", "on pre:", "    send w", "    w = w + post.v", use=USE + "output a\n"
    )
    (projection,) = network.projections
    made = plasticity(network)
    post = changed.pop("post_of", made.post)
    rule = replace(made.rule, **changed)
    values = {p.name: made.parameters.get(p.name, np.asarray(1.0)) for p in rule.parameters}
    return replace(
        network, projections=(replace(projection, plasticity=Plasticity(rule, values, post)),)
    )


def renamed(name: str) -> dict[str, Any]:
    """The rule with another name for the state of the target."""
    body = (Assign("sent", Name("w")), Assign("w", Name(name)))
    return {"on_pre": body, "post": (name,), "post_of": {name: "v"}}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "a rule"}, "letters, digits"),
        ({"synapse": (State("e"), State("spike"))}, "'spike' cannot be a name in a rule"),
        ({"traces": (State("post"),)}, "'post' cannot be a name in a rule"),
        ({"parameters": (Parameter("k", None, "ms"),)}, "'ms' is no SI unit"),
        (renamed("target"), "it calls state v of its target target"),
        ({"on_pre": (Assign("out", Name("w")),), "deliver": "out", "post": (), "post_of": {}},
         "out is what it sends and more"),
        ({"on_pre": (Assign("sent", Name("w")), Assign("w", Name("sent"))), "post": (),
          "post_of": {}}, "sent is what it sends and more"),
    ],
)  # fmt: skip
def test_rules_without_a_text(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(SomacError, match=re.escape(why)) as caught:
        network_text(with_rule(**changed))
    assert caught.value.diagnostics[0].code == "E0226"


def test_a_rule_that_reads_another_state_elsewhere_has_no_text() -> None:
    network = lowered("on pre: w = w + post.v", use=USE + USE.replace("0.5", "0.25", 1))
    first, second = network.projections
    model = network.populations[0].model
    wider = replace(model, states=(*model.states, State("u")))
    made = plasticity(network)
    other = replace(second, plasticity=Plasticity(made.rule, made.parameters, {"post_v": "u"}))
    population = replace(network.populations[0], model=wider)
    with pytest.raises(SomacError, match="other states of one target"):
        network_text(replace(network, populations=(population,), projections=(first, other)))


def test_a_rule_by_hand_that_the_language_can_say() -> None:
    network = with_rule()
    assert network_of(network_text(network)[0]).digest() == network.digest()
