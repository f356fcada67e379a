"""Files of a bundle, as the checker asks for them."""

from __future__ import annotations

from somac.backends.damage import DamagedError
from somac.ir.program import Program

__all__ = ["content"]


def content(program: Program, file: str) -> bytes:
    """The bytes of a file; `DamagedError` if there is none."""
    found = program.files.get(file)
    if found is None:
        raise DamagedError(file, "missing")
    return found
