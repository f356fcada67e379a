"""The RTL of the sparse engine in simulators: the bits and the cycles of the emulator."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benches import bench
from ese_cases import engine_network, engines, stimulus
from fpga_cases import written
from hypothesis import given, settings
from testbenches import make, passed

from somac.backends.fpga import create
from somac.backends.fpga.emit.testbench import stimuli
from somac.backends.fpga.ese.description import read_description
from somac.backends.fpga.ese.emit import Emitted, emit
from somac.backends.fpga.ese.emulator.emulator import EseEmulator
from somac.backends.fpga.ese.machines import EseRtl, design_of
from somac.backends.fpga.ese.structure import Geometry
from somac.backends.fpga.ese.verify import verify
from somac.backends.fpga.simulators.design import Design
from somac.backends.fpga.simulators.simulation import SimulatorName, open_simulation
from somac.compiler.agreement import Agreement, agreements
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork

ESE = bench("ese")


def lstm(seed: int, lanes: int, channels: int, depth: int) -> Emitted:
    network = ESE.lstmp(24, 64, 32, density=0.15, seed=seed)
    x = ESE.sequences(24, channels, 4, seed)
    return emit(ESE.integers(network, x, 0.15, lanes), Geometry(lanes, channels, depth))


def small(seed: int, **options: object) -> Emitted:
    rng = np.random.default_rng(seed)
    network = engine_network(rng, 5, 11, 7, **options)  # type: ignore[arg-type]
    return emit(network, Geometry(3, 2, 2, 1, 8))


def raw(emitted: Emitted, seed: int, samples: int, steps: int) -> np.ndarray:
    """Raw inputs (samples, steps, inputs); a group of channels is seldom full."""
    return stimulus(np.random.default_rng(seed), emitted.structure.network, samples, steps)


def agrees(
    emitted: Emitted, x: np.ndarray, name: SimulatorName, design: Design | None = None
) -> Agreement:
    """The SystemVerilog against the golden model, and the emulator: samples (samples, ...)."""
    d, network = read_description(emitted.program), emitted.structure.network
    signs = dict.fromkeys(
        (f"{n}.{s.name}" for n, p in d.populations().items() for s in p.states), True
    )
    with open_simulation(design or design_of(emitted.program), name) as simulation:
        running = EseRtl(d, signs, simulation)
        emulator = EseEmulator(emitted.program)
        emulated, ran = agreements([emulator, running], network, {d.input.name: x})
    assert emulated.differing == 0
    assert ran.differing == 0
    return ran


def check(emitted: Emitted, x: np.ndarray, name: SimulatorName) -> None:
    ran = agrees(emitted, x, name)
    assert ran.cycles
    assert ran.mistimed == 0


@pytest.mark.parametrize(
    ("seed", "lanes", "channels", "depth"), [(1, 8, 2, 8), (2, 8, 4, 1), (3, 5, 3, 3)]
)
def test_an_lstm_in_verilator(
    verilator: None, seed: int, lanes: int, channels: int, depth: int
) -> None:
    emitted = lstm(seed, lanes, channels, depth)
    check(emitted, raw(emitted, seed, 3, 5), "verilator")


@pytest.mark.parametrize("seed", range(3))
def test_an_lstm_in_icarus(iverilog: None, seed: int) -> None:
    emitted = lstm(seed, 8, 2, 2 + 3 * seed)
    check(emitted, raw(emitted, seed, 2, 3), "iverilog")


@pytest.mark.parametrize(
    "options",
    [
        {"ports": 1, "states": 0, "output_states": 0},
        {"ports": 3, "states": 2, "output_states": 1, "density": 0.05},
        {"ports": 2, "counted": True, "density": 1.0},
        {"density": 0.0},
        {"ports": 2, "states": 2, "projected": False},
        {"counted": True, "projected": False},
    ],
)
def test_other_forms(iverilog: None, options: dict[str, object]) -> None:
    emitted = small(1, **options)
    check(emitted, raw(emitted, 1, 2, 4), "iverilog")


@settings(max_examples=10)
@given(engines())
def test_random_engines_in_icarus(
    iverilog: None, case: tuple[IntegerNetwork, Geometry, np.ndarray]
) -> None:
    network, geometry, x = case
    check(emit(network, geometry), x, "iverilog")


def test_as_yosys_reads_it(cxxrtl: None) -> None:
    emitted = small(2, ports=2, states=1)
    check(emitted, raw(emitted, 2, 2, 3), "cxxrtl")


def test_one_lane_one_cell(iverilog: None) -> None:
    network = engine_network(np.random.default_rng(3), 1, 1, 1, ports=1, density=1.0)
    emitted = emit(network, Geometry(1, 1, 1, 1, 8))
    check(emitted, raw(emitted, 3, 2, 3), "iverilog")


STALLS = """
// streams that pause at random: what comes out must be the same
module sim (
    input  logic clk, rst,
    input  logic [0:0] in_valid, output logic [0:0] in_ready, input logic [{vector}:0] in_data,
    output logic [0:0] out_valid, input logic [0:0] out_ready, output logic [{vector}:0] out_data,
    output logic [0:0] out_last,
    output logic [1:0] probe_valid, output logic [{probes}:0] probe_data
);
    logic [15:0] noise;
    always_ff @(posedge clk)
        if (rst) noise <= 16'h{seed:04x};
        else noise <= {{noise[14:0], noise[15] ^ noise[13] ^ noise[12] ^ noise[10]}};
    wire give = noise[3:0] {give};
    wire take = noise[7:4] {take};
    logic inner_ready, inner_valid;
    plain inner (
        .clk(clk), .rst(rst), .in_valid(in_valid && give), .in_ready(inner_ready),
        .in_data(in_data), .out_valid(inner_valid), .out_ready(out_ready && take),
        .out_data(out_data), .out_last(out_last),
        .probe_valid(probe_valid), .probe_data(probe_data)
    );
    assign in_ready = inner_ready && give;
    assign out_valid = inner_valid && take;
