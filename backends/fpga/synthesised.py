"""The circuit of a bundle through the tools of this computer, and what they found in the bundle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from somac.backends.api import Account
from somac.backends.fpga.account import pools_text
from somac.backends.fpga.cost.reading import FORMAT, SYNTHESIS
from somac.backends.fpga.description import read_description
from somac.backends.fpga.synthesis import Goal, Synthesis, circuit_of, lacking, synthesise
from somac.backends.fpga.synthesis.flows import flow_of
from somac.ir.errors import Diagnostic
from somac.ir.program import Program
from somac.ir.target import Part, Target

__all__ = ["Edge", "engines_edge", "missing_tools", "with_synthesis"]

AIM_MHZ = 100.0
"""What the placer aims at where the kit's clock is slower: how fast it may be is of interest."""

_PINS = "user_ports"
_BYTE = 8
_STREAM_SIGNALS = 3
_OWN_SIGNALS = 3


@dataclass(frozen=True, slots=True)
class Edge:
    """The module on top of a circuit, and the bits of its ports."""

    top: str
    ports: int


def engines_edge(program: Program) -> Edge:
    """That of engines; SomacError E0703 to E0710 if their description is damaged."""
    d = read_description(program)
    senders = {s.id: s for s in d.senders()}
    streams = [*d.inputs, *(senders[o.source] for o in d.outputs)]
    data = (-(-s.width * max(1, s.bits) // _BYTE) * _BYTE for s in streams)
    return Edge(d.name, _OWN_SIGNALS + sum(bits + _STREAM_SIGNALS for bits in data))


def missing_tools(target: Target) -> Sequence[Diagnostic]:
    """What this computer lacks to go as far as the part allows."""
    if target.part is None:
        return ()
    return lacking(target.part, "area" if flow_of(target.part).placer is None else "bitstream")


def with_synthesis(program: Program, target: Target, edge: Edge) -> Program:
    """The program with ``syn/result.json``, what the part loads if it has pins for all ports, and
    a remark in its report; as it is without a part.

    Raises
    ------
    SomacError
        E0840 and E086x as `synthesise` has them.
    """
    part = target.part
    if part is None:
        return program
    circuit = circuit_of(program, edge.top)
    goal = _goal(edge, part)
    aimed = max(part.clock_mhz, AIM_MHZ)
    found = synthesise(circuit, part, goal, clock_mhz=aimed)
    files = {SYNTHESIS: _json(_result(found, goal, aimed))}
    placer = flow_of(part).placer
    if found.bitstream is not None and placer is not None:
        files[f"syn/{circuit.top}{placer.packed}"] = found.bitstream
    account = Account.of(program)
    remarks = {**account.remarks, "synthesis": _remark(found, part)}
    files |= replace(account, remarks=remarks).file()
    return replace(program, files={**program.files, **files})


def _goal(edge: Edge, part: Part) -> Goal:
    """As far as tools, and pins, go."""
    if flow_of(part).placer is None:
        return "area"
    return "bitstream" if edge.ports <= part.figures.get(_PINS, 0) else "timing"


def _result(found: Synthesis, goal: Goal, aimed: float) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "goal": goal,
        "used": dict(found.used),
        "cells": dict(found.cells),
        "tools": dict(found.tools),
        "aimed_mhz": aimed,
        "fmax_mhz": found.fmax_mhz,
        "critical_path": list(found.critical_path),
        "placed": {site: list(counts) for site, counts in found.placed.items()},
    }


def _remark(found: Synthesis, part: Part) -> str:
    used = {pool: units for pool, units in found.used.items() if pool in part.pools}
    clock = "" if found.fmax_mhz is None else f"; at most {found.fmax_mhz:.1f} MHz"
    tools = ", ".join(f"{name} {version}" for name, version in found.tools.items())
    bits = "" if found.bitstream is None else f"; {len(found.bitstream):,} bytes to load"
    return f"{pools_text(used, part)}{clock}{bits} ({tools})"


def _json(data: Any) -> bytes:
    return json.dumps(data, indent=1, sort_keys=True).encode() + b"\n"
