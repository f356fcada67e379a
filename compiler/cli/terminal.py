"""What a stream is like: whether it takes colours, moves, and how wide it is.

`NO_COLOR` and `FORCE_COLOR` are those of no-color.org and force-color.org: not empty means set.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TextIO

__all__ = ["coloured", "moves", "width_of"]

_FALSE = frozenset({"", "0", "false", "no"})


def coloured(stream: TextIO, wish: bool | None, environment: Mapping[str, str]) -> bool:
    """Whether colours go to a stream: as was wished, else as the environment has it, else if it
    is a terminal that knows them."""
    if wish is not None:
        return wish
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def moves(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a line can be replaced by the next: on a terminal before which somebody sits.

    Some CI systems give a terminal to what they run, and keep all that it is sent.
    """
    unattended = environment.get("CI", "").lower() not in _FALSE
    return stream.isatty() and environment.get("TERM") != "dumb" and not unattended


def width_of(stream: TextIO) -> int | None:
    """Columns of a terminal; None of what is none, where lines are as long as they are."""
    return shutil.get_terminal_size().columns if stream.isatty() else None
