"""The command line on arrays of memory cells, from a text to pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from leaky_texts import leaky_text

from somac.ir.program import read_program

Somac = Callable[..., Result]

SMALL = leaky_text("""
input x[40]: spikes
population a[60]: leaky
population b[12]: leaky
projection x -> a: dense(uniform(-0.2, 0.5), seed = 1)
projection a -> b: dense(uniform(-0.2, 0.5), seed = 2)
projection b -> b: dense(uniform(-0.2, 0.3), seed = 3) delay 1 ms
output b
""")

CHIPS = ("crossbar", "crossbar-40nm", "neurram", "hermes", "isaac")


def compiled(somac: Somac, folder: Path, target: str) -> Path:
    (folder / "small.snn").write_text(SMALL)
    out = folder / target
    somac("compile", folder / "small.snn", "-o", out, "--target", target)
    return out


@pytest.mark.parametrize("target", CHIPS)
def test_compile_and_verify(somac: Somac, tmp_path: Path, target: str) -> None:
    out = compiled(somac, tmp_path, target)
    done = somac("verify", out, "--samples", "2")
    assert "from the files alone: 0 findings" in done.stdout
    assert "0 mismatching spikes" in done.stdout


def test_a_share_of_the_cores_relieves_the_busiest_array(somac: Somac, tmp_path: Path) -> None:
    (tmp_path / "small.snn").write_text(SMALL)
    target = tmp_path / "mine.yaml"
    target.write_text(narrow(rows=32), encoding="utf-8")
    command = ("compile", tmp_path / "small.snn", "--target", "narrow", "--targets", target)
    views = []
    for name, more in (("plain", ()), ("fast", ("--fit", "100"))):
        done = somac(*command, "-o", tmp_path / name, *more, "--json")
        assert "E0911" not in done.stderr
        views.append(json.loads(done.stdout)["result"]["compiled"])
        report = read_program(tmp_path / name).json("report.json")
        views[-1]["packing"] = report["remarks"]["packing"]
        assert views[-1]["cores_used"] >= report["total"]["arrays"]
    plain, fast = views
    assert plain["cores_used"] < fast["cores_used"]
    assert "no fewer can" in plain["packing"]
    assert plain["packing"] != fast["packing"]


def test_more_arrays_than_there_are(somac: Somac, tmp_path: Path) -> None:
    (tmp_path / "small.snn").write_text(SMALL)
    target = tmp_path / "mine.yaml"
    target.write_text(narrow(rows=4), encoding="utf-8")
    out = tmp_path / "out"
    command = ("compile", tmp_path / "small.snn", "-o", out, "--targets", target)
    done = somac(*command, "--target", "narrow", exit_code=3)
    assert "error[E0675]: small has" in done.stderr
    assert "have: 256 cores, each with an array" in done.stderr
    assert "for all blocks" in done.stderr
    assert "note[E0607]: the smallest target that would do is crossbar-40nm" in done.stderr
    assert not out.exists()


def narrow(rows: int) -> str:
    """The chip for exploration with arrays of 8 columns."""
    figures = {
        "rows": rows,
        "columns": 8,
        "cell_bits": 4,
        "max_slices": 2,
        "polarity": "differential",
        "pulse_bits": 1,
        "max_pulses": 8,
        "signs": "bipolar",
        "adc_bits": 12,
        "adc_signed": "true",
        "g_min_usiemens": 1,
        "g_max_usiemens": 40,
    }
    stated = "\n".join(
        f"    {name}: {{value: {value}, status: assumed, source: me}}"
        for name, value in figures.items()
    )
    return f"""
schema: 1
sources:
  me: made up for tests
arrays:
  crossbar:
{stated}
targets:
  narrow:
    title: Narrow arrays
    backend: crossbar
    chip: crossbar
    board:
      rows: {{value: [[0, 0]], status: assumed, source: me}}
      link_hops: {{value: 1, status: assumed, source: me}}
      host_chip: {{value: [0, 0], status: assumed, source: me}}
"""


def test_run_says_what_it_took(somac: Somac, tmp_path: Path) -> None:
    out = compiled(somac, tmp_path, "crossbar")
    data = np.random.default_rng(0).integers(0, 2, (2, 30, 40), dtype=np.uint8)
    np.savez(tmp_path / "in.npz", x=data)
    done = somac("run", out, "--input", tmp_path / "in.npz", "--json")
    result = json.loads(done.stdout)["result"]
    events = {event["name"]: event["total"] for event in result["costs"]["events"]}
    assert events["firings"] > 0
    assert events["updates"] == 72
    assert "energy_nj" in result["costs"]["amounts"]


def test_inspect_shows_arrays_and_draws_them(somac: Somac, tmp_path: Path) -> None:
    out = compiled(somac, tmp_path, "crossbar")
    done = somac("inspect", out, "--memory", "--pictures", tmp_path / "drawn")
    assert "array  core  in use  firings  blocks" in done.stdout
    assert "x->a.i[0] at " in done.stdout
    drawn = sorted(path.name for path in (tmp_path / "drawn").iterdir())
    assert drawn == ["conductances.svg", "tiles.svg"]
    assert (tmp_path / "drawn" / "tiles.svg").read_text().startswith("<svg ")
    view = json.loads(somac("inspect", out, "--memory", "--json").stdout)["result"]
    assert view["listings"][0]["columns"] == ["array", "core", "in use", "firings", "blocks"]


def test_other_hardware_has_no_pictures(somac: Somac, tmp_path: Path) -> None:
    out = compiled(somac, tmp_path, "spinnaker2")
    done = somac("inspect", out, "--pictures", tmp_path / "drawn")
    assert "warning[E0911]: --pictures does nothing: there are none of spinnaker2" in done.stderr
    done = somac("inspect", tmp_path / "small.snn", "--pictures", tmp_path / "drawn")
    assert "warning[E0911]: --pictures does nothing: small.snn is no compiled model" in done.stderr
    assert not (tmp_path / "drawn").exists()


def test_what_is_damaged_is_found_by_verify(somac: Somac, tmp_path: Path) -> None:
    """The manifest alone does not say that a bundle is right for its network."""
    from dataclasses import replace

    from somac.ir.program import write_program

    program = read_program(compiled(somac, tmp_path, "crossbar"))
    name = "arrays/0000.codes.npy"
    content = program.files[name]
    other = content[:-1] + bytes([content[-1] ^ 1])
    write_program(replace(program, files={**program.files, name: other}), tmp_path / "damaged")
    done = somac("verify", tmp_path / "damaged", exit_code=1)
    assert "error[E0873]" in done.output
