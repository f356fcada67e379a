"""From a mapping to its account."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Parts
from somac.compiler.record.mapping import (
    HOST,
    ChipRow,
    CoreRow,
    Level,
    LinkRow,
    MappingRecord,
    NodeRow,
    ProofRow,
    SliceRow,
    TrafficRow,
)
from somac.compiler.record.text import six_digits
from somac.ir.mapping import Mapping
from somac.ir.target import Target, Topology

__all__ = ["mapping_record"]

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

_MOST_PAIRS = 1 << 15
"""Pairs of cores, or of nodes, that a list of traffic holds at most."""


def mapping_record(mapping: Mapping, target: Target, parts: Parts | None = None) -> MappingRecord:
    """The account of a mapping; `parts` is what the backend said shares a core, if it did."""
    topology = target.topology
    needs = _needs(mapping, parts)
    used = np.array(sorted(needs), np.int64)
    load = _loads(mapping, topology)
    busy = np.flatnonzero(load > 0)
    nodes = _nodes(topology, used, busy)
    rows = _node_rows(topology, nodes, used if target.part is not None else None)
    listed = [core for row in rows for core in row.each()]
    level, traffic = _traffic(mapping, topology, parts)
    chip_of = topology.node_chip[topology.core_node]
    usable = np.bincount(chip_of, weights=topology.core_usable, minlength=topology.chips)
    return MappingRecord(
        place="core" if target.part is None else "engine",
        resources=dict(target.resources),
        slices=tuple(SliceRow(s.population, s.start, s.stop, s.core) for s in mapping.slices),
        chips=tuple(
            ChipRow(x, y, int(count))
            for (x, y), count in zip(topology.chip_position.tolist(), usable, strict=True)
        ),
        nodes=rows,
        unusable=tuple(sorted(core for core in listed if not topology.core_usable[core])),
        cores=tuple(CoreRow(core, _name(target, core), needs[core]) for core in used.tolist()),
        links=tuple(
            LinkRow(source, end, six_digits(packets))
            for source, end, packets in zip(
                topology.link_source[busy].tolist(),
                topology.link_target[busy].tolist(),
                load[busy].tolist(),
                strict=True,
            )
        ),
        level=level,
        traffic=traffic,
        proof=ProofRow(
            mapping.proof.cost, mapping.proof.bound, mapping.proof.status, mapping.proof.solver
        ),
    )


def _name(target: Target, core: int) -> str:
    return target.topology.core_name(core) if target.part is None else f"engine {core}"


def _needs(mapping: Mapping, parts: Parts | None) -> dict[int, dict[str, int]]:
    """Per core in use, what is taken of each resource."""
    found: dict[int, Counter[str]] = {core: Counter() for core in mapping.parts}
    for part in mapping.slices:
        if part.core is not None:
            found.setdefault(part.core, Counter())
    if parts is not None:
        for place, takes in zip(mapping.parts, parts.demand, strict=False):
            found[place].update(takes)
    else:
        for index, takes in mapping.demand.items():
            core = mapping.slices[index].core
            if core is not None:
                found[core].update(takes)
    return {core: dict(sorted(takes.items())) for core, takes in found.items()}


def _loads(mapping: Mapping, topology: Topology) -> Reals:
    """float64 (links,): packets of the routes per tick."""
    count = np.array([len(route.links) for route in mapping.routes], np.int64)
    rate = np.array([route.rate for route in mapping.routes], np.float64)
    links = [link for route in mapping.routes for link in route.links]
    load = np.zeros(topology.links)
    np.add.at(load, np.array(links, np.int64), np.repeat(rate, count))
    return load


def _nodes(topology: Topology, used: Integers, busy: Integers) -> Integers:
    """Nodes of chips with a core in use, and ends of busy links, ascending."""
    chips = np.unique(topology.node_chip[topology.core_node[used]])
    ends = np.append(topology.link_source[busy], topology.link_target[busy])
    return np.union1d(np.flatnonzero(np.isin(topology.node_chip, chips)), ends)


def _node_rows(topology: Topology, nodes: Integers, only: Integers | None) -> tuple[NodeRow, ...]:
    """The nodes with their cores: all, or `only` these."""
    cores = np.arange(topology.cores) if only is None else only
    order = cores[np.argsort(topology.core_node[cores], kind="stable")]
    of = {
        node: [int(core) for core in some]
        for node, some in groupby(order, key=lambda core: int(topology.core_node[core]))
    }
    return tuple(
        NodeRow(node, int(topology.node_chip[node]), x, y, _runs(of.get(node, [])))
        for node, (x, y) in zip(nodes.tolist(), topology.node_position[nodes].tolist(), strict=True)
    )


def _runs(cores: list[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as ranges."""
    runs: list[tuple[int, int]] = []
    for core in cores:
        if runs and runs[-1][1] == core:
            runs[-1] = (runs[-1][0], core + 1)
        else:
            runs.append((core, core + 1))
    return tuple(runs)


def _traffic(
    mapping: Mapping, topology: Topology, parts: Parts | None
) -> tuple[Level, tuple[TrafficRow, ...]]:
    """Expected packets from place to place, as finely as few enough pairs allow."""
    source, target, rate = _pairs(mapping, parts)
    node = np.append(topology.core_node, HOST)  # so that the host, -1, stays what it is
    chip = np.append(topology.node_chip, HOST)
    levels: tuple[tuple[Level, Integers], ...] = (
        ("core", np.append(np.arange(topology.cores), HOST)),
        ("node", node),
        ("chip", chip[node]),
    )
    for level, number in levels:  # noqa: B007 - the one that is taken
        ends = np.stack([number[source], number[target]], axis=1)
        pairs, which = np.unique(ends, axis=0, return_inverse=True)
        if len(pairs) <= _MOST_PAIRS:
            break
    packets = np.bincount(which.ravel(), weights=rate, minlength=len(pairs))
    return level, tuple(
        TrafficRow(one, other, six_digits(many))
        for (one, other), many in zip(pairs.tolist(), packets.tolist(), strict=True)
    )


def _pairs(mapping: Mapping, parts: Parts | None) -> tuple[Integers, Integers, Reals]:
    """Core or `HOST` that sends, core that hears, packets per tick; a pair may come again."""
    sends = [mapping.slices[route.source].core for route in mapping.routes]
    nets = [
        (HOST if core is None else core, route.cores, route.rate)
        for core, route in zip(sends, mapping.routes, strict=True)
    ]
    if parts is not None:
        core = mapping.parts
        nets += [
            (core[part], tuple(core[other] for other in hearing), rate)
            for part, rate, hearing in parts.nets
        ]
    count = [len(hearing) for _, hearing, _ in nets]
    return (
        np.repeat(np.array([core for core, _, _ in nets], np.int64), count),
        np.array([core for _, hearing, _ in nets for core in hearing], np.int64),
        np.repeat(np.array([rate for _, _, rate in nets], np.float64), count),
    )
