"""Devices of a crossbar as users meet them: from Python, and from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from leaky_texts import leaky_text
from numpy.typing import NDArray

from somac.backends.api import DeviceChoice
from somac.compiler.api import Program
from somac.compiler.cli.app import cli
from somac.compiler.devices import ALL, error_budget
from somac.ir.errors import SomacError

Somac = Callable[..., Result]

TEXT = leaky_text("""
input x[20]: spikes
population a[24]: leaky
population b[6]: leaky
projection x -> a: dense(uniform(-0.2, 0.5), seed = 1)
projection a -> b: dense(uniform(-0.2, 0.6), seed = 2)
projection b -> b: dense(uniform(-0.2, 0.3), seed = 3) delay 1 ms
output b
""")
EFFECTS = ("programming", "read", "drift", "faults", "on_off", "wires")
DIGITAL = ("spinnaker2", "ulx3s-85f")

Recorded = NDArray[Any]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The network as a bundle for a target; nothing may change it."""
    made: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("devices")
    (folder / "small.snn").write_text(TEXT)

    def compile_for(target: str) -> Path:
        if target not in made:
            given = ["compile", str(folder / "small.snn"), "-o", str(folder / target)]
            done = CliRunner().invoke(cli, [*given, "--target", target])
            assert done.exit_code == 0, done.output
            made[target] = folder / target
        return made[target]

    return compile_for


@pytest.fixture
def bundle(compiled: Callable[[str], Path]) -> Path:
    return compiled("crossbar")


@pytest.fixture
def program(bundle: Path) -> Program:
    return Program.open(bundle)


@pytest.fixture
def x() -> Recorded:
    return np.random.default_rng(0).integers(0, 2, (5, 20, 20))


@pytest.fixture
def recording(tmp_path: Path, x: Recorded) -> Path:
    path = tmp_path / "in.npz"
    np.savez(path, x=x)
    return path


@pytest.fixture
def labelled(tmp_path: Path, x: Recorded, program: Program) -> Path:
    """With the classes of exact hardware as labels."""
    path = tmp_path / "labelled.npz"
    np.savez(path, x=x, label=program.run(x).classes())
    return path


# from Python


def test_effects_are_those_of_the_target(compiled: Callable[[str], Path]) -> None:
    def names(target: str) -> tuple[str, ...]:
        return tuple(e.name for e in Program.open(compiled(target)).effects())

    assert names("crossbar") == EFFECTS
    assert names("hermes") == ("programming", "read", "drift")
    assert names("isaac") == ("on_off",)
    assert names("spinnaker2") == ()


@pytest.mark.parametrize("by_cell", [False, True])
def test_a_device_is_its_seed(program: Program, x: Recorded, by_cell: bool) -> None:
    def run(seed: int) -> dict[str, NDArray[Any]]:
        choice = DeviceChoice(seed, seconds=100.0, by_cell=by_cell)
        found = program.run(x, device=choice, record=["a"], record_states=["b"])
        return {**found.signals, **found.outputs, **found.states["b"]}

    first, again, other = run(7), run(7), run(8)
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values)
    assert any((other[name] != values).any() for name, values in first.items())


