"""The experiment description: what is loaded where, and what enters and leaves, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emit.tables import LINKS, chip_links
from somac.ir.datapath import SEMANTICS
from somac.ir.integer import IntegerNetwork, IntegerPopulation
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice
from somac.ir.target import Target, Topology

__all__ = ["FORMAT", "describe", "image_name", "plastic_projections", "table_name", "to_json"]

FORMAT = 2


def to_json(value: Any) -> bytes:
    """JSON with sorted keys: the same bytes for the same value."""
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"


def image_name(topology: Topology, core: int) -> str:
    """File of a core's memory image."""
    chip = int(topology.node_chip[topology.core_node[core]])
    return f"images/{_chip_name(topology, chip)}_core_{int(topology.core_local[core]):03d}.bin"


def table_name(topology: Topology, chip: int) -> str:
    """File of a chip's routing table."""
    return f"tables/{_chip_name(topology, chip)}.bin"


def _chip_name(topology: Topology, chip: int) -> str:
    x, y = (int(v) for v in topology.chip_position[chip])
    return f"chip_{x}_{y}"


def describe(
    network: IntegerNetwork,
    mapping: PlacedMapping,
    target: Target,
    programs: Mapping[str, str],
    chips_with_table: Sequence[int],
) -> dict[str, Any]:
    """The description.

    Parameters
    ----------
    programs
        Per population, the file of its neuron program.
    chips_with_table
        Chips that have a routing table.
    """
    topology = target.topology
    files = list(dict.fromkeys(programs[p.name] for p in network.populations))
    placed = [part for part in mapping.slices if part.core is not None]
    number = {part.core: index for index, part in enumerate(placed)}
    keys = {route.source: route.keys for route in mapping.routes}
    return {
        "format": FORMAT,
        "semantics": SEMANTICS,
        "name": network.name,
        "dt": network.dt,
        "period": network.period,
        "target": target.name,
        "limits": {**target.resources, "router_entries": target.router_entries},
        "host_chip": int(topology.node_chip[topology.host_node]),
        "chips": _chips(topology, chips_with_table),
        "programs": files,
        "cores": [_core(topology, part, files, programs) for part in placed],
        "inputs": [
            {
                "name": i.name,
                "shape": list(i.shape),
                "kind": i.kind,
                "format": str(i.format),
                "scale": i.scale,
                "slices": [
                    {"start": s.start, "stop": s.stop, "key": keys[n].key, "mask": keys[n].mask}
                    for n, s in enumerate(mapping.slices)
                    if s.population == i.name and n in keys
                ],
            }
            for i in network.inputs
        ],
        "populations": [
            {
                "name": p.name,
                "shape": list(p.shape),
                "kind": p.datapath.output_kind,
                "format": str(p.datapath.instructions[p.datapath.output].format),
                "scale": _number_or_list(_scales(p, mapping.order.get(p.name))),
                "start": p.start,
                "order": mapping.order[p.name].tolist() if p.name in mapping.order else None,
                "slices": [
                    {"start": s.start, "stop": s.stop, "core": number[s.core]}
                    for s in placed
                    if s.population == p.name
                ],
            }
            for p in network.populations
        ],
        "outputs": [{"name": o.name, "source": o.source} for o in network.outputs],
    }


def plastic_projections(
    network: IntegerNetwork,
    rules: Mapping[str, int],
    blocks: Mapping[int, Sequence[str]],
) -> list[dict[str, Any]]:
    """Which blocks of which cores the plastic projections are.

    Parameters
    ----------
    rules
        Number of the rule per plastic projection.
    blocks
        Per core, in the order of the description, the projection that each of its blocks is of.
    """
    found: dict[str, list[list[int]]] = {p.name: [] for p in network.projections}
    for core, names in enumerate(blocks.values()):
        for number, name in enumerate(names):
            if name in rules:
                found[name].append([core, number])
    return [
        {
            "name": p.name,
            "source": p.source,
            "target": p.target,
            "rule": rules[p.name],
            "blocks": found[p.name],
        }
        for p in network.projections
        if p.name in rules
    ]


def _chips(topology: Topology, with_table: Sequence[int]) -> list[dict[str, Any]]:
    links: dict[int, list[int | None]] = {chip: [None] * LINKS for chip in range(topology.chips)}
    for link, (chip, bit) in chip_links(topology).items():
        links[chip][bit] = int(topology.node_chip[topology.link_target[link]])
    reserved: dict[int, list[int]] = {chip: [] for chip in range(topology.chips)}
    chip_of = topology.node_chip[topology.core_node]
    for core in np.flatnonzero(~topology.core_usable).tolist():
        reserved[int(chip_of[core])].append(int(topology.core_local[core]))
    return [
        {
            "x": int(topology.chip_position[chip, 0]),
            "y": int(topology.chip_position[chip, 1]),
            "links": links[chip],
            "reserved_cores": sorted(reserved[chip]),
            "table": table_name(topology, chip) if chip in with_table else None,
        }
        for chip in range(topology.chips)
    ]


def _core(
    topology: Topology, part: Slice, files: Sequence[str], programs: Mapping[str, str]
) -> dict[str, Any]:
    core = int(part.core or 0)
    return {
        "chip": int(topology.node_chip[topology.core_node[core]]),
        "core": int(topology.core_local[core]),
        "image": image_name(topology, core),
        "program": files.index(programs[part.population]),
    }


def _scales(population: IntegerPopulation, order: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """What a raw step of the signal stands for, in the order of the model."""
    scales = population.scales.get("output", np.ones(()))
    if scales.ndim == 0 or order is None:
        return scales
    model = np.empty_like(scales)
    model[order] = scales
    return model


def _number_or_list(values: NDArray[np.float64]) -> float | list[float]:
    if values.ndim == 0 or (values == values[0]).all():
        return float(values.flat[0])
    return [float(v) for v in values]
