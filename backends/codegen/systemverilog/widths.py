"""Widths of signals: the narrowest two's complement that bounds allow."""

from __future__ import annotations

from collections.abc import Mapping

from somac.backends.codegen.code import Code, Operand

__all__ = ["Widths", "signed_width"]


def signed_width(low: int, high: int) -> int:
    """Bits of the narrowest two's complement integer that holds `low` to `high`."""
    return 1 + max(low.bit_length() if low >= 0 else (~low).bit_length(), high.bit_length())


class Widths:
    """How many bits each operand of some code has; a truth value has one, without a sign."""

    def __init__(self, code: Code) -> None:
        found = {a.variable: signed_width(a.low, a.high) for a in code.arguments}
        found |= {
            s.variable: 1 if s.truth else signed_width(s.low, s.high) for s in code.statements
        }
        self._of: Mapping[str, int] = found

    def __getitem__(self, operand: Operand) -> int:
        return signed_width(operand, operand) if isinstance(operand, int) else self._of[operand]
