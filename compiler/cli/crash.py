"""What becomes of an exception that nobody expected: a report to attach, and one sentence."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from importlib.metadata import PackageNotFoundError, requires, version

from somac.ir.errors import SomacError

__all__ = ["report_text", "reported"]


def reported(error: Exception) -> SomacError:
    """Write a bug report to the folder for temporary files, and give the error that names it."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    match error:
        case MemoryError():
            message, code = "this machine's memory was not enough", "E0992"
        case RecursionError():
            message, code = "the input is nested deeper than somac can follow", "E0993"
        case _:
            message, code = f"this is a bug of somac, not of your input ({what})", "E0991"
    try:
        descriptor, path = tempfile.mkstemp(prefix="somac-bug-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report_text(error))
        hint = f"please report it and attach {path} (read it first: it names your files)"
    except OSError as refused:
        hint = f"please report it; no report could be written ({refused.strerror})"
    return SomacError(code, message, hint=hint)


def report_text(error: Exception) -> str:
    """Command, versions and traceback."""
    needed = [line for line in requires("somac") or () if "extra ==" not in line]
    names = sorted({"somac", *map(_name, needed)})
    lines = [
        "somac bug report",
        f"command: {shlex.join(sys.argv)}",
        f"python: {platform.python_version()} ({platform.python_implementation()})",
        f"system: {platform.platform()}",
        *(f"{name}: {_version(name)}" for name in names),
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"


def _name(requirement: str) -> str:
    """The package a requirement asks for."""
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "._-")), None)
    return requirement[:end]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
