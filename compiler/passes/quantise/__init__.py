"""From float to exact integers: weights, formats, datapaths.

`quantise` is the pass; the modules hold what it is made of: `weights` (one scale per port,
or per target cell), `ranges` (interval analysis of equations), `affine` (equations as sums
of coefficient times term), `lower` (equations to a `Datapath`), `report`.
"""

from somac.compiler.passes.quantise.options import QuantiseOptions
from somac.compiler.passes.quantise.quantise import Quantised, quantise
from somac.compiler.passes.quantise.report import PopulationReport

__all__ = ["PopulationReport", "QuantiseOptions", "Quantised", "quantise"]
