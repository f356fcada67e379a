"""Placement against annealing and Hilbert curves on meshes, and against rig on its netlists.

    python -m bench.mapping.placement [--sizes 64,256,1024,16384] [--peers-python PATH] [--large]

Meshes: every method places the same clusters, all in this process; CPU seconds after one run
that compiles. `over best` is what a cost is above the least of all runs, those of earlier
runs among them; `annealing` is the shortest one that costs no more, and `faster` how many
times its CPU time is ours. Netlists: with `--peers-python`, an interpreter that has rig, rig
places them in the same run; without, its figures are those of earlier runs.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from bench.mapping.clusters import KINDS, cluster_problem
from bench.mapping.netlists import machine, netlist
from bench.mapping.peer_kernels import Layout, anneal, force_directed, typical_change
from bench.mapping.table import stream
from somac.compiler.mapping.place.placers import place_search
from somac.compiler.mapping.route.trees import NetEnds, RouteOptions, grow
from somac.ir.placement import EFFORT_WORK, Nets, PlacementProblem, PlaceOptions

__all__ = ["main", "netlist_rows", "rows"]

Places = NDArray[np.int64]

PEER = Path(__file__).with_name("peer_rig.py")

SIZES = (64, 256, 1024, 16384)
EFFORTS = (0, 1, 2, 3)
SEEDS = (range(9), range(9), range(3), range(1))
"""Ours run with each of these up to `MIDDLE`, by effort; median cost and mean time count."""

MIDDLE = 32
"""Clusters to a side beyond which the longest runs are for ``--large`` alone."""

FACTS: Mapping[tuple[str, int], int] = {
    ("planted", 64): 6_534,
    ("layered", 64): 11_478,
    ("small-world", 64): 36_428,
    ("planted", 256): 29_868,
    ("layered", 256): 69_693,
    ("planted", 1024): 135_075,
    ("layered", 1024): 328_607,
    ("small-world", 1024): 1_217_000,
    ("planted", 16384): 4_450_000,
    ("layered", 16384): 7_930_000,
}
"""The least costs that any method found in earlier runs."""

RIG: Mapping[int, tuple[str, int, float, float]] = {
    152: ("quad", 1_521, 0.10, 1.0),
    2_000: ("spin2", 7_342, 23.0, 1.0),
    20_000: ("spin2", 211_431, 416.0, 0.1),
}
"""Machine, hops and CPU seconds of rig's annealing, and its effort, in earlier runs."""


RUNS: Mapping[int, int] = {152: 5}
"""Runs of a netlist whose median time counts, theirs as ours; one, where they take seconds."""


class Mesh:
    """A mesh, its clusters and their traffic, in the form that peers take."""

    def __init__(self, problem: PlacementProblem) -> None:
        from scipy.sparse import coo_array

        nets, clusters = problem.nets, problem.slices
        ends = (nets.source[nets.owner], nets.target)
        traffic = coo_array((nets.rate[nets.owner], ends), shape=(clusters, clusters)).tocsr()
        both = (traffic + traffic.T).tocsr()
        both.sort_indices()
        self.matrix = both
        self.side = math.isqrt(clusters)
        self.tables = (
            both.indptr.astype(np.int64),
            both.indices.astype(np.int64),
            both.data.astype(np.int64),
        )

    def cost(self, at: Places) -> int:
        """Traffic times Manhattan distance; shares no code with the placers."""
        pairs = self.matrix.tocoo()
        y, x = np.divmod(at, self.side)
        hops = np.abs(x[pairs.row] - x[pairs.col]) + np.abs(y[pairs.row] - y[pairs.col])
        return int((pairs.data * hops).sum()) // 2

    def hilbert(self) -> Places:
        """Reverse Cuthill-McKee order along a Hilbert curve."""
        from scipy.sparse.csgraph import reverse_cuthill_mckee

        at = np.empty(self.side**2, dtype=np.int64)
        at[reverse_cuthill_mckee(self.matrix, symmetric_mode=True)] = _hilbert(self.side)
        return at

    def force_directed(self) -> Places:
        """Swaps of neighbours from the Hilbert start."""
        layout = self._layout()
        force_directed(layout, 200)
        return layout.at

    def annealed(self, moves: int, seed: int = 1) -> Places:
        """Annealing from the Hilbert start."""
        layout = self._layout()
        change = typical_change(layout, seed)
        anneal(layout, moves, change / 2, change / 200, seed)
        force_directed(layout, 50)
        return layout.at

    def _layout(self) -> Layout:
        """The Hilbert start, for kernels to change."""
        at = self.hilbert()
        return Layout(*self.tables, at, np.argsort(at), self.side)


def rows(sizes: Sequence[int] = SIZES, *, large: bool = False) -> Iterator[dict[str, object]]:
    """A row per instance and method, as soon as all of an instance have run."""
    _compile()
    for size in sizes:
        for kind in KINDS:
            yield from _mesh_rows(kind, math.isqrt(size), large)


