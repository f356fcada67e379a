"""The design as data: what emulators, checkers and simulators read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from somac.backends.fpga.description import FORMAT
from somac.backends.fpga.emit.design import Cast, Design, Engine, Link, Reader, Section, Sender
from somac.backends.fpga.emit.top import sim_ports
from somac.ir.datapath import SEMANTICS

__all__ = ["describe", "to_json"]


def describe(design: Design, datapaths: Mapping[str, str]) -> dict[str, Any]:
    """Everything; `datapaths` are the files of datapaths by their text."""
    return {
        "format": FORMAT,
        "semantics": SEMANTICS,
        "circuit": "engines",
        "name": design.name,
        "stage_ns": design.stage_ns,
        "inputs": [
            {"name": i.name, "low": i.low, "high": i.high, **_sender(i.sender)}
            for i in design.inputs
        ],
        "engines": [_engine(engine, datapaths) for engine in design.engines],
        "outputs": [
            {"stream": o.name, "output": o.output, **_reader(o.reader)} for o in design.outputs
        ],
        "sim": asdict(sim_ports(design)),
    }


def to_json(description: Mapping[str, Any]) -> bytes:
    """As text, the same for the same value."""
    return json.dumps(description, indent=1, sort_keys=True).encode() + b"\n"


def _sender(sender: Sender) -> dict[str, Any]:
    return {
        "id": sender.name,
        "cells": sender.cells,
        "width": sender.width,
        "bits": sender.bits,
    }


def _reader(reader: Reader) -> dict[str, Any]:
    return {"source": reader.sender.name, "delay": reader.delay, "slots": reader.slots}


def _engine(engine: Engine, datapaths: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": engine.name,
        "lanes": engine.lanes,
        "updaters": engine.updaters,
        "whole": engine.whole,
        "graded": engine.graded,
        "weight_bits": engine.weight_bits,
        "value_bits": engine.value_bits,
        "sum_bits": engine.sum_bits,
        "index_bits": engine.index_bits,
        "address_bits": engine.address_bits,
        "delay_bits": engine.delay_bits,
        "ring": engine.ring,
        "drain": engine.drain,
        "clear": engine.clear,
        "casts": [_cast(cast) for cast in engine.casts],
        "memories": dict(engine.memories),
        "depths": dict(engine.depths),
        "links": [_link(link) for link in engine.links],
        "sections": [_section(section, datapaths) for section in engine.sections],
    }


def _cast(cast: Cast) -> dict[str, Any]:
    return {"shift": cast.shift, "rounding": cast.rounding.value}


def _link(link: Link) -> dict[str, Any]:
    return {
        **_reader(link),
        "projections": list(link.projections),
        "port": link.port,
        "ports": link.ports,
        "kind": link.kind,
        "base": link.base,
        "groups": link.groups,
        "index": link.index,
        "cast": link.cast,
    }


def _section(section: Section, datapaths: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_sender(section.sender),
        "population": section.population,
        "start": section.start,
        "order": section.order.tolist(),
        "groups": section.groups,
        "index": section.index,
        "links": list(section.links),
        "flight": section.flight,
        "datapath": datapaths[section.datapath],
        "ports": list(section.ports),
        "states": [
            {"name": s.name, "bits": s.bits, "initial": None if s.initial.ndim else int(s.initial)}
            for s in section.states
        ],
        "parameters": {
            name: None if values.ndim else int(values)
            for name, values in section.parameters.items()
        },
        "parameter_bits": list(section.parameter_bits.items()),
        "memories": dict(section.memories),
    }
