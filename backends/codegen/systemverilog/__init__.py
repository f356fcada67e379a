"""From `Code` to a pipelined SystemVerilog module: one lane that updates a neuron per cycle.

`schedule` places registers by a model of delays, `sv_module` prints; what operations need more
than an expression for is hand-written, in ``rtl`` beside this package.
"""

from somac.backends.codegen.systemverilog.delays import Delays
from somac.backends.codegen.systemverilog.module import (
    PARTS,
    Port,
    SvModule,
    hops,
    part_source,
    sv_module,
)
from somac.backends.codegen.systemverilog.schedule import Schedule, schedule

__all__ = [
    "PARTS",
    "Delays",
    "Port",
    "Schedule",
    "SvModule",
    "hops",
    "part_source",
    "schedule",
    "sv_module",
]
