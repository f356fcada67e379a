"""Circuits through open tools: area by yosys, timing and bits by nextpnr, and texts for others.

A circuit is SystemVerilog and its memory images. `synthesise` says what it takes of a part, how
fast its clock may be, and what the part loads; `constraints`, `makefile` and `vivado_script` are
texts with which the same is done by hand, or by tools that are not open.
"""

from somac.backends.fpga.synthesis.bundle import circuit_of
from somac.backends.fpga.synthesis.circuit import Circuit
from somac.backends.fpga.synthesis.constraints import constraints, constraints_name
from somac.backends.fpga.synthesis.models import cell_models, without_model
from somac.backends.fpga.synthesis.project import makefile, vivado_script
from somac.backends.fpga.synthesis.result import Synthesis
from somac.backends.fpga.synthesis.synthesise import Goal, lacking, synthesise

__all__ = [
    "Circuit",
    "Goal",
    "Synthesis",
    "cell_models",
    "circuit_of",
    "constraints",
    "constraints_name",
    "lacking",
    "makefile",
    "synthesise",
    "vivado_script",
    "without_model",
]
