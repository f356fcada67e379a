"""What crossbars cannot do, end to end: a coded error, and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from somac.ir.program import read_program, write_program

Somac = Callable[..., Result]
Refuse = Callable[..., str]

MODEL = """\
network two:
    dt 1 ms

input x[40]: spikes
population p[30]: LIF(tau = 10 ms, r = 10, v_leak = 0, v_threshold = 1, v_reset = 0)
projection x -> p: dense(uniform(-0.2, 0.5), seed = 1)
output p
"""

LEARNS = "examples/stdp/coincidence.snn"

TARGETS = """\
schema: 1
sources:
  me: What I want to know
arrays:
  crossbar:
    rows: {value: 64, status: assumed, source: me}
    columns: {value: 64, status: assumed, source: me}
    cell_bits: {value: 2, status: assumed, source: me}
    max_slices: {value: 4, status: assumed, source: me}
    polarity: {value: differential, status: assumed, source: me}
    pulse_bits: {value: 1, status: assumed, source: me}
    max_pulses: {value: 8, status: assumed, source: me}
    signs: {value: bipolar, status: assumed, source: me}
    adc_bits: {value: 6, status: assumed, source: me}
    adc_signed: {value: true, status: assumed, source: me}
    g_min_usiemens: {value: 2, status: assumed, source: me}
    g_max_usiemens: {value: 50, status: assumed, source: me}
    figures:
      programming_constant: {value: 0.02, status: assumed, source: me}
      drift_t0_seconds: {value: 20, status: assumed, source: me}
      drift_nu: {value: 0.01, status: assumed, source: me}
      stuck_at_min: {value: 0.001, status: assumed, source: me}
      row_wire_ohm: {value: 0.5, status: assumed, source: me}
targets:
  mine:
    title: Narrow arrays
    backend: crossbar
    chip: crossbar
    board:
      rows: {value: [[0, 0]], status: assumed, source: me}
      link_hops: {value: 1, status: assumed, source: me}
      host_chip: {value: [0, 0], status: assumed, source: me}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "two.snn"
    path.write_text(MODEL)
    return path


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(TARGETS)
    return path


@pytest.fixture
def refuse(somac: Somac, tmp_path: Path) -> Refuse:
    """Compile what cannot be compiled; gives what was said."""

    def run(model: Path, code: str, *more: object, exit_code: int) -> str:
        before = sorted(tmp_path.rglob("*"))
        done = somac("compile", model, "-o", tmp_path / "made" / "out", *more, exit_code=exit_code)
        assert sorted(tmp_path.rglob("*")) == before
        assert done.stdout == ""
        assert f"error[{code}]" in done.stderr
        (more_of_it,) = (line for line in done.stderr.splitlines() if "somac explain" in line)
        assert code in more_of_it
        return done.stderr

    return run


# networks


def test_weights_that_cells_cannot_keep(refuse: Refuse, model: Path) -> None:
    said = refuse(model, "E0667", "--target", "hermes", "--bits", 12, exit_code=3)
    assert "projection x->p.i has weights from -" in said
    assert "have: 1 cell of 7 bits, differential" in said
    assert "need: 11 bits" in said
    assert "help: quantise to fewer bits with --bits" in said


def test_more_arrays_than_the_chip_has(refuse: Refuse, shared: Path) -> None:
    big = shared / "nir" / "l2mu_braille7.nir"
    said = refuse(big, "E0675", "--target", "crossbar-40nm", exit_code=3)
    assert "l2mu_braille7 has 9 blocks of cells and 687 neurons" in said
    assert "have: 1 core, each with an array and 1,024 neurons" in said
    assert "need: 2 cores" in said
    assert "note[E0607]: the smallest target that would do is neurram (48 cores)" in said


def test_a_model_that_learns(refuse: Refuse, repository: Path) -> None:
    said = refuse(repository / LEARNS, "E0662", "--target", "crossbar", exit_code=3)
    assert "learns" in said
    assert "help: --target spinnaker2" in said


def test_converters_with_too_few_bits(
    somac: Somac, model: Path, targets: Path, tmp_path: Path
) -> None:
    """A warning: without data nothing clips, with data it says how much does."""
    mine = ("--target", "mine", "--targets", targets)
    said = somac("compile", model, "-o", tmp_path / "plain", *mine).stderr
    assert "warning[E0665]: projection x->p.i: sums of up to" in said
    assert "steps of up to 3, with which none can be clipped" in said
    assert "have: codes -31 to 31" in said
    assert "calibration data choose finer steps" in said
    data = np.random.default_rng(0).integers(0, 2, (4, 20, 40), dtype=np.uint8)
    np.savez(tmp_path / "in.npz", x=data)
    given = ("--calibrate", tmp_path / "in.npz")
    said = somac("compile", model, "-o", tmp_path / "calibrated", *mine, *given).stderr
    assert "% of conversions clipped" in said
    assert "% in the worst column" in said
    assert "relative RMS error of what is added, on the samples" in said
    # what was rounded is part of the golden model
    for name in ("plain", "calibrated"):
        done = somac("verify", tmp_path / name, "--input", tmp_path / "in.npz")
        assert "0 mismatching" in done.stdout


