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
    program: Program, required: Sequence[str], unwanted: Sequence[str]
) -> tuple[tuple[Machine, ...], tuple[Diagnostic, ...]]:
    """The usual machine that this computer can be, unless unwanted, and the required ones.

    Notes say what better usual machines lack.

    Raises
    ------
    SomacError
        E0840 with every tool that a required machine lacks, E0844 if the backend has none of
        its name.
    """
    known = program.machines()
    chosen: list[Machine] = []
    notes: list[Diagnostic] = []
    for machine in known.values():
        if machine.usual and machine.name not in unwanted:
            absent = machine.missing()
            if not absent:
                chosen.append(machine)
                break
            notes += [replace(d, severity=Severity.NOTE) for d in absent]
    for name in dict.fromkeys(required):
        if name not in known:
            raise SomacError(
                "E0844",
                f"the backend {program.files.backend} has no machine {name!r}",
                have=", ".join(known) or "none",
                need=name,
            )
        absent = known[name].missing()
        if absent:
            raise SomacError.of(absent)
        if known[name] not in chosen:
            chosen.append(known[name])
    return tuple(chosen), tuple(dict.fromkeys(notes))
