"""Differences: a value in A and in B, arrays of numbers, and the order in which both are met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["MOST_LINES", "Change", "Numbers", "Scalar", "changes", "joined", "lines_in_common"]

Scalar = bool | int | float | str | None

MOST_LINES = 2_000
"""Of a text that is compared line by line."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs; None on the side that has nothing of that name."""

    what: str
    a: Scalar
    b: Scalar
    unit: str = ""

    @property
    def by(self) -> float | None:
        """B less A, of two numbers."""
        a, b = self.a, self.b
        if isinstance(a, bool | str | None) or isinstance(b, bool | str | None):
            return None
        return b - a

    @property
    def share(self) -> float | None:
        """The same as a share of A: of 1, and None where A is 0 or no number."""
        by = self.by
        return None if by is None or not self.a else by / abs(float(self.a))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of arrays of one shape: how many of them differ, and by how much at most.

    `largest` is None where one of them is no finite number.
    """

    what: str
    count: int
    differing: int
    largest: float | None


def joined(a: Iterable[str], b: Iterable[str]) -> tuple[str, ...]:
    """All names: those of A in its order, then what only B has."""
    return tuple(dict.fromkeys((*a, *b)))


def lines_in_common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many lines two texts share, in their order."""
    return sum(block.size for block in SequenceMatcher(None, a, b, False).get_matching_blocks())


def changes(a: dict[str, Scalar], b: dict[str, Scalar], unit: str = "") -> tuple[Change, ...]:
    """What differs between values by name."""
    return tuple(
        Change(name, a.get(name), b.get(name), unit)
        for name in joined(a, b)
        if not _same(a.get(name), b.get(name))
    )


def _same(a: Scalar, b: Scalar) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)
