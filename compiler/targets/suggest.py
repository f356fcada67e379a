"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean"]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A question naming the known word nearest to `word`, None if none is near."""
    near = get_close_matches(word[:100], list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else None
