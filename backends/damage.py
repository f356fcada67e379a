"""What a checker raises inside itself when a file does not have the structure it must have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from somac.ir.errors import Diagnostic, Place

__all__ = ["DamagedError", "require", "to_the_damage"]


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


def to_the_damage(checks: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What checks find, and E0812 where a file that cannot be decoded ends them."""
    try:
        yield from checks
    except DamagedError as damage:
        yield Diagnostic("E0812", damage.problem, Place(file=damage.file))
