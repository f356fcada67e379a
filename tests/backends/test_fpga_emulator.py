"""The FPGA emulator: both engines against the golden model and each other; cycles by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fpga_engines import ENGINES, assert_equal_counts, assert_equal_to_golden
from fpga_foldings import cut, folded, folds, in_one_phase, rounded_products
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.fpga.backend import FpgaBackend
from somac.backends.fpga.emulator.run import EngineName, FpgaEmulator
from somac.backends.fpga.emulator.timing import Timing
from somac.backends.fpga.folding import EngineFold, Folding
from somac.compiler.layers import Dense as DenseLayer
from somac.compiler.layers import FixedTypes, Gru, Lstm, static_network
from somac.compiler.passes.quantise import quantise
from somac.compiler.testing.networks import Case, cases
from somac.ir.connectivity import AllToAll, Dense, Sparse
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import Slice
from somac.ir.network import Output

every_engine = pytest.mark.parametrize("engine", ENGINES)


@given(case=cases())
@settings(max_examples=40)
def test_random_networks(case: Case) -> None:
    network = quantise(case.network).network
    assert_equal_to_golden(folded(network), network, case.inputs)


@given(data=st.data())
@settings(max_examples=60)
def test_random_foldings(
    data: st.DataObject,
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    random_inputs: Callable[..., dict[str, Any]],
) -> None:
    """Several slices of a population, several sections of an engine, cells in any order."""
    network = in_one_phase(data.draw(random_networks(9)))
    network = rounded_products(data.draw, network)
    moved = [p for p in network.populations if data.draw(st.booleans())]
    order = {p.name: np.array(data.draw(st.permutations(range(p.size)))) for p in moved}
    cuts = cut(data.draw, network)
    program = folded(network, folds(data.draw, network, cuts), cuts, order)
    assert_equal_to_golden(program, network, random_inputs(data.draw, network, 2, 8))


@given(data=st.data())
@settings(max_examples=25)
def test_foldings_without_delays(data: st.DataObject) -> None:
    case = data.draw(cases(max_delay=2))
    network = quantise(case.network).network
    cuts = cut(data.draw, network)
    program = folded(network, folds(data.draw, network, cuts), cuts)
    assert_equal_to_golden(program, network, case.inputs)


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("kind", [Lstm, Gru])
def test_recurrent_layers(kind: Any, rounding: Rounding) -> None:
    """Whole words at once, and products rounded in each of the four ways."""
    rng = np.random.default_rng(5)
    weight, result = Format(9, 3), Format(12, 4, True, rounding)
    types = FixedTypes(weight, weight, result, result)
    gates, units, channels = 4 if kind is Lstm else 3, 11, 5

    def drawn(*shape: int) -> Any:
        return rng.integers(-150, 151, shape)

    bias = drawn(gates * units) if kind is Lstm else drawn(2, gates * units)
    layers = [
        kind("rnn", drawn(channels, gates * units), drawn(units, gates * units), bias, types),
        DenseLayer("fc", drawn(units, 7), drawn(7), types, "relu"),
    ]
    network = static_network("layers", layers, result)
    program = folded(network)
    assert all(engine["whole"] for engine in program.json("design.json")["engines"])
    x = rng.integers(-700, 701, (3, 9, channels))
    timing = assert_equal_to_golden(program, network, {"x": x})
    assert (np.diff(timing.updates, axis=2) > 0).all()


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize(("bits", "shift"), [(8, 3), (16, 17), (24, 30), (31, 45), (33, 63)])
def test_products_of_any_width(rounding: Rounding, bits: int, shift: int) -> None:
    """Up to those of 63 bits, and shifts that leave nothing but the sign."""
    rng = np.random.default_rng(bits)
    most = (1 << 29) - 1
    weights = rng.integers(-most, most, (5, 6)).astype(np.int32)
    weights[0, :3] = most, -most, 1
    network = wide(bits, weights)
    from somac.ir.product import ProductCast

    product = ProductCast(shift, rounding)
    (projection,) = network.projections
    network = replace(network, projections=(replace(projection, product=product),))
    format = network.inputs[0].format
    x = rng.integers(format.minimum, format.maximum, (2, 7, 6), endpoint=True)
    x[0, 0] = format.minimum
    assert_equal_to_golden(folded(network), network, {"x": x})


def wide(bits: int, weights: Any) -> IntegerNetwork:
    """Numbers of so many bits into populations that send on what has arrived."""
    port = Format(63, 63)
    path = Datapath("pass", (Instruction("input", port, name="i"),), {}, 0, "value")
    return IntegerNetwork(
        "wide",
        1e-3,
        (IntegerInput("x", (weights.shape[1],), "value", Format(bits, bits)),),
        (IntegerPopulation("p", (len(weights),), path, {}, {}),),
        (IntegerProjection("w", "x", "p", "i", Dense(weights), 0),),
        (Output("out", "p"),),
    )


# -- cycles by hand -----------------------------------------------------------


def counter(size: int) -> IntegerPopulation:
    """Cells that send 1 whenever something positive arrives."""
    port = Format(16, 16)
    instructions = (
        Instruction("input", port, name="i"),
        Instruction("const", port, raw=0),
        Instruction("gt", BOOL, (0, 1)),
    )
    return IntegerPopulation("p", (size,), Datapath("over", instructions, {}, 2, "spike"), {}, {})


def simple(wires: Any, delay: int = 0, size: int = 4) -> IntegerNetwork:
    return IntegerNetwork(
        "simple",
        1e-3,
        (IntegerInput("x", (4,), "spike", BOOL),),
        (counter(size),),
        (IntegerProjection("w", "x", "p", "i", wires, delay),),
        (Output("out", "p"),),
    )


def timed(network: IntegerNetwork, x: Any, lanes: int = 2, width: int = 2) -> tuple[Any, Timing]:
    part = Slice("p", 0, network.populations[0].size, len(network.inputs))
    folding = Folding((EngineFold(lanes, (part,)),), {"x": width})
    program = folded(network, folding)
    timing = assert_equal_to_golden(program, network, {"x": np.array([x])})
    return FpgaEmulator(program).description.engines[0], timing


ONES = Dense(np.ones((4, 4), np.int32))


def test_cycles_of_an_empty_step() -> None:
    """Two beats in cycles 0 and 1; seen in 2, fetched, and each of two words takes a cycle."""
    engine, timing = timed(simple(ONES), [[0, 0, 0, 0]])
    assert engine.clear == 3
    assert timing.accepted[0, 0, 0] == 0
    # waits from cycle 3, when all is cleared; words are scanned in 5 and 6
    assert timing.reads[0, 0, 0] == 6
    assert timing.updates[0, 0, 0] == 7 + engine.drain + 1
    assert timing.waits[0, :, 0, 0].tolist() == [0, 0, 0]


def test_cycles_of_an_event() -> None:
    """Offered in cycle 5, located in 6 and 7, its row of two words issued in 8 and 9."""
    engine, timing = timed(simple(ONES), [[1, 0, 0, 0]])
    assert timing.reads[0, 0, 0] == 6
    assert timing.updates[0, 0, 0] == 10 + engine.drain + 1


def test_cycles_of_rows_one_after_the_other() -> None:
    """Four events of two words each: the rows are issued without a gap from cycle 8 on."""
    engine, timing = timed(simple(ONES), [[1, 1, 1, 1]])
    assert timing.updates[0, 0, 0] == 8 + 8 + engine.drain + 1


def test_cycles_of_an_empty_row() -> None:
    """Cell 1 has no synapse: its event is located, and nothing is issued."""
    wires = Sparse.from_coordinates(
        np.array([0]), np.array([2]), np.array([1], np.int32), None, (4, 4)
    )
    engine, timing = timed(simple(wires), [[0, 1, 0, 0]])
    assert engine.links[0].kind == "sparse"
    assert timing.updates[0, 0, 0] == 8 + engine.drain + 1
    assert (
        FpgaEmulator(folded(simple(wires)))
        .run({"x": np.array([[[0, 1, 0, 0]]])})
        .counts["row_words"]
        == 0
    )


def test_cycles_of_blank_steps() -> None:
    """Each is skipped in one cycle; then what was sent two steps before is read."""
    engine, timing = timed(simple(ONES, delay=2), [[1, 0, 0, 0]] * 3)
    assert timing.reads[0, 0, 0] == engine.clear
    assert timing.updates[0, 0, 0] == engine.clear + 1 + engine.drain + 1
    # the engine goes on after the last of two groups; an event is read in the third step
    again = timing.updates[0, 0, 1] + engine.sections[0].groups
    assert timing.reads[0, 0, 2] - 3 == again


def test_cycles_of_a_full_link() -> None:
    """The input goes on only when a step has left one of the slots."""
    engine, timing = timed(simple(ONES), [[1, 1, 1, 1]] * 8)
    slots = engine.links[0].slots
    accepted, reads = timing.accepted[0, 0], timing.reads[0, 0]
    np.testing.assert_array_equal(accepted[slots:], reads[: 8 - slots] + 1)
    description = FpgaEmulator(folded(simple(ONES))).description
    assert timing.levels(description).max() == slots


# -- what a run is given and gives --------------------------------------------


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    return simple(AllToAll(np.int32(1), 4, 4))


@every_engine
def test_counts(network: IntegerNetwork, engine: EngineName) -> None:
    x = np.array([[[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]])
    emulation = FpgaEmulator(folded(network), engine=engine).run({"x": x}, record=["x", "p"])
    np.testing.assert_array_equal(emulation.signals["x"], x)
    np.testing.assert_array_equal(emulation.outputs["out"], emulation.signals["p"])
    assert emulation.counts["events"] == 3
    assert emulation.counts["row_words"] == 3
    assert emulation.counts["spikes"] == 8
    np.testing.assert_array_equal(emulation.sent["x"], [1, 1, 1, 0])
    np.testing.assert_array_equal(emulation.sent["p"], [2, 2, 2, 2])
    np.testing.assert_array_equal(emulation.per_core["events"], [3])


@every_engine
def test_no_steps_and_no_samples(network: IntegerNetwork, engine: EngineName) -> None:
    emulator = FpgaEmulator(folded(network), engine=engine)
    for shape in ((0, 3, 4), (2, 0, 4), (0, 0, 4)):
        emulation, timing = emulator.timed({"x": np.zeros(shape, np.int64)}, ["p"], ["p"])
        assert emulation.outputs["out"].shape == (shape[0], shape[1], 4)
        assert timing.updates.shape == (1, *shape[:2])


def test_threads_and_types_do_not_matter(network: IntegerNetwork) -> None:
    """Samples side by side in threads; spikes as bits, bytes and words."""
    x = np.random.default_rng(3).random((9, 1 << 15, 4)) < 0.3
    program = folded(network)
    alone, timing = FpgaEmulator(program, engine="fast", threads=1).timed({"x": x}, ["p"])
    for threads, given_x in ((4, x), (2, x.astype(np.int64)), (3, x.astype(np.int8))):
        emulator = FpgaEmulator(program, engine="fast", threads=threads)
        seen, other = emulator.timed({"x": given_x}, ["p"])
        np.testing.assert_array_equal(seen.signals["p"], alone.signals["p"])
        np.testing.assert_array_equal(other.updates, timing.updates)
        assert_equal_counts(seen, alone)


def test_the_quicker_engine_runs(network: IntegerNetwork) -> None:
    emulator = FpgaEmulator(folded(network))
    assert emulator._quicker(1, 10) == "plain"
    assert emulator._quicker(100, 10_000) == "fast"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "input x is missing"),
        ({"x": np.zeros((1, 2, 4), np.int64), "y": np.zeros(3)}, "no input 'y'"),
        ({"x": np.zeros((1, 2, 5), np.int64)}, "another shape"),
        ({"x": np.zeros((2, 4), np.int64)}, "another shape"),
        ({"x": np.zeros((1, 2, 4))}, "not integer"),
        ({"x": np.full((1, 2, 4), 2)}, "out of range"),
        ({"x": np.full((1, 2, 4), -1)}, "out of range"),
    ],
)
def test_inputs_that_do_not_fit(
    network: IntegerNetwork, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(SomacError, match="E0715") as caught:
        FpgaBackend().emulator(folded(network)).run(inputs)
    assert message in str(caught.value)


def test_inputs_of_different_lengths() -> None:
    network = simple(ONES)
    more = replace(network.inputs[0], name="y")
    network = replace(network, inputs=(*network.inputs, more))
    x = np.zeros((1, 2, 4), np.int64)
    with pytest.raises(SomacError, match="differ in samples or steps"):
        FpgaEmulator(folded(network)).run({"x": x, "y": x[:, :1]})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"record": ["q"]}, "no population 'q'"),
        ({"record_states": ["x"]}, "no population 'x'"),
        ({"record_weights": ["w"]}, "no plastic projection 'w'"),
    ],
)
def test_records_of_nothing(network: IntegerNetwork, record: dict[str, Any], message: str) -> None:
    with pytest.raises(SomacError, match="E0716") as caught:
        FpgaEmulator(folded(network)).run({"x": np.zeros((1, 2, 4), np.int64)}, **record)
    assert message in str(caught.value)
