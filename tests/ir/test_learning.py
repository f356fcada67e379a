"""Plastic projections: hand calculations, and a naive simulation of section 4, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from plastic_cases import PlasticCase, pair_rule, plastic_cases, plastic_network

from somac.ir.arrange import arranged
from somac.ir.connectivity import Convolution, Dense, OneToOne, Sparse, synapses
from somac.ir.datapath import Datapath, Instruction, run
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Call, Name, Number
from somac.ir.fixed import Format, fit_overflow
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State
from somac.ir.plasticity import IntegerPlasticity, LearningRule, Plasticity
from somac.ir.retime import retime
from somac.ir.serial import integer_from_files, integer_to_files
from somac.ir.simulate import golden, reference


class Naive:
    """One sample of a network, a synapse at a time, as the specification has it."""

    def __init__(self, network: IntegerNetwork, inputs: NDArray[np.int64]) -> None:
        self.network, self.steps = network, len(inputs)
        # what was sent, by source and step
        self.sent: dict[str, list[list[int]]] = {"x": inputs.tolist()}
        self.state = {
            p.name: [{s: int(v) for s, v in p.initial.items()} for _ in range(p.size)]
            for p in network.populations
        }
        self.weights: dict[str, list[dict[str, int]]] = {}
        self.traces: dict[str, list[dict[str, int]]] = {}
        self.ends: dict[str, list[tuple[int, int]]] = {}
        for p in network.projections:
            every = synapses(p.connectivity)
            self.ends[p.name] = [
                (int(i), int(j)) for i, j in zip(every.source, every.target, strict=True)
            ]
            rule = p.plasticity
            initial = {} if rule is None else {k: int(v) for k, v in rule.initial.items()}
            traces = () if rule is None else rule.traces
            self.weights[p.name] = [
                {"w": int(w), **{k: v for k, v in initial.items() if k not in traces}}
                for w in every.weight
            ]
            self.traces[p.name] = [
                {k: initial[k] for k in traces} for _ in range(p.connectivity.source_size)
            ]
        for p in network.populations:
            self.sent[p.name] = []

    def run(self) -> None:
        for step in range(self.steps):
            for name in (p.name for p in self.network.populations):
                self.update(name, step)

    def update(self, name: str, step: int) -> None:
        p = self.network.population(name)
        ending = [q for q in self.network.projections if q.target == name]
        sums = [0] * p.size
        for q in ending:
            r = self.arrived(q, step)
            if q.plasticity is not None:
                self.step_traces(q, r)
            for number, (i, j) in enumerate(self.ends[q.name]):
                w = self.weights[q.name][number]["w"]
                if q.plasticity is not None and q.plasticity.on_pre is not None and r[i]:
                    w = self.learn(q, "on_pre", number, {"pre": r[i]})
                sums[j] += w * r[i]
        signal = []
        for j in range(p.size):
            format = p.datapath.format_of("input", "i")
            total = fit_overflow(np.asarray(sums[j], dtype=np.int64), format)
            result = run(p.datapath, {"i": total}, as_arrays(self.state[name][j]), {})
            self.state[name][j] = {s: int(v) for s, v in result.state.items()}
            signal.append(int(result.output))
        self.sent[name].append(signal)
        for q in ending:
            for number, (_, j) in enumerate(self.ends[q.name]):
                if q.plasticity is not None and q.plasticity.on_post is not None and signal[j]:
                    self.learn(q, "on_post", number, {})
        for q in ending:
            for number in range(len(self.ends[q.name])):
                if q.plasticity is not None and q.plasticity.each_step is not None:
                    self.learn(q, "each_step", number, {})

    def arrived(self, q: IntegerProjection, step: int) -> list[int]:
        cells = q.connectivity.source_size
        return self.sent[q.source][step - q.delay] if step >= q.delay else [0] * cells

    def step_traces(self, q: IntegerProjection, r: list[int]) -> None:
        assert q.plasticity is not None
        path = q.plasticity.trace
        if path is None:
            return
        for i, traces in enumerate(self.traces[q.name]):
            pre = np.asarray(r[i])
            if "pre" in path.names("input"):
                pre = fit_overflow(pre, path.format_of("input", "pre"))
            after = run(path, {"pre": pre}, as_arrays(traces), q.plasticity.parameters).state
            self.traces[q.name][i] = {name: int(v) for name, v in after.items()}

    def learn(self, q: IntegerProjection, body: str, number: int, more: dict[str, int]) -> int:
        assert q.plasticity is not None
        i, j = self.ends[q.name][number]
        target = self.state[q.target][j]
        post = {name: target[state] for name, state in q.plasticity.post.items()}
        constants = {k: int(v) for k, v in q.plasticity.parameters.items()}
        reads = {**constants, **post, **self.traces[q.name][i], **more}
        own = self.weights[q.name][number]
        result = run(q.plasticity.datapaths[body], {}, as_arrays(own), as_arrays(reads))
        own.update({name: int(v) for name, v in result.state.items()})
        return int(result.output)


def as_arrays(values: dict[str, int]) -> dict[str, NDArray[np.int64]]:
    return {name: np.asarray(value) for name, value in values.items()}


@given(plastic_cases())
def test_golden_does_what_the_specification_says(case: PlasticCase) -> None:
    names = [p.name for p in case.network.populations]
    found = golden(
        case.network, case.inputs, record=names, record_states=names, record_weights=case.plastic
    )
    for sample, inputs in enumerate(case.inputs["x"]):
        naive = Naive(case.network, inputs)
        naive.run()
        for name in names:
            np.testing.assert_array_equal(found.signals[name][sample], naive.sent[name])
            last = {s: [cell[s] for cell in naive.state[name]] for s in found.states[name]}
            for state, values in last.items():
                np.testing.assert_array_equal(found.states[name][state][sample, -1], values)
        for name in case.plastic:
            for state, learnt in found.weights[name].items():
                meant = [synapse[state] for synapse in naive.weights[name]]
                np.testing.assert_array_equal(learnt[sample], meant)


@given(plastic_cases(), st.integers(1, 3))
def test_retiming_changes_no_weight(case: PlasticCase, least: int) -> None:
    slowed = retime(case.network, least).network
    a, b = (golden(n, case.inputs, record_weights=case.plastic) for n in (case.network, slowed))
    same_weights(a.weights, b.weights)
    for name, signal in a.signals.items():
        np.testing.assert_array_equal(b.signals[name], signal)


def same_weights(a: Any, b: Any) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].keys() == b[name].keys()
        for state in a[name]:
            np.testing.assert_array_equal(a[name][state], b[name][state])


@given(plastic_cases(), st.integers(0, 1000))
def test_cells_in_another_order_learn_the_same(case: PlasticCase, seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = {p.name: rng.permutation(p.size) for p in case.network.populations}
    moved = arranged(case.network, order)
    a, b = (golden(n, case.inputs, record_weights=case.plastic) for n in (case.network, moved))
    for output in case.network.outputs:
        np.testing.assert_array_equal(
            b.signals[output.name], a.signals[output.name][..., order[output.source]]
        )
    for before, after in zip(case.network.projections, moved.projections, strict=True):
        if before.plasticity is None:
            continue
        was, now = synapses(before.connectivity), synapses(after.connectivity)
        places = {name: np.argsort(cells) for name, cells in order.items()}
        source = places.get(before.source, np.arange(before.connectivity.source_size))
        for sample in range(len(case.inputs["x"])):
            pair = [
                sorted(zip(s.tolist(), t.tolist(), w[sample].tolist(), strict=True))
                for s, t, w in (
                    (source[was.source], places[before.target][was.target],
                     a.weights[before.name]["w"]),
                    (now.source, now.target, b.weights[after.name]["w"]),
                )
            ]  # fmt: skip
            assert pair[0] == pair[1]


@given(plastic_cases())
def test_files_give_it_back(case: PlasticCase) -> None:
    files = integer_to_files(case.network, "golden")
    again = integer_from_files(files, "golden")
    assert again.digest() == case.network.digest()
    assert again.text() == case.network.text()


def test_a_pair_of_spikes_raises_the_weight() -> None:
    """One spike in, the cell fires in the same step: 7/8 of nothing + 64, an eighth of it."""
    network = plastic_network(delay=0)
    x = np.zeros((1, 3, 3), dtype=np.int64)
    x[0, 0, 1] = 1
    found = golden(network, {"x": x}, record_weights=["x_p"], record_states=["p"])
    assert found.signals["p"][0].tolist() == [[0, 1], [0, 0], [0, 0]]
    # rows of the matrix are targets; all that arrived in the step of the spike has a trace of 64
    assert found.weights["x_p"]["w"][0].tolist() == [90, 0, 0, 200 + 8, 120, 40]
    # then cell 1's own trace, 64 * 7 // 8 in the step after, lowers what arrives
    x[0, 1, 2] = 1
    found = golden(network, {"x": x}, record_weights=["x_p"])
    assert found.weights["x_p"]["w"][0].tolist() == [90, 0, 0, 208, 120, 40 - 8]


def test_samples_do_not_see_each_other() -> None:
    network = plastic_network()
    x = np.zeros((2, 5, 3), dtype=np.int64)
    x[0, 0] = 1
    both = golden(network, {"x": x}, record_weights=["x_p"])
    alone = golden(network, {"x": x[1:]}, record_weights=["x_p"])
    assert (both.weights["x_p"]["w"][0] != both.weights["x_p"]["w"][1]).any()
    np.testing.assert_array_equal(both.weights["x_p"]["w"][1], alone.weights["x_p"]["w"][0])


def test_weights_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="no plastic projection p"):
        golden(plastic_network(), {"x": np.zeros((1, 1, 3), np.int64)}, record_weights=["p"])


# --------------------------------------------------------------------------------------------
# the float reference

CELL = NeuronModel(
    "cell",
    (),
    ("i",),
    (State("y"),),
    (
        Assign("s", Binary(">", Name("i"), Number(0.75))),
        Assign("y", Binary("+", Binary("*", Number(0.5), Name("y")), Name("s"))),
    ),
    Emission("spike", "s"),
)
RULE = LearningRule(
    "pair",
    (Parameter("up"), Parameter("down", 0.25)),
    (State("x"),),
    (Assign("x", Binary("+", Binary("*", Number(0.5), Name("x")), Name("pre"))),),
    (State("e", Name("down")),),
    (
        Assign("w", Binary("-", Name("w"), Binary("*", Name("down"), Name("target")))),
        Assign("sent", Name("w")),
    ),
    (Assign("w", Call("min", (Binary("+", Name("w"), Name("up")), Number(2.0)))),),
    (Assign("e", Binary("*", Name("e"), Name("x"))),),
    "sent",
    ("target",),
)


def real(rule: LearningRule = RULE) -> Network:
    return Network(
        "n",
        1e-3,
        (Input("x", (2,)),),
        (Population("p", (1,), CELL, {}),),
        (
            Projection(
                "x_p", "x", "p", "i", Dense(np.array([[1.0, 0.5]])), 0,
                Plasticity(rule, {"up": np.asarray(0.5)}, {"target": "y"}),
            ),
        ),
        (Output("p", "p"),),
    )  # fmt: skip


def test_the_reference_computes_the_equations() -> None:
    x = np.array([[[1, 0], [1, 1], [0, 1]]])
    found = reference(real(), {"x": x}, record_weights=["x_p"])
    # 1 arrives with weight 1: fires, weight 1.5 and all of cell 0 rise, y = 1; 0.5 -> 1.0 too
    # then both arrive, less 0.25: 1.25 + 0.75, fires, up to 1.75 and 1.25, y = 1.5
    # then 1.25 - 0.375 = 0.875 arrives: fires, 2 at most
    assert found.signals["p"].ravel().tolist() == [1, 1, 1]
    assert found.weights["x_p"]["w"].tolist() == [[2.0, 1.375]]
    # the traces after each step are 1, 1.5, 0.75 and 0, 1, 1.5; e begins with `down`
    assert found.weights["x_p"]["e"].tolist() == [[0.25 * 1 * 1.5 * 0.75, 0.0]]


def test_what_is_delivered_by_default_is_the_weight_before() -> None:
    x = np.array([[[1, 0], [1, 0]]])
    before = reference(real(replace(RULE, deliver="w")), {"x": x}, record_weights=["x_p"])
    after = reference(real(), {"x": x}, record_weights=["x_p"])
    np.testing.assert_array_equal(before.weights["x_p"]["w"], after.weights["x_p"]["w"])
    states = [
        reference(
            replace(real(rule), populations=(Population("p", (1,), relay, {}),)), {"x": x}
        ).signals["p"].ravel().tolist()
        for relay in [replace(CELL, body=(*CELL.body, Assign("o", Name("i"))),
                              output=Emission("value", "o"))]
        for rule in (RULE, replace(RULE, deliver="w"))
    ]  # fmt: skip
    assert states == [[1.0, 1.25], [1.0, 1.5]]


# --------------------------------------------------------------------------------------------
# what contradicts itself


def edited(**changed: Any) -> IntegerPlasticity:
    return replace(pair_rule(), **changed)


def with_first(path: Datapath | None, opcode: str, name: str, format: Format) -> Datapath:
    """The datapath with another format at the first instruction that reads a name."""
    assert path is not None
    made = [
        replace(i, format=format) if (i.opcode, i.name) == (opcode, name) else i
        for i in path.instructions
    ]
    return replace(path, instructions=tuple(made))


PAIR = pair_rule()
WIDE = Format(40, 40)
DELIVERS_MUCH = Datapath(
    "much", (Instruction("const", WIDE, raw=1),), {}, 0, "value"
)  # fmt: skip
READS_INPUT = Datapath(
    "reads", (Instruction("input", Format(4, 4), name="pre"),), {}, 0, "value"
)  # fmt: skip


@pytest.mark.parametrize(
    ("plasticity", "problem"),
    [
        (edited(weight=WIDE, on_pre=None, on_post=None), "do not fit 32 bits"),
        (edited(weight=Format(7, 7, False)), "are not within ufixed<7,7>"),
        (edited(on_pre=DELIVERS_MUCH), "no value within 32 bits"),
        (edited(on_post=READS_INPUT), "has an input other than pre of trace"),
        (edited(on_post=with_first(PAIR.on_post, "param", "x", Format(9, 9))), "reads trace x"),
        (edited(on_pre=with_first(PAIR.on_pre, "param", "y", Format(9, 9))), "reads y of"),
        (edited(post={"y": "z"}), "y stands for z"),
        (edited(post={}), "reads y, which is not there"),
        (edited(parameters={**PAIR.parameters, "on_pre_rate": 99}), "not one number within"),
        (edited(parameters={**PAIR.parameters, "more": 9}), "more is not in its datapaths"),
        (edited(weight=Format(11, 11, False)), "on_pre has w as"),
        (edited(initial={}), "x is not both a state and"),
        (edited(initial={"x": 999}), "initial value of x"),
        (edited(scales={"z": 1.0}), "scale z"),
    ],
)
def test_integers_that_contradict_themselves(plasticity: IntegerPlasticity, problem: str) -> None:
    network = plastic_network()
    (projection,) = network.projections
    with pytest.raises(SomacError) as caught:
        replace(network, projections=(replace(projection, plasticity=plasticity),))
    assert caught.value.diagnostics[0].code == "E0501"
    assert problem in str(caught.value)


def test_a_convolution_of_integers_does_not_learn() -> None:
    network = plastic_network()
    weights = np.ones((1, 1, 2), dtype=np.int32)
    wires = Convolution(weights, (1, 3), (1,), ((0, 0),), (1,), 1)
    projection = replace(network.projections[0], connectivity=wires)
    with pytest.raises(SomacError, match="share weights"):
        replace(network, projections=(projection,))


def test_the_structure_lists_what_weighs_nothing() -> None:
    (plastic,) = plastic_network().projections
    assert plastic.structure.rows(0, 3).indptr.tolist() == [0, 2, 4, 6]
    static = replace(plastic, plasticity=None)
    assert static.structure is static.connectivity
    moved = replace(plastic, connectivity=OneToOne(np.zeros(2, np.int32), 2))
    assert isinstance(moved.structure, OneToOne)
    assert not isinstance(moved.structure, Sparse)
