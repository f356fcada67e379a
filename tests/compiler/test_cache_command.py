"""`somac compile` and `somac check` with a cache, and `somac cache`, end to end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cache_cases import TEXT
from click.testing import Result

from somac.compiler.cache.entry import entry_from
from somac.ir.program import read_program

Somac = Callable[..., Result]

HEAVY = ("h5py", "lark", "llvmlite", "networkx", "numba", "ortools", "ruamel", "scipy")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a model and a cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOMAC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "10M")
    (tmp_path / "small.snn").write_text(TEXT.format(cells=4))
    return tmp_path


def entries(place: Path) -> list[Path]:
    return sorted((place / "cache" / "compiled").glob("*"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def told(done: Result) -> str:
    """Notes and warnings, without the progress of what is not done again."""
    return "".join(
        line for line in done.stderr.splitlines(keepends=True) if not line.startswith("somac: ")
    )


@pytest.mark.parametrize(
    "options", [(), ("--json",), ("--target", "neurram"), ("--target", "ulx3s-85f")]
)
def test_warm_and_cold_say_and_write_the_same(
    options: tuple[str, ...], somac: Somac, place: Path
) -> None:
    # an option that does nothing here, so that there is something to tell
    command = ("compile", "small.snn", "--compare", ">", "-o", "out", *options)
    cold = somac(*command)
    written = contents(place / "out")
    shutil.rmtree(place / "out")
    warm = somac(*command)
    assert len(entries(place)) == 1
    assert warm.stdout == cold.stdout
    assert told(warm) == told(cold)
    assert "E0911" in cold.stderr
    assert "emit" in cold.stderr
    assert "emit" not in warm.stderr
    assert contents(place / "out") == written
    without = somac(*command, "--no-cache", "--force")
    assert (without.stdout, told(without)) == (cold.stdout, told(cold))


def test_real_models_too(somac: Somac, place: Path, repository: Path) -> None:
    for name in ("digits", "digits_rows"):
        model = repository / "examples" / name / f"{name}.nir"
        cold = somac("compile", model, "-o", "out", "--force")
        warm = somac("compile", model, "-o", "out", "--force")
        assert (warm.stdout, told(warm)) == (cold.stdout, told(cold))


def test_it_goes_where_it_is_sent(somac: Somac, place: Path) -> None:
    somac("compile", "small.snn", "-o", "one")
    done = somac("compile", "small.snn", "-o", "two", "-v")
    assert "two: " in done.stdout
    assert f"taken from the cache in {place / 'cache' / 'compiled'}" in done.stderr
    assert contents(place / "one") == contents(place / "two")
    assert "E0702" in somac("compile", "small.snn", "-o", "two", exit_code=2).stderr


def test_other_content_is_compiled(somac: Somac, place: Path) -> None:
    somac("compile", "small.snn", "-o", "out")
    (place / "small.snn").write_text(TEXT.format(cells=5))
    somac("compile", "small.snn", "-o", "out", "--force")
    for options in (("--bits", "4"), ("--mac", "never"), ("--target", "ulx3s-85f", "--fit", "50")):
        somac("compile", "small.snn", "-o", "out", "--force", *options)
    assert len(entries(place)) == 5


def test_arrays_beside_a_text_count(somac: Somac, place: Path) -> None:
    text = TEXT.format(cells=4).replace("dense(uniform(-0.2, 1), seed = 1)", 'dense(load("w.npy"))')
    (place / "small.snn").write_text(text)
    np.save(place / "w.npy", np.ones((4, 3)))
    somac("compile", "small.snn", "-o", "one")
    np.save(place / "w.npy", np.arange(12).reshape(4, 3) / 12)
    somac("compile", "small.snn", "-o", "two")
    assert contents(place / "one") != contents(place / "two")
    (place / "w.npy").unlink()
    assert "E0222" in somac("compile", "small.snn", "-o", "three", exit_code=2).stderr


@pytest.mark.parametrize(
    "options", [("--no-cache",), ("--dump-after", "map"), ("--time-limit", "100")]
)
def test_what_bypasses_it(options: tuple[str, ...], somac: Somac, place: Path) -> None:
    first = somac("compile", "small.snn", "-o", "out", *options)
    again = somac("compile", "small.snn", "-o", "out", "--force", *options)
    assert again.stdout == first.stdout
    assert entries(place) == []


def test_no_failure_is_kept(somac: Somac, place: Path) -> None:
    for _ in range(2):
        done = somac("compile", "small.snn", "-o", "out", "--target", "nothing", exit_code=2)
        assert "E0310" in done.stderr
    assert entries(place) == []


def test_a_damaged_entry_is_made_again(somac: Somac, place: Path) -> None:
    cold = somac("compile", "small.snn", "-o", "out")
    (path,) = entries(place)
    good = path.read_bytes()
    path.write_bytes(good[:100] + b"\0" + good[101:])
    done = somac("compile", "small.snn", "-o", "out", "--force")
    assert "note[E0943]" in done.stderr
    assert done.stdout == cold.stdout
    assert entry_from(path.read_bytes(), path.stem) is not None


def test_it_goes_on_without(somac: Somac, place: Path) -> None:
    (place / "cache").write_text("no folder")
    done = somac("compile", "small.snn", "-o", "out")
    assert done.stderr.count("note[E0942]") == 1
    assert "E0942" not in somac("compile", "small.snn", "-o", "out", "--force", "-q").stderr
    assert (place / "cache").read_text() == "no folder"


def test_a_wrong_size(somac: Somac, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMAC_CACHE_SIZE", "a lot")
    assert "error[E0941]" in somac("compile", "small.snn", "-o", "out", exit_code=2).stderr
    monkeypatch.delenv("SOMAC_CACHE_SIZE")
    assert "error[E0941]" in somac("cache", "prune", "--size", "much", exit_code=2).stderr


def test_check_takes_what_compile_kept(
    somac: Somac, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = (np.random.default_rng(1).random((6, 20, 3)) < 0.5).astype(np.uint8)
    np.savez(place / "data.npz", x=x, label=np.arange(6) % 2)
    limits = "cores: {max: 2}, accuracy_drop_percent: {max: 100}, values_differ: {max: 0}"
    (place / "somac-budget.yaml").write_text(
        f"budgets:\n  - data: data.npz\n    limits: {{{limits}}}\n"
    )

    def result(done: Result) -> Any:
        models = json.loads(done.stdout)["result"]
        return [{k: v for k, v in m.items() if k != "seconds"} for m in models]

    command = ("check", "small.snn", "--json")
    plain = result(somac(*command, "--no-cache"))
    somac("compile", "small.snn", "-o", "out")
    assert len(entries(place)) == 1
    with monkeypatch.context() as patch:
        patch.setattr("somac.compiler.cli.compiling.compile_network", None)
        assert result(somac(*command)) == plain
    somac("check", "small.snn", "--bits", "4")
    assert len(entries(place)) == 2


def test_cache_shows_shrinks_and_empties(somac: Somac, place: Path) -> None:
    assert "0 entries, 0 of at most 10,485,760 bytes" in somac("cache").stdout
    for bits in (4, 5):
        somac("compile", "small.snn", "-o", "out", "--force", "--bits", bits)
    size = sum(p.stat().st_size for p in entries(place))
    shown = json.loads(somac("cache", "show", "--json").stdout)["result"]
    assert shown == {
        "folder": str(place / "cache" / "compiled"),
        "entries": 2,
        "bytes": size,
        "limit_bytes": 10 << 20,
        "removed_entries": 0,
        "removed_bytes": 0,
    }
    (place / "cache" / "compiled" / "mine").write_text("a file of the user's")
    assert "removed  1 entry" in somac("cache", "prune", "--size", size - 1).stdout
    assert "removed  1 entry" in somac("cache", "clear").stdout
    assert [p.name for p in entries(place)] == ["mine"]
    assert "--size says how much" in somac("cache", "clear", "--size", "1", exit_code=2).stderr


WARM = """\
import sys
from somac.compiler.cli.app import main
sys.argv = ["somac", "compile", "small.snn", "-o", "out", "--force"]
try:
    main()
