"""From float to integers: exact where it can be, bounded where it cannot, explained where not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.compiler.passes.calibrate import calibrate
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.passes.quantise.affine import Interval, bounds, decompose
from somac.compiler.passes.quantise.builder import Builder
from somac.compiler.passes.quantise.ranges import body_ranges, prepare, state_ranges
from somac.compiler.passes.quantise.tables import read_smooth, tabulate
from somac.compiler.passes.quantise.weights import SignalRange, quantise_port
from somac.grammar.lower import network_of
from somac.ir.connectivity import AllToAll, Convolution, Dense
from somac.ir.datapath import run
from somac.ir.errors import SomacError
from somac.ir.expr import (
    FUNCTIONS,
    Binary,
    Call,
    Expr,
    Lookup,
    Name,
    Number,
    TableFunction,
    Unary,
    evaluate,
)
from somac.ir.fixed import to_real
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State
from somac.ir.simulate import golden, reference

V, CURRENT, FIRED = Name("v"), Name("i"), Name("fired")


def plus(a: Expr, b: Expr) -> Expr:
    return Binary("+", a, b)


def times(a: Expr, b: Expr) -> Expr:
    return Binary("*", a, b)


def spiking(name: str, update: Expr, *parameters: str) -> NeuronModel:
    """A neuron of one state, a threshold and a reset to 0."""
    return NeuronModel(
        name,
        tuple(Parameter(p) for p in ("threshold", *parameters)),
        ("i",),
        (State("v"),),
        (
            Assign("v", update),
            Assign("fired", Binary(">", V, Name("threshold"))),
            Assign("v", Call("select", (FIRED, Number(0.0), V))),
        ),
        Emission("spike", "fired"),
    )


def emitting(name: str, update: Expr, *parameters: str) -> NeuronModel:
    """A neuron that sends its state."""
    return NeuronModel(
        name,
        tuple(Parameter(p) for p in parameters),
        ("i",),
        (State("v"),),
        (Assign("v", update),),
        Emission("value", "v"),
    )


INTEGRATOR = spiking("integrator", plus(V, CURRENT))
LEAKY = spiking("leaky", plus(times(Name("a"), V), CURRENT), "a")


def network(
    model: NeuronModel, weights: np.ndarray, kind: str = "spike", **parameters: object
) -> Network:
    cells, channels = weights.shape
    return Network(
        "n",
        1.0,
        (
            Input("x", (channels,), kind),  # type: ignore[arg-type]
        ),
        (Population("p", (cells,), model, parameters),),  # type: ignore[arg-type]
        (Projection("w", "x", "p", "i", Dense(weights)),),
        (Output("y", "p"),),
    )


# -- affine forms and bounds -----------------------------------------------------------------

LEAVES = st.one_of(
    st.sampled_from([Name("x"), Name("y"), Name("k"), Name("m")]),
    st.floats(-4, 4, allow_nan=False).map(lambda v: Number(round(v, 2))),
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*"]), inner, inner),
        st.builds(lambda a: Unary("-", a), inner),
        st.builds(lambda f, a, b: Call(f, (a, b)), st.sampled_from(["min", "max"]), inner, inner),
        st.builds(lambda a: Call("tanh", (a,)), inner),
        st.builds(
            lambda a, b, c: Call("select", (Binary(">", Name("x"), a), b, c)), LEAVES, inner, inner
        ),
    ),
    max_leaves=8,
)
CONSTANTS = {"k": np.array([0.5, -1.25]), "m": np.asarray(2.0)}


@given(EXPRESSIONS, st.floats(-3, 3), st.floats(-3, 3))
def test_decomposition_means_the_same(expr: Expr, x: float, y: float) -> None:
    values = {**CONSTANTS, "x": np.asarray(x), "y": np.asarray(y)}
    form = decompose(expr, CONSTANTS)
    total = form.constant
    for term, coefficient in form.terms.items():
        total = total + coefficient * evaluate(term, values)
    # sums in another order: equal but for float64 rounding
    np.testing.assert_allclose(total, evaluate(expr, values) * np.ones_like(total), atol=1e-6)


@given(EXPRESSIONS, st.floats(-3, 3), st.floats(0, 2), st.floats(0, 1), st.floats(-3, 3))
def test_bounds_hold(expr: Expr, low: float, width: float, share: float, y: float) -> None:
    known = {
        "x": Interval(np.asarray(low), np.asarray(low + width)),
        "y": Interval(np.asarray(y), np.asarray(y)),
    }
    interval = bounds(expr, CONSTANTS, known)
    value = evaluate(expr, {**CONSTANTS, "x": np.asarray(low + share * width), "y": np.asarray(y)})
    room = 1e-9 * (1 + np.abs(value))
    assert np.all(interval.low <= value + room)
    assert np.all(value - room <= interval.high)


def test_a_state_is_seen_as_one_term() -> None:
    """v + k * (leak - v + i): interval arithmetic on the text would count v twice."""
    update = plus(V, times(Number(0.25), plus(Binary("-", Number(1.0), V), CURRENT)))
    form = decompose(update, {})
    assert {t: float(c) for t, c in form.terms.items()} == {V: 0.75, CURRENT: 0.25}
    assert float(form.constant) == 0.25


@given(st.floats(0.05, 0.999), st.floats(0.1, 50))
def test_leaky_states_have_a_proven_bound(a: float, drive: float) -> None:
    model = emitting("leaky", plus(times(Name("a"), V), CURRENT), "a")
    port = Interval(np.array([-drive]), np.array([2 * drive]))
    body = prepare(model, {"a": np.asarray(a), "dt": np.asarray(1.0)})
    found = state_ranges(body, {"v": np.asarray(0.0)}, {"i": port}, 1)["v"]
    steady = drive / (1 - a)
    assert found.low[0] <= -steady * (1 - 1e-9)
    assert found.high[0] >= 2 * steady * (1 - 1e-9)
    # growing by doubling, then narrowing: no looser than twice
    assert found.low[0] >= -2.1 * steady
    assert found.high[0] <= 4.2 * steady


def test_an_integrator_is_bounded_by_its_threshold_above_and_by_nothing_below() -> None:
    port = Interval(np.array([-3.0]), np.array([5.0]))
    constants = {"threshold": np.asarray(10.0), "dt": np.asarray(1.0)}
    body = prepare(INTEGRATOR, constants)
    states = state_ranges(body, {"v": np.asarray(0.0)}, {"i": port}, 1)
    found = states["v"]
    assert found.low[0] == -np.inf
    assert found.high[0] == 10.0
    # before the reset it is one tick's input above
    assert body_ranges(body, {"i": port}, states)["v"].high[0] == 15.0


# -- weights ---------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32 - 1), bits=st.integers(2, 16), per_channel=st.booleans())
def test_weights_are_rounded_to_nearest(seed: int, bits: int, per_channel: bool) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, rng.choice([0.01, 1, 100]), (5, 7))
    projection = Projection("w", "x", "p", "i", Dense(weights))
    found = quantise_port([projection], {"x": SignalRange(0, 1)}, 5, bits, per_channel=per_channel)
    raw = found.connectivity[0].weights
    top = 2 ** (bits - 1) - 1
    assert raw.dtype == np.int32
    assert np.abs(raw).max() == top
    step = np.broadcast_to(found.scale, (5,))[:, None]
    assert np.all(np.abs(raw * step - weights) <= step / 2 * (1 + 1e-12))
    if per_channel:
        np.testing.assert_array_equal(np.abs(raw).max(axis=1), np.full(5, top))
    np.testing.assert_array_equal(found.low, np.minimum(raw, 0).sum(axis=1))
    np.testing.assert_array_equal(found.high, np.maximum(raw, 0).sum(axis=1))


def test_projections_that_meet_share_their_scale() -> None:
    kernel = np.random.default_rng(0).normal(size=(2, 1, 3, 3))
    convolution = Convolution(kernel, (1, 4, 4), (1, 1), ((1, 1), (1, 1)), (1, 1))
    dense = Dense(10 * np.random.default_rng(1).normal(size=(32, 3)))
    sources = {"x": SignalRange(0, 1), "z": SignalRange(0, 1)}
    pair = [Projection("c", "x", "p", "i", convolution), Projection("d", "z", "p", "i", dense)]
    found = quantise_port(pair, sources, 32, 8, per_channel=True)
    scale = found.scale.reshape(2, 16)
    np.testing.assert_array_equal(scale, scale[:, :1] * np.ones(16))
    top = np.maximum(
        np.abs(kernel).max(axis=(1, 2, 3)), np.abs(dense.weight).reshape(2, -1).max(axis=1)
    )
    np.testing.assert_allclose(scale[:, 0], top / 127)


def test_one_weight_for_all_has_one_scale() -> None:
    wires = AllToAll(np.asarray(-0.5), 3, 4)
    found = quantise_port(
        [Projection("a", "x", "p", "i", wires)],
        {"x": SignalRange(0, 1)},
        4,
        8,
        per_channel=True,
    )
    assert found.scale.ndim == 0
    assert int(found.connectivity[0].weights) == -127


# -- whole populations -----------------------------------------------------------------------


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_integer_weights_lose_nothing(seed: int) -> None:
    """An integrator with integer weights of at most 7 bits gives the very spikes of float."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(-127, 128, (6, 5)).astype(float)
    weights[:, 0] = 127.0
    model = network(INTEGRATOR, weights, threshold=rng.integers(1, 900, 6))
    x = rng.integers(0, 2, (3, 60, 5))
    meant = reference(model, {"x": x}).signals["y"]
    made = golden(quantise(model).network, {"x": x}).signals["y"]
    np.testing.assert_array_equal(made, meant)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), bits=st.sampled_from([12, 16]))
