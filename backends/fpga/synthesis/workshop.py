"""A folder in which tools run: they see files below it only, and it is gone afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from somac.backends.api.tools import Tool, ended, find
from somac.backends.fpga.synthesis.reports import errors_of
from somac.ir.errors import SomacError

__all__ = ["Workshop", "workshop"]

_TAIL = 60
"""Lines that are kept of each log."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder, how long one tool may take, and the last lines of those that have run."""

    folder: Path
    seconds: float
    logs: list[str] = field(default_factory=list)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files there, in folders of their own where their names say so."""
        for name, data in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def read(self, name: str) -> bytes:
        """A file that a tool wrote; E0861 if it did not."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise SomacError(
                "E0861", f"a tool ended without writing {name}", hint=self.log() or None
            ) from None

    def text(self, name: str) -> str:
        """The same as text."""
        return self.read(name).decode("utf-8", "replace")

    def log(self) -> str:
        """The ends of the logs, the last tool at the end."""
        return "\n".join(self.logs)

    def run(self, tool: Tool, options: Sequence[str], what: str, code: str) -> str:
        """Run a tool and return what it says; SomacError `code` if it fails or does not end."""
        path = find(tool)
        name = Path(path).name
        try:
            done = ended([path, *options], self.folder, self.seconds, together=True)
        except subprocess.TimeoutExpired:
            raise SomacError(
                code,
                f"{name} has not ended with {what}",
                have=f"{self.seconds:g} s",
                hint="give it more time, or a smaller circuit",
            ) from None
        except OSError as error:
            raise SomacError(code, f"{name} cannot be run: {error}") from None
        said = done.stdout
        lines = [line for line in said.splitlines() if line.strip()]
        self.logs.extend(lines[-_TAIL:])
        if done.returncode:
            raise SomacError(
                code,
                f"{name} gives up on {what} (exit code {done.returncode}): "
                f"{errors_of(said) or 'it says nothing'}",
            )
        return said


@contextmanager
def workshop(files: Mapping[str, bytes], seconds: float) -> Iterator[Workshop]:
    """A workshop with these files, which is removed however it ends."""
    # a cache of a tool may still be open where Ctrl-C ended it
    with TemporaryDirectory(prefix="somac-", ignore_cleanup_errors=True) as folder:
        shop = Workshop(Path(folder), seconds)
        shop.write(files)
        yield shop
