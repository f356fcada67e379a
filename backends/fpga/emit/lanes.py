"""How large the update of a lane is, counted from its schedule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from somac.backends.codegen.code import Statement
from somac.backends.codegen.systemverilog import Schedule, hops
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

_LIMB = 17
"""Bits of a factor, without a sign, that one product takes."""


@dataclass(frozen=True, slots=True)
class LaneSize:
    """What one lane's update is made of.

    Parameters
    ----------
    logic
        Bits that are added, compared or chosen.
    registers
        Bits that are kept from a stage to the next.
    lines
        Words and bits of memories that keep values for several stages.
    products
        Bits of both factors of each product that is formed at once.
    tables
        Entries and bits of each table.
    """

    logic: int
    registers: int
    lines: tuple[tuple[int, int], ...]
    products: tuple[tuple[int, int], ...]
    tables: tuple[tuple[int, int], ...]


def lane_size(schedule: Schedule) -> LaneSize:
    """Count."""
    code = schedule.code
    widths = {a.variable: _bits(a.low, a.high) for a in code.arguments}
    widths |= {s.variable: 1 if s.truth else _bits(s.low, s.high) for s in code.statements}
    logic, registers = 0.0, 0
    products: list[tuple[int, int]] = []
    tables = []
    for s in code.statements:
        own = widths[s.variable]
        bits = max([own, *(widths[o] for o in s.operands if isinstance(o, str))])
        logic += _LOGIC.get(s.operation, 0.0) * bits
        if s.operation == "mul":
            limbs = [_limbs(width) for width in _factors(s, widths)]
            formed = [(a, b) for a in limbs[0] for b in limbs[1]]
            products += formed
            registers += _tree(len(formed), own)
            logic += (len(formed) - 1) * own
        elif s.operation == "floordiv":
            divisor, steps = _factors(s, widths)[1], max(1, own - 1)
            logic += 2 * steps * divisor
            registers += steps * (2 * divisor + steps)
        elif s.operation == "lookup":
            tables.append(_table(code.tables[s.table]))
    lines: Counter[tuple[int, int]] = Counter()
    for variable, stage, target in hops(schedule):
        if target == stage + 1:
            registers += widths[variable]
        else:
            lines[stage, target] += widths[variable]
    results = [o for o in (*code.next_state.values(), code.output) if isinstance(o, str)]
    registers += sum(widths[o] for o in results)
    return LaneSize(
        round(logic),
        registers,
        tuple((target - stage - 1, bits) for (stage, target), bits in lines.items()),
        tuple(products),
        tuple(tables),
    )


def _factors(s: Statement, widths: dict[str, int]) -> tuple[int, int]:
    a, b = (widths[o] if isinstance(o, str) else _bits(o, o) for o in s.operands)
    return a, b


def _limbs(bits: int) -> list[int]:
    """Widths of what a factor is cut into by `multiplier.sv`, each with a sign."""
    low = max(0, bits - 2) // _LIMB
    return [*([_LIMB + 1] * low), bits - low * _LIMB]


def _tree(products: int, bits: int) -> int:
    """Bits of the registers after so many products, and after each level of adders."""
    total = 0
    while products > 1:
        total += products * bits
        products = -(-products // 2)
    return total


def _table(table: Table) -> tuple[int, int]:
    return int(table.entries.size), _bits(int(table.entries.min()), int(table.entries.max()))


def _bits(low: int, high: int) -> int:
    return max(high, -low - 1, 0).bit_length() + 1
