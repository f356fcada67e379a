"""Reading the text of a `.snn` file."""

from __future__ import annotations

import stat
from pathlib import Path

from somac.grammar.parse import MAX_CHARACTERS
from somac.ir.errors import Place, SomacError

__all__ = ["read_text"]

_LONGEST_CHARACTER = 4


def read_text(path: Path) -> str:
    """The text of a file.

    Raises
    ------
    SomacError
        E0101 if there is none, E0102 if it is a folder or device, E0103 if it cannot be read,
        E0203 if it is no UTF-8 text or too long to be one of this language.
    """
    place = Place(file=str(path))
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise SomacError("E0102", f"{path} is not a regular file", place=place)
        if found.st_size > _LONGEST_CHARACTER * MAX_CHARACTERS:
            raise SomacError(
                "E0203",
                f"{path} is too large for a text",
                place=place,
                have=f"{found.st_size} bytes",
                need=f"at most {_LONGEST_CHARACTER * MAX_CHARACTERS}",
            )
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SomacError("E0101", f"there is no file {path}", place=place) from None
    except UnicodeDecodeError as error:
        raise SomacError(
            "E0203", f"{path} is not UTF-8 text: {error.reason} at byte {error.start}", place=place
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SomacError("E0103", f"{path} cannot be read: {reason}", place=place) from None
