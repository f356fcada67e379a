"""Routing against rig and PACMAN: hops, link load and table sizes on the same placements.

Every row is held before the independent checker, which looks up every key in use.

    python -m bench.mapping.routing [--peers-python PATH] [--large]

With `--peers-python`, an interpreter that has rig, rig places and routes each netlist in the
same run, and what is routed here has rig's own placement. Without, the figures of rig are those
of earlier runs (marked so), and vertices are placed in order along
a snake. PACMAN's table sizes are always those of earlier runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.mapping.netlists import BenchMachine, machine, netlist
from bench.mapping.table import markdown
from somac.compiler.mapping.check import Hardware, check_mapping
from somac.compiler.mapping.route.keys import compressible_keys
from somac.compiler.mapping.route.loads import link_loads
from somac.compiler.mapping.route.stops import stops_of
from somac.compiler.mapping.route.tables import minimised_tables, table_bounds
from somac.compiler.mapping.route.trees import NetEnds, RouteOptions, grow
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Proof, Route, Slice

__all__ = ["main", "routed", "rows", "snake"]

NEURONS = 250
PEER = Path(__file__).with_name("peer_rig.py")


@dataclass(frozen=True, slots=True)
class Instance:
    """A netlist, its machine, and what the peers did with it (in earlier runs)."""

    vertices: int
    kind: str
    per_app: int = 1
    placer: str = "sa"
    rig_hops: int | None = None
    rig_load: int | None = None
    rig_route_s: float | None = None
    pacman_table: int | None = None
    large: bool = False


INSTANCES = (
    Instance(152, "quad", rig_hops=1521, rig_load=34, rig_route_s=0.08),
    Instance(2000, "spin2", 1, "sa", 7342, 185, 0.3, 646),
    Instance(2000, "spin1", 1, "sa", 21497, 65, 0.7, 202),
    Instance(2000, "spin2", 20, pacman_table=57),
    Instance(2000, "spin1", 20, pacman_table=33),
    Instance(20000, "spin2", 1, "hilbert", 377334, 688, 35.0, large=True),
    Instance(20000, "spin2", 20, pacman_table=132, large=True),
)


def snake(place: BenchMachine, vertices: int) -> NDArray[np.int64]:
    """Cores for vertices in order: chip after chip, every other row backwards."""
    chips = [
        place.number[x, y]
        for y in range(place.height)
        for x in (range(place.width) if y % 2 == 0 else reversed(range(place.width)))
        if (x, y) in place.number
    ]
    at = np.array(chips)[np.arange(vertices) // place.cores]
    return at * place.cores + np.arange(vertices) % place.cores


def routed(
    place: BenchMachine,
    nets: Sequence[Sequence[int]],
    core: NDArray[np.int64],
    options: RouteOptions,
) -> Mapping[str, object]:
    """Route nets between placed vertices; what came of it."""
    topology = place.topology
    ends = [np.unique(core[list(targets)]) for targets in nets]
    first, heard = np.cumsum([0, *map(len, ends)]), np.concatenate(ends)
    weight = np.ones(len(nets), dtype=np.int64)
    start = time.process_time()
    trees = grow(
        topology,
        NetEnds(topology.core_node[core], first, topology.core_node[heard], weight),
        options,
    )
    grown = time.process_time()
    stops = stops_of(topology, trees, first, heard)
    keys = compressible_keys([NEURONS] * len(nets), stops)
    tables = minimised_tables(stops, keys)
    done = time.process_time()
    straight = [len(table) for table in minimised_tables(stops, keys, default_routes=True)]
    (load,) = link_loads(topology, trees, weight)
    mapping = PlacedMapping(
        network="",
        target="",
        slices=tuple(Slice("v", n, n + NEURONS, at) for n, at in enumerate(core.tolist())),
        routes=tuple(
            Route(n, keys[n], tuple(trees[n].tolist()), tuple(ends[n].tolist()), 1.0)
            for n in range(len(nets))
        ),
        proof=Proof(0, 0, "", ""),
        demand={},
        tables=tables,
    )
    wrong = list(
        check_mapping(
            mapping,
            Hardware(topology, {}, 1 << 16),
            dict(enumerate(nets)),
            deadlock_free=options.deadlock_free,
        )
    )
    return {
        "hops": len(trees.link),
        "link load": load.trees,
        "route s": grown - start,
        "entries": int(np.diff(stops.first).max()),
        "table": max(map(len, tables)),
        "with default": max(straight),
        "bound": int(table_bounds(stops).max()),
        "keys, tables s": done - grown,
        "checker": "accepts" if not wrong else f"{len(wrong)} faults",
    }


def rows(peers: str | None = None, *, large: bool = False) -> list[dict[str, object]]:
    """A row per instance, placement and rule."""
    grow_once()
    found: list[dict[str, object]] = []
    for instance in INSTANCES:
        if instance.large and not large:
            continue
        place = machine(instance.kind, instance.vertices)
        nets = netlist(instance.vertices, instance.per_app)
        placements = {"in order": snake(place, len(nets))}
        rig: Mapping[str, object] = {}
        if peers and instance.per_app == 1:
            rig = _rig(peers, instance, place, nets)
            placements = {f"rig {instance.placer}": _cores(place, rig), **placements}
        for name, core in placements.items():
            for rule in (False, True):
                theirs = instance.per_app == 1 and (name != "in order" or not rig)
                found.append(
                    {
                        "N": instance.vertices,
                        "machine": instance.kind,
                        "K": instance.per_app,
                        "placement": name,
                        "deadlock-free": "yes" if rule else "no",
                        **routed(place, nets, core, RouteOptions(deadlock_free=rule)),
                        "rig hops": rig.get("hops", instance.rig_hops) if theirs else None,
                        "rig load": rig.get("load", instance.rig_load) if theirs else None,
                        "rig route s": rig.get("route_s", instance.rig_route_s) if theirs else None,
                        "PACMAN table (earlier run)": instance.pacman_table,
                    }
                )
    return found


def grow_once() -> None:
    """Compile the kernels, so that no row pays for it."""
    place = machine("quad", 152)
    nets = netlist(152)
    routed(place, nets, snake(place, 152), RouteOptions())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peers-python", metavar="PATH", help="an interpreter that has rig")
    parser.add_argument("--large", action="store_true", help="20,000 vertices too")
    options = parser.parse_args(arguments)
    print("## Routing: hops, link load, tables\n")
    if not options.peers_python:
        print("Figures of rig from earlier runs, on its own placements: no --peers-python.\n")
    print(markdown(rows(options.peers_python, large=options.large)))


def _rig(
    peers: str, instance: Instance, place: BenchMachine, nets: Sequence[Sequence[int]]
) -> Mapping[str, object]:
    job = {
        "width": place.width,
        "height": place.height,
        "cells": list(place.number),
        "cores": place.cores,
        "wrapped": instance.kind != "quad",
        "nets": nets,
        "placer": instance.placer,
        "effort": 1.0,
        "seed": 1,
    }
    answer = subprocess.run(
        [peers, str(PEER)], input=json.dumps(job), capture_output=True, text=True, check=True
    )
    result: Mapping[str, object] = json.loads(answer.stdout)
    return result


def _cores(place: BenchMachine, rig: Mapping[str, object]) -> NDArray[np.int64]:
    at, core = np.array(rig["place"]), np.array(rig["core"])
    chip = np.array([place.number[x, y] for x, y in at.tolist()])
    return chip * place.cores + core


if __name__ == "__main__":
    main()
