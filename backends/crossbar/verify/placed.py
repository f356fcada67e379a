"""Which cells are on which core, by the description."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.api import Placed
from somac.backends.crossbar.description import read_description
from somac.ir.program import Program

__all__ = ["placed"]


def placed(program: Program) -> Iterator[Placed]:
    """Of a program in which nothing is wrong."""
    for population in read_description(program).populations:
        for home in population.homes:
            yield Placed(population.name, home.start, home.stop, home.core)
