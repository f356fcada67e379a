"""In which stage of a pipeline each operation is computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from somac.backends.codegen.code import Code, Operand, Statement
from somac.backends.codegen.systemverilog.delays import (
    PIPELINED,
    Delays,
    combinational,
    cycles,
)
from somac.backends.codegen.systemverilog.fused import fused
from somac.backends.codegen.systemverilog.widths import Widths

__all__ = ["Schedule", "schedule"]

# wires that make a value wider: until something reads it, the narrow one is kept
_WIDENING = frozenset({"shl", "integer"})


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Stages are counted from 1; between stage n and the next one there are registers.

    Parameters
    ----------
    code
        What is computed, in the operations of hardware (see `fused`).
    placed
        Per variable that a statement makes, the stage in which its operands are read.
    first
        Per variable, the stage in which it is first there: for an argument 1, for
        combinational logic the stage in which its operands are read, and for what has registers
        within, a stage as much later.
    uses
        Per variable, the stages in which something reads it, from the first to the last; results
        are read in the last stage.
    latency
        Stages, that is cycles from the arguments to the results; at least 1.
    slowest_ns
        Estimated delay of the slowest stage.
    """

    code: Code
    placed: Mapping[str, int]
    first: Mapping[str, int]
    uses: Mapping[str, tuple[int, ...]]
    latency: int
    slowest_ns: float


def schedule(code: Code, budget_ns: float, delays: Delays | None = None) -> Schedule:
    """Place every operation as early as the delays of a stage within `budget_ns` allow.

    An operation that takes longer than a stage has one for itself. Results go into registers.
    The time is linear in the number of statements.
    """
    delays = delays or Delays()
    code = fused(code)
    placed = _Placed(code, budget_ns - delays.register, delays)
    for statement in code.statements:
        placed.place(statement)
    results = [o for o in (*code.next_state.values(), code.output) if isinstance(o, str)]
    latency = max(1, *(placed.first[o] for o in results)) if results else 1
    found: defaultdict[Operand, set[int]] = defaultdict(set)
    for result in results:
        found[result].add(latency)
    for statement in reversed(code.statements):
        variable = statement.variable
        if statement.operation in _WIDENING:
            placed.start[variable] = placed.first[variable] = min(found[variable])
        for operand in statement.operands:
            found[operand].add(placed.start[variable])
    uses = {variable: tuple(sorted(found[variable])) for variable in placed.first}
    slowest = placed.slowest + delays.register
    return Schedule(code, placed.start, placed.first, uses, latency, slowest)


class _Placed:
    """The stages so far, and when in its stage each value is there."""

    def __init__(self, code: Code, available: float, delays: Delays) -> None:
        self.available = available
        self.delays = delays
        self.widths = Widths(code)
        self.start: dict[str, int] = {}
        self.first: dict[str, int] = {a.variable: 1 for a in code.arguments}
        # the stage from which a value can be read, and the time that is gone of it
        self.ready = {a.variable: (1, delays.argument) for a in code.arguments}
        self.slowest = 0.0

    def place(self, statement: Statement) -> None:
        ready = (self.ready[o] for o in statement.operands if isinstance(o, str))
        stage, gone = max(ready, default=(1, 0.0))
        delay = combinational(statement, self.widths, self.delays)
        registers = cycles(statement, self.widths)
        # what a multiplier or a divider reads comes out of a register
        at_once = statement.operation in PIPELINED and statement.operation != "lookup"
        late = delay > 0 and gone + delay > self.available
        if gone > 0 and (at_once or late):
            stage, gone = stage + 1, 0.0
        gone += delay
        self.slowest = max(self.slowest, gone)
        self.start[statement.variable] = stage
        self.first[statement.variable] = stage + registers
        if statement.operation == "lookup":
            self.ready[statement.variable] = stage + registers, self.delays.memory
            self.slowest = max(self.slowest, self.delays.memory)
        elif statement.operation in PIPELINED:
            self.ready[statement.variable] = stage + max(1, registers), 0.0
        else:
            self.ready[statement.variable] = stage, gone
