"""What a bundle says of itself besides the design: area and clock, and texts for its tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from somac.backends.api import Account, Table
from somac.backends.fpga.area import design_area, design_stores
from somac.backends.fpga.cost.reading import FILE, FORMAT
from somac.backends.fpga.emit.design import Design, Engine
from somac.backends.fpga.folding import Solved
from somac.backends.fpga.synthesis import (
    Circuit,
    circuit_of,
    constraints,
    constraints_name,
    makefile,
    vivado_script,
)
from somac.backends.fpga.synthesis.flows import flow_of
from somac.ir.program import Program
from somac.ir.target import Part, Target

__all__ = ["CircuitAccount", "engines_account", "pools_text", "with_account"]

_HOME = "mem"
"""Folder of a bundle in which images stand."""

_CLOCK = "kit.clock_mhz"
_ERROR = "lut_error_percent"
_FMAX = "placed_mhz"
_NAMES: Mapping[str, str] = {"lut": "LUT", "ff": "flip-flops", "pll": "PLL"}


@dataclass(frozen=True, slots=True)
class CircuitAccount:
    """What is said of a circuit.

    Parameters
    ----------
    top
        The module on top.
    area
        Estimated units of each pool of the part.
    estimated
        How good that is.
    total, remarks, tables
        Of `somac.backends.api.Account`: figures, and sentences, by name; how it is folded.
    """

    top: str
    area: Mapping[str, int]
    estimated: str
    total: Mapping[str, int]
    remarks: Mapping[str, str]
    tables: tuple[Table, ...] = ()


def with_account(program: Program, account: CircuitAccount, part: Part, target: Target) -> Program:
    """The program with ``costs.json``, ``report.json``, and the folder ``syn/``."""
    told = Account(
        total=account.total,
        remarks={
            **account.remarks,
            "area": f"{pools_text(account.area, part)} ({account.estimated})",
            "clock": f"{part.clock_mhz:g} MHz{_expected(part)}",
        },
        tables=account.tables,
    )
    files = {
        FILE: _json(_costs(account.area, part, target)),
        **told.file(),
        **_texts(circuit_of(program, account.top), part, target.name),
    }
    return Program(program.backend, program.target, {**program.files, **files})


def engines_account(design: Design, part: Part, solved: Solved | None = None) -> CircuitAccount:
    """That of engines; `solved` says how good the choice of lanes is."""
    return CircuitAccount(
        design.name,
        design_area(design, part),
        f"estimated{_error(part)}",
        {
            "engines": len(design.engines),
            "lanes": sum(e.lanes for e in design.engines),
            "links": sum(len(e.links) for e in design.engines),
            "memories": sum(store.count for store in design_stores(design)),
        },
        {
            **{e.name.removesuffix("_engine"): _engine(e) for e in design.engines},
            **({} if solved is None else {"folding": _solved(solved)}),
        },
        (_folding(design),),
    )


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, indent=1, sort_keys=True).encode() + b"\n"


def _costs(area: Mapping[str, int], part: Part, target: Target) -> dict[str, Any]:
    clock = target.figures.get(_CLOCK)
    return {
        "format": FORMAT,
        "clock": {
            "name": _CLOCK,
            "mhz": part.clock_mhz,
            "status": "assumed" if clock is None else clock.status,
            "source": "" if clock is None else " ".join(clock.source.split()),
        },
        "pools": dict(part.pools),
        "area": dict(area),
    }


def _texts(found: Circuit, part: Part, board: str) -> dict[str, bytes]:
    """What makes bits by hand, or by tools that are not open."""
    circuit = _in_bundle(found)
    given = constraints_name(board, part)
    texts = {"Makefile": makefile(circuit, part, given, home=_HOME), given: constraints(part)}
    if flow_of(part).placer is None:
        texts["vivado.tcl"] = vivado_script(circuit, part, given, home=_HOME)
    return {f"syn/{name}": text.encode() for name, text in texts.items()}


def _in_bundle(circuit: Circuit) -> Circuit:
    """With the names that its sources have in the bundle."""
    return replace(circuit, sources={f"rtl/{name}": c for name, c in circuit.sources.items()})


def pools_text(area: Mapping[str, int], part: Part) -> str:
    """Units of pools, and their shares of the part."""
    pools = part.pools
    return ", ".join(
        f"{_NAMES.get(pool, pool)} {units:,} of {pools[pool]:,} ({100 * units / pools[pool]:.1f} %)"
        for pool, units in sorted(area.items(), key=lambda item: list(pools).index(item[0]))
        if units
    )


def _engine(engine: Engine) -> str:
    kinds = sorted({"whole" if engine.whole else link.kind for link in engine.links})
    rows = " and ".join(kinds) or "no"
    return (
        f"{', '.join(s.sender.title for s in engine.sections)}: {engine.lanes} cells at a time, "
        f"groups: {engine.cells}, {rows} rows of {engine.weight_bits} bit weights"
    )


def _folding(design: Design) -> Table:
    return Table(
        ("engine", "populations", "cells", "lanes", "groups", "updaters", "weight bits", "links"),
        tuple(
            (
                e.name,
                ", ".join(s.sender.title for s in e.sections),
                sum(s.sender.cells for s in e.sections),
                e.lanes,
                e.cells,
                e.updaters,
                e.weight_bits,
                len(e.links),
            )
            for e in design.engines
        ),
        "folding",
    )


def _solved(solved: Solved) -> str:
    return (
        f"{solved.value:,} {solved.objective}; "
        f"no choice of lanes that was weighed gives fewer than {solved.bound:,}"
    )


def _error(part: Part) -> str:
    error = part.figures.get(_ERROR)
    return "" if error is None else f"; LUT of half of all designs within {error:g} %"


def _expected(part: Part) -> str:
    fmax = part.figures.get(_FMAX)
    return "" if fmax is None else f"; designs placed on this family reach {fmax:g} MHz (median)"
