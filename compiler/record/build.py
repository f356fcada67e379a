"""``build-info.json``: how the compilation went, beside the bundle and no part of it.

Two compilations of one model give the same bundle and not the same times, which is why this file
is neither in the manifest nor in the digest. It names no computer, no person, no path, no date.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from somac.compiler.record.text import encode, parse
from somac.ir.program import BUILD_INFO, read_beside

__all__ = ["BuildInfo", "PassRow", "PointRow", "build_from", "build_of", "build_to"]

FORMAT = 1


class PassRow(NamedTuple):
    """A pass, in seconds by the clock and of the processor."""

    name: str
    wall: float
    cpu: float


class PointRow(NamedTuple):
    """What the search for a placement knew after so many seconds of the compilation."""

    seconds: float
    cost: int
    bound: int


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """How a compilation went.

    Parameters
    ----------
    version
        Of somac.
    passes
        In their order.
    peak_bytes
        Most memory that the process had until then; None where the system does not say.
    search
        Of the placement: whenever cost or bound was better.
    """

    version: str
    passes: tuple[PassRow, ...]
    peak_bytes: int | None = None
    search: tuple[PointRow, ...] = ()
    format: int = FORMAT


def build_to(info: BuildInfo) -> bytes:
    """As the bytes of the file."""
    return encode(info)


def build_from(folder: Path) -> BuildInfo | None:
    """Of the bundle in `folder`, None if it does not say.

    Raises
    ------
    SomacError
        E0704, E0705, E0710 if the file is not as it must be.
    """
    content = read_beside(folder, BUILD_INFO)
    return None if content is None else build_of(content)


def build_of(content: bytes) -> BuildInfo:
    """From the bytes of the file; errors as `build_from`."""
    return parse(BuildInfo, content, BUILD_INFO, FORMAT)
