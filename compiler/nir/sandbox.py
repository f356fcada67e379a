"""A conversation with a fresh Python process that may crash, hang or run out of memory.

Knows nothing of files: it starts the process, ends it at the latest when its time is up, and
says how it ended. What the process may do is limited by itself (see `child`) before it touches
anything hostile; the clock is the parent's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Protocol, TypeVar

from somac.compiler.nir.wire import MalformedError

__all__ = ["DiedError", "ExpiredError", "NotStartedError", "Process", "converse", "start"]

T = TypeVar("T")

# variables an interpreter may need to find its libraries; nothing else is handed on
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
# HDF5 loads no filter plug-ins; numerical libraries start no threads, which take address space
_SET = {
    "HDF5_PLUGIN_PRELOAD": "::",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from {module} import {function}; {function}()"
)
_STDERR_BYTES = 4096


class NotStartedError(Exception):
    """The process could not be started."""


class ExpiredError(Exception):
    """The process was ended at its time limit."""


class DiedError(Exception):
    """The process ended, or broke the protocol, without a complete answer."""


class Process(Protocol):
    """What is needed of a process; `subprocess.Popen` has it."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def kill(self) -> None:
        """End it at once."""

    def wait(self) -> int:
        """Wait for its end; the exit status, or minus the signal that ended it."""


def start(entry: str) -> Process:
    """Start ``module:function`` in a fresh interpreter of its own session.

    The interpreter is isolated (no user site, no PYTHON* variables, no start-up files) and
    gets this one's import path, so that both have the same libraries.

    Raises
    ------
    NotStartedError
        The system refuses.
    """
    module, function = entry.split(":")
    path = json.dumps([os.path.abspath(folder) for folder in sys.path])
    boot = _BOOT.format(module=module, function=function)
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _SET
    try:
        return subprocess.Popen(
            [sys.executable or "python3", "-I", "-S", "-c", boot, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise NotStartedError(str(error)) from error


def converse(
    entry: str,
    send: Callable[[IO[bytes]], None],
    receive: Callable[[IO[bytes]], T],
    *,
    wall_seconds: float,
) -> T:
    """Start a process, say something, hear its answer, end it.

    Parameters
    ----------
    entry
        ``module:function``, called without arguments in the new process.
    send
        Writes to its stdin, which is closed afterwards. The process may stop listening early.
    receive
        Reads the answer from its stdout; EOFError or `MalformedError` of it mean there is none.
    wall_seconds
        Its life.

    Raises
    ------
    NotStartedError, ExpiredError, DiedError
        There is no answer, and why.
    """
    process = start(entry)
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    if stdin is None or stdout is None or stderr is None:
        raise NotStartedError("no pipes")
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    clock = threading.Timer(wall_seconds, expire)
    clock.daemon = True
    clock.start()
    try:
        try:
            send(stdin)
            _close(stdin)
        except BrokenPipeError:
            pass  # it died, or has answered already: reading tells which
        try:
            return receive(stdout)
        except MalformedError as error:
            reason = f"its answer is broken: {error}"
        except EOFError:
            status = process.wait()
            if expired.is_set():
                raise ExpiredError from None
            reason = _ending(status, stderr.read(_STDERR_BYTES))
        if expired.is_set():
            raise ExpiredError
        raise DiedError(reason)
    finally:
        clock.cancel()
        process.kill()
        process.wait()
        for pipe in (stdin, stdout, stderr):
            _close(pipe)


def _ending(status: int, said: bytes) -> str:
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"ended with status {status}" + (f": {last}"[:300] if last else "")


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # the other end is gone: what was not written has no reader
        pipe.close()
