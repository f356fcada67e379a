"""What becomes of an exception that nobody expected: a report to attach, and one sentence."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version
from types import FrameType

from somac.ir.errors import SomacError

__all__ = ["report_text", "reported"]


def reported(error: Exception) -> SomacError:
    """Write a bug report to the folder for temporary files, and give the error that names it."""
    from somac.compiler.plugins.groups import BACKENDS
    from somac.compiler.plugins.registered import passed_through, registered

    # libraries read the lists of all packages, too, and do not get over one that is damaged
    _, unreadable = registered(BACKENDS)
    if unreadable and any(
        _reads_lists(frame) for frame, _ in traceback.walk_tb(error.__traceback__)
    ):
        return SomacError.of(unreadable)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    plugin = passed_through(error)
    match error:
        case MemoryError():
            message, code = "this machine's memory was not enough", "E0992"
        case RecursionError():
            message, code = "the input is nested deeper than somac can follow", "E0993"
        case _ if plugin is not None:
            message = (
                f"this is a bug of the {plugin.noun} {plugin.name}, not of your input ({what})"
            )
            code = "E0994"
        case _:
            message, code = f"this is a bug of somac, not of your input ({what})", "E0991"
    others = () if plugin is None or plugin.package is None else (plugin.package,)
    whom = "" if plugin is None else f" to the authors of {plugin.origin}"
    try:
        descriptor, path = tempfile.mkstemp(prefix="somac-bug-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report_text(error, others))
        hint = f"please report it{whom} and attach {path} (read it first: it names your files)"
    except OSError as refused:
        hint = f"please report it{whom}; no report could be written ({refused.strerror})"
    return SomacError(code, message, hint=hint)


def _reads_lists(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("importlib.metadata")


def report_text(error: Exception, others: Iterable[str] = ()) -> str:
    """Command, versions (those of `others` too, which are packages) and traceback."""
    needed = [line for line in requires("somac") or () if "extra ==" not in line]
    names = sorted({"somac", *map(_name, needed), *others})
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
