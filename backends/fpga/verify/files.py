"""The SystemVerilog of a bundle: each file there, and each as it must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from somac.backends.fpga.description import Description
from somac.backends.fpga.rtl import library
from somac.backends.fpga.verify.content import content
from somac.backends.fpga.verify.edges import core, sim, top
from somac.backends.fpga.verify.images import FOLDER
from somac.backends.fpga.verify.shells import shell
from somac.backends.fpga.verify.source import differences, read
from somac.backends.fpga.verify.updates import Updates, source_file
from somac.ir.errors import Diagnostic, Place
from somac.ir.program import Program

__all__ = ["check_files", "same_source"]

_RTL = "rtl/"
_SHOWN = 8


def check_files(program: Program, design: Description, made: Updates) -> Iterator[Diagnostic]:
    """E0818 and E0819; DamagedError for a file that is missing."""
    for name, text in library().items():
        if content(program, _RTL + name) != text:
            yield Diagnostic(
                "E0819", "not the module of this version of somac", Place(file=_RTL + name)
            )
    written = _written(design, made)
    for file, meant in written.items():
        yield from same_source(file, content(program, file), meant)
    sections = [s for e in design.engines for s in e.sections]
    known = {_RTL + name for name in library()} | written.keys()
    known |= {source_file(s) for s in sections}
    known |= {f"{_RTL}{part}.sv" for module in made.values() for part in module.parts}
    images = [name for e in design.engines for name in e.memories.values()]
    images += [name for s in sections for name in s.memories.values()]
    images += [name for module in made.values() for name in module.memories]
    known |= {FOLDER + name for name in images}
    for file in sorted(program.files):
        if file.startswith((_RTL, FOLDER)) and file not in known:
            yield Diagnostic("E0818", "a file that belongs to nothing", Place(file=file))
    for name in sorted({n for n in images if images.count(n) > 1}):
        yield Diagnostic("E0818", "one image for two memories", Place(file=FOLDER + name))


def _written(design: Description, made: Updates) -> Mapping[str, str]:
    """What is written for a design, by file, but for comments and layout."""
    senders = {s.id: s for s in design.senders()}
    found = {f"{_RTL}{e.name}.sv": shell(e, senders, made) for e in design.engines}
    found[f"{_RTL}{design.name}_core.sv"] = core(design)
    found[f"{_RTL}{design.name}.sv"] = top(design)
    found[f"{_RTL}sim.sv"] = sim(design)
    return found


def same_source(file: str, have: bytes, meant: str) -> Iterator[Diagnostic]:
    """E0818 for each way in which a module says something else than it is meant to."""
    try:
        found, need_source = read(have.decode()), read(meant)
    except ValueError as error:
        yield Diagnostic("E0818", f"not generated from design.json: {error}", Place(file=file))
        return
    differing = list(differences(found, need_source))
    for what, there, need in differing[:_SHOWN]:
        yield Diagnostic(
            "E0818", f"{what} is not as design.json has it", Place(file=file), there, need
        )
