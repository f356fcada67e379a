"""What is where, what it takes, and what goes between: from ``mapping.json``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from somac.compiler.mapping.route.loads import packet_times
from somac.compiler.record.mapping import HOST, MappingRecord, NodeRow
from somac.compiler.report.data import (
    Chip,
    Core,
    Fact,
    Link,
    Placement,
    Resource,
    Share,
    Traffic,
    Utilisation,
)
from somac.ir.target import Figure, status_from

__all__ = ["placement_of", "traffic_of", "utilisation_of"]

_MOST_LABELS = 256
"""Rows of a traffic matrix that can be told apart."""

_NS_PER_MS = 1e6


def placement_of(
    record: MappingRecord, populations: Sequence[str], figures: Mapping[str, Figure]
) -> Placement:
    """The map; `populations` are in the order of the model, `figures` those of the target."""
    grids = _grids(record)
    holds = _holds(record)
    used = {row.core: row for row in record.cores}
    unusable = set(record.unusable)
    cores = []
    for node in record.nodes:
        grid = grids[node.chip]
        for number, core in enumerate(node.each()):
            row = used.get(core)
            x, y = grid.place(node, number)
            cores.append(
                Core(
                    core,
                    f"{record.place} {core}" if row is None else row.name,
                    node.chip,
                    x,
                    y,
                    tuple(holds.get(core, ())),
                    {} if row is None else dict(row.needs),
                    usable=core not in unusable,
                )
            )
    loads = list(_links(record, grids))
    return Placement(
        place=record.place,
        populations=tuple(populations),
        resources=_resources(record, figures),
        chips=tuple(_chips(record, grids, holds)),
        cores=tuple(sorted(cores, key=lambda core: core.index)),
        links=tuple(loads),
        inside=_capacity("chip", figures) if any(not k.crosses for k in loads) else None,
        between=_capacity("board", figures) if any(k.crosses for k in loads) else None,
    )


def utilisation_of(record: MappingRecord, figures: Mapping[str, Figure]) -> Utilisation | None:
    """What cores in use take; None if nothing is known of it."""
    resources = _resources(record, figures)
    if not resources or not record.cores:
        return None
    chip_of = record.chip_of()
    need = [[row.needs.get(r.name, 0) for r in resources] for row in record.cores]
    return Utilisation(
        tuple(row.name for row in record.cores),
        np.array([chip_of[row.core] for row in record.cores], np.int64),
        resources,
        np.array(need, np.int64).reshape(len(record.cores), len(resources)),
    )


def traffic_of(record: MappingRecord) -> Traffic | None:
    """The finest matrix whose rows can be told apart; None if nothing is sent."""
    if not record.traffic:
        return None
    node_of = {core: node.node for node in record.nodes for core in node.each()}
    chip_of = {node.node: node.chip for node in record.nodes}
    names = {row.core: row.name for row in record.cores}
    x_y = {node.node: (node.x, node.y) for node in record.nodes}
    level: str = record.level
    pairs = [(row.source, row.target, row.packets) for row in record.traffic]
    if level == "core" and len(names) > _MOST_LABELS:
        level, pairs = "node", [(node_of.get(s, HOST), node_of[t], p) for s, t, p in pairs]
    there = {end for source, target, _ in pairs for end in (source, target)} - {HOST}
    if level == "node" and len(there) > _MOST_LABELS:
        level, pairs = "chip", [(chip_of.get(s, HOST), chip_of[t], p) for s, t, p in pairs]
        there = {end for source, target, _ in pairs for end in (source, target)} - {HOST}
    ends = sorted(names) if level == "core" else sorted(there)
    row_of = {HOST: 0, **{end: row for row, end in enumerate(ends, 1)}}
    packets = np.zeros((len(ends) + 1, len(ends) + 1))
    for source, target, load in pairs:
        packets[row_of[source], row_of[target]] += load
    labels = {
        "core": lambda end: names[end],
        "node": lambda end: f"{_chip_name(record, chip_of[end])} node {x_y[end]}",
        "chip": lambda end: _chip_name(record, end),
    }[level]
    return Traffic(
        record.place if level == "core" else level, ("host", *map(labels, ends)), packets
    )


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where cores of a chip are drawn: `side` columns and rows for each of its nodes."""

    x: int
    y: int
    columns: int
    rows: int
    side: int

    def place(self, node: NodeRow, number: int) -> tuple[int, int]:
        """Of the core with that number on a node."""
        down, along = divmod(number, self.side)
        return (node.x - self.x) * self.side + along, (node.y - self.y) * self.side + down

    def middle(self, node: NodeRow) -> tuple[float, float]:
        """Of a node."""
        half = (self.side - 1) / 2
        return (node.x - self.x) * self.side + half, (node.y - self.y) * self.side + half


