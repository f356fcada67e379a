"""The C of every neuron program: what its datapath gives, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.manycore.pe import program_source, source_name
from somac.backends.manycore.verify.description import Description
from somac.ir.errors import Diagnostic, Place
from somac.ir.program import Program

__all__ = ["check_sources"]


def check_sources(program: Program, description: Description) -> Iterator[Diagnostic]:
    """E0813; that a datapath is the right one is checked elsewhere."""
    for name, text in zip(description.data["programs"], description.programs, strict=True):
        source = source_name(name)
        found = program.files.get(source)
        if found is None:
            yield Diagnostic("E0813", "missing", Place(file=source))
            continue
        try:
            meant = program_source(text).encode()
        except ValueError:
            # no datapath of any network: E0802 says so
            continue
        if found != meant:
            yield Diagnostic("E0813", f"not what {name} gives", Place(file=source))
