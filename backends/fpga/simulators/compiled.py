"""The C++ harness, compiled with the model that a simulator has made of a design."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from somac.backends.api.tools import Tool, build, find
from somac.backends.fpga.simulators.design import Design

__all__ = ["CXX", "CXX_OPTIONS", "HARNESS", "build_harness"]

CXX = Tool(("g++", "c++", "clang++"), "a C++ compiler (Debian: g++; macOS: xcode-select --install)")

CXX_OPTIONS = ("-std=c++17", "-O1", "-w")
"""Of everything that is compiled: -O2 takes longer to build than it saves in most runs."""

HARNESS = Path(__file__).parent / "harness"

_EXECUTABLE = "simulation"


def build_harness(
    design: Design, model: str, folder: Path, sources: Sequence[str | Path], options: Sequence[str]
) -> list[str | Path]:
    """Compile the harness with `sources` in a folder; `model` is the folder of its model.h.

    Returns the command that runs it; SomacError E0840, E0841.
    """
    # constants, not macros, which would reach into the model
    constants = [f"constexpr unsigned {k} = {v};\n" for k, v in design.parameters.items()]
    (folder / "parameters.h").write_text("".join(constants), encoding="utf-8")
    command = [find(CXX), *CXX_OPTIONS, f"-I{HARNESS / model}", "-I.", *options]
    files = [HARNESS / "main.cpp", *sources]
    build([*command, *files, "-o", _EXECUTABLE], folder, f"the model of the design for {model}")
    return [folder / _EXECUTABLE]