@pytest.mark.parametrize("by_cell", [False, True])
def test_batches_make_no_difference(
    program: Program, x: Recorded, by_cell: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those of the compiler nor those of the emulator."""
    choice = DeviceChoice(7, by_cell=by_cell)

    def run(at_once: int, inner: int) -> tuple[NDArray[Any], dict[str, int], list[int]]:
        cells = sum(p.size * (1 + len(p.initial)) for p in program.golden().populations)
        monkeypatch.setattr("somac.compiler.agreement._BUDGET", at_once * 20 * cells)
        monkeypatch.setattr("somac.backends.crossbar.emulator.run._BATCH", inner * 20 * 50)
        told: list[int] = []
        found = program.run(
            x, device=choice, record_states=["a"], progress=lambda done, _: told.append(done)
        )
        return found.states["a"]["v"], dict(found.counts), told

    whole, counts, told = run(5, 5)
    assert told == [0]
    for at_once, inner, parts in ((1, 1, [0, 1, 2, 3, 4]), (2, 5, [0, 2, 4]), (3, 2, [0, 3])):
        states, counted, told = run(at_once, inner)
        assert told == parts
        np.testing.assert_array_equal(states, whole)
        assert counted == counts


def test_what_is_off_changes_nothing(program: Program, x: Recorded) -> None:
    """A device without effects is exact hardware, and drift does nothing before time passes."""
    exact = program.run(x, record_states=["a"]).states["a"]["v"]
    for effects in (frozenset[str](), frozenset({"drift"})):
        found = program.run(x, device=DeviceChoice(3, effects), record_states=["a"])
        np.testing.assert_array_equal(found.states["a"]["v"], exact)
    later = DeviceChoice(3, frozenset({"drift"}), seconds=1e6)
    found = program.run(x, device=later, record_states=["a"])
    assert (found.states["a"]["v"] != exact).any()


def test_a_budget(program: Program, x: Recorded) -> None:
    labels = program.run(x).classes()
    told: list[tuple[str, int, int]] = []
    budget = error_budget(program, {"x": x}, labels, (4, 9), progress=lambda *a: told.append(a))
    assert (budget.seeds, budget.seconds, budget.samples) == ((4, 9), 0.0, 5)
    assert budget.accuracy == 1.0
    assert tuple(c.effect for c in budget.costs) == (*EFFECTS, ALL)
    assert told == [(name, n, 2) for name in (*EFFECTS, ALL) for n in (0, 1)]
    exact = program.run(x).outputs["b"]
    for cost in budget.costs:
        effects = None if cost.effect == ALL else frozenset({cost.effect})
        runs = [program.run(x, device=DeviceChoice(seed, effects)) for seed in (4, 9)]
        shares = [float((run.outputs["b"] != exact).mean()) for run in runs]
        assert cost.values.mean == pytest.approx(np.mean(shares), abs=1e-12)
        assert (cost.values.least, cost.values.most) == (min(shares), max(shares))
        assert cost.values.deviation == pytest.approx(np.std(shares), abs=1e-12)
        assert cost.accuracy is not None
        # labels are the classes of exact hardware
        assert cost.accuracy.mean == pytest.approx(1 - cost.classes.mean)
    assert next(c for c in budget.costs if c.effect == ALL).values.least > 0


def test_a_budget_of_some_effects(program: Program, x: Recorded) -> None:
    def budget(*effects: str) -> tuple[str, ...]:
        found = error_budget(program, {"x": x}, None, (0,), effects=effects)
        assert found.accuracy is None
        assert {c.accuracy for c in found.costs} == {None}
        return tuple(c.effect for c in found.costs)

    assert budget("read") == ("read",)
    assert budget("read", "wires") == ("read", "wires", ALL)
    with pytest.raises(ValueError, match="there is no seed"):
        error_budget(program, {"x": x}, None, ())
    with pytest.raises(SomacError, match="E0846"):
        budget()


# from the command line


def test_run_on_a_device(somac: Somac, bundle: Path, recording: Path, tmp_path: Path) -> None:
    program = Program.open(bundle)
    x = np.load(recording)["x"]
    options: dict[tuple[object, ...], DeviceChoice] = {
        (): DeviceChoice(5),
        ("--effects", "read, wires"): DeviceChoice(5, frozenset({"read", "wires"})),
        ("--after", "1e6"): DeviceChoice(5, seconds=1e6),
        ("--effects", "read", "--by-cell"): DeviceChoice(5, frozenset({"read"}), by_cell=True),
    }
    for more, choice in options.items():
        out = tmp_path / "out.npz"
        given = ("run", bundle, "--input", recording, "--device", 5, "--record", "a", "-o", out)
        assert "emulated on device 5 of crossbar" in somac(*given, *more).stdout
        found = program.run(x, device=choice, record=["a"])
        with np.load(out) as written:
            np.testing.assert_array_equal(written["a"], found.signals["a"])
            np.testing.assert_array_equal(written["b"], found.outputs["b"])
        out.unlink()
    view = json.loads(somac("run", bundle, "--input", recording, "--device", 5, "--json").stdout)
    assert view["result"]["device"] == 5
    view = json.loads(somac("run", bundle, "--input", recording, "--json").stdout)
    assert view["result"]["device"] is None


def test_devices_says_what_each_effect_costs(somac: Somac, bundle: Path, labelled: Path) -> None:
    given = ("devices", bundle, "--input", labelled, "--devices", 2, "--after", 100)
    done = somac(*given)
    assert f"5 samples on 2 devices of crossbar from {bundle}, 100 s after" in done.stdout
    assert "accuracy without imperfections: 100.0 %" in done.stdout
    lines = done.stdout.splitlines()
    rows = [line.split()[0] for line in lines[lines.index("") + 2 :]]
    assert rows == [*EFFECTS, ALL]
    assert "resistance of wires (IR drop)" in done.stdout
    assert "somac: programming" in done.stderr
    result = json.loads(somac(*given, "--json").stdout)["result"]
    assert result["seeds"] == [0, 1]
    assert (result["seconds"], result["samples"], result["accuracy"]) == (100.0, 5, 1.0)
    assert [c["effect"] for c in result["costs"]] == [*EFFECTS, ALL]
    assert {*result["costs"][0]["accuracy"]} == {"mean", "deviation", "least", "most"}


def test_devices_without_labels(somac: Somac, bundle: Path, recording: Path) -> None:
    given = ("devices", bundle, "--input", recording, "--devices", 2, "--effects", "read,faults")
    done = somac(*given, "--samples", 3)
    assert "3 samples on 2 devices" in done.stdout
    assert "accuracy without imperfections" not in done.stdout
    assert "read, faults" in done.stdout
    result = json.loads(somac(*given, "--json").stdout)["result"]
    assert result["accuracy"] is None
    assert [c["effect"] for c in result["costs"]] == ["read", "faults", ALL]
    assert all(c["accuracy"] is None for c in result["costs"])


def both(bundle: Path, data: Path) -> tuple[tuple[object, ...], ...]:
    """What runs on devices."""
    return ("run", bundle, "--input", data, "--device", 0), ("devices", bundle, "--input", data)


def test_an_unknown_effect(somac: Somac, bundle: Path, recording: Path) -> None:
    for given in both(bundle, recording):
        said = somac(*given, "--effects", "read,driftt", exit_code=2).stderr
        assert "error[E0846]: the program has no figures of the effect 'driftt'" in said
        assert f"have: {', '.join(EFFECTS)}" in said
        assert "did you mean 'drift'?" in said
        assert "names none" in somac(*given, "--effects", " ,", exit_code=2).stderr


def test_an_effect_without_figures(
    somac: Somac, compiled: Callable[[str], Path], recording: Path
) -> None:
    for given in both(compiled("isaac"), recording):
        said = somac(*given, "--effects", "drift", exit_code=2).stderr
        assert "error[E0846]" in said
        assert "have: on_off" in said
        assert "docs/reference/targets.md" in said


@pytest.mark.parametrize("target", DIGITAL)
def test_digital_hardware_has_no_devices(
    somac: Somac, compiled: Callable[[str], Path], recording: Path, target: str
) -> None:
    for given in both(compiled(target), recording):
        said = somac(*given, exit_code=2).stderr
        assert "error[E0846]" in said
        assert "its hardware is digital" in said


def test_options_of_a_device_need_one(somac: Somac, bundle: Path, recording: Path) -> None:
    for more in (("--effects", "read"), ("--after", 30), ("--by-cell",)):
        said = somac("run", bundle, "--input", recording, *more, exit_code=2).stderr
        assert "error[E0847]" in said
        assert "--device SEED" in said


def test_times_before_drift_is_known(somac: Somac, bundle: Path, recording: Path) -> None:
    """Said at once: no effect was looked at."""
    for given in both(bundle, recording):
        done = somac(*given, "--after", 1, exit_code=2)
        assert "error[E0683]" in done.stderr
        assert "need: at least 20 s, the reference time of drift" in done.stderr
        assert "somac: programming" not in done.stderr
        somac(*given, "--after", "nan", exit_code=2)
        somac(*given, "--after", -1, exit_code=2)


@pytest.mark.parametrize("shape", [(0, 20, 20), (3, 0, 20)])
@pytest.mark.parametrize("labels", [False, True])
def test_files_without_a_step(
    somac: Somac, bundle: Path, tmp_path: Path, shape: tuple[int, ...], labels: bool
) -> None:
    more = {"label": np.zeros(shape[0], np.int64)} if labels else {}
    np.savez(tmp_path / "none.npz", x=np.zeros(shape, np.uint8), **more)
    run, devices = both(bundle, tmp_path / "none.npz")
    assert f"{shape[0]} samples of {shape[1]} steps" in somac(*run).stdout
    said = somac(*devices, exit_code=2).stderr
    assert "error[E0903]: there is nothing that devices could do differently" in said
    assert f"have: {shape[0]} samples of {shape[1]} steps" in said


def test_what_is_no_bundle_and_no_recording(
    somac: Somac, bundle: Path, recording: Path, tmp_path: Path
) -> None:
    for given in both(tmp_path / "nothing", recording):
        assert "error[E0703]" in somac(*given, exit_code=2).stderr
    for given in both(bundle, tmp_path / "nothing.npz"):
        assert "error[E0905]" in somac(*given, exit_code=2).stderr
    np.savez(tmp_path / "wide.npz", x=np.zeros((1, 2, 21), np.uint8))
    for given in both(bundle, tmp_path / "wide.npz"):
        assert "error[E0903]" in somac(*given, exit_code=2).stderr
    for given in both(bundle, recording):
        somac(*given, "--devices" if given[0] == "devices" else "--device", -1, exit_code=2)


@pytest.mark.parametrize("code", ["E0680", "E0681", "E0682", "E0683", "E0686", "E0688", "E0846"])
def test_codes_explain_themselves(somac: Somac, code: str) -> None:
    assert code in somac("explain", code).stdout


def elsewhere(folder: Path, given: list[object], seed: str) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own."""
    command = [str(Path(sys.executable).with_name("somac")), *map(str, given)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": seed}
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )


def test_other_processes_give_the_same_bits(
    program: Program, bundle: Path, recording: Path, x: Recorded, tmp_path: Path
) -> None:
    here = program.run(x, device=DeviceChoice(11, seconds=50.0), record=["a"])
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.npz"
        given = ["run", bundle, "--input", recording, "--device", 11, "--after", 50]
        elsewhere(tmp_path, [*given, "--record", "a", "-o", out], seed)
        with np.load(out) as written:
            np.testing.assert_array_equal(written["a"], here.signals["a"])
            np.testing.assert_array_equal(written["b"], here.outputs["b"])
    given = ["devices", bundle, "--input", recording, "--devices", 2, "--json"]
    documents = {elsewhere(tmp_path, given, seed).stdout for seed in ("1", "2")}
    assert len(documents) == 1


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("command", ["run", "devices"])
def test_ctrl_c_leaves_nothing(bundle: Path, tmp_path: Path, command: str) -> None:
    np.savez(tmp_path / "long.npz", x=np.ones((2000, 200, 20), np.uint8))
    more = ["--device", "0", "--by-cell", "-o", "out.npz"] if command == "run" else []
    somac = Path(sys.executable).with_name("somac")
    given = [somac, command, bundle, "--input", "long.npz", *more]
    with subprocess.Popen(given, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith(("somac: emulate", "somac: programming")):
                running.send_signal(signal.SIGINT)
                break
        said = running.stderr.read()
    assert running.returncode == 130
    assert "interrupted; nothing was left half-written" in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["long.npz"]
