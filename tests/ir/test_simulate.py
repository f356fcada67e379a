"""The order of things in a tick: hand calculations, and a naive simulation with Python integers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.ir.connectivity import AllToAll, Chain, Connectivity, Dense, OneToOne, Sparse
from somac.ir.datapath import Datapath, Instruction, run
from somac.ir.errors import SomacError
from somac.ir.expr import Binary, Call, Name, Number
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import Assign, Emission, NeuronModel, Parameter, State
from somac.ir.simulate import golden, reference

RELAY = NeuronModel("relay", (), ("i",), (), (Assign("o", Name("i")),), Emission("value", "o"))
LIF = NeuronModel(
    "lif",
    (Parameter("decay"),),
    ("i",),
    (State("v"),),
    (
        Assign("v", Binary("+", Binary("*", Name("decay"), Name("v")), Name("i"))),
        Assign("s", Binary(">", Name("v"), Number(1.0))),
        Assign("v", Call("select", (Name("s"), Number(0.0), Name("v")))),
    ),
    Emission("spike", "s"),
)
ONE = OneToOne(np.ones(()), 1)


def relays(*names: str) -> tuple[Population, ...]:
    return tuple(Population(name, (1,), RELAY, {}) for name in names)


def network(populations: tuple[Population, ...], *projections: Projection) -> Network:
    outputs = tuple(Output(p.name, p.name) for p in populations)
    return Network("n", 1e-3, (Input("x", (1,), "value"),), populations, projections, outputs)


def wire(source: str, target: str, delay: int = 0, connectivity: Connectivity = ONE) -> Projection:
    return Projection(f"{source}_{target}_{delay}", source, target, "i", connectivity, delay)


def signal(*values: float) -> dict[str, NDArray[np.float64]]:
    return {"x": np.array(values).reshape(1, -1, 1)}


def seen(found: dict[str, Any], name: str) -> list[float]:
    return [float(v) for v in found[name].ravel()]


def test_populations_update_in_the_order_of_the_zero_delay_projections() -> None:
    chain = network(relays("c", "b", "a"), wire("b", "c"), wire("a", "b"), wire("x", "a"))
    found = dict(reference(chain, signal(1, 2, 3)).signals)
    for name in "abc":
        assert seen(found, name) == [1, 2, 3]


def test_a_delay_counts_ticks() -> None:
    made = network(relays("a", "b"), wire("x", "a"), wire("a", "b", 2), wire("x", "b", 1))
    found = dict(reference(made, signal(1, 10, 100, 0)).signals)
    assert seen(found, "b") == [0, 1, 11, 110]


def test_a_recurrence_sees_the_tick_before() -> None:
    made = network(relays("a"), wire("x", "a"), wire("a", "a", 1, OneToOne(np.asarray(2.0), 1)))
    assert seen(dict(reference(made, signal(1, 0, 0, 1)).signals), "a") == [1, 2, 4, 9]


def test_synapses_of_one_projection_have_delays_of_their_own() -> None:
    fan = Sparse(np.array([0, 2]), np.array([0, 1]), np.array([1.0, 5.0]), np.array([0, 2]), 2)
    made = Network(
        "n",
        1.0,
        (Input("x", (1,)),),
        (Population("a", (2,), RELAY, {}),),
        (wire("x", "a", 1, fan),),
        (Output("a", "a"),),
    )
    found = reference(made, signal(1, 0, 0, 0)).signals["a"]
    np.testing.assert_array_equal(found[0], [[0, 0], [1, 0], [0, 0], [0, 5]])


def test_a_spiking_population_by_hand() -> None:
    population = Population(
        "p", (2,), LIF, {"decay": np.array([0.5, 0.0])}, {"i": np.array([0.0, 0.75])}
    )
    made = Network(
        "n",
        1.0,
        (Input("x", (1,)),),
        (population,),
        (wire("x", "p", 0, Dense(np.array([[0.75], [0.5]]))),),
        (Output("y", "p"),),
    )
    trace = reference(made, signal(1, 1, 0, 1), record=["p", "x"], record_states=["p"])
    # v = 0.75; 0.375 + 0.75 > 1: spike; 0; 0.75        v = 1.25: spike, every time but the third
    np.testing.assert_array_equal(trace.signals["y"][0].T, [[0, 1, 0, 0], [1, 1, 0, 1]])
    np.testing.assert_array_equal(
        trace.states["p"]["v"][0].T, [[0.75, 0, 0, 0.75], [0, 0, 0.75, 0]]
    )
    np.testing.assert_array_equal(trace.signals["p"], trace.signals["y"])
    np.testing.assert_array_equal(trace.signals["x"].ravel(), [1, 1, 0, 1])


def test_single_precision_rounds_every_step() -> None:
    third = OneToOne(np.asarray(1 / 3), 1)
    made = network(relays("a"), wire("x", "a"), wire("a", "a", 1, third))
    trace = reference(made, signal(1, 0, 0), precision=np.float32)
    assert trace.signals["a"].dtype == np.float32
    weight, expected = np.float32(1 / 3), [np.float32(1)]
    for _ in range(2):
        expected.append(expected[-1] * weight)
    np.testing.assert_array_equal(trace.signals["a"].ravel(), expected)


WIDE = Format(62, 62)


def relay(name: str, format: Format, cells: int = 1) -> IntegerPopulation:
    path = Datapath(
        "relay",
        (Instruction("input", format, name="i"), Instruction("cast", WIDE, (0,))),
        {},
        1,
        "value",
    )
    return IntegerPopulation(name, (cells,), path, {}, {})


def summing(format: Format, weights: Any, sent: Format) -> IntegerNetwork:
    connectivity = Dense(np.array(weights, np.int32))
    return IntegerNetwork(
        "n",
        1.0,
        (IntegerInput("x", (connectivity.source_size,), "value", sent),),
        (relay("a", format, connectivity.target_size),),
        (IntegerProjection("x_a", "x", "a", "i", connectivity),),
        (Output("a", "a"),),
    )


def test_the_sum_at_a_port_wraps_to_its_format() -> None:
    made = summing(Format(8, 8), [[100, 100], [-100, -100]], BOOL)
    found = golden(made, {"x": np.ones((1, 1, 2), int)}).signals["a"]
    np.testing.assert_array_equal(found.ravel(), [200 - 256, -200 + 256])
    unsigned = summing(Format(8, 8, signed=False), [[-1, 0]], BOOL)
    np.testing.assert_array_equal(
        golden(unsigned, {"x": np.ones((1, 1, 2), int)}).signals["a"].ravel(), [255]
    )


@given(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=6),
    st.integers(1, 62),
    st.integers(1, 62),
    st.data(),
)
def test_a_sum_of_any_size_is_exact(
    weights: list[int], sent: int, width: int, data: st.DataObject
) -> None:
    ends = st.integers(-(2 ** (sent - 1)), 2 ** (sent - 1) - 1)
    x = data.draw(st.lists(ends, min_size=len(weights), max_size=len(weights)))
    made = summing(Format(width, width), [weights], Format(sent, sent))
    found = int(golden(made, {"x": np.array(x).reshape(1, 1, -1)}).signals["a"].item())
    total = sum(w * v for w, v in zip(weights, x, strict=True))
    assert -(2 ** (width - 1)) <= found < 2 ** (width - 1)
    assert (found - total) % 2**width == 0


STATE = Format(10, 10)
PATH = Datapath(
    "integrate",
    (
        Instruction("input", Format(6, 6), name="i"),
        Instruction("input", Format(7, 7, signed=False), name="j"),
        Instruction("state", STATE, name="v"),
        Instruction("add", STATE, (0, 2)),
        Instruction("sub", STATE, (3, 1)),
        Instruction("param", STATE, name="threshold"),
        Instruction("ge", BOOL, (4, 5)),
        Instruction("sub", STATE, (4, 5)),
        Instruction("select", STATE, (6, 7, 4)),
    ),
    {"v": 8},
    6,
    "spike",
)
weights_of = st.integers(-20, 20)


@st.composite
def populations(draw: st.DrawFn, name: str) -> IntegerPopulation:
    size = draw(st.integers(1, 3))
    spiking = draw(st.booleans())
    path = PATH if spiking else replace(PATH, name="membrane", output=8, output_kind="value")
    threshold = draw(st.integers(1, 30))
    initial = np.array(draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size)))
    return IntegerPopulation(name, (size,), path, {"threshold": threshold}, {"v": initial})


@st.composite
def wirings(draw: st.DrawFn, source: int, target: int) -> Connectivity:
    kind = draw(st.sampled_from(["dense", "sparse", "all", "chain"]))
    matrix = draw(
        st.lists(
            st.lists(weights_of, min_size=source, max_size=source),
            min_size=target,
            max_size=target,
        )
    )
    dense = Dense(np.array(matrix, np.int32))
    delays = draw(st.lists(st.integers(0, 2), min_size=source, max_size=source))
    if kind == "dense":
        return dense
    if kind == "all":
        return AllToAll(np.array(draw(weights_of), np.int32), source, target)
    if kind == "chain":
        return Chain((OneToOne(np.ones((), np.int32), source, np.array(delays)), dense))
    rows = dense.rows(0, source)
    delay = np.resize(np.array(delays), len(rows.target))
    return Sparse(rows.indptr, rows.target, rows.weight, delay, target)


@st.composite
def networks(draw: st.DrawFn) -> IntegerNetwork:
    cells = tuple(draw(populations(f"p{n}")) for n in range(draw(st.integers(1, 4))))
    source = IntegerInput("x", (2,), "value", Format(4, 4))
    sizes = {"x": 2} | {p.name: p.size for p in cells}
    projections = []
    for number in range(draw(st.integers(1, 6))):
        pre, post = draw(st.sampled_from(sorted(sizes))), draw(st.sampled_from(cells)).name
        # forward projections may be immediate, the others take a tick
        least = 0 if pre < post or pre == "x" else 1
        projections.append(
            IntegerProjection(
                f"e{number}",
                pre,
                post,
                draw(st.sampled_from("ij")),
                draw(wirings(sizes[pre], sizes[post])),
                draw(st.integers(least, 3)),
            )
        )
    return IntegerNetwork(
        "n", 1.0, (source,), cells, tuple(projections), tuple(Output(p.name, p.name) for p in cells)
    )


def naive(network: IntegerNetwork, x: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """One synapse, one sample and one tick at a time, in Python integers."""
    samples, steps, _ = x.shape
    found = {p.name: np.zeros((samples, steps, p.size), np.int64) for p in network.populations}
    synapses = []
    for e in network.projections:
        for pre in range(e.connectivity.source_size):
            row = e.connectivity.rows(pre, pre + 1)
            for post, weight, delay in zip(row.target, row.weight, row.delay, strict=True):
                synapses.append((e, pre, int(post), int(weight), e.delay + int(delay)))
    last = max(p.start for p in network.populations)
    order: list[Any] = []
    while len(order) < len(network.populations):
        known = {"x", *(p.name for p in order)}
        # a skew can take the delay from a projection to a population that is listed before
        order.append(
            next(
                p
                for p in network.populations
                if p not in order
                and all(e.source in known for e, *_, d in synapses if e.target == p.name and not d)
            )
        )
    for sample in range(samples):
        arriving: dict[tuple[int, str, str, int], int] = defaultdict(int)
        state = {
            p.name: {k: np.broadcast_to(v, p.size).copy() for k, v in p.initial.items()}
            for p in network.populations
        }

        def send(name: str, tick: int, values: Any) -> None:
            for e, pre, post, weight, delay in synapses:
                if e.source == name:
                    arriving[tick + delay, e.target, e.port, post] += weight * int(values[pre])  # noqa: B023

        for tick in range(steps * network.period + last):
            step, phase = divmod(tick, network.period)
            if phase == 0 and step < steps:
                send("x", tick, x[sample, step])
            for p in order:
                step, phase = divmod(tick - p.start, network.period)
                if phase or not 0 <= step < steps:
                    continue
                ports = {}
                for port in p.datapath.names("input"):
                    format = p.datapath.format_of("input", port)
                    sums = [arriving[tick, p.name, port, cell] for cell in range(p.size)]
                    ports[port] = np.array(
                        [(s - format.minimum) % 2**format.width + format.minimum for s in sums]
                    )
                result = run(p.datapath, ports, state[p.name], p.parameters)
                state[p.name] = dict(result.state)
                sent = np.broadcast_to(result.output, p.size)
                found[p.name][sample, step] = sent
                send(p.name, tick, sent)
    return found


steps_of = st.integers(1, 6)


def drawn_input(data: st.DataObject, samples: int, steps: int) -> NDArray[np.int64]:
    values = st.integers(-8, 7)
    count = samples * steps * 2
    return np.array(data.draw(st.lists(values, min_size=count, max_size=count))).reshape(
        samples, steps, 2
    )


@settings(max_examples=60)
@given(networks(), st.data())
def test_golden_equals_the_naive_simulation(made: IntegerNetwork, data: st.DataObject) -> None:
    x = drawn_input(data, 2, data.draw(steps_of))
    trace = golden(made, {"x": x})
    expected = naive(made, x)
    for name, values in expected.items():
        assert trace.signals[name].dtype == np.int64
        np.testing.assert_array_equal(trace.signals[name], values)


def _shifted(connectivity: Connectivity, factor: int) -> Connectivity:
    """Every synapse's own delay times `factor`."""
    if isinstance(connectivity, Chain):
        return Chain(tuple(_shifted(part, factor) for part in connectivity.parts))
    if isinstance(connectivity, (Sparse, OneToOne)) and connectivity.delay is not None:
        return replace(connectivity, delay=connectivity.delay * factor)
    return connectivity


