"""The schedule: every population and every use of a block in its turn, and all sums home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Description, Population
from somac.backends.crossbar.verify.files import array, document
from somac.backends.crossbar.verify.tilings import Tables
from somac.backends.damage import require
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["check_schedule"]

_FILE = "schedule.json"
_TURNS = "schedule/turns.npy"
_SUMS = "schedule/sums.npy"

Cells = NDArray[np.int64]
Given = Mapping[tuple[int, int], Cells]
"""By stage and core, the cells (port times size, and cell) that its array has sums for."""


def check_schedule(
    program: Program, network: IntegerNetwork, d: Description, tables: Tables
) -> Iterator[Diagnostic]:
    """E0810 and E0877; DamagedError."""
    data = document(program, _FILE, frozenset({"format", "order"}))
    order = data["order"]
    names = sorted(p.name for p in d.populations)
    listed = isinstance(order, list) and all(isinstance(name, str) for name in order)
    require(listed and sorted(order) == names, _FILE, "not every population once")
    rank = {name: number for number, name in enumerate(order)}
    for edge in network.edges():
        if edge.delay == 0 and rank.get(edge.source, -1) >= rank[edge.target]:
            yield Diagnostic(
                "E0810",
                f"{edge.target} updates before {edge.source}, which it hears in the same step",
                Place(file=_FILE, node=edge.target),
            )
    yield from _turns(program, d, rank)
    yield from _sums(program, d, order, _given(network, d, rank, tables))


def _turns(program: Program, d: Description, rank: Mapping[str, int]) -> Iterator[Diagnostic]:
    have = array(program, _TURNS, "int32", None, 4)
    need = sorted(
        (rank[way.target], copy.array, number, turn)
        for way in d.tiled
        for number in range(way.first, way.stop)
        for turn, copy in enumerate(d.blocks[number].copies)
    )
    if [tuple(row) for row in have.tolist()] != need:
        yield Diagnostic(
            "E0810",
            "other turns, or in another order",
            Place(file=_TURNS),
            have=f"{len(have)} turns",
            need=f"{len(need)} turns, of each copy of each block one",
        )


def _given(
    network: IntegerNetwork, d: Description, rank: Mapping[str, int], tables: Tables
) -> Given:
    found: dict[tuple[int, int], list[Cells]] = defaultdict(list)
    for way in d.tiled:
        p = network.population(way.target)
        first = p.datapath.names("input").index(way.port) * p.size
        for b in d.blocks[way.first : way.stop]:
            own = tables[1][b.targets : b.targets + b.uses * b.columns]
            per_use = own.reshape(b.uses, b.columns)
            for turn, copy in enumerate(b.copies):
                cells = per_use[turn :: len(b.copies)].ravel().astype(np.int64)
                core = d.arrays[copy.array].core
                found[rank[way.target], core].append(cells[cells >= 0] + first)
    return {key: np.unique(np.concatenate(parts)) for key, parts in found.items()}


def _sums(program: Program, d: Description, order: list[str], given: Given) -> Iterator[Diagnostic]:
    """Per stage and home a tree: each core sends its sums on once, after all that it hears."""
    ways = array(program, _SUMS, "int32", None, 6)
    by_home: dict[tuple[int, int], list[tuple[int, int, int, int]]] = defaultdict(list)
    for stage, home, *way in ways.tolist():
        by_home[stage, home].append((way[0], way[1], way[2], way[3]))
    if [tuple(pair) for pair in ways[:, :2].tolist()] != [
        key for key in sorted(by_home) for _ in by_home[key]
    ]:
        yield Diagnostic("E0877", "ways that are not by stage and home", Place(file=_SUMS))
    named = {p.name: p for p in d.populations}
    for stage, name in enumerate(order):
        needed = _needed(named[name], {c: cells for (s, c), cells in given.items() if s == stage})
        for core, sums in sorted(needed.items()):
            problem = _tree_problem(by_home.pop((stage, core), []), core, sums)
            if problem is not None:
                yield Diagnostic(
                    "E0877",
                    f"sums for {name} on core {core}: {problem}",
                    Place(file=_SUMS, node=name),
                )
    for stage, core in sorted(by_home):
        text = f"sums of stage {stage} for core {core}, which none of what is updated then needs"
        yield Diagnostic("E0877", text, Place(file=_SUMS))


def _needed(p: Population, given: Mapping[int, Cells]) -> dict[int, dict[int, Cells]]:
    """By home, then core with sums for it: the cells that these are of."""
    starts = np.array([home.start for home in p.homes], np.int64)
    cores = np.array([home.core for home in p.homes], np.int64)
    found: dict[int, dict[int, Cells]] = defaultdict(dict)
    for core, cells in given.items():
        homes = cores[np.searchsorted(starts, cells % p.size, side="right") - 1]
        order = np.argsort(homes, kind="stable")
        ends = np.flatnonzero(np.diff(homes[order])) + 1
        for part in np.split(order, ends):
            if len(part):
                found[int(homes[part[0]])][core] = cells[part]
    return found


def _tree_problem(
    ways: list[tuple[int, int, int, int]], home: int, sums: Mapping[int, Cells]
) -> str | None:
    senders = [core for core, *_ in ways]
    meant = sorted(core for core in sums if core != home)
    if sorted(senders) != meant:
        return f"cores {sorted(senders)} send some, not {meant}"
    carried = dict(sums)
    sent: set[int] = set()
    for core, there, hops, words in ways:
        if there != home and (there in sent or there not in carried or there == core):
            return f"core {core} sends them to core {there}, which does not send them on"
        if hops < 0 or words != len(carried[core]):
            return f"core {core} sends {words} over {hops} hops, not {len(carried[core])}"
        sent.add(core)
        if there in carried:
            carried[there] = np.union1d(carried[there], carried[core])
    return None
