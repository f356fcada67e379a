"""Reading the text of a `.snn` file."""

from __future__ import annotations

from pathlib import Path

from somac.grammar.parse import MAX_CHARACTERS
from somac.ir.errors import Place, SomacError
from somac.ir.files import read_whole

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
    most = _LONGEST_CHARACTER * MAX_CHARACTERS
    content = read_whole(path, most, kind="a text", too_large="E0203")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SomacError(
            "E0203",
            f"{path} is not UTF-8 text: {error.reason} at byte {error.start}",
            place=Place(file=str(path)),
        ) from None
