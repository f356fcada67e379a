"""The circuit of a bundle."""

from __future__ import annotations

from somac.backends.fpga.synthesis.circuit import Circuit
from somac.ir.program import Program

__all__ = ["circuit_of"]

_SOURCES, _IMAGES = "rtl/", "mem/"
_FOR_SIMULATORS = f"{_SOURCES}sim.sv"


def circuit_of(program: Program, top: str) -> Circuit:
    """What goes onto the part: every source but that for simulators, and the memory images."""
    files = program.files
    return Circuit(
        {
            name.removeprefix(_SOURCES): content
            for name, content in files.items()
            if name.startswith(_SOURCES) and name != _FOR_SIMULATORS
        },
        {
            name.removeprefix(_IMAGES): content
            for name, content in files.items()
            if name.startswith(_IMAGES)
        },
        top,
    )
