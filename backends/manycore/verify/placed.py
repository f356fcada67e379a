"""Which cells are on which core, by the description."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.api import Placed
from somac.backends.manycore.verify.description import read_description
from somac.ir.program import Program

__all__ = ["placed"]


def placed(program: Program) -> Iterator[Placed]:
    """Of a program in which nothing is wrong."""
    description = read_description(program)
    chips = description.data["chips"]
    for population in description.data["populations"]:
        for part in population["slices"]:
            core = description.cores[part["core"]]
            chip = chips[core.chip]
            name = f"chip({chip['x']},{chip['y']}) core {core.core}"
            yield Placed(population["name"], part["start"], part["stop"], name)
