"""`somac verify` of bundles for an FPGA: a simulator that is there, every signal and cycle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Somac = Callable[..., Result]

MODEL = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes

population hidden[4]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)

projection x -> hidden: dense([[1, 0, 1], [0, 1, 1], [1, 1, 0], [-1, 1, 1]])

output hidden
"""


@pytest.fixture
def bundle(somac: Somac, tmp_path: Path) -> Path:
    (tmp_path / "small.snn").write_text(MODEL)
    somac("compile", tmp_path / "small.snn", "-o", tmp_path / "out", "--target", "icebreaker")
    return tmp_path / "out"


def test_systemverilog_is_simulated(somac: Somac, bundle: Path, verilator: None) -> None:
    done = somac("verify", bundle)
    assert "\nverilator  SystemVerilog in Verilator: 3,200 values compared, 0 mism" in done.stdout
    assert "cycles compared, 0 differ from those of the emulator" in done.stdout
    assert "clock cycles simulated" in done.stdout
    assert done.stderr == "somac: check\nsomac: build\nsomac: emulate\n"


def test_the_next_simulator_where_one_is_missing(
    somac: Somac, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, iverilog: None
) -> None:
    """A note says what the others lack; one that is asked for must be there."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("iverilog", "vvp"):
        (programs / name).symlink_to(shutil.which(name) or name)
    # iverilog starts its parts by a shell
    monkeypatch.setenv("PATH", str(programs))
    done = somac("verify", bundle, "--samples", "2")
    assert "note[E0840]: verilator is not on this machine" in done.stderr
    assert done.stderr.count("note[E0840]: g++ is not on this machine") == 1
    assert "\niverilog  SystemVerilog in Icarus Verilog: 800 values compared, 0 mis" in done.stdout
    done = somac("verify", bundle, "--machine", "verilator", exit_code=2)
    assert "error[E0840]: verilator is not on this machine" in done.stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    done = somac("verify", bundle)
    assert "note[E0840]: iverilog is not on this machine" in done.stderr
    assert "SystemVerilog" not in done.stdout
    assert somac("verify", bundle, "--machine", "none", "-q").stderr == ""


def test_what_a_machine_found_as_data(somac: Somac, bundle: Path, iverilog: None) -> None:
    done = somac("verify", bundle, "--machine", "iverilog", "--samples", "2", "--json")
    (machine,) = json.loads(done.stdout)["result"]["machines"]
    assert machine["mismatches"] == machine["mismatching_cycles"] == 0
    assert (machine["name"], machine["values"]) == ("iverilog", 800)
    # in each of 100 steps a beat in, a group or more, and a beat out or more
    assert machine["cycles"] in range(300, 901, 100)
    assert machine["figures"]["clock cycles simulated"] > 300
    done = somac("verify", bundle, "--cortex-m4", exit_code=2)
    assert "error[E0844]: the backend fpga has no machine 'cortex-m4'" in done.stderr
