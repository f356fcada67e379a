"""How long operations take on an FPGA: a model that is good enough to place registers by."""

from __future__ import annotations

from dataclasses import dataclass

from somac.backends.codegen.code import Statement
from somac.backends.codegen.systemverilog.widths import Widths

__all__ = ["PIPELINED", "WIDEST_FACTOR", "Delays", "combinational", "cycles"]

PIPELINED = frozenset({"mul", "floordiv", "lookup"})
"""Operations that begin or end at a register."""

WIDEST_FACTOR = 18
"""Bits of a factor, with its sign, that one multiplier of an FPGA takes."""

_LIMB = WIDEST_FACTOR - 1
# wires, or part of what reads them
_FREE = frozenset({"shl", "asr", "wrap", "integer", "invert"})


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays in ns, each with the wires that lead to it.

    The defaults are for an ECP5 of speed grade 6 and come from ``python -m bench.lanes --part
    operations``: clocks that nextpnr gives for single operations of 8 to 48 bits between
    registers (medians of three seeds), rounded up. ``python -m bench.lanes`` compares whole lanes
    with the estimate: those for 8 ns keep to it, long chains in stages of 12 ns have taken up to
    a quarter longer.

    Parameters
    ----------
    register
        What a stage loses at its registers: clock to output, and setup.
    carry, carry_bit
        A chain of carries, as of an adder: what it takes for one bit, and more for each bit.
    compare
        What a comparison takes more than an adder of its width.
    choice
        To choose between two values, by a condition that has just been found and goes to every
        bit.
    logic
        One level of logic.
    multiply
        A product of factors that a multiplier takes.
    memory
        From the clock to the output of a table.
    argument
        How much of the first stage is gone when arguments come: nothing out of registers.
    """

    register: float = 1.0
    carry: float = 1.6
    carry_bit: float = 0.04
    compare: float = 0.9
    choice: float = 2.8
    logic: float = 1.2
    multiply: float = 6.0
    memory: float = 5.7
    argument: float = 0.0

    def chain(self, width: int) -> float:
        """A chain of `width` bits."""
        return self.carry + self.carry_bit * width


def combinational(statement: Statement, widths: Widths, delays: Delays) -> float:
    """Estimated ns from the operands to the result, or to the first register within."""
    operands = statement.operands
    widest = max(widths[o] for o in operands)
    match statement.operation:
        case "mask" if any(isinstance(o, int) for o in operands):
            return 0.0
        case operation if operation in _FREE:
            return 0.0
        case "mask" | "both" | "either" | "lookup":
            # the address of a table may pass a gate on its way
            return delays.logic
        case "select":
            return delays.choice
        case "mul":
            return delays.multiply
        case "floordiv":
            return delays.chain(widths[operands[1]]) + delays.choice
        case "min" | "max":
            return delays.chain(widest) + delays.compare + delays.choice
        case "clamp":
            # little is left of a comparison with a constant
            return delays.carry + delays.choice
        case "add" | "sub":
            return delays.chain(max(widest, widths[statement.variable]))
        case _:
            return delays.chain(widest) + delays.compare


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
