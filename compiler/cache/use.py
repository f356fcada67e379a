"""Take what is kept, or make it and keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from somac.compiler.cache.entry import Entry
from somac.compiler.cache.place import cache_bytes, cache_folder
from somac.compiler.cache.store import Store
from somac.ir.errors import Diagnostic, Severity

__all__ = ["chosen_store", "taken_or_made"]

Key = Callable[[], str | None]
Tell = Callable[[Iterable[Diagnostic]], None]


def chosen_store() -> Store | Diagnostic:
    """The cache as the environment says, or why there is none; SomacError E0941."""
    limit = cache_bytes()
    try:
        return Store(cache_folder(), limit)
    except RuntimeError as error:
        return Diagnostic(
            "E0942",
            f"there is no place for a cache of compiled models: {error}",
            hint="SOMAC_CACHE_DIR names one, --no-cache uses none",
            severity=Severity.NOTE,
        )


def taken_or_made(key: Key, make: Callable[[], Entry], tell: Tell) -> tuple[Entry, Path | None]:
    """The entry of a key, and the folder it was taken from: None if it was made.

    Parameters
    ----------
    key
        Computes the key; None if nothing may be taken or kept. It is asked again before a result
        is kept: what was made while its inputs changed is not the result of either.
    make
        Compiles; tells what it has to tell itself.
    tell
        Hears what is wrong with the cache.
    """
    store = chosen_store()
    if isinstance(store, Diagnostic):
        tell([store])
        return make(), None
    name = key() if store.limit else None
    if name is None:
        return make(), None
    looked = store.get(name)
    tell(looked.notes)
    if looked.entry is not None:
        return looked.entry, store.folder
    entry = make()
    if all(note.code != "E0942" for note in looked.notes) and key() == name:
        tell(store.put(name, entry))
    return entry, None
