"""A folder of entries that many processes share without waiting for each other.

An entry comes into the folder whole, by renaming, and is believed only if its digest is right,
so that neither processes side by side nor their death at any moment can make a wrong one. There
are no locks: whoever finds too much removes what was not used for longest, and to remove what
somebody else has removed is no fault.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from somac.compiler.cache.entry import Entry, entry_bytes, entry_from
from somac.ir.errors import Diagnostic, Place, Severity

__all__ = ["Kept", "Lookup", "Store"]

_NAME = re.compile(r"[0-9a-f]{64}\.entry")
_NEW = ".new-"
_ABANDONED = 3600.0
"""Seconds after which a file that was never renamed is that of a process that was killed."""


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """An entry, if there is one, and what the user should know."""

    entry: Entry | None = None
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the cache: its size, and when it was used last (seconds since 1970)."""

    path: Path
    bytes: int
    used: float


@dataclass(frozen=True, slots=True)
class Store:
    """Entries in `folder`, which together take `limit` bytes at most."""

    folder: Path
    limit: int

    def get(self, key: str) -> Lookup:
        """The entry of a key; one that is damaged is removed, and told of."""
        path = self._path(key)
        refused = self._refused()
        if refused is not None:
            return Lookup(notes=(refused,))
        try:
            content = _read(path, self.limit)
        except FileNotFoundError:
            return Lookup()
        except OSError as error:
            return Lookup(notes=(self._unusable(f"cannot be read: {_reason(error)}"),))
        entry = None if content is None else entry_from(content, key)
        if entry is None:
            with suppress(OSError):
                path.unlink()
            return Lookup(notes=(_damaged(path),))
        # removed by another or not ours to touch: what was read is whole
        with suppress(OSError):
            os.utime(path)
        return Lookup(entry)

    def put(self, key: str, entry: Entry) -> tuple[Diagnostic, ...]:
        """Keep an entry, unless alone it is larger than all may be; why it could not be kept."""
        refused = self._refused()
        if refused is not None:
            return ()  # told by who looked for it
        content = entry_bytes(entry, key)
        if len(content) > self.limit:
            return ()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(key), content)
        except OSError as error:
            return (self._unusable(f"cannot be written: {_reason(error)}"),)
        self.prune()
        return ()

    def prune(self, limit: int | None = None) -> tuple[Kept, ...]:
        """Remove what was not used for longest until the rest fits; what was removed.

        Files of processes that were killed while they wrote go too.
        """
        room = self.limit if limit is None else limit
        removed = []
        found = tuple(self._files())
        for kept in sorted(_entries(found), key=lambda k: (-k.used, k.path.name)):
            room -= kept.bytes
            if room < 0 and _removed(kept.path):
                removed.append(kept)
        now = time.time()
        for path, info in found:
            if path.name.startswith(_NEW) and now - info.st_mtime > _ABANDONED:
                _removed(path)
        return tuple(removed)

    def clear(self) -> tuple[Kept, ...]:
        """Remove all entries and whatever else this cache wrote; the entries that were removed."""
        found = tuple(self._files())
        removed = tuple(kept for kept in _entries(found) if _removed(kept.path))
        for path, _ in found:
            if path.name.startswith(_NEW):
                _removed(path)
        return removed

    def entries(self) -> tuple[Kept, ...]:
        """All entries, whether they are sound or not."""
        return _entries(self._files())

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Regular files of the folder; none of a folder that cannot be read."""
        try:
            found = list(os.scandir(self.folder))
        except OSError:
            return
        for file in found:
            with suppress(OSError):  # removed meanwhile
                info = file.stat(follow_symlinks=False)
                if stat.S_ISREG(info.st_mode):
                    yield Path(file.path), info

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.entry"

    def _refused(self) -> Diagnostic | None:
        """Why nothing of the folder may be believed: anybody can write into it."""
        try:
            mode = self.folder.stat().st_mode
        except OSError:
            return None
        if os.name != "posix" or not mode & stat.S_IWOTH:
            return None
        return self._unusable(
            "may be written by everybody, and what is in it may be anybody's",
            f"chmod o-w {self.folder}",
        )

    def _unusable(self, why: str, hint: str | None = None) -> Diagnostic:
        return Diagnostic(
            "E0942",
            f"the cache of compiled models {why}; it goes on without",
            Place(file=str(self.folder)),
            hint=hint or "SOMAC_CACHE_DIR names another folder, --no-cache uses none",
            severity=Severity.NOTE,
        )


def _entries(files: Iterable[tuple[Path, os.stat_result]]) -> tuple[Kept, ...]:
    return tuple(
        Kept(path, info.st_size, info.st_mtime)
        for path, info in files
        if _NAME.fullmatch(path.name)
    )


def _read(path: Path, limit: int) -> bytes | None:
    """The content of a regular file that is no link; None of what no entry can be."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    with os.fdopen(os.open(path, flags), "rb") as file:
        content = file.read(limit + 1)
    return content if len(content) <= limit else None


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_NEW)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        _removed(Path(name))
        raise


def _removed(path: Path) -> bool:
    """Remove a file; whether it was there and could be."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _damaged(path: Path) -> Diagnostic:
    return Diagnostic(
        "E0943",
        "an entry of the cache of compiled models was damaged, and is made again",
        Place(file=str(path)),
        severity=Severity.NOTE,
    )


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
