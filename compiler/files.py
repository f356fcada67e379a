"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from somac.ir.errors import Place, SomacError

__all__ = ["replaced"]


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into, which takes the place of `path` when the block ends well.

    Until then, and if the block fails, `path` is as it was. Missing folders on the way to it
    are made. A link keeps pointing at its file, and a file that was there keeps its
    permissions.

    Raises
    ------
    SomacError
        E0906 if it cannot be written.
    """
    try:
        real = path.resolve()
        if real.exists() and not real.is_file():
            raise _refused(path, "it is no regular file")
        real.parent.mkdir(parents=True, exist_ok=True)
        scratch = real.with_name(f".{real.name}.{secrets.token_hex(4)}")
        file = scratch.open("xb")
    except (OSError, RuntimeError, ValueError) as error:
        raise _refused(path, _reason(error)) from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if real.exists():
            scratch.chmod(real.stat().st_mode)
        scratch.replace(real)
    except OSError as error:
        raise _refused(path, _reason(error)) from None
    finally:
        scratch.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _refused(path: Path, reason: str) -> SomacError:
    return SomacError(
        "E0906",
        f"{path} cannot be written: {reason}",
        place=Place(file=str(path)),
        hint="nothing was changed",
    )