@settings(max_examples=60)
@given(networks(), st.integers(1, 3), st.data())
def test_skew_and_period_change_nothing(
    made: IntegerNetwork, period: int, data: st.DataObject
) -> None:
    names = [p.name for p in made.populations]
    skew = {"x": 0} | {name: data.draw(st.integers(0, 4)) for name in names}
    projections = []
    for e in made.projections:
        base = period * e.delay + skew[e.target] - skew[e.source]
        assume(base >= 0)
        projections.append(replace(e, delay=base, connectivity=_shifted(e.connectivity, period)))
    populations = tuple(replace(p, start=skew[p.name]) for p in made.populations)
    try:
        skewed = replace(
            made, populations=populations, projections=tuple(projections), period=period
        )
    except SomacError:
        # no tick is left around some loop
        assume(False)
    x = drawn_input(data, 1, data.draw(steps_of))
    before = golden(made, {"x": x}, record_states=names)
    after = golden(skewed, {"x": x}, record_states=names)
    for name in names:
        np.testing.assert_array_equal(after.signals[name], before.signals[name])
        np.testing.assert_array_equal(after.states[name]["v"], before.states[name]["v"])
    np.testing.assert_array_equal(naive(skewed, x)[names[0]], before.signals[names[0]])


SMALL = summing(Format(8, 8), [[1, 1]], Format(4, 4))
GIVEN = np.zeros((1, 3, 2), np.int64)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, r"inputs for \[\], the network has \['x'\]"),
        ({"x": GIVEN, "z": GIVEN}, "inputs for"),
        ({"x": GIVEN[0]}, "input x has shape"),
        ({"x": GIVEN[..., :1]}, r"not \(samples, steps, 2\)"),
        ({"x": GIVEN + 8}, "values that are not in fixed<4,4>"),
        ({"x": GIVEN - 9}, "values that are not in fixed<4,4>"),
    ],
)
def test_inputs_that_do_not_fit(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        golden(SMALL, inputs)


def test_golden_inputs_are_integers() -> None:
    with pytest.raises(TypeError, match="integers are needed"):
        golden(SMALL, {"x": GIVEN + 0.5})


def test_inputs_must_agree_in_samples_and_steps() -> None:
    made = Network(
        "n", 1.0, (Input("x", (1,)), Input("z", (1,))), relays("a"), (wire("x", "a"),), ()
    )
    with pytest.raises(ValueError, match="inputs differ in samples and steps"):
        reference(made, {"x": np.zeros((1, 2, 1)), "z": np.zeros((1, 3, 1))})
    none = replace(made, inputs=(), projections=())
    with pytest.raises(ValueError, match="has no number of steps"):
        reference(none, {})


def test_only_what_is_there_can_be_recorded() -> None:
    with pytest.raises(ValueError, match="no z to record"):
        golden(SMALL, {"x": GIVEN}, record=["z"])
    with pytest.raises(ValueError, match="no population x whose states"):
        golden(SMALL, {"x": GIVEN}, record_states=["x"])


def test_no_steps_give_empty_recordings() -> None:
    trace = golden(SMALL, {"x": GIVEN[:, :0]}, record_states=["a"])
    assert trace.signals["a"].shape == (1, 0, 1)
    assert trace.states == {"a": {}}
