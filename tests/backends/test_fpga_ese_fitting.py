"""The size of a sparse engine for a part, and what is said of it: area, cycles, balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benches import bench
from ese_cases import engine_network

from somac.backends.api import Guidance, Value
from somac.backends.fpga import INFO, create
from somac.backends.fpga.ese.area import area_of
from somac.backends.fpga.ese.cost import costs, work_in
from somac.backends.fpga.ese.description import read_description
from somac.backends.fpga.ese.emit import emit
from somac.backends.fpga.ese.emulator.emulator import EseEmulator
from somac.backends.fpga.ese.fitting import geometry_for, require_room
from somac.backends.fpga.ese.schedule import predict
from somac.backends.fpga.ese.structure import Geometry
from somac.backends.fpga.synthesis import synthesise
from somac.backends.fpga.synthesis.bundle import circuit_of
from somac.compiler.pipeline import CompileOptions, compile_integer
from somac.compiler.targets import find_target
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping, Proof, Slice
from somac.ir.program import Program
from somac.ir.target import Target

ESE = bench("ese")
SPARSE: dict[str, Value] = {"circuit": "sparse"}


@pytest.fixture(scope="module")
def lstm() -> IntegerNetwork:
    network = ESE.lstmp(24, 64, 32, density=0.15, seed=1)
    found: IntegerNetwork = ESE.integers(network, ESE.sequences(24, 4, 4), 0.15, 8)
    return found


@pytest.fixture(scope="module")
def target() -> Target:
    return find_target("xcku060")


def chosen(network: IntegerNetwork, target: Target, **options: Value) -> Geometry:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    guidance = Guidance(options=INFO.chosen({**SPARSE, **given}))
    require_room(network, target, guidance)
    return geometry_for(network, target, guidance)


def test_what_is_asked_for_is_kept_to(lstm: IntegerNetwork, target: Target) -> None:
    found = chosen(lstm, target, lanes=8, channels=3, queue_columns=5)
    # weights of 12 bits, and eight rows in a lane
    assert found == Geometry(8, 3, 5, 3, 12)


def test_the_most_steps_that_a_share_allows(lstm: IntegerNetwork, target: Target) -> None:
    usual = chosen(lstm, target)
    small = chosen(lstm, target, fit=5)
    assert usual.channels * usual.lanes > small.channels * small.lanes
    eight = chosen(lstm, target, lanes=8)
    assert eight.lanes == 8
    assert 1 < eight.channels <= 32


def test_queues_as_long_as_they_need_be(lstm: IntegerNetwork, target: Target) -> None:
    """Within 2 % of the cycles of longer ones; half as long they would not be."""
    found = chosen(lstm, target, lanes=8, channels=1)
    work = emit(lstm, found).work
    longest = predict(work, 32, 3).period
    assert predict(work, found.depth, 3).period <= 1.02 * longest
    assert predict(work, found.depth // 2, 3).period > 1.02 * longest


def test_as_small_as_is_fast_enough(lstm: IntegerNetwork, target: Target) -> None:
    found = chosen(lstm, target, latency_us=8)
    assert found.lanes < chosen(lstm, target).lanes or found.channels == 1
    made = compile_integer(
        lstm, target, CompileOptions(options={**SPARSE, "latency-us": 8})
    ).program
    amounts = costs(made, {"quiet": {}})["quiet"].amounts
    assert amounts["latency_us"].value <= 8
    with pytest.raises(SomacError, match="no sparse engine is fast enough") as raised:
        chosen(lstm, target, latency_us=0.1)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "E0664"
    assert "us at best" in str(diagnostic.have)


def test_a_part_that_is_too_small(lstm: IntegerNetwork) -> None:
    small = find_target("icebreaker")
    with pytest.raises(SomacError) as raised:
        chosen(lstm, small, lanes=8, channels=32)
    assert {d.code for d in raised.value.diagnostics} == {"E0663"}
    text = str(raised.value)
    assert "not enough bram, for a sparse engine with 8 lanes and 32 channels" in text
    assert "fewer --lanes" in text
    assert "fewer --channels" in text
    hint = raised.value.diagnostics[0].hint
    assert "--prune" in str(hint)


def test_more_lanes_than_cells(lstm: IntegerNetwork, target: Target) -> None:
    with pytest.raises(SomacError, match="at least 64") as raised:
        chosen(lstm, target, lanes=64)
    assert raised.value.diagnostics[0].code == "E0670"
    for option in ({"lanes": 1000}, {"channels": 2000}, {"queue_columns": 5000}):
        with pytest.raises(SomacError) as raised:
            chosen(lstm, target, **option)
        assert raised.value.diagnostics[0].code == "E0670"


def test_without_a_part_the_usual_size(lstm: IntegerNetwork, target: Target) -> None:
    found = chosen(lstm, replace(target, part=None))
    assert (found.lanes, found.channels) == (32, 32)
    assert chosen(small(), replace(target, part=None)).lanes == 5


def test_logic_counts_too() -> None:
    """Memories are there, multipliers are made of logic."""
    with pytest.raises(SomacError) as raised:
        chosen(small(), find_target("icebreaker"), lanes=5, channels=3, fit=100)
    found = {str(d).partition(" has not enough ")[2][:3] for d in raised.value.diagnostics}
    assert {"lut", "ff,"} == found
    assert "--fit" not in str(raised.value)


def small(**options: object) -> IntegerNetwork:
    return engine_network(np.random.default_rng(1), 4, 6, 5, ports=1, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("projected", [True, False])
def test_costs_are_those_of_the_emulator(target: Target, projected: bool) -> None:
    network = small(projected=projected)
    program = compile_integer(
        network, target, CompileOptions(options={**SPARSE, "lanes": 2, "channels": 3})
    ).program
    steps = 6
    run = EseEmulator(program).run({"x": np.zeros((4, steps, 4), np.int64)})
    left = run.cycles["output out"]
    found = costs(program, {"quiet": {}, "worst": {}})
    assert set(found) == {"quiet", "worst"}
    amounts = found["quiet"].amounts
    assert amounts["interval_cycles"].value == left[0, -1, 0] - left[0, -2, 0]
    assert amounts["latency_cycles"].value == left[0, 0, -1] + 1
    assert amounts["sample_us"].value == pytest.approx(amounts["interval_us"].value / 3, rel=1e-5)
    assert found["quiet"].cycles == tuple(
        work_in(program, read_description(program)).entries.sum(axis=1).tolist()
    )
    assert run.per_core["entries"].tolist() == [int(c) * steps * 2 for c in found["quiet"].cycles]
    bare = {n: c for n, c in program.files.items() if n != "costs.json"}
    assert costs(replace(program, files=bare), {"quiet": {}}) == {}


def damaged(program: Program, name: str, content: bytes | None) -> Program:
    files = {n: c for n, c in program.files.items() if n != name}
    return replace(program, files=files if content is None else {**files, name: content})


def test_costs_of_damaged_bundles(target: Target) -> None:
    program = compile_integer(small(), target, CompileOptions(options=SPARSE)).program
    name = "mem/pointers_000.mem"
    for content, code in ((None, "E0703"), (b"xyz\n", "E0711"), (b"1\n", "E0711")):
        with pytest.raises(SomacError) as raised:
            costs(damaged(program, name, content), {"quiet": {}})
        assert raised.value.diagnostics[0].code == code


def test_the_report_says_balance_and_cycles(lstm: IntegerNetwork, target: Target) -> None:
    options = CompileOptions(options={**SPARSE, "lanes": 8, "channels": 2})
    program = compile_integer(lstm, target, options).program
    report = program.json("report.json")
    assert report["total"]["lanes"] == 8
    assert report["total"]["matrices"] == 9
    remarks = report["remarks"]
    assert "8 lanes, 2 samples side by side" in remarks["sparse engine"]
    assert "cycles" in remarks["a step"]
    assert "balance of all" in remarks["a step"]
    assert "entries for gaps, balance" in remarks["matrix W_ym"]
    assert "lanes" not in remarks
    options = CompileOptions(options={**SPARSE, "lanes": 13, "channels": 1})
    report = compile_integer(lstm, target, options).program.json("report.json")
    assert "--prune-lanes 13" in report["remarks"]["lanes"]
    assert "dsp" in remarks["area"]
    assert "vivado.tcl" in " ".join(program.files)


def test_a_network_whose_cells_stand_elsewhere(target: Target) -> None:
    """Lanes are dealt in the order of the model, whatever order the mapping has."""
    network = small()
    order = {"cells": np.array([3, 1, 5, 0, 2, 4]), "y": np.array([4, 3, 2, 1, 0])}
    from somac.ir.arrange import arranged

    laid_out = arranged(network, order)
    slices = [Slice("x", 0, 4, None), Slice("cells", 0, 6, 0), Slice("y", 0, 5, 1)]
    mapping = Mapping(
        laid_out.digest(),
        target.digest(),
        tuple(slices),
        (),
        Proof(0, 0, "optimal", "none"),
        {},
        order=order,
    )
    guidance = Guidance(options={**SPARSE, "lanes": 2, "channels": 1})
    program = create().emit(laid_out, mapping, target, guidance)
    assert list(create().verify(program, network)) == []


def test_samples_beside_each_other(target: Target) -> None:
    """Any number of samples, signals and states of all populations; what is not there is told."""
    network = small(output_states=1)
    program = emit(network, Geometry(2, 3, 2, 2, 8)).program
    emulator = EseEmulator(program)
    rng = np.random.default_rng(8)
    x = rng.integers(-100, 100, (7, 3, 4))
    whole = emulator.run({"x": x}, record=["x", "cells", "y"], record_states=["cells", "y"])
    assert whole.outputs["out"].shape == (7, 3, 5)
    for sample in range(7):
        alone = emulator.run({"x": x[sample : sample + 1]}, record=["cells"], record_states=["y"])
        np.testing.assert_array_equal(alone.outputs["out"][0], whole.outputs["out"][sample])
        np.testing.assert_array_equal(alone.signals["cells"][0], whole.signals["cells"][sample])
        for name, values in alone.states["y"].items():
            np.testing.assert_array_equal(values[0], whole.states["y"][name][sample])
    assert whole.sent["x"].tolist() == (x != 0).sum(axis=(0, 1)).tolist()
    assert emulator.run({"x": x[:0]}).outputs["out"].shape == (0, 3, 5)
    assert emulator.run({"x": x[:, :0]}).outputs["out"].shape == (7, 0, 5)
    for record in ({"record": ["z"]}, {"record_states": ["x"]}, {"record_weights": ["m"]}):
        with pytest.raises(SomacError) as raised:
            emulator.run({"x": x}, **record)
        assert raised.value.diagnostics[0].code == "E0716"
    with pytest.raises(SomacError) as raised:
        emulator.run({"x": x + 5000})
    assert raised.value.diagnostics[0].code == "E0715"


def test_what_yosys_counts(yosys: None, target: Target) -> None:
    """Multipliers exactly, memories of logic nearly; logic is estimated roughly."""
    network = ESE.lstmp(12, 32, 16, density=0.2, seed=1)
    integers = ESE.integers(network, ESE.sequences(12, 2, 3), 0.2, 2)
    emitted = emit(integers, Geometry(2, 1, 8, 4, 12))
    entries = max(len(w) for w in emitted.encoded.weights)
    part = target.part
    assert part is not None
    made = area_of(emitted.structure, emitted.geometry, emitted.updates, entries, part)
    used = synthesise(circuit_of(emitted.program, emitted.top), part, "area").used
    assert made["dsp"] == used["dsp"]
    assert made["lutram"] == pytest.approx(used["lutram"], rel=0.25)
    assert used["bram"] <= made["bram"]
    for pool in ("ff", "lut"):
        assert 0.5 * used[pool] < made[pool] < 1.2 * used[pool]
