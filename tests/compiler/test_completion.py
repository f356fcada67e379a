"""Completion of words, asked for as shells do, and in the shells themselves."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from somac.compiler.cli.app import COMMANDS, cli
from somac.compiler.cli.completing import known_profiles, known_targets
from somac.compiler.cli.shells import SHELLS, answer
from somac.compiler.plugins import BACKENDS, PLACERS, installed
from somac.compiler.targets import load_targets
from somac.grammar.library import library
from somac.ir.codes import CODES

Somac = Callable[..., Result]
BIN = Path(sys.executable).parent


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with models in it and in folders below."""
    for name in ("models/a.nir", "models/b.snn", "models/c.txt", "my nets/d e.nir", "x.npz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".hidden").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answers(*words: str, quoted: bool = False) -> list[str]:
    """What the last of these words may become."""
    lines = answer(cli, words, quoted=quoted).splitlines()
    return [line.split("\t")[1] for line in lines]


def test_commands_and_options() -> None:
    assert answers("") == [*COMMANDS]
    assert answers("comp") == ["compile", "compare", "completion"]
    assert answers("compile", "--pro") == ["--profile"]
    assert answers("verify", "--no-h") == ["--no-host-c"]
    assert answers("compile", "m.nir", "--mac", "") == ["auto", "never", "always"]
    assert answers("completion", "") == [*SHELLS]


def test_names_of_plug_ins() -> None:
    assert {"cpsat", "greedy", "search"} <= {*answers("compile", "--placer", "")}
    assert answers("map", "--placer", "cp") == ["cpsat"]
    assert answers("placers", "doctor", "gr") == ["greedy"]
    assert answers("backends", "doctor", "many") == ["manycore"]


def test_a_damaged_list_of_plug_ins_completes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(**_: str) -> None:
        raise TypeError

    monkeypatch.setattr("importlib.metadata.entry_points", damaged)
    assert answers("map", "--placer", "cp") == []


def test_files(place: Path) -> None:
    assert answers("compile", "") == ["models", "my nets"]
    assert answers("compile", "models/") == ["models/a.nir", "models/b.snn"]
    assert answers("fmt", "models/") == ["models/b.snn"]
    assert answers("run", "out", "--input", "") == ["models", "my nets", "x.npz"]
    assert answers("check", "models/a.nir", "models/b") == ["models/b.snn"]
    assert answers("compile", "my\\ n", quoted=True) == ["my nets"]
    assert answers("compile", '"my nets/', quoted=True) == ["my nets/d e.nir"]
    assert answers("compile", "nowhere/") == []
    assert answers("compile", ".h") == [".hidden"]


def test_names_of_targets_are_those_that_are_read(place: Path) -> None:
    known = load_targets()
    assert dict(known_targets()) == {name: target.title for name, target in known.items()}
    assert answers("compile", "--target", "") == [*known]
    assert answers("targets", "ULX") == ["ulx3s-85f", "ulx3s-25f"]
    # bash takes it for three words, other shells for one
    assert answers("compile", "--target", "=", "neu") == ["neurram"]
    assert answers("compile", "--target=neu") == ["--target=neurram"]
    (place / "own.yaml").write_text("schema: 1\ntargets:\n  mine: # ours\n    title: Mine\n")
    assert answers("compile", "--targets", "own.yaml", "--target", "m") == ["mine"]
    assert answers("compile", "--targets", "none.yaml", "--target", "neu") == ["neurram"]


def test_names_of_profiles_are_those_of_the_library() -> None:
    assert [name for name, _ in known_profiles()] == [*library().profiles]
    assert answers("compile", "--profile", "s") == ["spikingjelly", "snntorch", "sinabs", "spyx"]


def test_names_of_plugins_are_those_that_are_installed() -> None:
    assert answers("backends", "doctor", "") == [*installed(BACKENDS)]
    assert answers("placers", "doctor", "") == [*installed(PLACERS)]
    assert answers("map", "p.json", "--placer", "se") == ["search"]


def test_codes() -> None:
    assert answers("explain", "e") == [*CODES]
    assert answers("explain", "E088") == [code for code in CODES if code.startswith("E088")]


def test_names_in_bundles(compiled_text: Callable[[str], Path], tmp_path: Path) -> None:
    bundle = str(
        compiled_text("""\
network small:
    dt 1 ms

input x[3]: spikes
population one[4]: LIF(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.1, v_reset = 0)
population two[2]: LIF(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.1, v_reset = 0)
projection x -> one as taught: dense(uniform(0, 1), seed = 1) learns pair_stdp(
        tau_plus = 20 ms, tau_minus = 20 ms, a_plus = 0.002, a_minus = 0.0024, w_max = 1)
projection one -> two: dense(uniform(0, 1), seed = 2)
output two
""")
    )
    assert answers("run", bundle, "--record", "") == ["one", "two"]
    assert answers("run", bundle, "--input", "x.npz", "--record", "t") == ["two"]
    assert answers("run", bundle, "--record-weights", "") == ["taught"]
    (tmp_path / "golden").mkdir()
    for damaged in ("{", "[]", '{"value": 3}'):
        (tmp_path / "golden" / "network.json").write_text(damaged)
        assert answers("run", str(tmp_path), "--record", "") == []


def test_answers_are_quick_and_import_nothing_heavy(place: Path) -> None:
    heavy = {"numpy", "h5py", "pydantic", "ruamel", "lark", "ortools", "rich"}
    for words in (
        [""],
        ["compile", "--target", ""],
        ["compile", "--placer", ""],
        ["run", "o", "--record", ""],
        ["explain", ""],
    ):
        program = f"""
import sys
from somac.compiler.cli.app import cli
from somac.compiler.cli.shells import answer
answer(cli, {words!r}, quoted=True)
print(*sys.modules)
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert not heavy & {name.partition(".")[0] for name in done.stdout.split()}
        before = os.times()
        done = subprocess.run(
            [BIN / "somac", *words],
            env={**os.environ, "_SOMAC_COMPLETE": "quoted"},
            capture_output=True,
            text=True,
            check=True,
        )
        after = os.times()
        spent = after.children_user + after.children_system
        assert spent - before.children_user - before.children_system < 0.3
        assert done.stderr == ""


def test_the_script_is_printed_as_it_is(somac: Somac) -> None:
    for shell in SHELLS:
        done = somac("completion", shell)
        assert done.stdout.endswith("\n")
        assert "_somac_completion" in done.stdout


# in the shells


@pytest.fixture
def scripts(place: Path, somac: Somac, require: Callable[..., None]) -> Callable[[str], Path]:
    """The script of a shell that is there, in a file."""

    def written(shell: str) -> Path:
        require(shell)
        path = place / f".completion.{shell}"
        path.write_text(somac("completion", shell).stdout)
        return path

    return written


def typed(command: list[str], setup: str, keys: str, until: str) -> str:
    """What a terminal shows of a shell in which keys are pressed."""
    program = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"
    controller, terminal = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", program, *command],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "TERM": "dumb",
            "PS1": "> ",
            "INPUTRC": "/dev/null",
        },
    )
    os.close(terminal)
    shown = ""

    def read(until: str) -> None:
        nonlocal shown
        end = time.monotonic() + 60
        while until not in shown and time.monotonic() < end:
            if select.select([controller], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    shown += os.read(controller, 4096).decode()
        assert until in shown, shown

    try:
        os.write(controller, f"{setup}; echo rea''dy\n".encode())
        read("ready")
        shown = ""
        os.write(controller, keys.encode())
        read(until)
    finally:
        running.kill()
        running.wait()
        os.close(controller)
    return shown


NEURRAM = "NeuRRAM, 48 cores of 256 x 256 resistive memory"
BASH = ["bash", "--noprofile", "--norc", "-i"]
ZSH = ["zsh", "-f", "-i"]
KEYS = [
    ("somac compi\t", "somac compile "),
    ("somac compile mod\t", "somac compile models/"),
    ("somac compile models/a\t", "somac compile models/a.nir "),
    ("somac compile my\t", "somac compile my\\ nets/"),
    ("somac compile my\\ nets/\t", "somac compile my\\ nets/d\\ e.nir "),
    ("somac compile x.nir --target neu\t", "--target neurram "),
    ("somac compile x.nir --target=neu\t", "--target=neurram"),
    ("somac explain E099\t\t", "E0993"),
]


@pytest.mark.parametrize(("keys", "shown"), KEYS)
def test_in_bash(scripts: Callable[[str], Path], keys: str, shown: str) -> None:
    typed(BASH, f"source {shlex.quote(str(scripts('bash')))}", keys, shown)


@pytest.mark.parametrize(("keys", "shown"), KEYS)
def test_in_zsh(scripts: Callable[[str], Path], keys: str, shown: str) -> None:
    script = shlex.quote(str(scripts("zsh")))
    typed(ZSH, f"autoload -U compinit; compinit -u -D; source {script}", keys, shown)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("somac compi", ["compile\tCompile a model for a target."]),
        ("somac compile mo", ["models/"]),
        ("somac compile models/", ["models/a.nir", "models/b.snn"]),
        ("somac compile my\\ nets/", ["my nets/d e.nir"]),
        (
            "somac compile x.nir --target neu",
            [f"neurram\t{NEURRAM}"],
        ),
        (
            "somac compile x.nir --target=neu",
            [f"--target=neurram\t{NEURRAM}"],
        ),
    ],
)
def test_in_fish(
    scripts: Callable[[str], Path], place: Path, line: str, expected: list[str]
) -> None:
    script = scripts("fish")
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {script}; complete -C {shlex.quote(line)}"],
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(place)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == expected