def _mesh_rows(kind: str, side: int, large: bool) -> list[dict[str, object]]:
    problem = cluster_problem(kind, side)
    mesh = Mesh(problem)
    runs: dict[str, tuple[int, float]] = {}

    def run(name: str, *tries: Callable[[], Places]) -> None:
        start = time.process_time()
        found = [place() for place in tries]
        seconds = (time.process_time() - start) / len(tries)
        runs[name] = (sorted(map(mesh.cost, found))[len(found) // 2], seconds)

    run("Hilbert + force-directed", mesh.force_directed)
    for moves in _moves(side, large):
        run(f"annealing {moves:.0e}", partial(mesh.annealed, moves))
    for effort in EFFORTS if side <= MIDDLE or large else EFFORTS[:-1]:
        seeds = SEEDS[effort] if side <= MIDDLE else range(1)
        run(f"somac effort {effort}", *(partial(_ours, problem, effort, seed) for seed in seeds))
    least = min(cost for cost, _ in runs.values())
    best = min(least, FACTS.get((kind, side**2), least))
    return [_mesh_row(kind, side, name, runs, best) for name in runs]


def _ours(problem: PlacementProblem, effort: int, seed: int) -> Places:
    options = PlaceOptions(work=EFFORT_WORK[effort], seed=seed, prove=False)
    return place_search(problem, options).cores


def _mesh_row(
    kind: str, side: int, name: str, runs: Mapping[str, tuple[int, float]], best: int
) -> dict[str, object]:
    cost, seconds = runs[name]
    row: dict[str, object] = {
        "traffic": kind,
        "clusters": side**2,
        "method": name,
        "cost": cost,
        "CPU s": seconds,
        "over best": f"{100 * (cost / best - 1):.1f} %",
    }
    if name.startswith("somac"):
        rivals = [run for run in runs if run.startswith("annealing")]
        equal = [run for run in rivals if runs[run][0] <= cost]
        slower = min((runs[run][1] for run in equal), default=max(runs[run][1] for run in rivals))
        row["annealing"] = min(equal, key=lambda run: runs[run][1]).split()[1] if equal else "none"
        row["faster"] = f"{'' if equal else '> '}{slower / seconds:.0f}"
    else:
        row["annealing"] = row["faster"] = None
    return row


def _moves(side: int, large: bool) -> tuple[int, ...]:
    lengths = (10**6, 10**7, 10**8) if side <= MIDDLE else (10**7, 10**8)
    return lengths if large else lengths[:-1]


def netlist_rows(peers: str | None = None, *, large: bool = False) -> Iterator[dict[str, object]]:
    """A row per netlist and effort: hops of multicast trees against rig's annealing."""
    _compile()
    for vertices, (kind, hops, seconds, effort) in RIG.items():
        if vertices > 2_000 and not large:
            continue
        place, targets = machine(kind, vertices), netlist(vertices)
        nets = Nets.of((source, heard, 1) for source, heard in enumerate(targets))
        problem = PlacementProblem(place.topology, vertices, nets, objective="multicast")
        theirs = {"hops": hops, "place_s": seconds}
        if peers:
            job = {
                "width": place.width,
                "height": place.height,
                "cells": list(place.number),
                "cores": place.cores,
                "wrapped": kind != "quad",
                "nets": targets,
                "placer": "sa",
                "effort": effort,
                "seed": 1,
                "runs": RUNS.get(vertices, 1),
            }
            answer = subprocess.run(
                [peers, str(PEER)],
                input=json.dumps(job),
                capture_output=True,
                text=True,
                check=True,
            )
            theirs = json.loads(answer.stdout)
        for level in EFFORTS:
            options = PlaceOptions(work=EFFORT_WORK[level], prove=False)
            times = []
            for _ in range(RUNS.get(vertices, 1)):
                start = time.process_time()
                placed = place_search(problem, options)
                times.append(time.process_time() - start)
            taken = median(times)
            yield {
                "N": vertices,
                "machine": kind,
                "method": f"somac effort {level}",
                "spanning trees": placed.cost,
                "hops": _hops(problem, placed.cores, deadlock_free=False),
                "hops, deadlock-free": _hops(problem, placed.cores, deadlock_free=True),
                "CPU s": taken,
                "rig hops": theirs["hops"],
                "rig CPU s": float(theirs["place_s"]),
                "faster": f"{theirs['place_s'] / taken:.1f}",
            }


def _hops(problem: PlacementProblem, cores: Places, *, deadlock_free: bool) -> int:
    """Links of the multicast trees of a placement."""
    nets, node = problem.nets, problem.topology.core_node[cores]
    ends = NetEnds(node[nets.source], nets.start, node[nets.target], nets.rate)
    return len(grow(problem.topology, ends, RouteOptions(deadlock_free=deadlock_free)).link)


def _hilbert(side: int) -> Places:
    """Places of a square mesh in the order of a Hilbert curve over the next power of two."""
    size = 1 << (side - 1).bit_length()
    y, x = np.divmod(np.arange(side * side), side)
    along = np.zeros(side * side, dtype=np.int64)
    step = size // 2
    while step:
        right, up = (x & step) > 0, (y & step) > 0
        along += step * step * ((3 * right) ^ up)
        flipped = right & ~up
        x, y = np.where(flipped, size - 1 - x, x), np.where(flipped, size - 1 - y, y)
        x, y = np.where(up, x, y), np.where(up, y, x)
        step //= 2
    return np.argsort(along)


def _compile() -> None:
    """Run everything once, so that no row pays for the compiler."""
    problem = cluster_problem("planted", 8)
    mesh = Mesh(problem)
    mesh.annealed(1_000)
    for objective in ("unicast", "multicast"):
        place_search(replace(problem, objective=objective), PlaceOptions(work=0.01, prove=False))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="clusters, squares")
    parser.add_argument("--peers-python", metavar="PATH", help="an interpreter that has rig")
    parser.add_argument(
        "--large",
        action="store_true",
        help="10^8 moves, effort 3 at the largest size, and 20,000 vertices too",
    )
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.sizes.split(",") if size]
    print("## Placement on square meshes: traffic x Manhattan distance\n")
    stream(rows(sizes, large=options.large))
    print("\n## Placement of netlists: hops of multicast trees\n")
    if not options.peers_python:
        print("Figures of rig from earlier runs: no --peers-python.\n")
    stream(netlist_rows(options.peers_python, large=options.large))


if __name__ == "__main__":
    main()
