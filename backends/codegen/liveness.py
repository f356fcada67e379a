"""What of a datapath, and of the operations it became, is used by anything."""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.codegen.code import Operand, Statement
from somac.ir.datapath import Datapath

__all__ = ["live", "reaching"]


def live(datapath: Datapath) -> set[int]:
    """The instructions that reach a state or the output."""
    pending = [*datapath.next_state.values(), datapath.output]
    found: set[int] = set()
    while pending:
        index = pending.pop()
        if index not in found:
            found.add(index)
            pending += datapath.instructions[index].arguments
    return found


def reaching(statements: Sequence[Statement], wanted: Sequence[Operand]) -> list[Statement]:
    """The statements whose values are used; bounds have made some of them superfluous."""
    used = set(wanted)
    kept = []
    for statement in reversed(statements):
        if statement.variable in used:
            used.update(statement.operands)
            kept.append(statement)
    return kept[::-1]
