"""Compilers and simulators of this computer: found, run, and their failures named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from somac.ir.errors import Diagnostic, Place, SomacError

__all__ = ["BUILD_SECONDS", "CC", "Tool", "build", "ended", "execute", "find", "missing"]

BUILD_SECONDS = 300.0
"""Time after which a compiler is taken to hang."""

_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of this computer: names it may have, and what brings it."""

    names: tuple[str, ...]
    install: str


CC = Tool(("cc", "gcc", "clang"), "a C compiler (Debian: gcc; macOS: xcode-select --install)")


def missing(tools: Sequence[Tool]) -> tuple[Diagnostic, ...]:
    """E0840 for each tool that is neither on the path nor beside this Python."""
    return tuple(
        Diagnostic(
            "E0840",
            f"{tool.names[0]} is not on this machine",
            need=" or ".join(tool.names),
            hint=f"install {tool.install}",
        )
        for tool in tools
        if not _path(tool)
    )


def find(tool: Tool) -> str:
    """The path of a tool; SomacError E0840 if it is not there."""
    found = _path(tool)
    if found is None:
        raise SomacError.of(missing([tool]))
    return found


def _path(tool: Tool) -> str | None:
    # programs of Python packages stand beside the interpreter, whose folder need not be on the path
    beside = str(Path(sys.executable).parent)
    return next(
        (
            path
            for name in tool.names
            if (path := shutil.which(name) or shutil.which(name, path=beside))
        ),
        None,
    )


def build(command: Sequence[str | Path], folder: Path, source: str) -> str:
    """Run a compiler in a folder and return what it prints; SomacError E0841 if it fails.

    `source` is the file that messages name.
    """
    try:
        done = ended(command, folder, BUILD_SECONDS)
    except subprocess.TimeoutExpired:
        problem = f"it takes longer than {BUILD_SECONDS:.0f} s"
    except OSError as error:
        problem = str(error)
    else:
        if done.returncode == 0:
            return done.stdout
        problem = _shortened(done.stderr.strip() or done.stdout)
    raise SomacError(
        "E0841",
        f"{Path(command[0]).name} does not build {source}: {problem}",
        place=Place(file=source),
    )


def execute(command: Sequence[str | Path], folder: Path, what: str, seconds: float) -> str:
    """Run a program that was built, in a folder, and return what it says on either stream.

    SomacError E0843 if it fails or hangs.
    """
    try:
        done = ended(command, folder, seconds)
    except subprocess.TimeoutExpired:
        raise SomacError(
            "E0843", f"{what} has not ended", have=f"{seconds:.0f} s", hint="try fewer steps"
        ) from None
    except OSError as error:
        raise SomacError("E0843", f"{what} cannot be run: {error}") from None
    if done.returncode:
        said = _shortened(done.stderr or done.stdout)
        raise SomacError("E0843", f"{what} failed (exit code {done.returncode}): {said}")
    return _shortened(done.stdout + done.stderr)


def ended(
    command: Sequence[str | Path], folder: Path, seconds: float, *, together: bool = False
) -> subprocess.CompletedProcess[str]:
    """A program that has ended, and what it said; TimeoutExpired if it had to be ended.

    With `together` what it says on either stream is in its standard output, as it came.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if together else subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            said, complained = process.communicate(timeout=seconds)
        except BaseException:
            # subprocess.run would not wait for it after Ctrl-C, and it still writes to the folder
            process.kill()
            process.wait()
            raise
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