def _grids(record: MappingRecord) -> Mapping[int, _Grid]:
    """Per chip of the nodes."""
    of: defaultdict[int, list[NodeRow]] = defaultdict(list)
    for node in record.nodes:
        of[node.chip].append(node)
    found = {}
    for chip, nodes in of.items():
        most = max((sum(1 for _ in node.each()) for node in nodes), default=1)
        side = max(1, ceil(sqrt(most)))
        xs, ys = [node.x for node in nodes], [node.y for node in nodes]
        found[chip] = _Grid(
            min(xs), min(ys), (max(xs) - min(xs) + 1) * side, (max(ys) - min(ys) + 1) * side, side
        )
    return found


def _holds(record: MappingRecord) -> Mapping[int, list[Share]]:
    found: defaultdict[int, list[Share]] = defaultdict(list)
    for row in record.slices:
        if row.core is not None:
            found[row.core].append(Share(row.source, row.start, row.stop))
    return found


def _chip_name(record: MappingRecord, chip: int) -> str:
    return f"chip({record.chips[chip].x},{record.chips[chip].y})"


def _chips(
    record: MappingRecord, grids: Mapping[int, _Grid], holds: Mapping[int, list[Share]]
) -> Iterator[Chip]:
    used: Counter[int] = Counter()
    cells: defaultdict[int, Counter[str]] = defaultdict(Counter)
    in_use = {row.core for row in record.cores}
    for node in record.nodes:
        for core in node.each():
            used[node.chip] += core in in_use
            for share in holds.get(core, ()):
                cells[node.chip][share.population] += share.size
    columns = max((grid.columns for grid in grids.values()), default=1)
    rows = max((grid.rows for grid in grids.values()), default=1)
    for number, chip in enumerate(record.chips):
        yield Chip(
            _chip_name(record, number),
            chip.x,
            chip.y,
            grids[number].columns if number in grids else columns,
            grids[number].rows if number in grids else rows,
            chip.usable,
            used[number],
            dict(cells[number]),
        )


def _links(record: MappingRecord, grids: Mapping[int, _Grid]) -> Iterator[Link]:
    nodes = {node.node: node for node in record.nodes}
    for row in record.links:
        ends = [nodes[row.source], nodes[row.target]]
        one, other = ((node.chip, *grids[node.chip].middle(node)) for node in ends)
        yield Link(one, other, row.load, one[0] != other[0])


def _resources(record: MappingRecord, figures: Mapping[str, Figure]) -> tuple[Resource, ...]:
    return tuple(
        Resource(name, have, figures[key].unit if (key := f"resources.{name}") in figures else name)
        for name, have in record.resources.items()
    )


def _capacity(kind: str, figures: Mapping[str, Figure]) -> Fact | None:
    """Packets that a link takes in a tick, where the target says how long each holds it."""
    times = packet_times(figures)
    if kind not in times or "tick_ms" not in figures:
        return None
    value, names = times[kind]
    of = (*names, "tick_ms")
    return Fact(
        "packets that a link takes in a tick",
        figures["tick_ms"].value * _NS_PER_MS / value,
        "packets",
        status_from(figures[name].status for name in of),
        ", ".join(of),
    )
