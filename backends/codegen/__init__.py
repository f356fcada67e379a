"""From a `Datapath` to code: one lowering to plain integer operations, a printer per language."""

from somac.backends.codegen.code import Argument, Code, Operand, Statement
from somac.backends.codegen.lower import lower
from somac.backends.codegen.numpy_kernel import NumpyKernel, numpy_kernel, numpy_source

__all__ = [
    "Argument",
    "Code",
    "NumpyKernel",
    "Operand",
    "Statement",
    "lower",
    "numpy_kernel",
    "numpy_source",
]