def test_states_follow_float_within_the_rounding(seed: int, bits: int) -> None:
    """A leaky sum without spikes: the error is that of weights and one rounding per tick."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (4, 5))
    a = rng.uniform(0.3, 0.98, 4)
    model = network(emitting("leaky", plus(times(Name("a"), V), CURRENT), "a"), weights, a=a)
    x = rng.integers(0, 2, (2, 80, 5))
    quantised = quantise(model, QuantiseOptions(weight_bits=bits))
    meant = reference(model, {"x": x}, record_states=["p"]).states["p"]["v"]
    made = golden(quantised.network, {"x": x}, record_states=["p"]).states["p"]["v"]
    population = quantised.network.population("p")
    step = population.scales["v"]
    weight_step = quantised.report["p"].ports["i"].step
    coefficient_error = 2.0**-15 * np.abs(meant).max()
    error = (5 * weight_step / 2 + step + coefficient_error) / (1 - a)
    assert np.all(np.abs(made * step - meant) <= error + 1e-12)


def test_every_state_is_reported() -> None:
    model = network(LEAKY, np.array([[1.0, -2.0]]), threshold=1.0, a=0.9)
    report = quantise(model).report["p"]
    state = report.states["v"]
    assert state.proven
    assert state.headroom >= 0
    assert report.ports["i"].per_cell
    assert report.ports["i"].error <= report.ports["i"].step / 2


def test_calibration_buys_precision_where_the_bound_is_loose() -> None:
    rng = np.random.default_rng(0)
    weights = np.abs(rng.normal(size=(1, 400)))
    model = network(
        spiking("l", plus(times(Name("a"), V), CURRENT), "a"), weights, threshold=1e9, a=0.99
    )
    x = (rng.random((2, 50, 400)) < 0.01).astype(int)
    seen = calibrate(model, {"x": x})
    loose = quantise(model).report["p"].states["v"]
    tight = quantise(model, seen=seen.seen).report["p"].states["v"]
    assert tight.step < loose.step
    assert tight.seen is not None
    assert not tight.proven
    np.testing.assert_allclose(seen.rates["x"], x.mean(axis=(0, 1)))


@pytest.mark.parametrize("function", sorted(n for n, f in FUNCTIONS.items() if f.tabled))
def test_tables_follow_their_function(function: str) -> None:
    low = 0.5 if function in ("log", "sqrt") else -3.0
    table = tabulate(function, low, 3.0)
    points = table.value.first + np.arange(table.value.entries.size)
    arguments = to_real(points, table.index)
    meant = FUNCTIONS[function].apply(arguments)
    made = to_real(table.value.entries, table.result)
    inside = arguments >= low
    assert np.abs(made - meant)[inside].max() <= table.result.step / 2
    assert arguments[0] <= low
    assert arguments[-1] >= 3.0 or function in ("sigmoid", "tanh")


@pytest.mark.parametrize("function", sorted(n for n, f in FUNCTIONS.items() if f.tabled))
def test_smooth_functions_are_interpolated(function: str) -> None:
    """Every argument of the format: within the bend between two entries, and some roundings."""
    low = 0.5 if function in ("log", "sqrt") else -3.0
    table = tabulate(function, low, 3.0)
    builder = Builder()
    argument = builder.source("state", "x", table.argument)
    read = read_smooth(builder, table, argument)
    datapath = builder.finish("f", {"x": argument}, read, "value")
    first, last = (int(np.ldexp(end, table.argument.fraction)) for end in (low, 3.0))
    raw = np.arange(first, last + 1)
    made = to_real(run(datapath, {}, {"x": raw}, {}).output, table.result)
    points = to_real(raw, table.argument)
    bend = {"exp": np.exp(3.0), "log": 4.0, "sqrt": 0.71}.get(function, 1.0)
    tolerance = bend * table.index.step**2 / 8 + 1.6 * table.result.step
    assert np.abs(made - FUNCTIONS[function].apply(points)).max() <= tolerance


def test_a_table_of_the_model_is_read_as_float_reads_it() -> None:
    """A table of quarters, arguments that are exact in integers: the very values of float."""
    table = TableFunction("steps", tuple(k / 4 for k in range(9)), 0.0, 8.0)
    model = network(emitting("stairs", Lookup(table, CURRENT)), np.array([[127.0, 1.0, 3.0, -4.0]]))
    x = np.random.default_rng(0).integers(0, 2, (3, 40, 4))
    quantised = quantise(model)
    meant = reference(model, {"x": x}, record_states=["p"]).states["p"]["v"]
    made = golden(quantised.network, {"x": x}, record_states=["p"]).states["p"]["v"]
    step = quantised.network.population("p").scales["v"]
    assert len(np.unique(meant)) > 3
    np.testing.assert_array_equal(made * step, meant)


def test_a_bias_is_no_less_where_a_port_is_multiplied_or_chosen_by() -> None:
    rest = (
        (State("v"),),
        (
            Assign("v", plus(times(Number(0.5), V), times(Name("a"), Name("b")))),
            Assign("w", Call("select", (Name("a"), V, Unary("-", V)))),
        ),
    )
    neuron = NeuronModel("two", (), ("a", "b"), *rest, Emission("value", "w"))
    cells = Population("p", (1,), neuron, {}, {"a": np.array(0.5), "b": np.array(0.25)})
    joined = tuple(
        Projection(port, "x", "p", port, Dense(np.array([row])))
        for port, row in (("a", [1.0, 0.0]), ("b", [0.0, 1.0]))
    )
    model = Network("biased", 1e-3, (Input("x", (2,)),), (cells,), joined, (Output("p", "p"),))
    x = np.random.default_rng(0).integers(0, 2, (2, 30, 2))
    quantised = quantise(model).network
    meant = reference(model, {"x": x}, record=["p"]).signals["p"]
    made = golden(quantised, {"x": x}, record=["p"]).signals["p"]
    step = quantised.population("p").scales["output"]
    assert np.abs(made * step - meant).max() <= 2 * step


def test_what_is_mixed_stays_between_its_parts() -> None:
    """``z * v + (1 - z) * tanh(i)`` never leaves -1 to 1, in either order of the factors."""
    gate = Call("sigmoid", (CURRENT,))
    rest = Binary("-", Number(1.0), gate)
    new = Call("tanh", (CURRENT,))
    orders = (
        plus(times(gate, V), times(rest, new)),
        plus(times(V, gate), times(new, rest)),
    )
    port = {"i": Interval(np.full(3, -40.0), np.full(3, 40.0))}
    for update in orders:
        model = emitting("mix", update)
        body = prepare(model, {})
        box = state_ranges(body, {"v": np.asarray(0.0)}, port, 3)["v"]
        np.testing.assert_array_equal(box.low, -1.0)
        np.testing.assert_array_equal(box.high, 1.0)


def test_nonlinear_equations_follow_float() -> None:
    """A product of two varying values, a table and a floor, within a percent."""
    update = plus(
        times(Number(0.5), V),
        plus(times(Number(0.1), Call("tanh", (times(V, V),))), times(Number(0.2), CURRENT)),
    )
    model = network(emitting("odd", update), np.array([[1.0, -0.5, 0.25]]))
    x = np.random.default_rng(0).integers(0, 2, (2, 60, 3))
    quantised = quantise(model, QuantiseOptions(weight_bits=12))
    meant = reference(model, {"x": x}, record_states=["p"]).states["p"]["v"]
    made = golden(quantised.network, {"x": x}, record_states=["p"]).states["p"]["v"]
    step = quantised.network.population("p").scales["v"]
    assert np.abs(made * step - meant).max() < 0.01 * np.abs(meant).max()


def test_counts_divide_exactly() -> None:
    """Several spikes per step: floor(v / threshold), with integer weights as exact as float."""
    count = Binary("//", V, Name("threshold"))
    model = NeuronModel(
        "multi",
        (Parameter("threshold"),),
        ("i",),
        (State("v"),),
        (
            Assign("v", plus(V, CURRENT)),
            Assign("n", Call("max", (count, Number(0.0)))),
            Assign("v", Binary("-", V, times(Name("n"), Name("threshold")))),
        ),
        Emission("count", "n"),
    )
    rng = np.random.default_rng(3)
    weights = rng.integers(-127, 128, (4, 6)).astype(float)
    weights[:, 0] = 127.0
    built = network(model, weights, threshold=np.array([3.0, 40.0, 64.0, 127.0]))
    x = rng.integers(0, 2, (3, 50, 6))
    meant = reference(built, {"x": x}).signals["y"]
    made = golden(quantise(built).network, {"x": x}).signals["y"]
    np.testing.assert_array_equal(made, np.minimum(meant, 255))


# -- what cannot be done ---------------------------------------------------------------------


def refused(model: Network, **options: int) -> SomacError:
    with pytest.raises(SomacError) as caught:
        quantise(model, QuantiseOptions(**options))
    return caught.value


def test_e0502_names_the_equation() -> None:
    model = network(emitting("bad", Binary("/", CURRENT, plus(V, Number(2.0)))), np.ones((1, 2)))
    error = refused(model)
    assert error.diagnostics[0].code == "E0502"
    assert "i / (v + 2)" in str(error)


def test_e0502_divisors_are_positive() -> None:
    model = network(emitting("bad", Binary("//", CURRENT, Name("d")), "d"), np.ones((1, 2)), d=-1.0)
    assert refused(model).diagnostics[0].code == "E0502"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"threshold": 1e300}, "parameter threshold is 1e+300"),
        ({"a": 1e-310}, "parameter a is 1e-310"),
    ],
)
def test_e0504_numbers_that_no_model_has(changed: dict[str, float], what: str) -> None:
    model = network(LEAKY, np.ones((1, 2)), **{"threshold": 1.0, "a": 0.5, **changed})
    (found,) = refused(model).diagnostics
    assert found.code == "E0504"
    assert what in found.message


def test_e0504_weights_and_time_steps_too() -> None:
    model = network(LEAKY, np.array([[1.0, -1e200]]), threshold=1.0, a=0.5)
    found = refused(replace(model, dt=1e-100)).diagnostics
    assert [d.code for d in found] == ["E0504"] * 2
    assert "the time step is 1e-100" in found[0].message
    assert "a weight is -1e+200" in found[1].message


def test_e0504_terms_too_far_apart() -> None:
    far = plus(plus(V, CURRENT), Name("drift"))
    model = network(spiking("far", far, "drift"), np.ones((1, 2)), threshold=1.0, drift=1e50)
    (found,) = refused(model).diagnostics
    assert found.code == "E0504"
    assert "too far apart" in found.message


@pytest.mark.parametrize("equation", ["exp(exp(exp(i * 1000)))", "sqrt(i - 5)"])
def test_e0504_values_that_can_be_infinite(equation: str) -> None:
    model = network_of(
        "network n:\n    dt 1 ms\n    profile none\n"
        f"neuron grows:\n    input i\n    state v\n    v = {equation}\n    spike when v > 1\n"
        "input x[2]: spikes\npopulation p[2]: grows\nprojection x -> p: all_to_all(1)\noutput p\n"
    )
    (found,) = refused(model).diagnostics
    assert (found.code, found.place.node) == ("E0504", "p")
    assert "can be infinite or no number" in found.message


def test_e0503_says_have_and_need() -> None:
    model = network(LEAKY, np.ones((1, 300)), threshold=1.0, a=0.5)
    diagnostic = refused(model, accumulator_bits=16).diagnostics[0]
    assert diagnostic.code == "E0503"
    assert (diagnostic.have, diagnostic.need) == ("16 bits", "17 bits")


def test_a_state_of_too_few_bits() -> None:
    with pytest.raises(ValueError, match="state_bits is 5, and a state has at least 6"):
        QuantiseOptions(state_bits=5)
