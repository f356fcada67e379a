"""Neuron models: what they refuse, one step, their text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.ir.expr import Binary, Call, Lookup, Name, Number, TableFunction
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State

LIF = NeuronModel(
    "lif",
    (Parameter("tau", 0.02, "s"), Parameter("threshold")),
    ("i",),
    (State("v", Binary("*", Name("threshold"), Number(0.5))),),
    (
        Assign(
            "v",
            Binary(
                "+",
                Name("v"),
                Binary(
                    "*", Binary("/", Name("dt"), Name("tau")), Binary("-", Name("i"), Name("v"))
                ),
            ),
        ),
        Assign("s", Binary(">", Name("v"), Name("threshold"))),
        Assign("v", Call("select", (Name("s"), Number(0.0), Name("v")))),
    ),
    Emission("spike", "s"),
)


def test_one_step_runs_the_body_in_order() -> None:
    constants = {"tau": np.asarray(2.0), "threshold": np.asarray(1.0), "dt": np.asarray(1.0)}
    v = LIF.initial(constants)["v"]
    np.testing.assert_array_equal(v, 0.5)
    after, sent = LIF.step({**constants, "v": v, "i": np.array([0.0, 1.5, 2.0])})
    np.testing.assert_array_equal(after["v"], [0.25, 1.0, 0.0])
    np.testing.assert_array_equal(sent, [False, False, True])


def test_the_side_of_a_select_that_is_not_taken_may_be_undefined() -> None:
    safe = Call(
        "select",
        (
            Binary("==", Name("i"), Number(0.0)),
            Number(0.0),
            Binary("/", Number(1.0), Name("i")),
        ),
    )
    model = NeuronModel("inverse", (), ("i",), (), (Assign("y", safe),), Emission("value", "y"))
    _, sent = model.step({"i": np.array([0.0, 4.0]), "dt": np.asarray(1.0)})
    np.testing.assert_array_equal(sent, [0.0, 0.25])


def test_text() -> None:
    assert LIF.text() == (
        "neuron lif\n"
        "  parameter tau [s] = 0.02\n"
        "  parameter threshold\n"
        "  input i\n"
        "  state v = threshold * 0.5\n"
        "  v = v + dt / tau * (i - v)\n"
        "  s = v > threshold\n"
        "  v = select(s, 0, v)\n"
        "  send spike s\n"
    )
    assert LIF.locals == ("s",)


def test_tables_are_found_once() -> None:
    table = TableFunction("t", (0.0, 1.0), 0.0, 1.0)
    body = (
        Assign("a", Lookup(table, Name("i"))),
        Assign("b", Lookup(table, Lookup(table, Name("a")))),
    )
    model = NeuronModel("m", (), ("i",), (), body, Emission("value", "b"))
    assert model.tables == (table,)
    assert "  table t = [0.0, 1.0] from 0.0 to 1.0\n" in model.text()


OTHER = TableFunction("t", (0.0, 2.0), 0.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": ("v",)}, "v declared twice"),
        ({"parameters": (*LIF.parameters, Parameter("dt"))}, "dt declared twice"),
        ({"inputs": ("i", "a b")}, "'a b' is not a name"),
        ({"states": (State("v", Name("i")),)}, "i not defined where it is used"),
        ({"body": (Assign("v", Name("s")), *LIF.body)}, "s not defined where it is used"),
        ({"body": (*LIF.body, Assign("tau", Number(1.0)))}, "tau cannot be assigned"),
        ({"body": (*LIF.body, Assign("dt", Number(1.0)))}, "dt cannot be assigned"),
        ({"body": (*LIF.body, Assign("i", Number(1.0)))}, "i cannot be assigned"),
        ({"body": (*LIF.body, Assign("a", Call("nope", ())))}, "no function 'nope'"),
        ({"output": Emission("spike", "z")}, "output z is not defined"),
        ({"output": Emission("burst", "s")}, "cannot send a 'burst'"),
        (
            {
                "body": (
                    *LIF.body,
                    Assign("a", Lookup(OTHER, Name("v"))),
                    Assign("b", Lookup(replace(OTHER, high=2.0), Name("v"))),
                )
            },
            "two tables of one name",
        ),
    ],
)
def test_models_that_contradict_themselves(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(LIF, **changes)


def test_defaults_are_floats() -> None:
    assert isinstance(Parameter("p", 1).default, float)
