"""Designs compiled by Verilator, with its runtime from a cache."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from somac.backends.api.tools import Tool, build, find
from somac.backends.fpga.simulators.cache import cached
from somac.backends.fpga.simulators.compiled import CXX, CXX_OPTIONS, build_harness
from somac.backends.fpga.simulators.design import Design
from somac.ir.errors import SomacError

__all__ = ["TOOLS", "VERILATOR", "build_verilator"]

VERILATOR = Tool(("verilator",), "Verilator 5.006 or newer (Debian: verilator)")
TOOLS = (VERILATOR, CXX)

_DEFINED = (
    "-DVERILATOR=1",
    "-DVL_TIME_CONTEXT",
    *(f"-DVM_{what}=0" for what in ("COVERAGE", "SC", "TRACE", "TRACE_FST", "TRACE_VCD")),
    "-pthread",
)
_PRAGMA = re.compile(rb"verilator\s+lint_(?:off|on)\s+(\w+)")


def build_verilator(design: Design, sources: Path, folder: Path) -> list[str | Path]:
    """Compile a design whose files are in the folder `sources`; returns the command that runs it.

    SomacError E0840 if a tool is missing, E0841 if one fails.
    """
    # warnings are for those who write the sources. They may name some that a Verilator does not
    # know yet, which would be an error
    known = sorted({w.decode() for s in design.sources.values() for w in _PRAGMA.findall(s)})
    command = [find(VERILATOR), "--cc", "--top-module", "sim", "--prefix", "Vsim"]
    command += ["-Wno-lint", "-Wno-style", "-Wno-fatal", *(f"-Wfuture-{name}" for name in known)]
    command += ["--x-assign", "unique", "--x-initial", "unique"]
    build([*command, "-Mdir", folder, *design.files], sources, "the design")
    include = _include(folder)
    options = [*_DEFINED, f"-I{include}", f"-I{include / 'vltstd'}"]
    objects = [_object(name, include, options, folder) for name in _runtime(folder)]
    # one unit of translation reads the headers once
    classes = sorted(file.name for file in folder.glob("Vsim*.cpp"))
    together = "".join(f'#include "{name}"\n' for name in classes)
    (folder / "model.cpp").write_text(together, encoding="utf-8")
    return build_harness(design, "verilator", folder, ["model.cpp", *objects], options)


def _include(folder: Path) -> Path:
    """Where Verilator keeps its runtime."""
    program = find(VERILATOR)
    said = build([program, "--getenv", "VERILATOR_ROOT"], folder, "the design").strip()
    beside = Path(program).resolve().parents[1] / "share" / "verilator"
    for root in (said, beside):
        include = Path(root) / "include"
        if (include / "verilated.cpp").is_file():
            return include
    raise SomacError(
        "E0840",
        "Verilator's runtime is not on this machine",
        have=f"no include/verilated.cpp in {said or 'VERILATOR_ROOT'} and {beside}",
        hint=f"install {VERILATOR.install}, or set VERILATOR_ROOT to the folder that has it",
    )


def _runtime(folder: Path) -> list[str]:
    """Sources of the runtime that the model needs, as Verilator lists them for make."""
    listed = (folder / "Vsim_classes.mk").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"^VM_GLOBAL_(?:FAST|SLOW) \+=(.*)$", listed, re.MULTILINE)
    return [f"{name}.cpp" for names in found for name in names.split()]


def _object(name: str, include: Path, options: Sequence[str], folder: Path) -> str:
    """A source of the runtime compiled into the folder: out of the cache if it can be."""
    command = [find(CXX), *CXX_OPTIONS, *options]
    version = build([find(CXX), "--version"], folder, "the runtime of Verilator")
    digest = hashlib.blake2b(digest_size=16)
    for text in (version, platform.machine(), *command):
        digest.update(text.encode() + b"\0")
    for file in (include / name, *sorted(include.rglob("*.h"))):
        digest.update(file.read_bytes() + b"\0")
    target = f"{Path(name).stem}.o"

    def compile() -> bytes:
        build([*command, "-c", include / name, "-o", target], folder, f"{name} of Verilator")
        return (folder / target).read_bytes()

    content = cached(f"{digest.hexdigest()}-{target}", compile)
    (folder / target).write_bytes(content)
    return target