except SystemExit as done:
    assert not done.code
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def test_a_warm_compile_imports_nothing_heavy(somac: Somac, place: Path) -> None:
    somac("compile", "small.snn", "-o", "out")
    done = subprocess.run(
        [sys.executable, "-P", "-c", WARM], capture_output=True, text=True, check=True
    )
    imported = done.stderr.splitlines()[-1].split()
    assert "numpy" in imported
    assert not set(HEAVY) & set(imported)


def side_by_side(place: Path, models: int, processes: int, kills: int, seed: int) -> None:
    """Compile some models at the same time with one cache, and kill some while they do.

    Whoever ends well has written the right bundle, whoever is killed none or the right one, and
    the cache holds nothing but whole entries of the right content.
    """
    somac, random = Path(sys.executable).with_name("somac"), np.random.default_rng(seed)
    wanted = {}
    for cells in range(2, 2 + models):
        (place / f"m{cells}.snn").write_text(TEXT.format(cells=cells))
        reference = [somac, "compile", "-q", f"m{cells}.snn", "-o", f"wanted{cells}", "--no-cache"]
        subprocess.run(reference, check=True, capture_output=True)
        wanted[cells] = read_program(place / f"wanted{cells}").digest()
    running = {}
    for n in range(processes):
        cells = 2 + n % models
        running[n] = subprocess.Popen(
            [somac, "compile", "-q", f"m{cells}.snn", "-o", f"out{n}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    killed = set(random.choice(processes, kills, replace=False).tolist())
    for n in sorted(killed, key=lambda _: float(random.random())):
        time.sleep(float(random.random()) * processes / kills / 2)
        running[n].send_signal(signal.SIGKILL)
    for n, process in running.items():
        _, said = process.communicate()
        assert process.returncode == 0 or (n in killed and process.returncode == -9), said
        folder = place / f"out{n}"
        if process.returncode == 0 or folder.exists():
            assert read_program(folder).digest() == wanted[2 + n % models]
            assert said == b""
    found = [p for p in entries(place) if p.suffix == ".entry"]
    kept = [entry_from(path.read_bytes(), path.stem) for path in found]
    assert all(entry is not None for entry in kept)
    assert {e.program.digest() for e in kept if e is not None} <= set(wanted.values())
    # and all of it is of use to those who come later
    for cells, digest in wanted.items():
        command = [somac, "compile", f"m{cells}.snn", "-o", "last", "--force"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert "E094" not in done.stderr
        assert read_program(place / "last").digest() == digest


def test_a_few_processes_side_by_side(place: Path) -> None:
    side_by_side(place, models=1, processes=4, kills=2, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_fifty_processes_side_by_side(place: Path, seed: int) -> None:
    side_by_side(place, models=3, processes=50, kills=20, seed=seed)


def test_an_entry_is_readable_by_its_user_alone(somac: Somac, place: Path) -> None:
    before = os.umask(0)
    try:
        somac("compile", "small.snn", "-o", "out")
    finally:
        os.umask(before)
    (path,) = entries(place)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