endmodule
"""


@pytest.mark.parametrize(
    ("give", "take"), [("< 4'd3", "< 4'd12"), ("< 4'd14", "== 4'd0"), ("== 4'd1", "== 4'd2")]
)
def test_pauses_change_no_bit(iverilog: None, give: str, take: str) -> None:
    emitted = small(4, ports=2, density=0.2)
    design = design_of(emitted.program)
    text = STALLS.format(
        vector=design.input_bits - 1,
        probes=design.probes * design.probe_bits - 1,
        seed=0xACE1,
        give=give,
        take=take,
    )
    plain = design.sources["sim.sv"].replace(b"module sim (", b"module plain (")
    slow = replace(design, sources={**design.sources, "sim.sv": text.encode(), "plain.sv": plain})
    agrees(emitted, raw(emitted, 4, 2, 6), "iverilog", slow)


def test_verilator_has_nothing_to_say(verilator: None, tmp_path: Path) -> None:
    for emitted in (
        lstm(5, 8, 2, 8),
        small(5, ports=1, states=0),
        small(6, counted=True),
        small(7, projected=False),
    ):
        design = design_of(emitted.program)
        for name, content in {**design.sources, **design.images}.items():
            (tmp_path / name).write_bytes(content)
        for top in ("sim", emitted.top):
            command = ["verilator", "--lint-only", "-Wall", "--top-module", top]
            done = subprocess.run(
                [*command, *sorted(design.sources)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")


def test_the_testbench_of_a_bundle(iverilog: None, tmp_path: Path) -> None:
    """It passes whatever the streams do, in the cycle that is foretold, and fails if damaged."""
    for projected in (True, False):
        emitted = small(8, ports=2, projected=projected)
        bundle = written(emitted.program, tmp_path / f"bundle{projected}")
        beats, last = passed(make(bundle, "iverilog"))
        d, network = read_description(emitted.program), emitted.structure.network
        given = stimuli(network.inputs, 64, d.channels)
        run = EseEmulator(emitted.program).run(given)
        left = run.cycles[f"output {d.output.name}"]
        assert (beats, last) == (left[0].size, left.max())
        passed(make(bundle, "iverilog", "+gaps=50", "+stalls=60", "+seed=3"))
    (first,) = (name for name in emitted.program.files if name.startswith("tb/expected_"))
    content = emitted.program.files[first]
    wrong = {**emitted.program.files, first: content[:-2] + b"%x\n" % (int(content[-2:-1], 16) ^ 1)}
    code, text = make(
        written(replace(emitted.program, files=wrong), tmp_path / "wrong"), "iverilog"
    )
    assert code != 0
    assert "FAIL: 1 of" in text


@pytest.mark.parametrize("name", ["", "module", "multiplier", "ese_lane", "a\nb", "sim", "reg!"])
def test_names_of_the_language_and_of_parts(iverilog: None, name: str) -> None:
    """A model may call itself, its input and its output whatever it likes."""
    network = engine_network(np.random.default_rng(9), 3, 5, 4, ports=1)
    (x,), (output,) = network.inputs, network.outputs
    other = name or "x"
    projections = [
        replace(p, source=other if p.source == "x" else p.source) for p in network.projections
    ]
    called = replace(
        network,
        name=name,
        inputs=(replace(x, name=other),),
        projections=tuple(projections),
        outputs=(replace(output, name=f"{other}!"),),
    )
    emitted = emit(called, Geometry(2, 2, 2, 2, 8), "t")
    assert list(verify(emitted.program, called)) == []
    check(emitted, raw(emitted, 9, 3, 2), "iverilog")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (".write_data(write_data)", ".write_data(write_data ^ 1'b1)", "is not what its update"),
        ("out_last <= sent == LAST", "out_last <= 1'b0", "steps that end elsewhere"),
    ],
)
def test_a_stream_that_is_wrong(iverilog: None, old: str, new: str, said: str) -> None:
    emitted = small(10)
    name = "rtl/ese_output.sv"
    text = emitted.program.files[name].decode()
    assert old in text
    files = {**emitted.program.files, name: text.replace(old, new).encode()}
    machine = next(m for m in create().machines() if m.name == "iverilog")
    damaged = replace(emitted.program, files=files)
    with pytest.raises(SomacError, match=said) as raised, machine.open(damaged) as running:
        running.run({"x": raw(emitted, 10, 3, 2)})
    assert raised.value.diagnostics[0].code == "E0855"


def test_what_a_machine_refuses(iverilog: None) -> None:
    emitted = small(11)
    machine = next(m for m in create().machines() if m.name == "iverilog")
    x = raw(emitted, 11, 3, 2)
    with machine.open(emitted.program) as running:
        assert running.figures["clock cycles simulated"] == 0
        seen = running.run({"x": x}, record=["x", "cells"], record_states=["cells"])
        np.testing.assert_array_equal(seen.signals["x"], x)
        assert running.figures["clock cycles simulated"] == seen.counts["cycles"]
        for record in ({"record": ["z"]}, {"record_states": ["x"]}, {"record_weights": ["m"]}):
            with pytest.raises(SomacError) as raised:
                running.run({"x": x}, **record)
            assert raised.value.diagnostics[0].code == "E0716"
        with pytest.raises(SomacError) as raised:
            running.run({"x": x[:, :, 1:]})
        assert raised.value.diagnostics[0].code == "E0715"
    files = {**emitted.program.files, "datapaths/cells.datapath": b"datapath x\n"}
    with pytest.raises(SomacError) as raised, machine.open(replace(emitted.program, files=files)):
        pass
    assert raised.value.diagnostics[0].code == "E0713"
