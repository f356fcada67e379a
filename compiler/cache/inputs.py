"""The content of the files that a compile reads, found without understanding them."""

from __future__ import annotations

import re
import stat
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import BinaryIO

__all__ = ["file_digest", "model_digest"]

_MAX_TEXT = 1 << 26
_MAX_NAMES = 10_000
_CHUNK = 1 << 20
_BYTES = 32
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
    if path.suffix.lower() != ".snn":
        digest = file_digest(path)
        return None if digest is None else (str(path), digest)
    # what is named is found in the very bytes that count
    content = _text(path)
    names = None if content is None else _named_in(content)
    if content is None or names is None:
        return None
    digest = blake2b(content, digest_size=_BYTES).hexdigest()
    return (str(path), digest, *((name, _beside(path.parent, name)) for name in names))


def file_digest(path: Path) -> str | None:
    """BLAKE2b of the content of a regular file; None if it cannot be read as one."""
    digest = blake2b(digest_size=_BYTES)
    try:
        with _opened(path) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except (OSError, ValueError):
        return None
    return digest.hexdigest()


def _text(path: Path) -> bytes | None:
    """The content of a text of a size that is read; None of anything else."""
    try:
        with _opened(path) as file:
            content = file.read(_MAX_TEXT + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= _MAX_TEXT else None


def _opened(path: Path) -> BinaryIO:
    """A regular file; ValueError for what is none."""
    # before it is opened: what is no file may wait for ever for somebody to write into it
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError
    return path.open("rb")


def _named_in(content: bytes) -> tuple[str, ...] | None:
    try:
        text = content.decode("utf-8-sig")
    except ValueError:
        return None
    names = sorted(set(_STRING.findall(text)))
    # what escapes stand for is for the parser to say
    if len(names) > _MAX_NAMES or any("\\" in n for n in names):
        return None
    return tuple(names)


def _beside(folder: Path, name: str) -> str | None:
    """The content of a file that a text may read: in its folder or below."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        return None
    return file_digest(folder.joinpath(*parts))
