"""The programs that the cores of a bundle run, as sources to compile.

Cores of one neuron program may store its parameters in different ways, which is settled when
the program is compiled: each way is a variant.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    "write_parts",
    "write_sources",
]

RUNTIME = Path(somac.backends.manycore.pe.__file__).parent
"""The folder of the runtime's C."""

RUNTIME_SOURCES = ("core.c", "receive.c", "block.c")
"""What all machines compile with a neuron program."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of blocks: the name of its value in C, and the files it takes."""

    name: str
    files: tuple[str, ...]


_KINDS = {
    1: _Kind("matrix_kind", ("matrix.c", "mac.c")),
    2: _Kind("plastic_kind", ("plastic.c",)),
    3: _Kind("convolution_kind", ("convolution.c", "mac.c")),
}
_NUMBERS = range(max(_KINDS) + 1)


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
        """Macros and their values, as `docs/reference/bundle.md` says."""
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


def write_parts(bundle: Bundle, cores: Collection[int], folder: Path, name: str) -> list[str]:
    """Write C that lists the kinds of blocks and the rules that some cores need.

    Returns the files to compile, this one first; those of the runtime with their folders.
    """
    # what is not known is refused by the core when it starts
    kinds = _KINDS.keys() & {kind for core in cores for kind in bundle.cores[core].kinds}
    rules = bundle.learning.rules_of(cores) & {*range(len(bundle.learning.rules))}
    lines = [
        '#include "plastic.h"\n',
        *(f"extern const struct block_kind {_KINDS[kind].name};" for kind in sorted(kinds)),
        *(f"extern const struct rule rule{number};" for number in sorted(rules)),
        _listed(
            "block_kind", "block_kinds", [_KINDS[k].name if k in kinds else "" for k in _NUMBERS]
        ),
        _listed(
            "rule",
            "rules",
            [f"rule{n}" if n in rules else "" for n in range(len(bundle.learning.rules))],
        ),
        f"const uint32_t block_kind_count = {len(_NUMBERS)};",
        f"const uint32_t rule_count = {len(bundle.learning.rules)};",
    ]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    runtime = dict.fromkeys(file for kind in sorted(kinds) for file in _KINDS[kind].files)
    return [name, *map(_rule_file, sorted(rules)), *(str(RUNTIME / file) for file in runtime)]


def _listed(kind: str, name: str, values: Sequence[str]) -> str:
    """A table of addresses; an array has at least one element."""
    listed = ", ".join(f"&{value}" if value else "0" for value in values) or "0"
    return f"const struct {kind} *const {name}[] = {{{listed}}};"


def _rule_file(number: int) -> str:
    return f"rule{number}.c"


def _stored(columns: Sequence[Column]) -> tuple[tuple[int, bool], ...]:
    return tuple((column.width, column.each) for column in columns)
