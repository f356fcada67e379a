"""The programs that the cores of a bundle run, as sources to compile.

Cores of one neuron program may store its parameters in different ways, which is settled when
the program is compiled: each way is a variant.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import somac.backends.manycore.pe
from somac.backends.manycore.machines.bundle import Bundle, Column
from somac.backends.manycore.pe import program_source, rule_source, source_name

__all__ = [
    "RUNTIME",
    "RUNTIME_SOURCES",
    "Variant",
    "find_variants",
    "write_rules",
    "write_sources",
]

RUNTIME = Path(somac.backends.manycore.pe.__file__).parent
"""The folder of the runtime's C."""

RUNTIME_SOURCES = (
    *("core.c", "receive.c", "block.c"),
    *("matrix.c", "convolution.c", "mac.c", "plastic.c"),
)
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
    """Write the C of each program and rule: the checker has held the bundle's own against it."""
    for name, text in bundle.programs.items():
        source = folder / PurePosixPath(source_name(name)).name
        source.write_text(program_source(text), encoding="utf-8")
    for number, rule in enumerate(bundle.learning.rules.values()):
        text = f"#define RULE rule{number}\n{rule_source(rule)}"
        (folder / _rule_file(number)).write_text(text, encoding="utf-8")


def write_rules(bundle: Bundle, numbers: Container[int], folder: Path, name: str) -> list[str]:
    """Write C that lists some rules by number; the files to compile, this one first."""
    count = len(bundle.learning.rules)
    chosen = [number for number in range(count) if number in numbers]
    listed = [f"&rule{number}" if number in chosen else "0" for number in range(count)]
    lines = [
        '#include "plastic.h"\n',
        *(f"extern const struct rule rule{number};" for number in chosen),
        # an array has at least one element
        f"const struct rule *const rules[] = {{{', '.join(listed) or '0'}}};",
        f"const uint32_t rule_count = {count};",
    ]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [name, *map(_rule_file, chosen)]


def _rule_file(number: int) -> str:
    return f"rule{number}.c"


def _stored(columns: Sequence[Column]) -> tuple[tuple[int, bool], ...]:
    return tuple((column.width, column.each) for column in columns)
