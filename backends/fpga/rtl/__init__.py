"""The hand-written SystemVerilog of the backend, as text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

__all__ = ["library"]

MODULES = (
    "engine",
    "fetch",
    "lane",
    "link",
    "ram",
    "rom",
    "round",
    "sequencer",
    "stream_in",
    "stream_out",
)


def library() -> Mapping[str, bytes]:
    """Contents by file name."""
    folder = files(__package__ or __name__)
    return {f"{name}.sv": folder.joinpath(f"{name}.sv").read_bytes() for name in MODULES}
