"""Reading a file of the user's whole: each way in which that fails has its code."""

from __future__ import annotations

import stat
from pathlib import Path

from somac.ir.errors import Place, SomacError

__all__ = ["read_whole"]


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
    try:
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
    except (FileNotFoundError, NotADirectoryError):
        raise SomacError("E0101", f"there is no file {path}", place=place) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SomacError("E0103", f"{path} cannot be read: {reason}", place=place) from None
