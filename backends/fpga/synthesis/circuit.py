"""A circuit: files, images, the module on top and its clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from somac.ir.program import is_file_name

__all__ = ["Circuit"]

_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READ = (".sv", ".v")


@dataclass(frozen=True, slots=True, eq=False)
class Circuit:
    """What is synthesised.

    Parameters
    ----------
    sources
        SystemVerilog by file name, in the order in which it is read: packages first. Files that
        end neither in ``.sv`` nor in ``.v`` are only there to be included.
    images
        Memory images by the names that $readmemh reads, relative to the working folder.
    top
        The module on top.
    clock
        The port of its clock.

    Raises
    ------
    ValueError
        If a name cannot be that of a file of a bundle or of a module, or would need quotes in
        the scripts of the tools.
    """

    sources: Mapping[str, bytes]
    images: Mapping[str, bytes]
    top: str
    clock: str = "clk"

    def __post_init__(self) -> None:
        for name in (*self.sources, *self.images):
            if not (is_file_name(name) and _PLAIN.fullmatch(name)):
                raise ValueError(f"{name!r} is no name of a file that all tools take")
        for name in (self.top, self.clock):
            if not _IDENTIFIER.fullmatch(name):
                raise ValueError(f"{name!r} is no identifier")
        if set(self.sources) & set(self.images):
            raise ValueError("a source and an image have one name")
        if not self.read:
            raise ValueError("a circuit has a source at least")

    @property
    def read(self) -> tuple[str, ...]:
        """Names of the sources that tools are given, in their order."""
        return tuple(name for name in self.sources if name.endswith(_READ))
