"""The cache of compiled models, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from somac.compiler.cache.store import Kept, Store

__all__ = ["CacheView", "cache_view"]


@dataclass(frozen=True, slots=True)
class CacheView:
    """Where it is, what is in it, what it may take, and what was removed just now."""

    folder: str
    entries: int
    bytes: int
    limit_bytes: int
    removed_entries: int
    removed_bytes: int


def cache_view(store: Store, removed: Sequence[Kept] = ()) -> CacheView:
    """What is in the folder now."""
    there = store.entries()
    return CacheView(
        str(store.folder),
        len(there),
        sum(kept.bytes for kept in there),
        store.limit,
        len(removed),
        sum(kept.bytes for kept in removed),
    )
