"""Files of the user's: each way in which reading one fails has its code."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from somac.ir.errors import Place, SomacError

__all__ = ["read_whole", "require_there"]


def require_there(path: Path) -> None:
    """SomacError E0101 if nothing is there, E0103 if that cannot be known."""
    with _told(path):
        path.stat()


def read_whole(path: Path, most: int, *, kind: str, too_large: str) -> bytes:
    """The bytes of a file.

    Parameters
    ----------
    path
        The file.
    most
        Bytes it may have.
    kind
        What the file is to be, such as ``"a text"``, for the message of `too_large`.
    too_large
        The code for a file that is larger.

    Raises
    ------
    SomacError
        E0101 if there is none, E0102 if it is a folder or device, E0103 if it cannot be read,
        `too_large` if it has more than `most` bytes.
    """
    place = Place(file=str(path))
    with _told(path):
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise SomacError("E0102", f"{path} is not a regular file", place=place)
        if found.st_size > most:
            raise SomacError(
                too_large,
                f"{path} is too large for {kind}",
                place=place,
                have=f"{found.st_size:,} bytes",
                need=f"at most {most:,} bytes",
            )
        return path.read_bytes()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the operating system refuses, as an error of ours."""
    place = Place(file=str(path))
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise SomacError("E0101", f"there is no file {path}", place=place) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SomacError("E0103", f"{path} cannot be read: {reason}", place=place) from None
