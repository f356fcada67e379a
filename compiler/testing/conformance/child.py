"""What runs in a process of its own: compile, read bundles, emulate them, and see what is written.

``python child.py FOLDER``, as `processes` starts it: FOLDER holds the job, and gets the result. It
is a script of the compiler alone, so that neither pytest nor what it loads is there.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from somac.backends.api import Emulation
from somac.compiler.load import load_model
from somac.compiler.pipeline import compile_network
from somac.compiler.plugins import find_backend
from somac.compiler.targets import find_target
from somac.ir.program import read_program

__all__ = ["JOB", "RESULT", "main", "run_digest"]

JOB, RESULT = "job.pickle", "result.json"

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link"})
_DEVICES = ("/dev/", "/proc/")


def run_digest(run: Emulation) -> str:
    """One text for everything that a run computed."""
    digest = hashlib.blake2b(digest_size=16)
    parts: dict[str, Any] = {**run.outputs, **run.signals}
    for groups in (run.states, run.weights):
        parts |= {f"{n}.{s}": value for n, states in groups.items() for s, value in states.items()}
    for name in sorted(parts):
        values = np.ascontiguousarray(parts[name], np.int64)
        digest.update(f"{name} {values.shape}".encode() + values.tobytes())
    return digest.hexdigest()


def main(folder: Path) -> None:
    """Do the job of a folder."""
    with (folder / JOB).open("rb") as file:
        job = pickle.load(file)
    written: list[str] = []
    with _watched(written), contextlib.redirect_stdout(io.StringIO()) as said:
        target = find_target(job["target"], job["targets_file"])
        runs = {}
        # before anything is compiled here that a backend could remember
        for name, (bundle, inputs, wanted) in job["bundles"].items():
            emulator = find_backend(target.backend).emulator(read_program(bundle))
            runs[name] = run_digest(emulator.run(inputs, **wanted))
        digests = {
            name: compile_network(load_model(path).network, target, job["options"]).program.digest()
            for name, path in job["models"].items()
        }
    result = {
        "digests": digests,
        "runs": runs,
        "written": sorted(set(written)),
        "said": said.getvalue(),
    }
    (folder / RESULT).write_text(json.dumps(result), encoding="utf-8")


@contextlib.contextmanager
def _watched(written: list[str]) -> Iterator[None]:
    """Note what is written outside of caches and of the folder for temporary files."""
    watching = True
    # what is under them may be written: machine code is kept between runs
    homes = [Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")]
    homes += [Path(os.environ[name]) for name in ("NUMBA_CACHE_DIR",) if name in os.environ]
    allowed = [str(p.resolve()) for p in (*homes, Path(tempfile.gettempdir()))]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not watching:
            return
        if event == "socket.connect":
            written.append(f"a connection to {arguments[1]}")
        paths = _paths(event, arguments)
        for path in paths:
            place = os.path.realpath(os.path.abspath(path))
            inside = any(place == a or place.startswith(a + os.sep) for a in allowed)
            if not (inside or "__pycache__" in place or place.startswith(_DEVICES)):
                written.append(place)

    sys.addaudithook(hook)
    try:
        yield
    finally:
        watching = False


def _paths(event: str, arguments: tuple[Any, ...]) -> list[str]:
    """What an event writes, as far as it has a name."""
    named: tuple[Any, ...] = ()
    if event == "open":
        path, mode, flags = arguments
        writes = any(c in "wax+" for c in mode) if isinstance(mode, str) else flags & _WRITES
        named = (path,) if writes else ()
    elif event in _CHANGES:
        named = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
    return [os.fsdecode(p) for p in named if isinstance(p, str | bytes | os.PathLike)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
