"""SystemVerilog expressions: everything signed, every width written out.

The width of an operation in SystemVerilog follows from what surrounds it, and one unsigned operand
makes all of an expression unsigned. Here every operand is cast to the width in which its operation
computes, casts keep the sign, and constants are signed and have a width: neither rule matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from somac.backends.codegen.code import Operand, Statement
from somac.backends.codegen.systemverilog.fused import CLAMP
from somac.backends.codegen.systemverilog.widths import Widths

__all__ = ["drops_bits", "expression", "literal"]

# operands as they are: what each is cast to is said below
_TEMPLATES: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "shl": "{0} <<< {1}",
    "asr": "{0} >>> {1}",
    "mask": "{0} & {1}",
    "wrap": "{0}",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "both": "{0} & {1}",
    "either": "{0} | {1}",
    "invert": "~{0}",
    "integer": "{{1'b0, {0}}}",
}
# the low bits of the result depend on the low bits of the operands only
_MODULAR = frozenset({"add", "sub", "mul", "shl", "wrap"})
_SHIFTS = frozenset({"shl", "asr", "wrap"})
_TRUTHS = frozenset({"both", "either", "invert", "integer"})
_COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})

Name = Callable[[str], str]


def literal(value: int, width: int) -> str:
    """A signed constant of `width` bits, which holds it."""
    return f"-{width}'sd{-value}" if value < 0 else f"{width}'sd{value}"


def drops_bits(s: Statement, widths: Widths) -> bool:
    """Whether the high bits of an operand are not read at all."""
    return s.operation in ("wrap", "lookup") or (
        s.operation in _MODULAR and any(widths[o] > widths[s.variable] for o in s.operands)
    )


def expression(s: Statement, widths: Widths, name: Name) -> str:
    """What a statement of combinational logic computes, in the width of its result.

    `name` gives the signal that holds a variable.
    """
    own, operands = widths[s.variable], s.operands
    if s.operation in _TRUTHS:
        return _TEMPLATES[s.operation].format(*(_truth(o, name) for o in operands))
    if s.operation == "select":
        condition, yes, no = operands
        return (
            f"{_truth(condition, name)} ? {_cast(yes, own, widths, name)}"
            f" : {_cast(no, own, widths, name)}"
        )
    if s.operation in _SHIFTS:
        x = operands[0]
        amount = min(int(operands[1]), widths[x] - 1) if s.operation == "asr" else operands[1]
        computed = widths[x] if s.operation == "asr" else own
        text = _TEMPLATES[s.operation].format(_cast(x, computed, widths, name), amount)
        return _narrowed(text, computed, own)
    widest = max(widths[o] for o in operands)
    if s.operation in ("min", "max", CLAMP):
        return _choice(s, own, widest, widths, name)
    computed = own if s.operation in _MODULAR else widest
    text = _TEMPLATES[s.operation].format(*(_cast(o, computed, widths, name) for o in operands))
    return text if s.operation in _COMPARISONS else _narrowed(text, computed, own)


def _choice(s: Statement, own: int, widest: int, widths: Widths, name: Name) -> str:
    """One of the operands of ``min``, ``max`` or ``clamp``."""
    compared = [_cast(o, widest, widths, name) for o in s.operands]
    chosen = [_cast(o, own, widths, name) for o in s.operands]
    if s.operation == CLAMP:
        return (
            f"{compared[0]} < {compared[1]} ? {chosen[1]} : "
            f"{compared[0]} > {compared[2]} ? {chosen[2]} : {chosen[0]}"
        )
    sign = "<" if s.operation == "min" else ">"
    return f"{compared[0]} {sign} {compared[1]} ? {chosen[0]} : {chosen[1]}"


def _cast(operand: Operand, width: int, widths: Widths, name: Name) -> str:
    """The low `width` bits of an operand, its sign repeated where it has fewer."""
    if isinstance(operand, int):
        half = 1 << (width - 1)
        text = literal((operand + half) % (2 * half) - half, width)
        return f"({text})" if text.startswith("-") else text
    held = name(operand)
    return held if widths[operand] == width else f"{width}'({held})"


def _truth(operand: Operand, name: Name) -> str:
    return f"1'b{operand}" if isinstance(operand, int) else name(operand)


def _narrowed(text: str, computed: int, own: int) -> str:
    """The low bits of an expression of `computed` bits, or more bits of the same sign."""
    return text if computed == own else f"{own}'({text})"
