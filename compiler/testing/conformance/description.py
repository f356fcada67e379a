"""What a backend says of itself before it does anything, and what that costs."""

from __future__ import annotations

import json
import subprocess
import sys

from somac.backends.api import API_VERSION, Backend, BackendInfo
from somac.compiler.children import environment
from somac.compiler.plugins import BACKENDS, Opened, opened
from somac.compiler.testing.conformance.subject import Subject

__all__ = ["HEAVY", "MOST_SECONDS", "check_light", "check_whole"]

MOST_SECONDS = 0.15
"""Processor time that importing the module of INFO may take, beyond what Python itself takes."""

HEAVY = frozenset(
    {
        "google",
        "h5py",
        "hypothesis",
        "jax",
        "jinja2",
        "lark",
        "llvmlite",
        "matplotlib",
        "networkx",
        "nir",
        "numba",
        "numpy",
        "ortools",
        "pandas",
        "pydantic",
        "pytest",
        "ruamel",
        "scipy",
        "sklearn",
        "tensorflow",
        "torch",
    }
)
"""Packages that take long to import."""

_PROGRAM = """
import json, sys, time
before, start = set(sys.modules), time.process_time()
import {module}
cost = time.process_time() - start
print(json.dumps([cost, sorted({{m.split(".")[0] for m in set(sys.modules) - before}})]))
"""


def check_whole(subject: Subject) -> None:
    """The backend is registered, of a version that runs, and everything that there must be."""
    state = _state(subject)
    assert not state.problems, "\n".join(map(str, state.problems))
    info = state.info
    assert info is not None
    assert info.api_version[0] == API_VERSION[0]
    declared = {option.name for option in info.options}
    assert subject.guidance.options.keys() <= declared
    assert subject.backend.info == info, "`info` of the backend is not the INFO of its module"
    assert info.name == subject.target.backend


def check_light(subject: Subject) -> None:
    """Listing backends imports the module of INFO: it is light, and prints nothing.

    The least of three times counts, so that a busy computer is no fault.
    """
    module = _state(subject).plugin.point.module
    costs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM.format(module=module)],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
        assert done.returncode == 0, f"{module} does not import by itself:\n{done.stderr}"
        assert done.stdout.count("\n") == 1, f"importing {module} prints:\n{done.stdout}"
        cost, loaded = json.loads(done.stdout)
        heavy = sorted(HEAVY & set(loaded))
        assert not heavy, f"importing {module} imports {', '.join(heavy)}: let create() do it"
        costs.append(cost)
        if cost < MOST_SECONDS:
            return
    raise AssertionError(
        f"importing {module} takes {min(costs):.2f} s of processor time; listing backends imports "
        f"it, so that it may take {MOST_SECONDS} s: let create() import what is heavy"
    )


def _state(subject: Subject) -> Opened[BackendInfo, Backend]:
    (state, *_), _ = opened(BACKENDS, subject.target.backend)
    return state
