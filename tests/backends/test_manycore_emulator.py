"""The many-core emulator against the golden model: signals and states, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.api import Emulation
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.emulator.fast import FastEngine, Limits
from somac.backends.manycore.emulator.plain import PlainEngine
from somac.backends.manycore.emulator.recorder import Recorder
from somac.backends.manycore.emulator.run import Engine, EngineName, ManycoreEmulator
from somac.backends.manycore.emulator.statistics import gather
from somac.backends.manycore.emulator.wiring import wire
from somac.backends.manycore.options import UseOfArrays
from somac.ir.connectivity import Dense
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.simulate import golden
from somac.ir.target import Target


def assert_equal_to_golden(
    program: Program, network: IntegerNetwork, inputs: dict[str, Any]
) -> None:
    names = [p.name for p in network.populations]
    expected = golden(network, inputs, record=names, record_states=names)
    runs = []
    for engine in ENGINES:
        emulator = ManycoreEmulator(program, engine=engine)
        runs.append(seen := emulator.run(inputs, record=names, record_states=names))
        for output in network.outputs:
            np.testing.assert_array_equal(seen.outputs[output.name], expected.signals[output.name])
        for name in names:
            np.testing.assert_array_equal(seen.signals[name], expected.signals[name])
            assert set(seen.states[name]) == set(expected.states[name])
            for state, values in expected.states[name].items():
                np.testing.assert_array_equal(seen.states[name][state], values)
    assert_equal_statistics(*runs)


def assert_equal_statistics(a: Emulation, b: Emulation) -> None:
    assert a.counts == b.counts
    kinds = {"updates", "packets", "synaptic_events", "words", "mac_passes", "mac_products"}
    assert set(a.per_core) == set(b.per_core) == kinds
    for name, values in a.per_core.items():
        np.testing.assert_array_equal(values, b.per_core[name])
    assert a.counts["synaptic_events"] == a.per_core["synaptic_events"].sum()
    assert a.counts["deliveries"] == a.per_core["packets"].sum()


ENGINES: tuple[EngineName, ...] = ("plain", "fast")
every_engine = pytest.mark.parametrize("engine", ENGINES)


@given(data=st.data())
@settings(max_examples=60)
def test_emulator_equals_golden(
    data: st.DataObject,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    random_inputs: Callable[..., dict[str, Any]],
    uses_of_arrays: st.SearchStrategy[UseOfArrays],
) -> None:
    chips = data.draw(st.sampled_from([(1, 1), (3, 2)]))
    max_delay = data.draw(st.sampled_from([1, 9, 40, 127]))
    target = make_target(chips=chips, max_delay=max_delay, array=True)
    network = data.draw(random_networks(target.capabilities.max_delay))
    moved = [p for p in network.populations if data.draw(st.booleans())]
    order = {p.name: np.array(data.draw(st.permutations(range(p.size)))) for p in moved}
    largest = data.draw(st.sampled_from([3, 100]))
    arrays = data.draw(uses_of_arrays)
    program = plain_program(
        network, target, order=order, arrays=arrays, largest=largest, spread=True
    )
    assert not ManycoreBackend().verify(program, network)
    assert_equal_to_golden(program, network, random_inputs(data.draw, network, 2, 8))


def test_example_equals_golden(
    example: IntegerNetwork, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    assert_equal_to_golden(example_program, example, busy_inputs)
    counts = ManycoreBackend().emulator(example_program).run(busy_inputs).counts
    # a test of silence would prove nothing
    assert counts["spikes"] > 300
    assert counts["synaptic_events"] > 5000
    assert counts["link_crossings"] > counts["packets"]


def test_batches_of_samples_do_not_matter(
    example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    """Side by side in NumPy, in threads, or one after the other in batches and chunks of ticks."""
    wiring, synapses = wire(example_program)
    whole = ManycoreEmulator(example_program, engine="plain").run(busy_inputs, record=["cuba"])

    def check(engine: Engine) -> None:
        recorder = Recorder(wiring, ["cuba"], [], [], busy_inputs)
        sent = engine.run(busy_inputs, recorder)
        seen = recorder.emulation({}, {}, {})
        np.testing.assert_array_equal(whole.outputs["out"], seen.outputs["out"])
        np.testing.assert_array_equal(whole.signals["cuba"], seen.signals["cuba"])
        assert (
            int((gather(wiring, synapses).costs["packets"] * sent).sum())
            == (whole.counts["packets"])
        )

    check(PlainEngine(wiring, synapses, batch=1))
    for threads in (1, 2, 5):
        for batch in (1, 1 << 20):
            for chunk in (1, 7):
                check(
                    FastEngine(
                        wiring, synapses, Limits(threads, batch, first_chunk=chunk, parallel=0)
                    )
                )


@every_engine
def test_a_run_leaves_no_trace(
    example_program: Program, busy_inputs: dict[str, Any], engine: EngineName
) -> None:
    emulator = ManycoreEmulator(example_program, engine=engine)
    first, second = (emulator.run(busy_inputs).outputs["out"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


@every_engine
@pytest.mark.parametrize(("samples", "steps"), [(0, 4), (2, 0), (1, 1)])
def test_few_samples_or_steps(
    example_program: Program, samples: int, steps: int, engine: EngineName
) -> None:
    inputs = {
        "spikes": np.ones((samples, steps, 900), np.int64),
        "counts": np.ones((samples, steps, 5), np.uint8),
    }
    seen = ManycoreEmulator(example_program, engine=engine).run(inputs, record=["lif"])
    assert seen.outputs["out"].shape == (samples, steps, 6)
    assert seen.signals["lif"].shape == (samples, steps, 40)


def one_projection(weights: Any, *, numbers: bool) -> IntegerNetwork:
    """An input, a dense projection, and a population that sends all that arrives."""
    wide = Format(32, 32)
    datapath = Datapath("relay", (Instruction("input", wide, name="x"),), {}, 0, "value")
    rows = np.asarray(weights, np.int32)
    source = IntegerInput(
        "in", (rows.shape[1],), "value" if numbers else "spike", wide if numbers else BOOL
    )
    return IntegerNetwork(
        "one",
        1.0,
        (source,),
        (IntegerPopulation("p", (len(rows),), datapath, {}, {}, start=1),),
        (IntegerProjection("w", "in", "p", "x", Dense(rows), 1),),
        (Output("out", "p"),),
    )


@every_engine
@pytest.mark.parametrize("cells", [3, 80])
def test_accumulators_wrap(
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    cells: int,
    engine: EngineName,
) -> None:
    """Products beyond 2**53, where a float would be wrong: in a matrix and in rows."""
    weights = np.full((cells, cells), 65535)
    network = one_projection(weights, numbers=True)
    program = plain_program(network, make_target())
    inputs = {"in": np.full((1, 3, cells), (1 << 31) - 1)}
    seen = ManycoreEmulator(program, engine=engine).run(inputs).outputs["out"]
    exact = cells * 65535 * ((1 << 31) - 1)
    np.testing.assert_array_equal(
        seen, np.full_like(seen, (exact + (1 << 31)) % (1 << 32) - (1 << 31))
    )


@every_engine
@pytest.mark.parametrize("cells", [3, 80])
def test_a_number_can_be_minus_one(
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    cells: int,
    engine: EngineName,
) -> None:
    """Signals of one bit and a sign are no spikes: in a matrix and in rows."""
    network = one_projection(np.eye(cells, dtype=np.int64) * 7, numbers=True)
    (source,) = network.inputs
    network = replace(network, inputs=(replace(source, format=Format(1, 1)),))
    program = plain_program(network, make_target())
    seen = ManycoreEmulator(program, engine=engine).run({"in": np.full((1, 2, cells), -1)})
    np.testing.assert_array_equal(seen.outputs["out"], np.full((1, 2, cells), -7))


def test_numbers_that_no_packet_holds(
    make_target: Callable[..., Target], plain_program: Callable[..., Program]
) -> None:
    """A damaged program could send more than the 32 bits of a payload."""
    program = plain_program(one_projection([[1]], numbers=True), make_target())
    wider = {
        name: content.replace(b"fixed<32,32>", b"fixed<40,40>")
        if name.startswith("programs/")
        else content
        for name, content in program.files.items()
    }
    with pytest.raises(SomacError, match=r"E0713.*more than 32 bits"):
        ManycoreEmulator(Program(program.backend, program.target, wider))


@pytest.mark.parametrize(("density", "most"), [(1.0, 1.5), (0.1, 5.0)])
def test_tables_are_compact(
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    density: float,
    most: float,
) -> None:
    """Bytes per synapse of dense rows, which are blocks, and of sparse ones."""
    rng = np.random.default_rng(3)
    weights = rng.integers(1, 100, (320, 320)) * (rng.random((320, 320)) < density)
    program = plain_program(one_projection(weights, numbers=False), make_target())
    emulator = ManycoreEmulator(program, engine="fast")
    assert emulator.synapses == np.count_nonzero(weights)
    assert emulator.table_bytes < most * emulator.synapses


def test_emulator_takes_nothing_but_the_files(
    example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    """Neither the report, nor anything the compiler adds to a bundle."""
    names = ("report.json",)
    less = Program(
        example_program.backend,
        example_program.target,
        {name: content for name, content in example_program.files.items() if name not in names},
    )
    whole = ManycoreBackend().emulator(example_program).run(busy_inputs)
    np.testing.assert_array_equal(
        ManycoreBackend().emulator(less).run(busy_inputs).outputs["out"], whole.outputs["out"]
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda x: x.pop("counts"), "input counts is missing"),
        (lambda x: x.update(more=x["counts"]), "no input 'more'"),
        (lambda x: x.update(counts=x["counts"][:, :, :4]), "another shape"),
        (lambda x: x.update(counts=x["counts"][0]), "another shape"),
        (lambda x: x.update(counts=x["counts"].astype(float)), "not integer"),
        (lambda x: x.update(counts=x["counts"] + 8), "out of range"),
        (lambda x: x.update(spikes=x["spikes"] * 2), "out of range"),
        (lambda x: x.update(spikes=x["spikes"][:, :3]), "differ in samples or steps"),
    ],
)
def test_wrong_inputs(
    example_program: Program, busy_inputs: dict[str, Any], change: Any, problem: str
) -> None:
    inputs = dict(busy_inputs)
    change(inputs)
    with pytest.raises(SomacError, match="E0715") as caught:
        ManycoreBackend().emulator(example_program).run(inputs)
    assert problem in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_wrong_inputs_at_once(example_program: Program) -> None:
    with pytest.raises(SomacError) as caught:
        ManycoreBackend().emulator(example_program).run({"a": np.zeros(1)})
    assert len(caught.value.diagnostics) == 3


def test_unknown_names(example_program: Program, busy_inputs: dict[str, Any]) -> None:
    emulator = ManycoreBackend().emulator(example_program)
    with pytest.raises(SomacError, match="E0716"):
        emulator.run(busy_inputs, record=["lif", "nobody"])
    with pytest.raises(SomacError, match="E0716"):
        emulator.run(busy_inputs, record_states=["counts"])


def test_inputs_can_be_recorded(example_program: Program, busy_inputs: dict[str, Any]) -> None:
    seen = ManycoreBackend().emulator(example_program).run(busy_inputs, record=["counts"])
    np.testing.assert_array_equal(seen.signals["counts"], busy_inputs["counts"])
