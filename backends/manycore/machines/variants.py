"""The programs that the cores of a bundle run, as sources to compile.

Cores of one neuron program may store its parameters in different ways, which is settled when
the program is compiled: each way is a variant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import somac.backends.manycore.pe
from somac.backends.manycore.machines.bundle import Bundle, Column
from somac.backends.manycore.pe import program_source, source_name

__all__ = ["RUNTIME", "RUNTIME_SOURCES", "Variant", "find_variants", "write_sources"]

RUNTIME = Path(somac.backends.manycore.pe.__file__).parent
"""The folder of the runtime's C."""

RUNTIME_SOURCES = ("core.c", "receive.c", "block.c", "matrix.c", "mac.c")
"""What all machines compile with a neuron program."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A neuron program for parameters stored in one way.

    Parameters
    ----------
    program
        Number of the program in the bundle.
    source
        Name of its C, without folders.
    parameters
        Width and spread of each parameter.
    cores
        Numbers of the cores that run it.
    """

    program: int
    source: str
    parameters: tuple[tuple[int, bool], ...]
    cores: tuple[int, ...]

    def defines(self) -> list[str]:
        """Macros and their values, as `docs/bundle.md` says."""
        if not self.parameters:
            return []
        widths = ", ".join(str(width) for width, _ in self.parameters)
        spreads = ", ".join(str(int(each)) for _, each in self.parameters)
        return [f"PARAMETER_WIDTHS {widths}", f"PARAMETER_SPREADS {spreads}"]


def find_variants(bundle: Bundle) -> tuple[Variant, ...]:
    """Every variant once, in the order of the first core that runs it."""
    found: dict[tuple[int, tuple[tuple[int, bool], ...]], list[int]] = {}
    for number, core in enumerate(bundle.cores):
        found.setdefault((core.program, _stored(core.parameters)), []).append(number)
    names = list(bundle.programs)
    return tuple(
        Variant(
            program,
            PurePosixPath(source_name(names[program])).name,
            parameters,
            tuple(cores),
        )
        for (program, parameters), cores in found.items()
    )


def write_sources(bundle: Bundle, folder: Path) -> None:
    """Write the C of each neuron program: the checker has held the bundle's own against it."""
    for name, text in bundle.programs.items():
        source = folder / PurePosixPath(source_name(name)).name
        source.write_text(program_source(text), encoding="utf-8")


def _stored(columns: Sequence[Column]) -> tuple[tuple[int, bool], ...]:
    return tuple((column.width, column.each) for column in columns)
