"""The command line with programmable parts: what fits, what is told, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from somac.ir.program import read_program, write_program

Somac = Callable[..., Result]

SMALL = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes

population hidden[4]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)

projection x -> hidden: dense([[1, 0, 1], [0, 1, 1], [1, 1, 0], [-1, 1, 1]])

output hidden
"""


OWN = """\
network reg:
    dt 1 ms
    profile none

neuron gate(tau [s]):
    "Two ports, states in another order than that of their names, a table, a number that is sent."
    input drive
    input inhibition
    state w
    table squash = [0, 0.2, 0.8, 1] from -1 to 1
    v = v + 0.1 * (drive - inhibition * w)
    w = 0.5 * w + squash(v) * dt / tau
    y = v * squash(w)
    send y
    state v

neuron counter(limit):
    input current
    state v
    v = v + current
    fired = floor(v / limit)
    v = max(v - fired * limit, 0)
    count fired

input module[7]: values
input "always"[3]: spikes
population logic[9]: gate(tau = [5, 6, 7, 8, 9, 10, 11, 12, 13] ms)
population "end module"[5]: counter(limit = 1.5)
population endmodule[5]: counter(limit = 1.5)
projection module -> logic.drive: sparse(0.4, normal(0, 0.3), delay = uniform(1, 5), seed = 2)
projection always -> logic.inhibition: dense(normal(0, 0.3), seed = 3)
projection logic -> logic.inhibition: sparse(0.3, normal(0, 0.2), delay = uniform(1, 4), seed = 7)
projection logic -> "end module": dense(normal(0, 0.3), seed = 5) delay 2 ticks
projection logic -> endmodule: dense(normal(0, 0.3), seed = 6) delay 2 ticks
output "end module" as "wire"
output endmodule as reg
output logic as reg_2
"""


@pytest.mark.parametrize("target", ["ulx3s-25f", "xcvu9p"])
def test_a_neuron_of_ones_own_and_names_of_the_language(
    somac: Somac, tmp_path: Path, target: str, iverilog: None
) -> None:
    """It fits a small part though each engine reads whole words of another; no findings."""
    (tmp_path / "own.snn").write_text(OWN)
    somac("compile", tmp_path / "own.snn", "-o", tmp_path / "out", "--target", target)
    done = somac("verify", tmp_path / "out", "--machine", "iverilog", "--samples", "2")
    assert "from the files alone: 0 findings" in done.stdout
    assert "0 mismatching numbers of states and graded signals" in done.stdout
    assert "values compared, 0 mismatching\n" in done.stdout
    assert "cycles compared, 0 differ" in done.stdout


@pytest.mark.parametrize(
    ("target", "option"),
    [
        ("spinnaker2", ("--fit", "30")),
        ("spinnaker2", ("--latency-us", "30")),
        ("ulx3s-25f", ("--mac", "always")),
    ],
)
def test_options_for_other_hardware_are_refused(
    somac: Somac, tmp_path: Path, target: str, option: tuple[str, str]
) -> None:
    (tmp_path / "small.snn").write_text(SMALL)
    command = ("compile", tmp_path / "small.snn", "-o", tmp_path / "out", "--target", target)
    done = somac(*command, *option, exit_code=2)
    assert f"has no option {option[0]}\n" in done.stderr
    assert "error[E0931]: the backend " in done.stderr
    assert f"need: {option[0]}\n" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_part_has_no_memory_of_cores(somac: Somac, tmp_path: Path) -> None:
    (tmp_path / "small.snn").write_text(SMALL)
    somac("compile", tmp_path / "small.snn", "-o", tmp_path / "out", "--target", "icebreaker")
    done = somac("inspect", tmp_path / "out", "--memory")
    assert done.stderr == ""
    assert "updaters" in done.stdout
    whole = read_program(tmp_path / "out")
    report = json.loads(whole.files["report.json"])
    assert [table["title"] for table in report.pop("tables")] == ["folding"]
    files = {**whole.files, "report.json": json.dumps(report).encode()}
    write_program(replace(whole, files=files), tmp_path / "older")
    done = somac("inspect", tmp_path / "older", "--memory")
    assert "warning[E0911]: --memory does nothing: icebreaker has no cores whose" in done.stderr


def test_a_part_that_is_too_small(somac: Somac, tmp_path: Path, repository: Path) -> None:
    """Every pool of which there is too little, and the smallest target that would do."""
    model = repository / "examples" / "digits" / "digits.nir"
    done = somac("compile", model, "-o", tmp_path / "out", "--target", "icebreaker", exit_code=3)
    assert "error[E0663]: the part has not enough bram" in done.stderr
    assert "  have: 25 (85% of 30)\n" in done.stderr
    # more than all of it: another share would not help
    assert "--fit" not in done.stderr
    assert "note[E0607]: the smallest target that would do is ulx3s-25f" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_smallest_target_keeps_to_the_share(
    somac: Somac, tmp_path: Path, repository: Path
) -> None:
    """Of a smaller part a hundredth is too little as well."""
    model = repository / "examples" / "digits" / "digits.nir"
    command = ("compile", model, "-o", tmp_path / "out", "--target", "ulx3s-85f")
    done = somac(*command, "--fit", "1", exit_code=3)
    assert "use more of the part with --fit" in done.stderr
    assert "note[E0607]: the smallest target that would do is xcku" in done.stderr


def test_a_latency_that_nothing_reaches_names_no_other_target(
    somac: Somac, tmp_path: Path, repository: Path
) -> None:
    model = repository / "examples" / "digits" / "digits.nir"
    command = ("compile", model, "-o", tmp_path / "out", "--target", "ulx3s-85f")
    done = somac(*command, "--latency-us", "0.1", exit_code=3)
    assert "error[E0664]: no folding is fast enough" in done.stderr
    assert "E0607" not in done.stderr


@pytest.mark.parametrize("name", ["cam/cam.snn", "stdp/coincidence.snn", "stdp/reward.snn"])
def test_networks_that_learn_are_refused(somac: Somac, repository: Path, name: str) -> None:
    model = repository / "examples" / name
    done = somac("check-model", model, "--target", "xcvu9p", exit_code=3)
    assert "error[E0662]: projection " in done.stderr
    assert "learns\n" in done.stderr


def test_what_is_built_for_cores_is_refused(somac: Somac, tmp_path: Path) -> None:
    (tmp_path / "small.snn").write_text(SMALL)
    command = ("compile", tmp_path / "small.snn", "-o", tmp_path / "out", "--target", "icebreaker")
    for option in ("--elf", "--count"):
        assert "error[E0845]" in somac(*command, option, exit_code=2).stderr
    assert not (tmp_path / "out").exists()
