"""The content of the files that a compile reads, found without understanding them."""

from __future__ import annotations

import re
import stat
from hashlib import blake2b
from pathlib import Path, PurePosixPath

__all__ = ["file_digest", "model_digest"]

_MAX_TEXT = 1 << 26
_MAX_NAMES = 10_000
_CHUNK = 1 << 20
_STRING = re.compile(r'(?="([^"\n]*)")')


def model_digest(path: Path) -> tuple[object, ...] | None:
    """Plain values that change with a model; None where they cannot be known.

    Parameters
    ----------
    path
        A model; it counts as it is given, too, because diagnostics name it.

    Text may load arrays from files beside it. Whatever stands between two quotation marks of a
    line counts as the name of one: that is more than those that are read, never less.
    """
    content = file_digest(path)
    if content is None or path.suffix.lower() != ".snn":
        return None if content is None else (str(path), content)
    names = _named_in(path)
    if names is None:
        return None
    return (str(path), content, *((name, _beside(path.parent, name)) for name in names))


def file_digest(path: Path) -> str | None:
    """BLAKE2b of the content of a regular file; None if it cannot be read as one."""
    digest = blake2b(digest_size=32)
    try:
        # before it is opened: what is no file may wait for ever for somebody to write into it
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except (OSError, ValueError):
        return None
    return digest.hexdigest()


def _named_in(path: Path) -> tuple[str, ...] | None:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_TEXT + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError):
        return None
    names = sorted(set(_STRING.findall(text)))
    # what escapes stand for is for the parser to say
    if len(content) > _MAX_TEXT or len(names) > _MAX_NAMES or any("\\" in n for n in names):
        return None
    return tuple(names)


def _beside(folder: Path, name: str) -> str | None:
    """The content of a file that a text may read: in its folder or below."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        return None
    return file_digest(folder.joinpath(*parts))
