"""A circuit on a part: mapped, and placed and packed where that is the goal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from somac.backends.api.tools import missing
from somac.backends.fpga.synthesis.circuit import Circuit
from somac.backends.fpga.synthesis.constraints import constraints
from somac.backends.fpga.synthesis.flows import YOSYS, Placer, flow_of, used
from somac.backends.fpga.synthesis.reports import ports_of, statistics_of, timing_of
from somac.backends.fpga.synthesis.result import Synthesis
from somac.backends.fpga.synthesis.scripts import frame, framing_script, mapping_script
from somac.backends.fpga.synthesis.workshop import Workshop, workshop
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.target import Part

__all__ = ["SECONDS", "Goal", "lacking", "synthesise"]

Goal = Literal["area", "timing", "bitstream"]

SECONDS = 3600.0
"""Time after which a tool is taken to hang."""


def lacking(part: Part, goal: Goal) -> tuple[Diagnostic, ...]:
    """What would be missing: E0840 for each tool, E0863 where no open tool places the part."""
    flow = flow_of(part)
    if goal == "area":
        return missing([YOSYS])
    if flow.placer is None:
        return (_unplaceable(part),)
    tools = [YOSYS, flow.placer.nextpnr]
    return missing([*tools, flow.placer.packer] if goal == "bitstream" else tools)


def synthesise(
    circuit: Circuit,
    part: Part,
    goal: Goal = "area",
    *,
    clock_mhz: float | None = None,
    netlist: bool = False,
    seed: int = 1,
    seconds: float = SECONDS,
) -> Synthesis:
    """What a circuit takes of a part, and how fast it is or what the part loads.

    The same circuit, part, seed and tools give the same result.

    Parameters
    ----------
    goal
        ``area``: yosys alone. ``timing``: placed and routed as well, with its ports on a shift
        register, so that any number of them fits. ``bitstream``: placed and routed with its
        ports on pins, those that the part knows where it knows them, and packed.
    clock_mhz
        What the placer aims at; that of the part if None. It goes on where it misses.
    netlist
        Whether the mapped circuit is wanted as Verilog, without what places its ports.
    seed
        Of the placer.
    seconds
        Time that each tool may take.

    Raises
    ------
    SomacError
        E0840, E0863 for what is missing; E0861 if a tool fails or does not end; E0862 for a
        circuit that does not fit.
    ValueError
        For a family without a flow, and for a circuit that no frame fits, if the goal is timing.
    """
    absent = lacking(part, goal)
    if absent:
        raise SomacError.of(absent)
    flow = flow_of(part)
    framed = goal == "timing"
    aimed = part if clock_mhz is None else replace(part, clock_mhz=clock_mhz)
    with workshop({**circuit.sources, **circuit.images}, seconds) as shop:
        script = mapping_script(
            circuit, flow, json=goal == "bitstream", ports=framed, netlist=netlist
        )
        _yosys(shop, script, circuit)
        counted = statistics_of(shop.text("stat.json"))
        mapped = Synthesis(
            used=used(counted.cells, flow),
            cells=counted.cells,
            tools={"yosys": counted.version},
            netlist=shop.read("netlist.v") if netlist else None,
            log=shop.log(),
        )
        if goal == "area" or flow.placer is None:
            return mapped
        _require_room(circuit, part, mapped)
        if framed:
            text = frame(circuit, ports_of(shop.text("ports.txt")))
            shop.write({"frame.sv": text.encode()})
            _yosys(shop, framing_script(flow), circuit)
        else:
            named = f"board{flow.constraints}"
            shop.write({named: constraints(aimed, circuit.clock).encode()})
        return _placed(shop, circuit, aimed, flow.placer, goal, mapped, seed)


def _placed(
    shop: Workshop,
    circuit: Circuit,
    part: Part,
    placer: Placer,
    goal: Goal,
    mapped: Synthesis,
    seed: int,
) -> Synthesis:
    """With timing, and with what the part loads if that is the goal."""
    result = f"placed{placer.placed}"
    options = [
        "-q",
        *placer.options(part),
        *("--json", "mapped.json", placer.result, result, "--report", "report.json"),
        *("--freq", f"{part.clock_mhz:g}", "--seed", str(seed), "--timing-allow-fail", *placer.lax),
    ]
    if goal == "bitstream":
        options += [placer.given, f"board{flow_of(part).constraints}"]
    shop.run(placer.nextpnr, options, circuit.top, "E0861")
    timing = timing_of(shop.text("report.json"))
    bits = None
    if goal == "bitstream":
        packed = f"packed{placer.packed}"
        shop.run(placer.packer, [result, packed], circuit.top, "E0861")
        bits = shop.read(packed)
    log = shop.log()
    said = shop.run(placer.nextpnr, ["--version"], "its version", "E0861")
    return replace(
        mapped,
        tools={**mapped.tools, "nextpnr": _version(said)},
        fmax_mhz=timing.fmax_mhz,
        critical_path=timing.critical_path,
        placed=timing.placed,
        bitstream=bits,
        log=log,
    )


def _yosys(shop: Workshop, script: str, circuit: Circuit) -> None:
    shop.write({"script.ys": script.encode()})
    # only warnings and errors: the whole log is megabytes
    shop.run(YOSYS, ["-q", "-s", "script.ys"], circuit.top, "E0861")


def _version(said: str) -> str:
    """Of the line of nextpnr that ends in ``(Version nextpnr-0.11.1)``."""
    return said.rpartition("Version ")[2].strip().rstrip(")") or "unknown"


def _require_room(circuit: Circuit, part: Part, mapped: Synthesis) -> None:
    """SomacError E0862 with every pool of which the circuit takes more than there is."""
    found = list(_shortages(circuit, part, mapped))
    if found:
        raise SomacError.of(found)


def _shortages(circuit: Circuit, part: Part, mapped: Synthesis) -> Iterator[Diagnostic]:
    for pool, has in part.pools.items():
        takes = mapped.used.get(pool, 0)
        if takes > has:
            yield Diagnostic(
                "E0862",
                f"{circuit.top} does not fit {part.device}: it takes {takes:,} {pool}",
                have=f"{has:,} {pool}",
                need=f"{takes:,} {pool}",
                hint="choose a larger part, fewer lanes or fewer bits",
            )


def _unplaceable(part: Part) -> Diagnostic:
    return Diagnostic(
        "E0863",
        f"no open tool places circuits on {part.device}",
        hint="synthesise it for its area, or use syn/vivado.tcl with the tools of its maker",
    )
