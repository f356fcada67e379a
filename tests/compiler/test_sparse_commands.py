"""The command line with the sparse engine: an LSTM from text to a simulated circuit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from lstm_texts import PLAIN, PROJECTED

import somac as package
from somac.compiler.pipeline import CompileOptions

Somac = Callable[..., Result]
SPARSE = ("--target", "xcku060", "--circuit", "sparse")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    x = np.random.default_rng(0).normal(0, 1, (5, 7, 12)).clip(-4, 4)
    np.savez(tmp_path / "in.npz", x=x)
    return tmp_path / "in.npz"


def model(tmp_path: Path, text: str) -> Path:
    (tmp_path / "lstm.snn").write_text(text)
    return tmp_path / "lstm.snn"


def test_an_lstm_with_projection(somac: Somac, tmp_path: Path, data: Path, iverilog: None) -> None:
    """Compiled, run, verified, inspected: each sees what it sees of any other bundle."""
    out = tmp_path / "out"
    command = ("compile", model(tmp_path, PROJECTED), "-o", out, *SPARSE, "--calibrate", data)
    done = somac(*command, "--prune", "0.25", "--prune-lanes", "4", "--channels", "2")
    assert "4 lanes, 2 samples side by side" in done.stdout
    assert "from a step to the next" in done.stdout
    assert "time of a step of 2 samples at 200 MHz" in done.stdout
    assert "balance of all 100.0 %" in done.stdout
    done = somac("run", out, "--input", data)
    assert "waits_for_values" in done.stdout
    assert "of each of them at 200 MHz" in done.stdout
    done = somac("verify", out, "--input", data, "--machine", "iverilog")
    assert "48 neurons of 2 populations and 9 projections, from the files alone: 0" in done.stdout
    assert "0 mismatching numbers of states and graded signals" in done.stdout
    assert "2,800 values compared, 0 mismatching" in done.stdout
    # 12 inputs, 32 cells, and twice 16 outputs in each step
    assert "2,660 cycles compared, 0 differ from those of the emulator" in done.stdout
    done = somac("inspect", out)
    assert "cells->y.s  16 x 32, 128 weights" in done.stdout


def test_as_data(somac: Somac, tmp_path: Path, data: Path) -> None:
    command = ("compile", model(tmp_path, PROJECTED), "-o", tmp_path / "out", *SPARSE)
    done = somac(*command, "--calibrate", data, "--lanes", "4", "--channels", "3", "--json")
    result = json.loads(done.stdout)["result"]["compiled"]
    assert result["account"]["total"]["lanes"] == 4
    amounts = result["costs"]["expected"]["amounts"]
    cycles, clock = amounts["interval_cycles"]["value"], 200
    assert amounts["interval_us"]["value"] == pytest.approx(cycles / clock, rel=1e-5)
    assert amounts["steps_per_s"]["value"] == pytest.approx(3e6 * clock / cycles, rel=1e-5)
    run = json.loads(somac("run", tmp_path / "out", "--input", data, "--json").stdout)["result"]
    assert run["costs"]["amounts"]["interval_cycles"]["value"] == cycles
    assert run["signals"][0]["total"] != 0


def test_an_lstm_without_projection(
    somac: Somac, tmp_path: Path, data: Path, verilator: None
) -> None:
    out = tmp_path / "out"
    command = ("compile", model(tmp_path, PLAIN), "-o", out, *SPARSE, "--calibrate", data)
    somac(*command, "--lanes", "4", "--channels", "5")
    done = somac("verify", out, "--input", data, "--machine", "verilator")
    assert "24 neurons of 1 population and 8 projections, from the files alone: 0" in done.stdout
    assert "0 mismatching\n" in done.stdout
    assert "cycles compared, 0 differ" in done.stdout


def test_the_same_signals_as_engines(somac: Somac, tmp_path: Path, data: Path) -> None:
    """Both circuits are of one golden network."""
    written = []
    for circuit in ("sparse", "engines"):
        out = tmp_path / circuit
        command = ("compile", model(tmp_path, PROJECTED), "-o", out, "--calibrate", data)
        somac(*command, "--target", "xcku060", "--circuit", circuit, "--prune", "0.2")
        signals = tmp_path / f"{circuit}.npz"
        somac("run", out, "--input", data, "-o", signals)
        written.append(np.load(signals)["y"])
    np.testing.assert_array_equal(*written)
    assert len(np.unique(written[0])) > 100


def test_python(data: Path, tmp_path: Path) -> None:
    """The lanes that are balanced are those of the engine."""
    from somac.compiler.passes.prune import PruneOptions

    options = CompileOptions(prune=PruneOptions(0.3, 8), options={"circuit": "sparse"})
    x = np.load(data)["x"]
    path = model(tmp_path, PROJECTED)
    program = package.compile(path, target="xcku060", options=options, calibrate={"x": x})
    assert program.files.json("design.json")["lanes"] == 8
    assert program.verify() == ()
    agreement = program.agreement(x)
    assert agreement.differing == 0


def test_networks_of_another_form(somac: Somac, tmp_path: Path, repository: Path) -> None:
    """Every reason at once, what to do, and no other part, which would not help."""
    digits = repository / "examples" / "digits" / "digits.nir"
    done = somac("compile", digits, "-o", tmp_path / "out", *SPARSE, exit_code=3)
    assert "error[E0670]" in done.stderr
    assert "--circuit engines runs networks of any form" in done.stderr
    assert "E0607" not in done.stderr
    assert not (tmp_path / "out").exists()
    other = PROJECTED.replace("delay 1 ticks", "delay 2 ticks")
    done = somac("check-model", model(tmp_path, other), *SPARSE, exit_code=3)
    assert done.stderr.count("error[E0670]") == 4
    assert somac("check-model", model(tmp_path, PROJECTED), *SPARSE).exit_code == 0


def test_a_part_that_is_too_small(somac: Somac, tmp_path: Path) -> None:
    command = ("compile", model(tmp_path, PROJECTED), "-o", tmp_path / "out")
    small = ("--target", "icebreaker", "--circuit", "sparse", "--lanes", "16", "--channels", "16")
    done = somac(*command, *small, exit_code=3)
    assert "error[E0663]: the part has not enough bram, for a sparse engine" in done.stderr
    assert "note[E0607]: the smallest target that would do is " in done.stderr


def test_a_latency_that_is_not_reached(somac: Somac, tmp_path: Path) -> None:
    command = ("compile", model(tmp_path, PROJECTED), "-o", tmp_path / "out", *SPARSE)
    done = somac(*command, "--latency-us", "0.1", exit_code=3)
    assert "error[E0664]: no sparse engine is fast enough" in done.stderr


def test_options_of_other_circuits(somac: Somac, tmp_path: Path) -> None:
    command = ("compile", model(tmp_path, PROJECTED), "-o", tmp_path / "out")
    for option in ("--lanes", "--channels"):
        done = somac(*command, "--target", "xcku060", option, "4", exit_code=2)
        assert f"error[E0932]: {option}: only a sparse engine has that" in done.stderr
        assert "have: --circuit engines\n  need: --circuit sparse\n" in done.stderr
    done = somac(*command, "--circuit", "sparse", exit_code=2)
    assert "error[E0931]: the backend manycore has no option --circuit" in done.stderr
    assert "have: --mac\n  need: --circuit\n" in done.stderr
