"""The same in processes of their own: other hash seeds, an empty folder, nothing remembered."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from somac.compiler.children import environment
from somac.compiler.pipeline import Compiled
from somac.compiler.testing import zoo
from somac.compiler.testing.conformance import child
from somac.compiler.testing.conformance.subject import Subject, recorded
from somac.ir.program import write_program

__all__ = ["check_again", "check_processes"]


def check_again(subject: Subject, made: Compiled) -> None:
    """The same model compiles to the same bytes, also after another one."""
    for other in (made.network, zoo.animal("one_neuron"), made.network):
        again = subject.compile(other)
        if other is made.network:
            assert isinstance(again, Compiled), f"{other.name} is refused when compiled again"
            _check_same(made, again)


def check_processes(subject: Subject, made: Sequence[Compiled], folder: Path) -> None:
    """Fresh processes compile to the same bytes and emulate the same bits, and leave no trace.

    They have hash seeds of their own, an empty working directory and no memory of what was compiled
    here: an emulator has the files of the bundle, and nothing else.
    """
    digests = {m.network.name: m.program.digest() for m in made}
    runs, bundles = {}, {}
    for m in made:
        given, wanted = zoo.stimulus(m.golden), recorded(m.golden)
        place = folder / "bundles" / m.network.name
        write_program(m.program, place)
        bundles[m.network.name] = (place, given, wanted)
        runs[m.network.name] = child.run_digest(subject.emulate(m.program, given, **wanted))
    for seed in ("1", "2"):
        job = {
            "target": subject.target.name,
            "targets_file": subject.targets_file and subject.targets_file.resolve(),
            "options": subject.options,
            "models": {name: zoo.FOLDER / f"{name}.snn" for name in digests},
            "bundles": bundles,
        }
        found = _run(job, folder / f"process-{seed}", seed)
        assert found["digests"] == digests, (
            "a fresh process compiles to other bytes (PYTHONHASHSEED, memory or order): "
            f"{_differing(found['digests'], digests)}"
        )
        assert found["runs"] == runs, (
            "a fresh process emulates the written bundle differently: does the emulator remember "
            f"what was compiled here? {_differing(found['runs'], runs)}"
        )
        assert not found["written"], f"written outside of the bundle: {found['written']}"
        assert not found["left"], f"left behind: {found['left']}"
        assert not found["said"], f"printed where results stand: {found['said']!r}"


def _run(job: dict[str, Any], folder: Path, seed: str) -> dict[str, Any]:
    """The result of a job, and what was left behind in the folders that were empty."""
    empty = [folder / name for name in ("here", "temporary")]
    for place in empty:
        place.mkdir(parents=True)
    (folder / child.JOB).write_bytes(pickle.dumps(job))
    done = subprocess.run(
        [sys.executable, "-P", child.__file__, folder],
        cwd=empty[0],
        env=environment(PYTHONHASHSEED=seed, PYTHONDONTWRITEBYTECODE="1", TMPDIR=str(empty[1])),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"a fresh process fails:\n{done.stderr}"
    result: dict[str, Any] = json.loads((folder / child.RESULT).read_text(encoding="utf-8"))
    result["left"] = [str(path) for place in empty for path in place.rglob("*")]
    return result


def _check_same(first: Compiled, again: Compiled) -> None:
    differing = [
        name
        for name in sorted({*first.program.files, *again.program.files})
        if first.program.files.get(name) != again.program.files.get(name)
    ]
    assert not differing, (
        f"{first.network.name} compiles to other bytes the second time: {differing}"
    )


def _differing(a: dict[str, str], b: dict[str, str]) -> str:
    return ", ".join(sorted(name for name in {*a, *b} if a.get(name) != b.get(name)))
