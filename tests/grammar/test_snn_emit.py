"""A network as text: read again, it is the same network, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.grammar.emit import network_text
from somac.grammar.library import library
from somac.grammar.lower import network_of
from somac.grammar.printer import format_text
from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Call, Lookup, Name, Number, TableFunction, Unary
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State

Real = NDArray[Any]


def again(network: Network, folder: Path) -> Network:
    """The network, printed and read."""
    text, arrays = network_text(network)
    assert format_text(text) == text
    if arrays:
        np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
    read = network_of(text, "n.snn", folder)
    assert network_text(read)[0] == text
    return read


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emitted")


# --- random networks --------------------------------------------------------------------------

numbers = st.floats(-1e300, 1e300)
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5)
whole = st.integers(1, 3)


def arrays(draw: st.DrawFn, shape: tuple[int, ...]) -> Real:
    """Numbers of any size, drawn by a seed where there are many."""
    count = int(np.prod(shape))
    if count > 20 or draw(st.booleans()):
        return np.random.default_rng(draw(st.integers(0, 99))).normal(size=shape)
    found = draw(st.lists(numbers, min_size=count, max_size=count))
    return np.array(found, dtype=np.float64).reshape(shape)


def delays(draw: st.DrawFn, count: int) -> NDArray[np.int64] | None:
    if draw(st.booleans()):
        return None
    return np.array(draw(st.lists(st.integers(0, 5), min_size=count, max_size=count)), np.int64)


@st.composite
def sources(draw: st.DrawFn, shape: tuple[int, ...], rank: int = 2) -> Connectivity:
    """A map from cells of that shape to any number of cells."""
    size = int(np.prod(shape))
    match draw(st.sampled_from(["dense", "all", "one", "sparse", "conv", "pool", "chain"])):
        case "all":
            return AllToAll(arrays(draw, ()), size, draw(whole))
        case "one":
            weight = arrays(draw, draw(st.sampled_from([(), (size,)])))
            return OneToOne(weight, size, delays(draw, size))
        case "sparse":
            targets, count = draw(whole), draw(st.integers(0, 9))
            ends = np.sort(draw_integers(draw, size - 1, count))
            indptr = np.concatenate(([0], ends, [count])).astype(np.int64)
            target = draw_integers(draw, count, targets - 1)
            return Sparse(indptr, target, arrays(draw, (count,)), delays(draw, count), targets)
        case "conv":
            return draw(convolutions(shape))
        case "pool":
            return draw(pools(shape))
        case "chain":
            first = draw(pools(shape))
            second = draw(convolutions(first.output_shape))
            return Chain((first, second) if draw(st.booleans()) else (first, tail(draw, first)))
        case _:
            return Dense(arrays(draw, (draw(whole), size)))


def tail(draw: st.DrawFn, first: Connectivity) -> Connectivity:
    return Dense(arrays(draw, (draw(whole), first.target_size)))


def draw_integers(draw: st.DrawFn, count: int, most: int) -> NDArray[np.int64]:
    found = draw(st.lists(st.integers(0, max(most, 0)), min_size=count, max_size=count))
    return np.array(found, dtype=np.int64)


@st.composite
def convolutions(draw: st.DrawFn, shape: tuple[int, ...]) -> Convolution:
    channels, *spatial = shape if len(shape) == 3 else (1, 1, int(np.prod(shape)))
    groups = draw(st.sampled_from([g for g in (1, 2) if channels % g == 0]))
    kernel = tuple(draw(st.integers(1, min(2, size))) for size in spatial)
    weight = arrays(draw, (groups * draw(st.integers(1, 2)), channels // groups, *kernel))
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in spatial)
    stride = tuple(draw(st.integers(1, 2)) for _ in spatial)
    return Convolution(weight, (channels, *spatial), stride, padding, (1, 1), groups)


@st.composite
def pools(draw: st.DrawFn, shape: tuple[int, ...]) -> Pool:
    source = shape if len(shape) == 3 else (1, 1, int(np.prod(shape)))
    kernel = tuple(draw(st.integers(1, min(2, size))) for size in source[1:])
    stride = kernel if draw(st.booleans()) else tuple(draw(st.integers(1, 2)) for _ in kernel)
    padding = tuple(draw(st.integers(0, 1)) for _ in kernel)
    weight = np.asarray(draw(st.sampled_from([1.0, 0.25]) | st.floats(-2.0, 2.0)))
    return Pool(weight, source, kernel, stride, padding)


@st.composite
def populations(draw: st.DrawFn, name: str, size: int) -> Population:
    known = library()
    model = known.model(
        draw(st.sampled_from(sorted(known.models))),
        draw(st.sampled_from(["euler_sequential", "euler_simultaneous", "exponential"])),
    )
    model = replace(model, name=f"{model.name} of {name}")
    cells = st.sampled_from([(), (size,)])
    # of a size that no equation makes infinite; what divides is not 0
    parameters = {
        p.name: 1e-3 + np.abs(values) if p.unit or p.name == "v_threshold" else values
        for p in model.parameters
        for values in [np.tanh(arrays(draw, draw(cells)))]
    }
    bias = {port: arrays(draw, draw(cells)) for port in model.inputs if draw(st.booleans())}
    shape = (size,) if draw(st.booleans()) else (1, size)
    return Population(name, shape, model, parameters, bias)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    shape = draw(st.sampled_from([(3,), (2, 3, 4), (70,)]))
    source, *others = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    boundary = Input(source, shape, draw(st.sampled_from(["spike", "count", "value"])))
    made: list[Population] = []
    projections: list[Projection] = []
    last, last_shape = source, shape
    for index, name in enumerate(others):
        wires = draw(sources(last_shape))
        made.append(draw(populations(name, wires.target_size)))
        ports = made[-1].model.inputs
        if ports:
            given = draw(st.sampled_from([f"p{index}", f"{last}->{name}.{ports[0]}"]))
            delay = draw(st.integers(0, 3))
            projections.append(Projection(given, last, name, ports[0], wires, delay))
        last, last_shape = name, made[-1].shape
    semantics = draw(
        st.dictionaries(
            names, st.text(st.characters(exclude_categories=("Cs",)), max_size=5), max_size=2
        )
    )
    semantics |= draw(
        st.sampled_from(
            [
                {},
                {"profile": "norse"},
                {"profile": "a lab's", "integrator": "exponential", "reset": "subtract"},
                {"profile": "sinabs", "integrator": "none", "reset": "none"},
            ]
        )
    )
    outputs = (
        Output(last, last),
        *((Output("an output", source),) if "an output" not in others else ()),
    )
    dt = draw(st.sampled_from([1.0, 1e-3, 1e-4, 2.5e-6, 1 / 3, 1e-12]))
    return Network(
        draw(names), dt, (boundary,), tuple(made), tuple(projections), outputs, semantics
    )


@settings(max_examples=60)
@given(network=networks())
def test_a_network_survives_its_text(network: Network, folder: Path) -> None:
    read = again(network, folder)
    assert read.text() == network.text()
    assert read.digest() == network.digest()


# --- models -----------------------------------------------------------------------------------


def one(model: NeuronModel, **parameters: float) -> Network:
    values = {name: np.asarray(value) for name, value in parameters.items()}
    return Network("n", 1.0, (), (Population("p", (2,), model, values),), (), ())


@pytest.mark.parametrize("integrator", ["euler_sequential", "euler_simultaneous", "exponential"])
def test_every_model_of_the_library(folder: Path, integrator: str) -> None:
    for name in library().models:
        model = library().model(name, integrator)
        network = one(model, **{p.name: 0.5 for p in model.parameters})
        assert again(network, folder).digest() == network.digest()


V = Name("v")
TABLE = TableFunction("f", (0.0, -1.5, 1e300), -1.0, 2.0)
BODIES = {
    "negative numbers": (Assign("v", Binary("**", V, Number(-2.0))),),
    "negated numbers": (Assign("v", Unary("-", Number(2.0))),),
    "minus zero": (Assign("v", Binary("*", V, Number(-0.0))),),
    "truth": (Assign("v", Unary("not", Binary("and", V, Binary("==", V, Number(1.0))))),),
    "table": (Assign("v", Lookup(TABLE, Lookup(TABLE, V))),),
    "select before the spike": (
        Assign("v", Call("select", (V, Number(1.0), V))),
        Assign("w", V),
    ),
    "associativity": (
        Assign("v", Binary("-", V, Binary("-", V, Binary("-", V, V)))),
        Assign("v", Binary("**", Binary("**", V, V), Binary("**", V, V))),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_expressions(folder: Path, name: str) -> None:
    model = NeuronModel(
        "m", (), (), (State("v", Number(-1.0)),), BODIES[name], Emission("value", "v")
    )
    network = one(model)
    assert again(network, folder).digest() == network.digest()


@pytest.mark.parametrize("kind", ["spike", "count", "value"])
def test_signals_by_name(folder: Path, kind: Any) -> None:
    body = (Assign("z", Number(1.0)), Assign("v", Call("select", (Name("z"), Number(0.0), V))))
    model = NeuronModel("m", (), ("i",), (State("v"),), body, Emission(kind, "z"))
    assert again(one(model), folder).digest() == one(model).digest()
    assert again(one(replace(model, output=Emission(kind, "i"))), folder)


def test_parameters_with_units_and_defaults(folder: Path) -> None:
    parameters = (
        Parameter("tau", 0.02, "s"),
        Parameter("g", None, "S/s"),
        Parameter("n", 3.0, "1"),
        Parameter("zero", 0.0, "V"),
    )
    body = (Assign("v", Name("n")),)
    model = NeuronModel("m", parameters, (), (), body, Emission("value", "v"), "a doc\n\nof lines")
    network = one(model, tau=0.03, g=1e-9, n=4.0)
    text, _ = network_text(network)
    assert "neuron m(tau [s] = 20 ms, g [S/s], n [1] = 3, zero [V] = 0 V):" in text
    assert "m(tau = 30 ms, g = 1e-09 S/s, n = 4, zero = 0 V)" in text
    assert again(network, folder).digest() == network.digest()


def test_large_arrays_stand_beside_the_text() -> None:
    weights = np.arange(65.0).reshape(1, 65)
    relay = library().model("relay", None)
    network = Network(
        "n",
        1e-3,
        (Input("x y", (65,)), Input("x_y", (65,))),
        (Population("p", (1,), relay, {}),),
        tuple(Projection(f"{name}.w", name, "p", "i", Dense(weights)) for name in ("x y", "x_y")),
        (Output("p", "p"),),
    )
    text, beside = network_text(network, "w.npz")
    assert sorted(beside) == ["x_y.w.weight", "x_y.w.weight_2"]
    assert 'dense(load("w.npz", "x_y.w.weight_2"))' in text


def sends_input(name: str = "m", port: str = "i", *parameters: Parameter) -> NeuronModel:
    return NeuronModel(name, parameters, (port,), (), (), Emission("value", port))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (sends_input("m", "exp"), "'exp' cannot be a name"),
        (sends_input("m", "i", Parameter("p", 1.0, "mV")), "'mV' is no SI unit"),
        (sends_input("m", "i", Parameter("p", 1.0, "q")), "'q' is no SI unit"),
        (sends_input("m", "i", Parameter("p", float("inf"))), "default of p"),
        (sends_input(""), "no name"),
        (NeuronModel("m", (), (), (State("spike"),), (), Emission("spike", "spike")), "'spike'"),
    ],
)
def test_what_has_no_text(model: NeuronModel, reason: str) -> None:
    with pytest.raises(SomacError, match=reason) as caught:
        network_text(one(model, **{p.name: 1.0 for p in model.parameters}))
    assert caught.value.diagnostics[0].code == "E0226"


def test_chains_that_have_no_text() -> None:
    relay = library().model("relay", None)
    inner = AllToAll(np.asarray(1.0), 2, 2)
    network = Network(
        "n",
        1.0,
        (Input("x", (2,)),),
        (Population("p", (2,), relay, {}),),
        (Projection("w", "x", "p", "i", Chain((inner, OneToOne(np.ones(2), 2)))),),
        (),
    )
    with pytest.raises(SomacError, match="E0226"):
        network_text(network)
