"""The cache of compiled models, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from somac.compiler.cli.render.layout import count, fields

if TYPE_CHECKING:
    from somac.compiler.cli.views.cache import CacheView

__all__ = ["cache_text"]


def cache_text(view: CacheView) -> str:
    """A line each: where, how much, and what was removed."""
    size = f"{_entries(view.entries)}, {view.bytes:,} of at most {view.limit_bytes:,} bytes"
    pairs = [("folder", view.folder), ("holds", size)]
    if view.removed_entries:
        gone = f"{_entries(view.removed_entries)}, {view.removed_bytes:,} bytes"
        pairs.append(("removed", gone))
    return fields(pairs)


def _entries(number: int) -> str:
    return count(number, "entry", "entries")
