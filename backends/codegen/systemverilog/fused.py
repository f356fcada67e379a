"""What hardware does in one go: a value held within two constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from somac.backends.codegen.code import Code, Statement

__all__ = ["CLAMP", "fused"]

CLAMP = "clamp"
"""The operation that `fused` adds: a, or b if a < b, or c if a > c, for constants b <= c."""


def fused(code: Code) -> Code:
    """The code with ``min(max(a, b), c)`` of constants b <= c as one operation.

    Both comparisons are then made of the same value at the same time.
    """
    uses = Counter(o for s in code.statements for o in s.operands if isinstance(o, str))
    uses.update(o for o in (*code.next_state.values(), code.output) if isinstance(o, str))
    made = {s.variable: s for s in code.statements}
    replaced: dict[str, Statement] = {}
    swallowed = set()
    for upper in code.statements:
        lower = made.get(str(upper.operands[0]))
        if (
            upper.operation == "min"
            and lower is not None
            and lower.operation == "max"
            and uses[lower.variable] == 1
            and _ordered(lower.operands[1:] + upper.operands[1:])
        ):
            operands = (*lower.operands, upper.operands[1])
            replaced[upper.variable] = replace(upper, operation=CLAMP, operands=operands)
            swallowed.add(lower.variable)
    statements = [replaced.get(s.variable, s) for s in code.statements]
    return replace(code, statements=tuple(s for s in statements if s.variable not in swallowed))


def _ordered(bounds: Sequence[int | str]) -> bool:
    low, high = bounds
    return isinstance(low, int) and isinstance(high, int) and low <= high
