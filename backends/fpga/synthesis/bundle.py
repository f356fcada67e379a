"""The circuit of a bundle."""

from __future__ import annotations

from somac.backends.fpga.synthesis.circuit import Circuit
from somac.ir.program import Program

__all__ = ["circuit_of"]

_FOR_SIMULATORS = "sim.sv"


def circuit_of(program: Program, top: str) -> Circuit:
    """What goes onto the part: every source but that for simulators, and the memory images."""
    sources = program.under("rtl/")
    sources.pop(_FOR_SIMULATORS, None)
    return Circuit(sources, program.under("mem/"), top)
