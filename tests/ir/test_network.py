"""What `Network` and `IntegerNetwork` refuse, code by code, and their text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.ir.connectivity import Chain, Dense, OneToOne, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Name, Number
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State

MODEL = NeuronModel(
    "integrator",
    (Parameter("gain"), Parameter("threshold", 1.0)),
    ("i",),
    (State("v", Binary("/", Number(0.0), Name("gain"))),),
    (
        Assign("v", Binary("+", Name("v"), Binary("*", Name("gain"), Name("i")))),
        Assign("s", Binary(">", Name("v"), Name("threshold"))),
    ),
    Emission("spike", "s"),
)
A = Population("a", (2, 2), MODEL, {"gain": np.asarray(2.0)})
B = Population("b", (3,), MODEL, {"gain": np.array([1.0, 2.0, 3.0])}, {"i": np.asarray(0.5)})
X_A = Projection("x_a", "x", "a", "i", OneToOne(np.ones(()), 4))
A_B = Projection("a_b", "a", "b", "i", Dense(np.ones((3, 4), np.float32)), 2)
NETWORK = Network(
    "net", 1e-3, (Input("x", (4,)),), (A, B), (X_A, A_B), (Output("y", "b"),), {"profile": "p"}
)

SUM, STATE = Format(12, 12), Format(16, 16)
PATH = Datapath(
    "sums",
    (
        Instruction("input", SUM, name="i"),
        Instruction("state", STATE, name="v"),
        Instruction("add", STATE, (0, 1)),
        Instruction("param", STATE, name="threshold"),
        Instruction("ge", BOOL, (2, 3)),
    ),
    {"v": 2},
    4,
    "spike",
)
P = IntegerPopulation(
    "p", (2,), PATH, {"threshold": np.asarray(3)}, {"v": np.array([0, 1])}, {"v": np.asarray(0.5)}
)
Q = replace(P, name="q")
X_P = IntegerProjection("x_p", "x", "p", "i", Dense(np.ones((2, 4), np.int32)))
P_Q = IntegerProjection("p_q", "p", "q", "i", OneToOne(np.ones((), np.int32), 2), 1)
INTEGER = IntegerNetwork(
    "net",
    1e-3,
    (IntegerInput("x", (4,), "spike", BOOL),),
    (P, Q),
    (X_P, P_Q),
    (Output("y", "q"),),
)


def problems(value: Any, **changes: Any) -> dict[str, str]:
    """Codes with the first message of each."""
    with pytest.raises(SomacError) as caught:
        replace(value, **changes)
    assert caught.value.exit_code == 2
    found: dict[str, str] = {}
    for diagnostic in caught.value.diagnostics:
        found.setdefault(diagnostic.code, diagnostic.message)
    return found


@pytest.mark.parametrize("dt", [0.0, -1e-3, np.nan, np.inf])
def test_e0401_the_time_step_is_not_a_positive_number(dt: float) -> None:
    assert problems(NETWORK, dt=dt).keys() >= {"E0401"}


def test_e0402_a_name_is_used_twice() -> None:
    both = replace(A, name="x")
    assert "'x'" in problems(NETWORK, populations=(both, A, B))["E0402"]
    assert "'x_a'" in problems(NETWORK, projections=(X_A, replace(A_B, name="x_a")))["E0402"]
    twice = (Output("y", "b"), Output("y", "a"))
    assert "output 'y'" in problems(NETWORK, outputs=twice)["E0402"]
    elsewhere = problems(NETWORK, outputs=(Output("a", "b"),))
    assert "'a' is another part of the network" in elsewhere["E0402"]
    other = replace(B, model=replace(MODEL, doc="another"))
    assert "'integrator'" in problems(NETWORK, populations=(A, other))["E0402"]


def test_an_output_may_have_the_name_of_its_source() -> None:
    assert replace(NETWORK, outputs=(Output("b", "b"),)).outputs[0].name == "b"


def test_e0403_a_name_is_not_defined() -> None:
    assert "'z'" in problems(NETWORK, outputs=(Output("y", "z"),))["E0403"]
    assert "'z'" in problems(NETWORK, projections=(replace(X_A, source="z"),))["E0403"]
    no_population = problems(NETWORK, projections=(replace(X_A, target="x"),))
    assert no_population["E0403"] == "target of projection x_a: there is no population 'x'"


def test_e0404_shapes_do_not_fit() -> None:
    wide = replace(A_B, connectivity=Dense(np.ones((3, 5))))
    assert problems(NETWORK, projections=(wide,))["E0404"] == (
        "projection a_b does not fit its source a"
    )
    high = replace(A_B, connectivity=Dense(np.ones((2, 4))))
    assert problems(NETWORK, projections=(high,))["E0404"] == (
        "projection a_b does not fit its target b"
    )
    for shape in ((), (0,), (2, -1)):
        assert "no cells" in problems(NETWORK, inputs=(Input("x", shape),))["E0404"]
        assert "no cells" in problems(NETWORK, populations=(replace(A, shape=shape), B))["E0404"]
    two = replace(B, parameters={"gain": np.ones(2)})
    assert "parameter gain" in problems(NETWORK, populations=(A, two))["E0404"]
    odd = replace(B, bias={"i": np.ones((3, 1))})
    assert "bias of port i" in problems(NETWORK, populations=(A, odd))["E0404"]


def test_e0405_a_parameter_or_port_is_missing_or_unknown() -> None:
    assert "gain" in problems(NETWORK, populations=(replace(A, parameters={}), B))["E0405"]
    extra = replace(A, parameters={**A.parameters, "tau": np.ones(())})
    assert "'tau'" in problems(NETWORK, populations=(extra, B))["E0405"]
    bias = replace(A, bias={"j": np.ones(())})
    assert "'j'" in problems(NETWORK, populations=(bias, B))["E0405"]
    assert "'j'" in problems(NETWORK, projections=(replace(X_A, port="j"),))["E0405"]


def test_defaults_of_the_model_are_filled_in() -> None:
    np.testing.assert_array_equal(A.parameters["threshold"], 1.0)
    own = replace(A, parameters={"gain": np.ones(()), "threshold": np.asarray(5.0)})
    np.testing.assert_array_equal(own.parameters["threshold"], 5.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_e0406_a_value_is_not_a_finite_number(value: float) -> None:
    weights = np.ones((3, 4))
    weights[1, 2] = value
    found = problems(NETWORK, projections=(replace(A_B, connectivity=Dense(weights)),))
    assert found["E0406"].endswith("1 values are not finite numbers, the first at (1, 2)")
    gain = replace(B, parameters={"gain": np.array([1.0, value, 1.0])})
    assert "parameter gain" in problems(NETWORK, populations=(A, gain))["E0406"]
    bias = replace(A, bias={"i": np.asarray(value)})
    assert "bias of port i" in problems(NETWORK, populations=(bias, B))["E0406"]


def test_e0406_an_initial_value_is_not_a_finite_number() -> None:
    zero = replace(A, parameters={"gain": np.zeros(())})
    assert "initial value of v" in problems(NETWORK, populations=(zero, B))["E0406"]


def divided(*body: Assign) -> Population:
    """Cells of a neuron of two parameters, of which one is 0 in the second cell."""
    one = NeuronModel(
        "one",
        (Parameter("k"), Parameter("tau")),
        ("i",),
        (State("v"),),
        body,
        Emission("value", "v"),
    )
    return Population("d", (3,), one, {"k": np.asarray(2.0), "tau": np.array([1.0, 0.0, 2.0])})


IN, K, TAU, V = map(Name, ("i", "k", "tau", "v"))


@pytest.mark.parametrize(
    ("body", "part", "have"),
    [
        ([Assign("v", Binary("/", IN, TAU))], "1 / tau", "tau = 0"),
        ([Assign("v", Binary("//", V, TAU))], "1 / tau", "tau = 0"),
        ([Assign("v", Binary("*", IN, Binary("/", K, TAU)))], "k / tau", "k = 2, tau = 0"),
        # by way of a local value
        (
            [Assign("w", Binary("*", K, TAU)), Assign("v", Binary("/", IN, Name("w")))],
            "1 / w",
            "w = 0",
        ),
    ],
)
def test_e0406_parameters_that_make_an_equation_infinite(
    body: list[Assign], part: str, have: str
) -> None:
    with pytest.raises(SomacError) as caught:
        replace(NETWORK, populations=(*NETWORK.populations, divided(*body)))
    (found,) = caught.value.diagnostics
    assert (found.code, found.place.node, found.have) == ("E0406", "d", have)
    assert found.message == f"population d: {part} is not a finite number"


def test_what_is_not_constant_may_be_divided_by() -> None:
    state = divided(
        Assign("w", Binary("*", K, TAU)),
        Assign("w", Binary("+", Name("w"), V)),
        Assign("v", Binary("/", IN, Name("w"))),
    )
    replace(NETWORK, populations=(*NETWORK.populations, state))


def test_e0407_a_loop_without_delay() -> None:
    back = Projection("b_a", "b", "a", "i", Dense(np.ones((4, 3))))
    direct = replace(A_B, delay=0)
    found = problems(NETWORK, projections=(X_A, direct, back))
    assert found == {"E0407": "a loop without delay: a -> b -> a"}
    own = Projection("a_a", "a", "a", "i", OneToOne(np.ones(()), 4))
    assert problems(NETWORK, projections=(own,)) == {"E0407": "a loop without delay: a -> a"}


def test_a_delay_of_the_synapses_breaks_a_loop_only_if_all_have_one() -> None:
    delay = np.ones(4, np.int64)
    own = Projection("a_a", "a", "a", "i", OneToOne(np.ones(()), 4, delay))
    assert replace(NETWORK, projections=(own,)).edges()[0].delay == 1
    delay[2] = 0
    some = replace(own, connectivity=Chain((OneToOne(np.ones(()), 4, delay),)))
    assert "E0407" in problems(NETWORK, projections=(some,))


def test_e0408_a_negative_delay() -> None:
    assert problems(NETWORK, projections=(replace(A_B, delay=-1),)).keys() == {"E0408"}


def test_everything_wrong_is_said_at_once() -> None:
    weights = Dense(np.full((3, 4), np.nan))
    found = problems(
        NETWORK,
        dt=0.0,
        outputs=(Output("y", "z"),),
        projections=(replace(A_B, connectivity=weights),),
    )
    assert found.keys() == {"E0401", "E0403", "E0406"}


def test_weights_become_float64() -> None:
    assert A_B.connectivity.weights.dtype == np.float64


def test_text_of_a_network() -> None:
    lines = NETWORK.text().splitlines()
    assert lines[:3] == ["network net dt 0.001", "semantics profile p", "input x spike 4"]
    assert "population a integrator 2x2" in lines
    assert "  parameter threshold 1.0" in lines
    assert any(line.startswith("projection a_b a -> b.i delay 2 Dense 4->3 ") for line in lines)
    assert lines.count("neuron integrator") == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dt": 0.0}, "a time step of 0.0 s"),
        ({"period": 0}, "a period of 0 ticks"),
        ({"projections": (replace(X_P, source="z"),)}, "z -> p is not from a part"),
        ({"projections": (replace(X_P, target="x"),)}, "x -> x is not from a part"),
        ({"projections": (replace(X_P, source="q"),)}, "joins 4 cells to 2"),
        ({"projections": (replace(X_P, port="j"),)}, "p has no port j"),
        ({"projections": (replace(X_P, delay=-1),)}, "a delay of -1 ticks"),
        (
            {"projections": (replace(X_P, connectivity=Dense(np.ones((2, 4)))),)},
            "its weights are float64, not int32",
        ),
        ({"populations": (replace(P, parameters={}), Q)}, "param threshold has no value"),
        (
            {"populations": (replace(P, parameters={**P.parameters, "tau": np.asarray(1)}), Q)},
            "param tau is not in its datapath",
        ),
        ({"populations": (replace(P, initial={"v": np.zeros(3, int)}), Q)}, "state v has shape"),
        (
            {"populations": (replace(P, initial={"v": np.array([0, 1 << 15])}), Q)},
            "state v is not within fixed<16,16>",
        ),
        ({"populations": (replace(P, start=-1), Q)}, "starts at tick -1"),
        ({"populations": (replace(P, scales={"w": np.ones(())}), Q)}, "scale w belongs to no"),
        ({"populations": (replace(P, scales={"v": np.ones(3)}), Q)}, "scale v is not a finite"),
        ({"populations": (replace(P, scales={"v": np.asarray(np.nan)}), Q)}, "scale v is not a"),
        ({"inputs": (IntegerInput("x", (4,), "spike", SUM),)}, "a spike is not fixed<12,12>"),
        ({"inputs": (IntegerInput("x", (4,), "count", SUM),)}, "a count is not fixed<12,12>"),
        ({"inputs": (IntegerInput("x", (4,), "spike", BOOL, 0.0),)}, "a scale of 0.0"),
        ({"populations": (replace(P, start=1), Q)}, "arrives when p does not update"),
        ({"period": 2, "projections": (P_Q,)}, "p sends with 1 ticks of delay arrives when q"),
    ],
)
def test_e0501_an_integer_network_that_contradicts_itself(
    changes: dict[str, Any], message: str
) -> None:
    assert message in problems(INTEGER, **changes)["E0501"]


def test_integer_networks_check_names_shapes_and_loops_alike() -> None:
    found = problems(
        INTEGER,
        inputs=(IntegerInput("x", (), "spike", BOOL), IntegerInput("x", (4,), "spike", BOOL)),
        outputs=(Output("y", "z"),),
    )
    assert found.keys() == {"E0402", "E0403", "E0404"}
    back = replace(P_Q, name="q_p", source="q", target="p", delay=0)
    loop = problems(INTEGER, projections=(replace(P_Q, delay=0), back))
    assert loop == {"E0407": "a loop without delay: p -> q -> p"}


def test_parameters_are_integers() -> None:
    with pytest.raises(TypeError, match="integers are needed, not float64"):
        replace(P, parameters={"threshold": np.asarray(0.5)})


def test_arrivals_of_every_synapse_meet_an_update() -> None:
    delayed = Sparse(
        np.array([0, 1, 2]), np.array([0, 1]), np.ones(2, np.int32), np.array([1, 3]), 2
    )
    projection = replace(P_Q, connectivity=delayed, delay=1)
    slowed = replace(INTEGER, period=2, projections=(X_P, projection))
    assert slowed.edges()[1].delay == 2
    odd = replace(projection, connectivity=replace(delayed, delay=np.array([1, 2])))
    assert "with 3 ticks" in problems(slowed, projections=(X_P, odd))["E0501"]


def test_text_of_an_integer_network() -> None:
    lines = INTEGER.text().splitlines()
    assert lines[0] == "integer network net dt 0.001 period 1"
    assert lines[1] == "input x spike 4 ufixed<1,1> scale 1.0"
    assert "population p sums 2 start 0" in lines
    assert "  parameter threshold 3" in lines
    assert lines.count("datapath sums") == 1


def test_parts_are_found_by_name() -> None:
    assert NETWORK.population("b") is B
    assert INTEGER.population("q") is Q
    assert replace(INTEGER, populations=(P, replace(Q, start=0))).start("x") == 0
