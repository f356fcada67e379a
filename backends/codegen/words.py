"""Machine words: the narrowest that hold what bounds allow."""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.codegen.code import Code, Operand, Statement

__all__ = ["Words", "signed_bits", "unsigned_bits"]

WIDTHS = (8, 16, 32, 64)
"""Bits of the integers that machines store."""


def signed_bits(low: int, high: int, widths: Sequence[int] = WIDTHS) -> int:
    """Bits of the narrowest two's complement integer that holds `low` to `high`."""
    return next(w for w in widths if -(1 << (w - 1)) <= low and high < 1 << (w - 1))


def unsigned_bits(high: int, widths: Sequence[int] = WIDTHS) -> int:
    """Bits of the narrowest unsigned integer that holds 0 to `high`."""
    return next(w for w in widths if high < 1 << w)


class Words:
    """In which of two words each value of some code is held and each operation computed."""

    def __init__(self, code: Code, widths: Sequence[int] = (32, 64)) -> None:
        self._widths = widths
        self._held = {a.variable: self.of(a.low, a.high) for a in code.arguments}
        self._held |= {s.variable: self.of(s.low, s.high) for s in code.statements if not s.truth}

    def of(self, low: int, high: int) -> int:
        """Bits of the word for values from `low` to `high`."""
        return signed_bits(low, high, self._widths)

    def held(self, operand: Operand) -> int:
        """Bits of the word that holds a variable or a constant; a truth value takes the least."""
        if isinstance(operand, int):
            return self.of(operand, operand)
        return self._held.get(operand, self._widths[0])

    def computed(self, statement: Statement) -> int:
        """Bits of the word that holds all that an operation on integers reads and makes."""
        return max(self.held(operand) for operand in (statement.variable, *statement.operands))
