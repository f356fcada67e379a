"""A mapped network to everything that goes onto an FPGA."""

from __future__ import annotations

from collections.abc import Mapping

from somac.backends.codegen.systemverilog import part_source
from somac.backends.fpga.emit.build import build
from somac.backends.fpga.emit.description import describe, to_json
from somac.backends.fpga.emit.design import Design
from somac.backends.fpga.emit.names import identifiers
from somac.backends.fpga.emit.shell import shell
from somac.backends.fpga.emit.testbench import testbench
from somac.backends.fpga.emit.top import SIM, core, sim, top
from somac.backends.fpga.folding import STAGE_NS, Folding
from somac.backends.fpga.rtl import library
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["BACKEND", "design_of", "emit", "written"]

BACKEND = "fpga"


def emit(
    network: IntegerNetwork, mapping: PlacedMapping, target: Target, folding: Folding
) -> Program:
    """Write everything: SystemVerilog, memory images, a testbench, and the description of all.

    Raises
    ------
    SomacError
        E0656 if the mapping is not one of this network on this target.
    """
    return written(design_of(network, mapping, target, folding), network, target)


def design_of(
    network: IntegerNetwork, mapping: PlacedMapping, target: Target, folding: Folding
) -> Design:
    """The design of a mapped network; SomacError E0656 as `emit` has it."""
    if mapping.network != network.digest() or mapping.target != target.digest():
        raise SomacError("E0656", "the mapping was made for another network or target")
    return build(network, mapping, folding, STAGE_NS)


def written(design: Design, network: IntegerNetwork, target: Target) -> Program:
    """The bundle of a design of a network."""
    texts = dict.fromkeys(s.datapath for e in design.engines for s in e.sections)
    stems = identifiers([text.split(maxsplit=2)[1] for text in texts])
    datapaths: dict[str, str] = {}
    for text in texts:
        stem = stems[text.split(maxsplit=2)[1]]
        number, name = 1, f"datapaths/{stem}.datapath"
        while name in datapaths.values():
            number += 1
            name = f"datapaths/{stem}_{number}.datapath"
        datapaths[text] = name
    files = {name: text.encode() for text, name in datapaths.items()}
    files |= {f"rtl/{name}": text for name, text in _sources(design).items()}
    files |= {f"mem/{name}": image for name, image in design.images.items()}
    files |= {f"tb/{name}": text for name, text in testbench(design, network).items()}
    files["design.json"] = to_json(describe(design, datapaths))
    return Program(BACKEND, target.name, files)


def _sources(design: Design) -> Mapping[str, bytes]:
    """SystemVerilog by file name."""
    found = dict(library())
    for engine in design.engines:
        found[f"{engine.name}.sv"] = shell(engine).encode()
        for section in engine.sections:
            module = section.module
            found[f"{module.name}.sv"] = module.text.encode()
            found |= {f"{part}.sv": part_source(part).encode() for part in module.parts}
    found[f"{design.name}_core.sv"] = core(design).encode()
    found[f"{design.name}.sv"] = top(design).encode()
    found[f"{SIM}.sv"] = sim(design).encode()
    return found
