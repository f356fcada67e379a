"""What the update of one neuron consists of: operations by kind, counted in the generated code.

Kinds differ by what a 32-bit core needs for them: one word or two, a product, a choice between
values. The price of a kind is a figure of the target (`targets.yaml`), fitted on instructions
that were counted under qemu (`python -m bench.costs`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from somac.backends.codegen import Code, Statement, Words, lower
from somac.ir.datapath import Datapath

__all__ = ["OPERATIONS", "operations"]

OPERATIONS: Mapping[str, str] = {
    "neuron": "a neuron: the loop, its accumulators, and whether it sends",
    "parameter": "a parameter of the neuron's own, read",
    "state": "a word of 32 bits of a state, read and written",
    "crowded": "a value or address that the registers do not hold",
    "narrow": "an operation on 32 bits",
    "narrow_product": "a product of 32 bits, or a number made of a condition",
    "narrow_bound": "the smaller or the larger of two values of 32 bits",
    "wide": "a sum or an operation bit by bit on 64 bits",
    "wide_shift": "a shift of 64 bits",
    "wide_product": "a product of 64 bits",
    "wide_choice": "a comparison, or a choice between two values, of 64 bits",
    "table": "an entry of a table, or a division",
}
"""Kinds of operations, and what each is."""

_KINDS: Mapping[str, tuple[str, str]] = {
    "mul": ("narrow_product", "wide_product"),
    "integer": ("narrow_product", "wide"),
    "min": ("narrow_bound", "wide_choice"),
    "max": ("narrow_bound", "wide_choice"),
    "shl": ("narrow", "wide_shift"),
    "asr": ("narrow", "wide_shift"),
    "lookup": ("table", "table"),
    "floordiv": ("table", "table"),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne", "select"), ("narrow", "wide_choice")),
}
"""Per operation its kind on 32 bits and on 64; of all others they are the two below."""

_OTHERS = ("narrow", "wide")
_SUM_BITS = 32
_NARROW = 32
_REGISTERS = 8
"""Registers that are left beside the loop's own, as fitted."""
_LOOP_VALUES = 4
_IMMEDIATE = 256


def operations(datapath: Datapath, spreads: Sequence[bool]) -> Counter[str]:
    """Operations of one update by kind, `OPERATIONS`.

    `spreads` says of each parameter whether neurons have values of their own.
    """
    code = lower(datapath, sum_bits=_SUM_BITS)
    words = Words(code)
    statements = _needed(code)
    found = Counter({"neuron": 1, "parameter": sum(spreads)})
    for name in datapath.names("state"):
        format = datapath.format_of("state", name)
        found["state"] += words.of(format.minimum, format.maximum) // _NARROW
    found.update(_kind(statement, words) for statement in statements)
    ports, states = len(datapath.names("input")), len(datapath.names("state"))
    held = _LOOP_VALUES + ports + states + len(spreads) + len(_constants(statements))
    found["crowded"] = max(0, held - _REGISTERS)
    return found


def _needed(code: Code) -> tuple[Statement, ...]:
    """Statements that the results depend on: a compiler leaves the others out."""
    wanted = {code.output, *code.next_state.values()}
    kept = []
    for statement in reversed(code.statements):
        if statement.variable in wanted:
            kept.append(statement)
            wanted.update(statement.operands)
    return tuple(kept)


def _kind(statement: Statement, words: Words) -> str:
    narrow, wide = _KINDS.get(statement.operation, _OTHERS)
    operands = (statement.variable, *statement.operands)
    return wide if max(words.held(o) for o in operands) > _NARROW else narrow


def _constants(statements: Sequence[Statement]) -> set[int]:
    """Constants that no instruction can hold, kept in registers throughout the loop."""
    return {
        operand
        for statement in statements
        if statement.operation not in {"shl", "asr", "wrap"}
        for operand in statement.operands
        if isinstance(operand, int)
        and not -_IMMEDIATE < operand < _IMMEDIATE
        and operand & (operand - 1)
    }
