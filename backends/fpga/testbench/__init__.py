"""The hand-written part of the testbench that every bundle has, as text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

__all__ = ["MODULES", "library"]

MODULES = ("testbench_source", "testbench_sink")


def library() -> Mapping[str, bytes]:
    """Contents by file name."""
    folder = files(__package__ or __name__)
    names = (*(f"{name}.sv" for name in MODULES), "Makefile")
    return {name: folder.joinpath(name).read_bytes() for name in names}
