"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]

_COMPARED = 100
"""Characters of a word that are compared: comparing takes their square."""

_BEGINNING = 3
"""Characters of a word that say enough to be the beginning of another."""


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words nearest to `word`, the nearest first; none where none is near."""
    return get_close_matches(word[:_COMPARED], sorted(set(known)), n=most)


def did_you_mean(word: str, known: Iterable[str], listed: int = 12) -> str | None:
    """A hint: the known word nearest to `word`, or all if they are `listed` at most, or nothing.

    The shortest that begins with `word` is nearer than any other.

    >>> did_you_mean("tua", ["tau", "r"]), did_you_mean("x", ["tau", "r"])
    ("did you mean 'tau'?", 'known: r, tau')
    """
    words = sorted(set(known))
    begun = [w for w in words if len(word) >= _BEGINNING and w.startswith(word)]
    near = sorted(begun, key=len) or nearest(word, words)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= listed else None
