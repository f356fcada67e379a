"""Learning rules: what they must be, and how they and projections fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.ir.connectivity import (
    AllToAll,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
    explicit,
    synapses,
)
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Lookup, Name, Number, TableFunction
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State
from somac.ir.plasticity import LearningRule, Plasticity
from somac.ir.serial import network_from_files, network_to_files

RELAY = NeuronModel(
    "relay", (), ("i",), (State("y"),), (Assign("y", Name("i")),), Emission("value", "y")
)
HEBB = LearningRule(
    "hebb",
    (Parameter("rate", 0.25), Parameter("keep")),
    (State("x"),),
    (Assign("x", Binary("+", Binary("*", Name("keep"), Name("x")), Name("pre"))),),
    (State("e"),),
    (Assign("sent", Name("w")), Assign("w", Binary("-", Name("w"), Name("target")))),
    (Assign("w", Binary("+", Name("w"), Binary("*", Name("rate"), Name("x")))),),
    (Assign("e", Binary("+", Name("e"), Name("w"))),),
    "sent",
    ("target",),
    "A rule.",
)
LEARNS = Plasticity(HEBB, {"keep": np.asarray(0.5)}, {"target": "y"})


def network(
    plasticity: Plasticity | None = LEARNS, connectivity: Connectivity | None = None
) -> Network:
    wires = connectivity or Dense(np.array([[0.5, 0.0, 1.0], [0.25, 1.0, 0.0]]))
    return Network(
        "n",
        1e-3,
        (Input("x", (wires.source_size,)),),
        (Population("p", (wires.target_size,), RELAY, {}),),
        (Projection("x_p", "x", "p", "i", wires, 1, plasticity),),
        (Output("p", "p"),),
    )


def refused(code: str, *words: str, **changed: Any) -> None:
    with pytest.raises(SomacError) as caught:
        network(**changed)
    assert caught.value.diagnostics[0].code == code
    for word in words:
        assert word in str(caught.value)


def test_text_names_everything() -> None:
    text = network().text()
    for line in (
        "  learns hebb",
        "    parameter rate 0.25",
        "    post target y",
        "rule hebb",
        "  parameter keep",
        "  trace x = 0",
        "    x = keep * x + pre",
        "  state e = 0",
        "  on_pre",
        "    w = w - target",
        "  deliver sent",
    ):
        assert line in text.splitlines()


def test_the_rule_enters_the_digest() -> None:
    faster = Plasticity(HEBB, {"keep": np.asarray(0.5), "rate": np.asarray(0.5)}, {"target": "y"})
    digests = {network(p).digest() for p in (None, LEARNS, faster)}
    assert len(digests) == 3


def test_a_file_gives_it_back() -> None:
    files = network_to_files(network(), "model")
    assert network_from_files(files, "model").digest() == network().digest()


def test_a_file_from_before_there_were_rules_is_read() -> None:
    plain = network(None)
    files = network_to_files(plain, "model")
    main = files["model/network.json"].replace(b'    "plasticity": null,\n', b"")
    assert b"plasticity" not in main
    assert network_from_files({**files, "model/network.json": main}, "model").text() == plain.text()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"traces": (State("1x"),)}, "'1x' is not a name"),
        ({"synapse": (State("x"),)}, "x declared twice"),
        ({"synapse": (State("w"),)}, "w declared twice"),
        ({"post": ("target", "pre")}, "pre declared twice"),
        ({"synapse": (State("e", Name("x")),)}, "x not defined"),
        ({"trace_body": (Assign("x", Name("w")),)}, "w not defined"),
        ({"trace_body": (Assign("pre", Number(0)),)}, "pre cannot be assigned"),
        ({"on_pre": (Assign("x", Number(0)), *HEBB.on_pre)}, "x cannot be assigned"),
        ({"on_pre": (Assign("target", Number(0)), *HEBB.on_pre)}, "target cannot be assigned"),
        ({"on_post": (Assign("w", Name("pre")),)}, "pre not defined"),
        ({"on_post": (Assign("w", Name("sent")),)}, "sent not defined"),
        ({"each_step": (Assign("rate", Number(0)),)}, "rate cannot be assigned"),
        ({"each_step": (Assign("a b", Number(0)),)}, "'a b' is not a name"),
        ({"each_step": (Assign("w", Binary("%", Name("w"), Name("w"))),)}, "no operator"),
        ({"deliver": "e"}, "e is neither w nor a local of on_pre"),
        (
            {
                "on_post": tuple(
                    Assign("w", Lookup(TableFunction("f", (0.0, y), 0.0, 1.0), Name("w")))
                    for y in (1.0, 2.0)
                )
            },
            "two tables of one name",
        ),
    ],
)
def test_what_is_no_rule(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(HEBB, **changed)


@pytest.mark.parametrize(
    ("plasticity", "code", "words"),
    [
        (Plasticity(HEBB, {}, {"target": "y"}), "E0405", "no value for keep"),
        (Plasticity(HEBB, {"keep": 1.0, "k": 1.0}, {"target": "y"}), "E0405", "have: k"),
        (Plasticity(HEBB, {"keep": np.ones(2)}, {"target": "y"}), "E0404", "have: shape (2,)"),
        (Plasticity(HEBB, {"keep": np.nan}, {"target": "y"}), "E0406", "parameter keep"),
        (Plasticity(HEBB, {"keep": 1.0}), "E0405", "reads target of its target"),
        (Plasticity(HEBB, {"keep": 1.0}, {"target": "z"}), "E0405", "have: z"),
        (
            Plasticity(
                replace(HEBB, traces=(State("x", Binary("/", Number(1), Name("rate"))),)),
                {"keep": 1.0, "rate": 0.0},
                {"target": "y"},
            ),
            "E0406",
            "initial value of x",
        ),
        (
            Plasticity(
                replace(
                    HEBB, each_step=(Assign("w", Binary("/", Name("w"), Name("rate"))),)
                ),
                {"keep": 1.0, "rate": 0.0},
                {"target": "y"},
            ),
            "E0406",
            "1 / rate is not a finite number",
        ),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_the_rule(plasticity: Plasticity, code: str, words: str) -> None:
    refused(code, words, plasticity=plasticity)


@pytest.mark.parametrize(
    ("connectivity", "words"),
    [
        (Convolution(np.ones((1, 1, 2)), (1, 4), (1,), ((0, 0),), (1,), 1), "Convolution"),
        (Pool(np.ones(()), (1, 4), (2,), (2,), (0,)), "Pool"),
        (OneToOne(np.ones(2), 2, np.array([1, 2])), "delays of their own (1, 2 ticks)"),
    ],
)
def test_projections_that_cannot_learn(connectivity: Connectivity, words: str) -> None:
    refused("E0410", words, connectivity=connectivity)


def test_rules_of_one_name_are_one_rule() -> None:
    once = network()
    other = Plasticity(replace(HEBB, doc="Another."), {"keep": 0.5}, {"target": "y"})
    with pytest.raises(SomacError) as caught:
        replace(
            once,
            projections=(
                *once.projections,
                replace(once.projections[0], name="again", plasticity=other),
            ),
        )
    assert caught.value.diagnostics[0].code == "E0402"


ZERO_TOO = [
    Dense(np.array([[0.0, 2.0], [3.0, 0.0], [0.0, 0.0]])),
    Sparse(np.array([0, 3, 3, 4]), np.array([1, 0, 1, 1]), np.array([0.0, 5, 6, 0]), None, 2),
    OneToOne(np.array([0.0, 1.0]), 2, np.array([3, 3])),
    OneToOne(np.asarray(0.0), 3),
    AllToAll(np.asarray(0.0), 2, 3),
]


@pytest.mark.parametrize("connectivity", ZERO_TOO)
def test_synapses_of_weight_zero_are_synapses(connectivity: Connectivity) -> None:
    every = synapses(connectivity)
    ones = connectivity.with_weights(np.ones_like(connectivity.weights))
    rows = ones.rows(0, connectivity.source_size)
    np.testing.assert_array_equal(every.indptr, rows.indptr)
    np.testing.assert_array_equal(every.target, rows.target)
    np.testing.assert_array_equal(every.delay, rows.delay)
    np.testing.assert_array_equal(np.bincount(every.source, minlength=3)[:3].sum(), rows.indptr[-1])
    matrix = np.zeros((connectivity.source_size, connectivity.target_size))
    np.add.at(matrix, (every.source, every.target), every.weight)
    x = np.eye(connectivity.source_size)
    np.testing.assert_array_equal(matrix, sum(f(x) for _, f in connectivity.by_delay()))
    written = explicit(connectivity)
    assert len(written.target) == rows.indptr[-1]
    np.testing.assert_array_equal(written.weight, every.weight)
