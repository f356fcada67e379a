"""Which machines a command uses besides the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from somac.ir.errors import Diagnostic, Severity, SomacError

if TYPE_CHECKING:
    from somac.backends.api import Machine
    from somac.compiler.api import Program

__all__ = ["chosen_machines"]


def chosen_machines(
    program: Program, wanted: Sequence[str], required: Sequence[str]
) -> tuple[tuple[Machine, ...], tuple[Diagnostic, ...]]:
    """The wanted machines that this computer can be, and notes of what the others lack.

    Raises
    ------
    SomacError
        E0840 with every tool that a required machine lacks, E0844 if the backend has none of
        its name.
    """
    known = program.machines()
    chosen, notes = [], []
    for name in wanted:
        if name not in known:
            if name in required:
                raise SomacError(
                    "E0844",
                    f"the backend {program.files.backend} has no machine {name!r}",
                    have=", ".join(known) or "none",
                    need=name,
                )
            continue
        absent = known[name].missing()
        if not absent:
            chosen.append(known[name])
        elif name in required:
            raise SomacError.of(absent)
        else:
            notes += [replace(d, severity=Severity.NOTE) for d in absent]
    return tuple(chosen), tuple(notes)
