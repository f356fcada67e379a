"""Bad input, end to end: a coded error that names file and place, and nothing left behind.

One test per line of the list: `somac compile` on each, as a user would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import Result

from somac.ir.interruptible import solve_interruptibly

NirFile = Callable[..., Path]
Somac = Callable[..., Result]
Refuse = Callable[..., str]

WEIGHT = "/node/nodes/fc/weight"
LIF = "/node/nodes/lif"

MODEL = """\
network two:
    dt 1 ms
    profile nir-euler

input x[3]: spikes
population p[2]: nir_lif(tau = 10 ms, r = 1, v_leak = 0, v_threshold = 1, v_reset = 0)
projection x -> p: dense([[1, 0, 1], [0, 1, 1]])
output p
"""


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, but for the bug reports of the test itself."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def refuse(somac: Somac, tmp_path: Path) -> Refuse:
    """Compile what cannot be compiled; gives what was said."""

    def run(
        model: Path, code: str, *more: object, exit_code: int = 2, names: str | None = None
    ) -> str:
        before = snapshot(tmp_path)
        out = tmp_path / "made" / "out"
        done = somac("compile", model, "-o", out, *more, exit_code=exit_code)
        assert snapshot(tmp_path) == before
        assert done.stdout == ""
        assert f"error[{code}]" in done.stderr
        assert (str(model) if names is None else names) in done.stderr
        (more_of_it,) = (line for line in done.stderr.splitlines() if "somac explain" in line)
        assert code in more_of_it
        return done.stderr

    return run


def put(file: h5py.File, path: str, **dataset: object) -> None:
    """Another dataset at a path."""
    if path in file:
        del file[path]
    file.create_dataset(path, **dataset)


# files


def test_missing_file(refuse: Refuse, tmp_path: Path) -> None:
    refuse(tmp_path / "nothing.nir", "E0101")
    refuse(tmp_path / "nothing.snn", "E0101")
    refuse(tmp_path / "nothing", "E0101")


def test_a_model_of_no_known_kind(refuse: Refuse, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"x")
    said = refuse(path, "E0904")
    assert "need: .nir or .snn" in said
    assert "try other targets" not in said


def test_a_folder_is_no_model(
    refuse: Refuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    assert "have: a folder" in refuse(tmp_path / "folder", "E0904")
    monkeypatch.chdir(tmp_path / "folder")
    said = refuse(Path("."), "E0904")
    assert ". is not a model by its name" in said
    assert "have: a folder" in said


def test_text_file_called_nir(refuse: Refuse, tmp_path: Path) -> None:
    path = tmp_path / "model.nir"
    path.write_text("this is text")
    refuse(path, "E0105")


def test_truncated_hdf5(refuse: Refuse, nir_file: NirFile) -> None:
    path = nir_file()
    path.write_bytes(path.read_bytes()[:2000])
    refuse(path, "E0106")


def test_dataset_of_a_million_million_elements(refuse: Refuse, nir_file: NirFile) -> None:
    path = nir_file(lambda f: put(f, WEIGHT, shape=(10**6, 10**6), dtype="f4"))
    assert f"{path}:{WEIGHT}" in refuse(path, "E0118")


def test_thousandfold_expansion(refuse: Refuse, nir_file: NirFile) -> None:
    """Whoever vouches for the file is told that the shape is wrong."""

    def change(file: h5py.File) -> None:
        put(file, WEIGHT, shape=(5000, 5000), dtype="f4", compression="gzip",
            chunks=(1000, 5000), compression_opts=9)  # fmt: skip
        file[WEIGHT][:1000] = 0

    path = nir_file(change)
    assert WEIGHT in refuse(path, "E0119")
    refuse(path, "E0142", "--trust")


def test_external_link(refuse: Refuse, nir_file: NirFile) -> None:
    other = nir_file(name="other.nir")

    def change(file: h5py.File) -> None:
        del file[WEIGHT]
        file[WEIGHT] = h5py.ExternalLink(str(other), WEIGHT)

    assert f"{WEIGHT}" in refuse(nir_file(change), "E0113")


def test_external_storage(refuse: Refuse, nir_file: NirFile) -> None:
    path = nir_file(
        lambda f: put(f, WEIGHT, shape=(4,), dtype="u1", external=[("/etc/hostname", 0, 4)])
    )
    assert WEIGHT in refuse(path, "E0114")


def test_link_cycle(refuse: Refuse, nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        file["node/nodes/sub/type"] = "NIRGraph"
        file["node/nodes/sub/nodes"] = file["node/nodes"]

    assert "/node/nodes/sub/nodes" in refuse(nir_file(change), "E0115")


def test_600_nested_groups(refuse: Refuse, nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        group = file["node"]
        for _ in range(300):
            group = group.require_group("nodes").create_group("sub")
            group["type"] = "NIRGraph"

    refuse(nir_file(change), "E0116")


# models


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(refuse: Refuse, nir_file: NirFile, value: float) -> None:
    path = nir_file(lambda f: put(f, WEIGHT, data=np.array([[1, value, 0], [0, 1, 1]])))
    assert WEIGHT in refuse(path, "E0123")


def test_shapes_that_do_not_fit(refuse: Refuse, nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        for name in ("tau", "r", "v_leak", "v_threshold"):
            put(file, f"{LIF}/{name}", data=np.ones(5))

    text = refuse(nir_file(change), "E0145")
    assert "lif" in text
    assert "5" in text


def test_unknown_node_type(refuse: Refuse, nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        put(file, f"{LIF}/type", data="QuantumLIF")

    text = refuse(nir_file(change), "E0140")
    assert "QuantumLIF" in text
    assert "lif" in text


def test_zero_delay_loop(refuse: Refuse, nir_file: NirFile, tmp_path: Path) -> None:
    def change(file: h5py.File) -> None:
        file["node/nodes/back/type"] = "Linear"
        file["node/nodes/back/weight"] = np.ones((2, 2))
        file["node/nodes/more/type"] = "Linear"
        file["node/nodes/more/weight"] = np.ones((2, 2))
        del file["node/edges"]
        file["node/edges"] = [
            ["input", "fc"], ["fc", "back"], ["back", "more"], ["more", "back"], ["back", "lif"],
            ["lif", "output"],
        ]  # fmt: skip

    text = refuse(nir_file(change), "E0148")
    assert "back" in text
    assert "more" in text

    path = tmp_path / "loop.snn"
    path.write_text(MODEL + "projection p -> p: dense([[1, 0], [0, 1]])\n")
    assert "p -> p" in refuse(path, "E0407")


@pytest.mark.parametrize(
    ("starts", "says"), [(("output",), "no output"), (("input", "projection"), "no input")]
)
def test_no_boundary(refuse: Refuse, tmp_path: Path, starts: tuple[str, ...], says: str) -> None:
    """Nothing would be seen of it, or nothing would say how long it runs."""
    path = tmp_path / "model.snn"
    kept = [line for line in MODEL.splitlines() if not line.startswith(starts)]
    path.write_text("\n".join(kept) + "\n")
    assert says in refuse(path, "E0409", names="network two")


# .snn text


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column", "says"),
    [
        ("input x[3]:", "input x[3", "E0201", 5, 11, "cannot stand here"),
        ("input x[3]: spikes", "input x: spikes", "E0201", 5, 8, "the shape is missing"),
        ("projection x -> p", "projection y -> p", "E0206", 7, 1, "no input or population y"),
        ("nir_lif(", "nir_lff(", "E0206", 6, 18, "did you mean 'nir_lif'?"),
        ("tau = 10 ms", "tau = 10 mV", "E0211", 6, None, "tau"),
        ("tau = 10 ms", "tau = 10 parsec", "E0210", 6, None, "parsec"),
    ],
)
def test_snn_text(
    refuse: Refuse,
    tmp_path: Path,
    old: str,
    new: str,
    code: str,
    line: int,
    column: int | None,
    says: str,
) -> None:
    path = tmp_path / "model.snn"
    path.write_text(MODEL.replace(old, new))
    assert path.read_text() != MODEL
    text = refuse(path, code)
    assert says in text
    assert f"{path}:{line}:" + ("" if column is None else f"{column}\n") in text
    assert f" {line} | {path.read_text().splitlines()[line - 1]}" in text


# targets


@pytest.fixture
def targets(repository: Path, tmp_path: Path) -> Callable[..., Path]:
    """A file of targets, changed."""

    def write(old: str = "", new: str = "") -> Path:
        text = (repository / "tests" / "data" / "small_targets.yaml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "targets.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("router_entries", "router_entrys", "E0305", "did you mean 'router_entries'?"),
        ("    origin:", "    plan: 1\n    origin:", "E0303", "'plan' is already on line 9"),
        ("neurons: {value: 16,", 'neurons: {value: "16",', "E0307", "need: a whole number"),
    ],
)
def test_targets_file(
    refuse: Refuse, nir_file: NirFile, targets: Callable[..., Path], old: str, new: str,
    code: str, says: str,
) -> None:  # fmt: skip
    path = targets(old, new)
    text = refuse(nir_file(), code, "--target", "small", "--targets", path, names=f"{path}:")
    assert says in text


def test_unknown_target(refuse: Refuse, nir_file: NirFile) -> None:
    text = refuse(nir_file(), "E0310", "--target", "spinnaker3", names="'spinnaker3'")
    assert "did you mean 'spinnaker2'?" in text


def test_model_too_big_for_the_target(refuse: Refuse, tmp_path: Path) -> None:
    """40,000 neurons for a chip of 148 cores with 256 each: have, need, and what would do."""
    path = tmp_path / "big.snn"
    text = MODEL.replace("x[3]", "x[40000]").replace("p[2]", "p[40000]")
    path.write_text(text.replace("dense([[1, 0, 1], [0, 1, 1]])", "one_to_one(1)"))
    said = refuse(path, "E0602", exit_code=3, names="'spinnaker2'")
    assert "have: 148 " in said
    assert "neurons" in said
    assert "the smallest target that would do is spinnaker2-48 (7,104 cores)" in said


# output


def test_output_that_cannot_be_written(somac: Somac, nir_file: NirFile, tmp_path: Path) -> None:
    model = nir_file()
    (tmp_path / "file").write_text("text")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious.txt").write_text("text")
    before = snapshot(tmp_path)
    for place, code in (("file/out", "E0701"), ("file", "E0702"), ("folder", "E0702")):
        for more in ((), ("--force",)):
            done = somac("compile", model, "-o", tmp_path / place, *more, exit_code=2)
            assert f"error[{code}]" in done.stderr
            assert str(tmp_path / place) in done.stderr
            # before any work
            assert "somac: read" not in done.stderr
    assert snapshot(tmp_path) == before


def test_output_that_may_not_be_written(
    somac: Somac, nir_file: NirFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.geteuid() == 0:  # nothing is forbidden to root: the answer of the system is played
        allowed = os.access
        monkeypatch.setattr(os, "access", lambda p, mode: p != locked and allowed(p, mode))
    done = somac("compile", nir_file(), "-o", locked / "out", exit_code=2)
    assert "error[E0701]" in done.stderr
    assert "may not be written" in done.stderr


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("stage", "target"),
    [("somac: read", "spinnaker2"), ("somac: map", "spinnaker2"), ("somac: emit", "ulx3s-85f")],
)
def test_interrupt_during_compile(
    nir_file: NirFile, tmp_path: Path, stage: str, target: str
) -> None:
    model = nir_file()
    before = snapshot(tmp_path)
    command = [Path(sys.executable).with_name("somac"), "compile", model, "-o", tmp_path / "out"]
    command += ["--target", target]
    somac = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert somac.stderr is not None
    said = ""
    while not said.endswith("\n") or stage not in said:
        letter = somac.stderr.read(1)
        assert letter, said
        said += letter
    os.killpg(somac.pid, signal.SIGINT)
    begin = time.monotonic()
    stdout, stderr = somac.communicate(timeout=60)
    said += stderr
    assert time.monotonic() - begin < 10
    if somac.returncode == 0:  # it was faster
        assert "written" in stdout
        return
    assert somac.returncode == 130
    assert said.splitlines()[-1] == "somac: interrupted; nothing was left half-written"
    assert "Traceback" not in said
    assert stdout == ""
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("target", ["spinnaker2", "neurram"])
def test_a_search_that_was_ended_is_no_compile(
    somac: Somac,
    nir_file: NirFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
) -> None:
    """Ctrl-C leaves a placement, the best so far, but not the one of this model and options."""
    from somac.compiler.mapping.place import placers

    searched = placers._search
    monkeypatch.setattr(placers, "_search", lambda *given: searched(*given) or True)
    done = somac("compile", nir_file(), "-o", tmp_path / "out", "--target", target, exit_code=130)
    assert done.stderr.endswith("somac: interrupted; nothing was left half-written\n")
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("interruptible")
def test_interrupt_during_the_search_for_a_placement() -> None:
    """CP-SAT swallows Ctrl-C unless it is kept from it; here it would search for minutes."""
    from ortools.sat.python import cp_model

    model, random, size = cp_model.CpModel(), np.random.default_rng(1), 40
    places = [model.new_int_var(0, size - 1, "") for _ in range(size)]
    model.add_all_different(places)
    apart = []
    for first, second in random.integers(0, size, (150, 2)).tolist():
        apart.append(model.new_int_var(0, size, ""))
        model.add_abs_equality(apart[-1], places[first] - places[second])
    model.minimize(cp_model.LinearExpr.sum(apart))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 60
    begin = time.monotonic()
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        solve_interruptibly(solver, model)
    assert time.monotonic() - begin < 10
