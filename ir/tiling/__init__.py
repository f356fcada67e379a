"""A projection on arrays of memory cells: what converters make of the sums of its products.

Signals come in as pulses, weights are kept as codes of cells, and the sum of a column is rounded
and clipped by a converter before it is added to others. `docs/reference/semantics.md` (3.11) is the
specification.
"""

from somac.ir.tiling.converters import Converters, Polarity, Signs
from somac.ir.tiling.problem import tiling_problem
from somac.ir.tiling.sums import Block, column_sums, converted
from somac.ir.tiling.value import Tiling

__all__ = [
    "Block",
    "Converters",
    "Polarity",
    "Signs",
    "Tiling",
    "column_sums",
    "converted",
    "tiling_problem",
]
