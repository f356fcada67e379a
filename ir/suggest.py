"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]

_COMPARED = 100
"""Characters of a word that are compared: comparing takes their square."""


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words nearest to `word`, the nearest first; none where none is near."""
    return get_close_matches(word[:_COMPARED], sorted(set(known)), n=most)


def did_you_mean(word: str, known: Iterable[str], listed: int = 12) -> str | None:
    """A hint: the known word nearest to `word`, or all if they are `listed` at most, or nothing.

    >>> did_you_mean("tua", ["tau", "r"]), did_you_mean("x", ["tau", "r"])
    ("did you mean 'tau'?", 'known: r, tau')
    """
    words = sorted(set(known))
    near = nearest(word, words)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= listed else None
