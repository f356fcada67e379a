"""Paths as files that are kept have them: the same in every checkout."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["path_from"]


def path_from(folder: Path, path: Path) -> str:
    """The path as seen from a folder, with slashes; absolute where there is no way.

    Links stand as they are: what they lead to is another place in another checkout.
    """
    here = Path(os.path.abspath(path))
    try:
        return Path(os.path.relpath(here, folder)).as_posix()
    except ValueError:  # another drive
        return here.as_posix()
