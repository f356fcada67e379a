"""What the checker raises inside itself when a file is not as the format of bundles has it."""

from __future__ import annotations

from somac.ir.program import Program

__all__ = ["DamagedError", "content", "require"]


class DamagedError(Exception):
    """A file that cannot be decoded: `file` and `problem`."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file
        self.problem = problem


def require(condition: bool, file: str, problem: str) -> None:
    """Raise `DamagedError` unless the condition holds."""
    if not condition:
        raise DamagedError(file, problem)


def content(program: Program, file: str) -> bytes:
    """The bytes of a file; `DamagedError` if there is none."""
    found = program.files.get(file)
    if found is None:
        raise DamagedError(file, "missing")
    return found
