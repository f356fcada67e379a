"""Printing `Code` as NumPy: one vectorised function per datapath."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.code import Code, Operand, Statement
from somac.backends.codegen.lower import lower
from somac.ir.datapath import Datapath

__all__ = ["NumpyKernel", "numpy_kernel", "numpy_source"]

Raw = NDArray[np.int64]

_TEMPLATES: Mapping[str, str] = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "floordiv": "{0} // {1}",
    "shl": "{0} << {1}",
    "asr": "{0} >> {1}",
    "mask": "{0} & {1}",
    # the sign bit moves to the top of the word and is copied down again
    "wrap": "({0} << (64 - {1})) >> (64 - {1})",
    "min": "np.minimum({0}, {1})",
    "max": "np.maximum({0}, {1})",
    "lookup": "{table}[{0}]",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "both": "{0} & {1}",
    "either": "{0} | {1}",
    "invert": "~{0}",
    "integer": "np.asarray({0}, dtype=np.int64)",
    "select": "np.where({0}, {1}, {2})",
}


@dataclass(frozen=True, slots=True, eq=False)
class NumpyKernel:
    """A compiled kernel and the text it was compiled from."""

    code: Code
    source: str
    function: Callable[..., tuple[Any, ...]]

    def __call__(
        self, inputs: Mapping[str, Raw], state: Mapping[str, Raw], parameters: Mapping[str, Raw]
    ) -> tuple[dict[str, Raw], Raw]:
        """One tick: raw states after it, and the raw output.

        Arrays are int64 of shapes that broadcast to (..., neurons). Results have the shape
        of what they depend on; one that depends on nothing is 0-d.
        """
        given = {"input": inputs, "state": state, "param": parameters}
        results = self.function(*(given[a.kind][a.name] for a in self.code.arguments))
        *after, output = (np.asarray(result, dtype=np.int64) for result in results)
        return dict(zip(self.code.next_state, after, strict=True)), output


def numpy_kernel(datapath: Datapath) -> NumpyKernel:
    """Lower and compile: bit-equal to `somac.ir.datapath.run`, and independent of it."""
    code = lower(datapath)
    source = numpy_source(code)
    namespace: dict[str, Any] = {"np": np}
    namespace |= {name: table.entries for name, table in code.tables.items()}
    # every identifier in the source is made by `lower`: no text of the datapath runs
    exec(compile(source, "<kernel>", "exec"), namespace)
    return NumpyKernel(code, source, namespace["kernel"])


def numpy_source(code: Code) -> str:
    """The text of a function ``kernel`` of the code's arguments, in their order.

    It returns the states in the order of `Code.next_state`, then the output.
    """
    lines = [f"def kernel({', '.join(a.variable for a in code.arguments)}):"]
    lines += [f"    {s.variable} = {_expression(s)}" for s in code.statements]
    results = [*code.next_state.values(), code.output]
    lines.append(f"    return ({''.join(f'{_operand(r)}, ' for r in results)})")
    return "\n".join(lines) + "\n"


def _expression(statement: Statement) -> str:
    operands = map(_operand, statement.operands)
    return _TEMPLATES[statement.operation].format(*operands, table=statement.table)


def _operand(operand: Operand) -> str:
    return operand if isinstance(operand, str) else f"({operand})" if operand < 0 else str(operand)
