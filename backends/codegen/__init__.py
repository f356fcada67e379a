"""From a `Datapath` to code: one lowering to plain integer operations, a printer per language."""

from somac.backends.codegen.c_source import PREAMBLE, c_source
from somac.backends.codegen.code import Argument, Code, Operand, Statement
from somac.backends.codegen.lower import lower
from somac.backends.codegen.numpy_kernel import NumpyKernel, numpy_kernel, numpy_source
from somac.backends.codegen.words import Words, signed_bits, unsigned_bits

__all__ = [
    "PREAMBLE",
    "Argument",
    "Code",
    "NumpyKernel",
    "Operand",
    "Statement",
    "Words",
    "c_source",
    "lower",
    "numpy_kernel",
    "numpy_source",
    "signed_bits",
    "unsigned_bits",
]
