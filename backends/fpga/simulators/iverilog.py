"""Designs run by Icarus Verilog, which knows undefined bits; for short runs."""

from __future__ import annotations

from pathlib import Path

from somac.backends.api.tools import Tool, build, find
from somac.backends.fpga.simulators.compiled import HARNESS
from somac.backends.fpga.simulators.design import Design

__all__ = ["TOOLS", "build_iverilog"]

_INSTALL = "Icarus Verilog 11 or newer (Debian: iverilog)"
IVERILOG, VVP = Tool(("iverilog",), _INSTALL), Tool(("vvp",), _INSTALL)
TOOLS = (IVERILOG, VVP)

_TOP = "testbench"


def build_iverilog(design: Design, sources: Path, folder: Path) -> list[str | Path]:
    """Compile a design whose files are in the folder `sources`; returns the command that runs it.

    SomacError E0840 if a tool is missing, E0841 if one fails.
    """
    made = folder / "simulation.vvp"
    parameters = [f"-P{_TOP}.{name}={value}" for name, value in design.parameters.items()]
    command: list[str | Path] = [find(IVERILOG), "-g2012", "-s", _TOP, *parameters, "-o", made]
    build([*command, HARNESS / f"{_TOP}.sv", *design.files], sources, "the design")
    return [find(VVP), "-n", made]
