"""The hand-written SystemVerilog of the sparse engine, as text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

__all__ = ["MODULES", "library"]

MODULES = ("drain", "engine", "input", "lane", "output", "queue", "ram", "rom", "sequencer", "sums")


def library() -> Mapping[str, bytes]:
    """Contents by file name."""
    folder = files(__package__ or __name__)
    return {name: folder.joinpath(name).read_bytes() for name in (f"ese_{m}.sv" for m in MODULES)}
