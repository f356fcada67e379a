"""How large the update of a lane is, counted from its schedule."""

from __future__ import annotations

from dataclasses import dataclass

from somac.backends.codegen.code import Statement
from somac.backends.codegen.systemverilog import Schedule
from somac.ir.datapath import Table

__all__ = ["LaneSize", "lane_size"]

# bits of logic per bit of the result
_LOGIC = {
    "add": 1.0,
    "sub": 1.0,
    "min": 2.0,
    "max": 2.0,
    "clamp": 2.0,
    "select": 1.0,
    "floordiv": 3.0,
    "lt": 1.0,
    "le": 1.0,
    "gt": 1.0,
    "ge": 1.0,
    "eq": 0.5,
    "ne": 0.5,
}


@dataclass(frozen=True, slots=True)
class LaneSize:
    """What one lane's update is made of.

    Parameters
    ----------
    logic
        Bits that are added, compared or chosen.
    registers
        Bits that are kept from a stage to the next.
    products
        Bits of both factors of each product.
    tables
        Entries and bits of each table.
    """

    logic: int
    registers: int
    products: tuple[tuple[int, int], ...]
    tables: tuple[tuple[int, int], ...]


def lane_size(schedule: Schedule) -> LaneSize:
    """Count."""
    code = schedule.code
    widths = {a.variable: _bits(a.low, a.high) for a in code.arguments}
    widths |= {s.variable: 1 if s.truth else _bits(s.low, s.high) for s in code.statements}
    logic, products, tables = 0.0, [], []
    for s in code.statements:
        bits = max([widths[s.variable], *(widths[o] for o in s.operands if isinstance(o, str))])
        logic += _LOGIC.get(s.operation, 0.0) * bits
        if s.operation == "mul":
            products.append(_factors(s, widths))
        elif s.operation == "lookup":
            tables.append(_table(code.tables[s.table]))
    kept = sum(
        widths[variable] * (max(stages, default=first) - first)
        for variable, stages in schedule.uses.items()
        for first in (schedule.first[variable],)
    )
    results = [o for o in (*code.next_state.values(), code.output) if isinstance(o, str)]
    registers = kept + sum(widths[o] for o in results)
    return LaneSize(round(logic), registers, tuple(products), tuple(tables))


def _factors(s: Statement, widths: dict[str, int]) -> tuple[int, int]:
    a, b = (widths[o] if isinstance(o, str) else _bits(o, o) for o in s.operands)
    return a, b


def _table(table: Table) -> tuple[int, int]:
    return int(table.entries.size), _bits(int(table.entries.min()), int(table.entries.max()))


def _bits(low: int, high: int) -> int:
    return max(high, -low - 1, 0).bit_length() + 1
