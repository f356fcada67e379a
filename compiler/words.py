"""Counts in words."""

from __future__ import annotations

__all__ = ["count"]


def count(number: int, thing: str, things: str | None = None) -> str:
    """E.g. ``1 core``, ``1,234 cores``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