# descriptions of targets


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("g_min_usiemens: {value: 2", "g_min_usiemens: {value: 60", "E0309", "60 uS, is not below"),
        ("g_min_usiemens: {value: 2", "g_min_usiemens: {value: -2", "E0307", "g_min_usiemens"),
        ("constant: {value: 0.02", "constant: {value: -0.02", "E0681", "have: -1 uS"),
        ("at_min: {value: 0.001", "at_min: {value: 1.5", "E0682", "together 1 or less"),
        ("wire_ohm: {value: 0.5", "wire_ohm: {value: -0.5", "E0688", "row_wire_ohm is negative"),
        ("row_wire_ohm", "row_wires_ohm", "E0686", "did you mean 'row_wire_ohm'?"),
        ("programming_constant", "programing_constant", "E0307", "mean 'programming_constant'?"),
        (
            "drift_t0_seconds: {value: 20",
            "read_constant: {value: 0.01",
            "E0686",
            "lacks the figure drift_t0_seconds",
        ),
        ("adc_bits", "adc_bit", "E0305", "did you mean 'adc_bits'?"),
        ("adc_bits: {value: 6", "adc_bits: {value: 32", "E0307", "need: less than or equal to 31"),
        ("adc_signed: {value: true", "adc_signed: {value: false", "E0309", "signed codes"),
        ("cell_bits: {value: 2", "cell_bits: {value: 8", "E0309", "32 bits of a weight"),
    ],
)
def test_contradictory_devices(
    refuse: Refuse, model: Path, targets: Path, old: str, new: str, code: str, said: str
) -> None:
    """Refused at their line, before anything is read; `somac targets` says the same."""
    assert TARGETS.count(old) == 1
    text = TARGETS.replace(old, new)
    targets.write_text(text)
    told = refuse(model, code, "--target", "mine", "--targets", targets, exit_code=2)
    assert said in told
    line = next(n for n, line in enumerate(text.splitlines(), 1) if new in line)
    if code != "E0309" and "lacks" not in said:
        assert f"{targets}:{line}:" in told
    assert f"{targets}:" in told
    assert told.count(f"error[{code}]") == 1


def test_every_wrong_figure_is_told(refuse: Refuse, model: Path, targets: Path) -> None:
    text = TARGETS.replace("value: 0.02", "value: -0.02").replace("value: 0.001", "value: 2")
    targets.write_text(text.replace("value: 0.5", "value: -0.5"))
    told = refuse(model, "E0681", "--target", "mine", "--targets", targets, exit_code=2)
    assert all(f"error[{code}]" in told for code in ("E0681", "E0682", "E0688"))


def test_targets_says_what_is_wrong_too(somac: Somac, targets: Path) -> None:
    assert "Narrow arrays" in somac("targets", "mine", "--targets", targets).stdout
    targets.write_text(TARGETS.replace("row_wire_ohm", "row_wires_ohm"))
    said = somac("targets", "mine", "--targets", targets, exit_code=2).stderr
    assert "error[E0686]" in said


# bundles


def compiled(somac: Somac, model: Path, out: Path) -> Path:
    somac("compile", model, "-o", out, "--target", "crossbar")
    return out


def test_a_damaged_bundle(somac: Somac, model: Path, tmp_path: Path) -> None:
    """Whatever file is damaged or gone: every command says so before it runs anything."""
    out = compiled(somac, model, tmp_path / "out")
    data = tmp_path / "in.npz"
    np.savez(data, x=np.zeros((1, 2, 40), np.uint8))
    commands: tuple[tuple[object, ...], ...] = (
        ("run", out, "--input", data, "--device", 0),
        ("devices", out, "--input", data),
        ("verify", out),
    )
    for name in ("crossbar.json", "arrays/0000.codes.npy", "golden/network.json"):
        path = out / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-3] + b"xxx")
        for command in commands:
            assert "error[E07" in somac(*command, exit_code=2).stderr
        path.unlink()
        for command in commands:
            assert "error[E07" in somac(*command, exit_code=2).stderr
        path.write_bytes(whole)
    somac(*commands[0])


@pytest.mark.parametrize(
    ("figure", "value", "code"),
    [
        ("row_wire_ohm", -1.0, "E0688"),
        ("stuck_at_min", 2.0, "E0682"),
        ("read_c0", -1.0, "E0681"),
        ("read_c0", "much", "E07"),
    ],
)
def test_a_bundle_whose_figures_were_changed(
    somac: Somac, model: Path, tmp_path: Path, figure: str, value: object, code: str
) -> None:
    """With a manifest that fits, as of somebody who wants to know what happens."""
    program = read_program(compiled(somac, model, tmp_path / "out"))
    description = json.loads(program.files["crossbar.json"])
    assert figure in description["device"]["figures"]
    description["device"]["figures"][figure] = value
    files = {**program.files, "crossbar.json": json.dumps(description).encode()}
    write_program(replace(program, files=files), tmp_path / "changed")
    np.savez(tmp_path / "in.npz", x=np.zeros((1, 2, 40), np.uint8))
    given = ("--input", tmp_path / "in.npz")
    for command in (("run", "--device", 0), ("devices",)):
        done = somac(command[0], tmp_path / "changed", *given, *command[1:], exit_code=2)
        assert f"error[{code}" in done.stderr
