"""The sparse engine: bits and cycles of the emulator, the prediction, the golden model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from benches import bench
from ese_cases import (
    assert_cycles,
    assert_golden,
    emulated,
    engine_network,
    engines,
    predicted,
    stimulus,
)
from hypothesis import given, settings

from somac.backends.fpga.ese.emit import Emitted, emit
from somac.backends.fpga.ese.emulator.decode import read_engine, synapses
from somac.backends.fpga.ese.encoding import encode
from somac.backends.fpga.ese.schedule import predict
from somac.backends.fpga.ese.structure import Geometry, structure_of
from somac.ir.connectivity import Dense, OneToOne
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork

ESE = bench("ese")


def reduced(seed: int, lanes: int, channels: int, depth: int, **options: object) -> Emitted:
    """The LSTM of the benchmark, much smaller."""
    network = ESE.lstmp(24, 64, 32, density=0.15, seed=seed)
    x = ESE.sequences(24, channels, 4, seed)
    integers = ESE.integers(network, x, 0.15, lanes, **options)
    return emit(integers, Geometry(lanes, channels, depth))


def raw(emitted: Emitted, seed: int, steps: int = 4) -> np.ndarray:
    x = ESE.sequences(emitted.structure.x.size, emitted.geometry.channels, steps, seed)
    found: np.ndarray = ESE.raw_inputs(emitted.structure.network, x)
    return found


@settings(max_examples=30)
@given(engines())
def test_random_networks(case: tuple[IntegerNetwork, Geometry, np.ndarray]) -> None:
    network, geometry, x = case
    emitted = emit(network, geometry)
    run = emulated(emitted, x)
    assert_golden(run, network, x)
    assert_cycles(run, predicted(emitted, x.shape[1]))
    assert run.most.max(initial=0) <= geometry.depth


@settings(max_examples=30)
@given(engines())
def test_what_is_decoded_is_what_was_encoded(
    case: tuple[IntegerNetwork, Geometry, np.ndarray],
) -> None:
    network, geometry, _ = case
    emitted = emit(network, geometry)
    engine = read_engine(emitted.program)
    matrix, target, source, weight = synapses(engine)
    for number, plan in enumerate(emitted.structure.matrices):
        connectivity = plan.projection.connectivity
        found = np.zeros((connectivity.target_size, connectivity.source_size), np.int64)
        chosen = matrix == number
        np.add.at(found, (target[chosen], source[chosen]), weight[chosen])
        eye = np.eye(connectivity.source_size, dtype=np.int64)
        wanted = sum((o(eye).T for _, o in connectivity.by_delay(np.int64)), np.zeros_like(found))
        np.testing.assert_array_equal(found, wanted)
    assert len(engine.weights[0]) == max(1, *(len(w) for w in emitted.encoded.weights))


@pytest.mark.parametrize(
    ("seed", "lanes", "channels", "depth"), [(1, 8, 2, 8), (2, 8, 4, 1), (3, 7, 3, 2)]
)
def test_an_lstm(seed: int, lanes: int, channels: int, depth: int) -> None:
    emitted = reduced(seed, lanes, channels, depth)
    x = raw(emitted, seed)
    run = emulated(emitted, x)
    assert_golden(run, emitted.structure.network, x)
    assert_cycles(run, predicted(emitted, 4))
    # it is no network of zeros
    assert len(np.unique(run.outputs)) > 100
    assert len(np.unique(run.states["c"])) > 100


def test_gaps_are_crossed_by_entries_that_only_skip() -> None:
    weight = np.zeros((2 * 40, 3), np.int32)
    # lane 0: rows 0, 17, 39 of its 40; lane 1: rows 16 and 33; a column without entries
    weight[[0, 34, 78], 0] = 5, -6, 7
    weight[[33, 67], 2] = 8, 9
    network = engine_network(np.random.default_rng(0), 3, 80, 4, ports=1, states=0, density=0)
    (first, *_) = (p for p in network.projections if p.source == "x")
    projections = [
        replace(p, connectivity=Dense(weight)) if p is first else p for p in network.projections
    ]
    given = replace(network, projections=tuple(projections))
    geometry = Geometry(2, 1, 8, 4, 8)
    encoded = encode(structure_of(given), geometry)
    assert encoded.weights[0].tolist() == [5, 0, -6, 0, 7]
    assert encoded.skips[0].tolist() == [0, 15, 0, 15, 5]
    assert encoded.weights[1].tolist() == [0, 8, 0, 9]
    assert encoded.skips[1].tolist() == [15, 0, 15, 0]
    assert encoded.padding.tolist() == [4, 0, 0, 0]
    assert encoded.counts[:, :3].tolist() == [[5, 0, 0], [0, 0, 4]]


def test_pruning_by_lanes_takes_fewer_cycles() -> None:
    periods, balance = [], []
    for balanced in (True, False):
        emitted = reduced(4, 8, 2, 8, balanced=balanced)
        entries = emitted.encoded.entries
        balance.append(entries.sum() / (entries.max(axis=0).sum() * 8))
        periods.append(predicted(emitted, 3).period)
    assert balance[0] > balance[1]
    assert periods[0] < 0.95 * periods[1]


def test_longer_queues_take_no_more_cycles() -> None:
    emitted = reduced(5, 8, 2, 8)
    periods = [predict(emitted.work, depth, 3).period for depth in (1, 2, 4, 8, 16, 64)]
    assert all(a >= b for a, b in pairwise(periods))
    assert periods[0] > periods[-1] > emitted.encoded.theory.sum()


def test_the_size_of_ese() -> None:
    network = ESE.lstmp()
    x = ESE.sequences(153, 32, 3)
    integers = ESE.integers(network, x, 0.1, 32)
    emitted = emit(integers, Geometry(32, 32))
    given = ESE.raw_inputs(integers, x)
    run = emulated(emitted, given)
    assert_golden(run, integers, given)
    schedule = predicted(emitted, 3)
    assert_cycles(run, schedule)
    # 32 sequences at 200 MHz in less than the 82.7 us that are published
    assert schedule.period / 200 < 65
    # no output waits for another: the matrices of x take fewer cycles than there are cells
    assert (schedule.per_matrix[-1, :4] < 700).all()


def test_the_same_bytes_again() -> None:
    assert reduced(6, 4, 2, 4).program.files == reduced(6, 4, 2, 4).program.files


def test_images_end_with_a_newline_and_are_as_long_as_their_memory() -> None:
    emitted = reduced(7, 3, 2, 4)
    depth = max(len(w) for w in emitted.encoded.weights)
    for name, content in emitted.program.files.items():
        assert content.endswith(b"\n"), name
        if name.startswith("mem/entries_"):
            lines = content.split(b"\n")[:-1]
            assert len(lines) == depth
            assert {len(line) for line in lines} == {4}


def test_fewer_channels_than_the_engine_has() -> None:
    emitted = reduced(8, 4, 3, 4)
    x = raw(emitted, 8)[:2]
    run = emulated(emitted, x)
    assert_golden(run, emitted.structure.network, x)
    for shape in ((4, 2, 24), (2, 2, 23), (2, 24)):
        with pytest.raises(ValueError, match="channels"):
            emulated(emitted, np.zeros(shape, np.int64))


# what it cannot run


def small() -> IntegerNetwork:
    return engine_network(np.random.default_rng(1), 4, 6, 5, ports=1)


def without(name: str) -> Callable[[IntegerNetwork], IntegerNetwork]:
    return lambda n: replace(n, projections=tuple(p for p in n.projections if p.name != name))


def changed(name: str, **fields: object) -> Callable[[IntegerNetwork], IntegerNetwork]:
    def change(n: IntegerNetwork) -> IntegerNetwork:
        projections = [replace(p, **fields) if p.name == name else p for p in n.projections]
        return replace(n, projections=tuple(projections))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda n: replace(n, inputs=(*n.inputs, replace(n.inputs[0], name="z"))), "2 inputs"),
        (lambda n: replace(n, outputs=()), "0 outputs"),
        (lambda n: replace(n, outputs=(replace(n.outputs[0], source="x"),)), "sends out"),
        (without("m"), "no projection cells -> y"),
        (changed("y0", delay=2), "2 ticks"),
        (changed("m", delay=1), "1 ticks"),
        (changed("m", connectivity=Dense(np.full((5, 6), 200, np.int32))), "9 bits"),
        (
            lambda n: replace(
                n,
                projections=(
                    *n.projections,
                    replace(
                        n.projections[0],
                        name="loop",
                        source="cells",
                        target="cells",
                        port="p0",
                        connectivity=OneToOne(np.ones(6, np.int32), 6),
                        delay=1,
                    ),
                ),
            ),
            "no part of",
        ),
    ],
)
def test_networks_of_another_form(
    change: Callable[[IntegerNetwork], IntegerNetwork], said: str
) -> None:
    with pytest.raises(SomacError) as raised:
        emit(change(small()), Geometry(2, 1, 8, 4, 8))
    assert {d.code for d in raised.value.diagnostics} == {"E0670"}
    assert said in str(raised.value)


def test_more_lanes_than_cells_and_sizes_that_are_none() -> None:
    with pytest.raises(SomacError, match="at least 6") as raised:
        emit(small(), Geometry(6, 1, 8, 4, 8))
    assert raised.value.diagnostics[0].code == "E0670"
    with pytest.raises(SomacError, match="depth of 0") as raised:
        Geometry(depth=0)
    assert raised.value.diagnostics[0].code == "E0670"


def test_synapses_that_add_up_to_too_much() -> None:
    rng = np.random.default_rng(2)
    network = engine_network(rng, 4, 6, 5, ports=1)
    twice = next(p for p in network.projections if p.name == "m")
    there = np.zeros(2, np.int64)
    from somac.ir.connectivity import Sparse

    weights = Sparse.from_coordinates(there, there, np.full(2, 100, np.int32), None, (6, 5))
    network = changed(twice.name, connectivity=weights)(network)
    with pytest.raises(SomacError, match="add up") as raised:
        emit(network, Geometry(2, 1, 8, 4, 8))
    assert raised.value.diagnostics[0].code == "E0670"


def test_the_description_names_the_parts_of_the_model() -> None:
    emitted = reduced(9, 4, 2, 4)
    described = emitted.program.json("design.json")
    assert [m["projection"] for m in described["matrices"]][-1] == "W_ym"
    assert described["cells"]["ports"] == ["i", "f", "g", "o"]
    top = emitted.program.files["rtl/lstmp_core.sv"].decode()
    assert "W_ir: 32 columns of y for i" in top
    assert "out   y: 32 values" in top


def test_cells_that_read_themselves() -> None:
    """Without a projection: the outputs hand on what the cells send, by a weight of 1 in a row."""
    network = engine_network(np.random.default_rng(5), 4, 9, 0, ports=2, projected=False)
    emitted = emit(network, Geometry(3, 2, 4, 2, 8))
    assert emitted.structure.handed_on
    *_, last = emitted.program.json("design.json")["matrices"]
    assert (last["projection"], last["columns"]) == (None, 9)
    x = stimulus(np.random.default_rng(6), network, 2, 5)
    run = emulated(emitted, x)
    assert_golden(run, network, x)
    assert_cycles(run, predicted(emitted, 5))
    assert len(np.unique(run.outputs)) > 5


def test_every_reason_at_once_and_what_to_do() -> None:
    network = changed("y0", delay=2)(without("m")(small()))
    with pytest.raises(SomacError) as raised:
        emit(network, Geometry(2, 1, 8, 4, 8))
    assert len(raised.value.diagnostics) == 2
    assert all("--circuit engines" in str(d.hint) for d in raised.value.diagnostics)
