"""What the checker raises inside itself when a file does not have the structure it must have."""

from __future__ import annotations

__all__ = ["DamagedError", "require"]


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
