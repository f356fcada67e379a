"""How long operations take on an FPGA: a model that is good enough to place registers by."""

from __future__ import annotations

from dataclasses import dataclass

from somac.backends.codegen.code import Statement
from somac.backends.codegen.systemverilog.fused import CLAMP
from somac.backends.codegen.systemverilog.widths import Widths

__all__ = ["PIPELINED", "WIDEST_FACTOR", "Delays", "combinational", "cycles"]

FREE = frozenset({"shl", "asr", "wrap", "integer", "invert"})
"""Operations that are wires, or vanish in what reads them."""

PIPELINED = frozenset({"mul", "floordiv", "lookup"})
"""Operations that begin or end at a register."""

WIDEST_FACTOR = 18
"""Bits of a factor, with its sign, that one multiplier of an FPGA takes."""

_LIMB = WIDEST_FACTOR - 1
_COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays in ns, each with the wires that lead to it.

    Parameters
    ----------
    register
        What a stage loses at its registers: clock to output, and setup.
    carry, carry_bit
        An adder or a comparison: what it takes for one bit, and more for each bit.
    logic
        A level of logic: a choice between two values, "and" of two truth values.
    multiply
        A product of factors that a multiplier takes.
    memory
        From the clock to the output of a table.
    """

    register: float = 1.0
    carry: float = 1.5
    carry_bit: float = 0.05
    logic: float = 1.0
    multiply: float = 5.0
    memory: float = 6.0


def combinational(statement: Statement, widths: Widths, delays: Delays) -> float:
    """Estimated ns from the operands to the result, or to the first register within."""
    operation, operands = statement.operation, statement.operands
    if operation in FREE or (operation == "mask" and any(isinstance(o, int) for o in operands)):
        return 0.0
    if operation in ("select", "both", "either", "mask"):
        return delays.logic
    if operation == "mul":
        return delays.multiply
    if operation == "lookup":
        return delays.logic
    widest = max(widths[o] for o in operands)
    chain = delays.carry + delays.carry_bit * widest
    if operation in ("min", "max", CLAMP):
        return chain + delays.logic
    if operation in _COMPARISONS:
        return chain
    if operation == "floordiv":
        # the sign is taken away before the first subtraction, and what remains is chosen after it
        return delays.carry + delays.carry_bit * widths[operands[1]] + 2 * delays.logic
    return delays.carry + delays.carry_bit * max(widest, widths[statement.variable])


def cycles(statement: Statement, widths: Widths) -> int:
    """Registers within an operation: 0 for combinational logic.

    Those of the modules that it becomes; they have the same formulas.
    """
    a = statement.operands[0]
    match statement.operation:
        case "lookup":
            return 1
        case "floordiv":
            return max(1, widths[statement.variable] - 1)
        case "mul" if max(widths[o] for o in statement.operands) > WIDEST_FACTOR:
            products = _limbs(widths[a]) * _limbs(widths[statement.operands[1]])
            return 1 + (products - 1).bit_length()
    return 0


def _limbs(width: int) -> int:
    return max(0, width - 2) // _LIMB + 1
