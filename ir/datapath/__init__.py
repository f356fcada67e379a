"""`Datapath`: the integer operations of one neuron update, and their plain interpreter.

A datapath is a list of instructions in single-assignment form. The result of each is the
exact result of its operation on the numbers its arguments stand for, converted to the
instruction's `Format` (first rounding, then overflow). Nothing else is said anywhere: the
shifts that code needs follow from the formats. `docs/reference/semantics.md` states it as formulas;
`run` is the golden model, which every emulator and generated code must equal bit for bit.
"""

from somac.ir.datapath.interpreter import Result, run
from somac.ir.datapath.operations import (
    OPCODES,
    SEMANTICS,
    SOURCES,
    TRUTH,
    computed_bits,
    exact_format,
)
from somac.ir.datapath.text import parse
from somac.ir.datapath.value import Datapath, Instruction, Table

__all__ = [
    "OPCODES",
    "SEMANTICS",
    "SOURCES",
    "TRUTH",
    "Datapath",
    "Instruction",
    "Result",
    "Table",
    "computed_bits",
    "exact_format",
    "parse",
    "run",
]
