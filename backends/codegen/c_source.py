"""Printing `Code` as a C11 function of one neuron: integers only, nothing undefined.

Every variable is an ``int32_t`` where its bounds allow and an ``int64_t`` elsewhere, so that no
operation overflows. Two things the C standard leaves to the compiler are used: conversion to a
signed integer keeps the low bits, and ``>>`` of a negative integer rounds down. C23 and every
compiler in use agree on the first; `PREAMBLE` refuses a compiler that differs in either.
"""

from __future__ import annotations

from collections.abc import Mapping

from somac.backends.codegen.code import Code, Operand, Statement
from somac.backends.codegen.words import Words, signed_bits, unsigned_bits
from somac.ir.datapath import Table

__all__ = ["PREAMBLE", "c_source"]

PREAMBLE = """\
#include <stdbool.h>
#include <stdint.h>

_Static_assert((-3 >> 1) == -2, "shifting right must round down");
_Static_assert((int32_t)UINT32_MAX == -1, "conversion must keep the low bits");
"""
"""What stands once before the functions of a file."""

# `w` is the word in which an operation computes
_TEMPLATES: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "floordiv": "{0} / {1} - ({0} % {1} < 0)",
    # unsigned, since to shift a negative integer left is undefined
    "shl": "(int{w}_t)((uint{w}_t){0} << {1})",
    "asr": "{0} >> {1}",
    "mask": "{0} & {1}",
    # the sign bit moves to the top of the word and is copied down again
    "wrap": "(int{w}_t)((uint{w}_t){0} << {up}) >> {up}",
    "min": "{0} < {1} ? {0} : {1}",
    "max": "{0} > {1} ? {0} : {1}",
    "lookup": "{table}[{0}]",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "both": "{0} && {1}",
    "either": "{0} || {1}",
    "invert": "!{0}",
    "integer": "{0}",
    "select": "{0} ? {1} : {2}",
}
# operations whose result may need more than the words of what they read
_WIDENING = frozenset({"add", "sub", "mul"})
_PER_LINE = 12


def c_source(code: Code, name: str = "neuron") -> str:
    """The text of a ``static inline`` function, with the tables it reads before it.

    Its parameters are the code's arguments, then a pointer for each of `Code.next_state`,
    in their order: ``next0``, ``next1``, ... It returns the output.
    """
    words = Words(code)
    lines = [_table(f"{name}_{label}", code.tables[label]) for label in _tables(code)]
    parameters = [f"int{words.held(a.variable)}_t {a.variable}" for a in code.arguments]
    results = list(code.next_state.values())
    parameters += [f"int{words.held(v)}_t *next{n}" for n, v in enumerate(results)]
    head = f"static inline int{words.held(code.output)}_t {name}("
    lines.append(head + (",\n" + " " * len(head)).join(parameters or ["void"]) + ")")
    lines.append("{")
    used = {o for s in code.statements for o in s.operands} | {*results, code.output}
    lines += [f"    (void){a.variable};" for a in code.arguments if a.variable not in used]
    lines += [f"    {_statement(s, words, name)}" for s in code.statements]
    lines += [f"    *next{n} = {_operand(value)};" for n, value in enumerate(results)]
    lines += [f"    return {_operand(code.output)};", "}"]
    return "\n".join(lines) + "\n"


def _statement(s: Statement, words: Words, name: str) -> str:
    template = _TEMPLATES[s.operation]
    if s.truth:
        operands = [_operand(o) for o in s.operands]
        return f"const bool {s.variable} = {template.format(*operands)};"
    own, word = words.held(s.variable), words.computed(s)
    operands = [_operand(o) for o in s.operands]
    up = 0
    if s.operation == "asr":
        # a shift as long as the word leaves the sign, as the longest that is defined does
        word = words.held(s.operands[0])
        operands[1] = str(min(int(s.operands[1]), word - 1))
    elif s.operation == "wrap":
        # what is above the bits that stay does not matter, nor does the word that held it
        word = own
        up = word - int(s.operands[1])
    elif s.operation in _WIDENING and word > max(words.held(o) for o in s.operands):
        operands[0] = f"(int{word}_t){operands[0]}"
    text = template.format(*operands, w=word, up=up, table=f"{name}_{s.table}")
    if own < word and s.operation != "lookup":
        text = f"(int{own}_t)({text})"
    return f"const int{own}_t {s.variable} = {text};"


def _operand(operand: Operand) -> str:
    if isinstance(operand, str):
        return operand
    return f"({_literal(operand)})" if operand < 0 else _literal(operand)


def _literal(value: int) -> str:
    if value in (-(1 << 31), -(1 << 63)):
        return f"INT{value.bit_length()}_MIN"
    text = str(abs(value)) if abs(value) < 1 << 31 else f"INT64_C({abs(value)})"
    return f"-{text}" if value < 0 else text


def _tables(code: Code) -> list[str]:
    """The tables that are read, in the order in which they are."""
    return list(dict.fromkeys(s.table for s in code.statements if s.table))


def _table(name: str, table: Table) -> str:
    entries = [int(entry) for entry in table.entries]
    low, high = min(entries), max(entries)
    signed = signed_bits(low, high)
    unsigned = unsigned_bits(high) if low >= 0 else signed
    kind = f"uint{unsigned}_t" if unsigned < signed else f"int{signed}_t"
    literals = [_literal(entry) for entry in entries]
    rows = [", ".join(literals[n : n + _PER_LINE]) for n in range(0, len(literals), _PER_LINE)]
    body = ",\n    ".join(rows)
    return f"static const {kind} {name}[{len(entries)}] = {{\n    {body},\n}};\n"
