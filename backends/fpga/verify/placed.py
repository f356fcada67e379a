"""Which cells are in which engine, by the description."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.api import Placed
from somac.backends.fpga.description import read_description
from somac.ir.program import Program

__all__ = ["placed"]


def placed(program: Program) -> Iterator[Placed]:
    """Of a program in which nothing is wrong."""
    for engine in read_description(program).engines:
        for section in engine.sections:
            end = section.start + section.cells
            yield Placed(section.population, section.start, end, engine.name)
