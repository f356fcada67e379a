"""A small cache of this user's compiled files, which lives longer than a process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

__all__ = ["MOST_FILES", "cache_folder", "cached"]

MOST_FILES = 16
"""Files that are kept, of a megabyte or so; beyond it those go that were not used for longest."""


def cache_folder() -> Path:
    """Where the cache is: a folder of ours in XDG_CACHE_HOME, or in ~/.cache."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    # the XDG base directory specification: a path that is not absolute counts as none
    base = Path(chosen) if os.path.isabs(chosen) else Path("~/.cache").expanduser()
    return base / "somac" / "simulators"


def cached(name: str, make: Callable[[], bytes]) -> bytes:
    """The content of the file `name`, made if the cache has none.

    The name must change with whatever changes the content. Files come into the folder whole, by
    renaming, so that processes may use it side by side: at worst two of them make the same. A
    folder that cannot be read or written only means that everything is made again.
    """
    try:
        file = cache_folder() / name
        content = file.read_bytes()
        # removed or not ours to touch: what was read is whole
        with suppress(OSError):
            os.utime(file)
        return content
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        pass
    content = make()
    with suppress(OSError, RuntimeError):
        _store(cache_folder(), name, content)
    return content


def _store(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for file in sorted(folder.iterdir(), key=_used, reverse=True)[MOST_FILES:]:
        file.unlink(missing_ok=True)


def _used(file: Path) -> float:
    """When a file was used last; one that another process has removed never was."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
