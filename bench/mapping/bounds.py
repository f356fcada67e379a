"""Lower bounds of placements, the proofs of small ones, and the gaps that are left.

    python -m bench.mapping.bounds [--large] [--sizes 16,64] [--vertices 152]

A row has the cost of the placement that the search (or the proof) finds, the simple bound (of
Gilmore and Lawler, or for nets the places that they fill), the best one, the gap between it and
the cost, the branches of a proof, and the CPU seconds that the bounds took.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

import numpy as np

from bench.mapping.clusters import KINDS, cluster_problem, square_mesh
from bench.mapping.netlists import machine, netlist
from bench.mapping.table import stream
from somac.compiler.mapping.place.bound import lower_bound, multicast_bound, two_way
from somac.compiler.mapping.place.bound.gilmore_lawler import gilmore_lawler
from somac.compiler.mapping.place.exact import branch_and_bound, is_small
from somac.compiler.mapping.place.instance import instance_of
from somac.compiler.mapping.place.placers import place_search
from somac.ir.placement import EFFORT_WORK, Nets, PlacementProblem, PlaceOptions

__all__ = ["main", "rows"]

SIZES, NETLISTS = (16, 64, 256), (152,)
LARGE_SIZES, LARGE_NETLISTS = (1024, 16384), (2000,)

WORK = {16: 1.0, 64: 4.0, 256: 30.0, 1024: 180.0}
"""Of the bounds, by clusters; half a unit for other sizes."""

FEW = 16
"""Clusters up to which branch and bound is tried."""

SEARCH = 2
"""Effort of the search whose cost a bound is compared with."""

EXACT_WORK = 2.0
"""Of branch and bound: a minute at most."""

NUG12 = (
    (5, 2, 4, 1, 0, 0, 6, 2, 1, 1, 1),
    (3, 0, 2, 2, 2, 0, 4, 5, 0, 0),
    (0, 0, 0, 0, 5, 5, 2, 2, 2),
    (5, 2, 2, 10, 0, 0, 5, 5),
    (10, 0, 0, 0, 5, 1, 1),
    (5, 1, 1, 5, 4, 0),
    (10, 5, 2, 3, 3),
    (0, 0, 5, 0),
    (0, 10, 10),
    (5, 0),
    (2,),
)
"""Flows of nug12 of QAPLIB (C. Nugent, T. Vollmann and J. Ruml, 1968), above the diagonal."""


def rows(
    sizes: Sequence[int] = SIZES, vertices: Sequence[int] = NETLISTS
) -> Iterator[dict[str, object]]:
    """A row per instance."""
    yield _row("nug12", _nug12(), 1.0)
    for size in sizes:
        for kind in KINDS:
            problem = cluster_problem(kind, round(size**0.5))
            yield _row(f"{kind} {size}", problem, WORK.get(size, 0.5))
    for count in vertices:
        yield _row(f"netlist {count}", _netlist(count), 20.0 if count < 1000 else 80.0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and the median gap."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="numbers of clusters")
    parser.add_argument("--vertices", type=_numbers, default=NETLISTS, help="of netlists")
    parser.add_argument("--large", action="store_true", help="1,024 clusters and more, too")
    options = parser.parse_args(arguments)
    more = (LARGE_SIZES, LARGE_NETLISTS) if options.large else ((), ())
    print("## Placement: lower bounds and proofs\n")
    found = stream(rows((*options.sizes, *more[0]), (*options.vertices, *more[1])))
    print()
    for group, gaps in _gaps(found).items():
        print(f"median gap, {group}: {median(gaps):.1f} %")


def _gaps(found: Iterable[Mapping[str, object]]) -> dict[str, list[float]]:
    """The gaps of the instances of each size that the placers are compared on, and of all."""
    gaps: dict[str, list[float]] = {}
    for row in found:
        kind, _, size = str(row["instance"]).partition(" ")
        if size:
            group = f"netlist of {size}" if kind == "netlist" else f"{size} clusters"
            gaps.setdefault(group, []).append(float(str(row["gap %"])))
    return gaps | {"all": [gap for group in gaps.values() for gap in group] or [0.0]}


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


def _nug12() -> PlacementProblem:
    """On three rows of a 4 x 4 mesh, each pair once: the optimum is half of QAPLIB's 578."""
    pairs = [
        (first, first + 1 + step, rate)
        for first, line in enumerate(NUG12)
        for step, rate in enumerate(line)
        if rate
    ]
    source, target, rate = np.array(pairs, dtype=np.int64).T
    nets = Nets(source=source, rate=rate, start=np.arange(len(pairs) + 1), target=target)
    return PlacementProblem(square_mesh(4), 12, nets, usable=np.arange(16) < 12)


def _netlist(vertices: int) -> PlacementProblem:
    """The netlist of the comparison with rig: nets are trees of links."""
    nets = Nets.of((source, targets, 1) for source, targets in enumerate(netlist(vertices)))
    topology = machine("quad" if vertices <= 152 else "spin2", vertices).topology
    return PlacementProblem(topology, vertices, nets, objective="multicast")


def _row(name: str, problem: PlacementProblem, work: float) -> dict[str, object]:
    instance = instance_of(problem)
    result = place_search(problem, PlaceOptions(work=EFFORT_WORK[SEARCH], prove=False))
    cost, started = result.cost, time.process_time()
    row: dict[str, object] = {"instance": name, "cost": cost, "branches": None}
    if problem.objective == "multicast":
        simple = multicast_bound(instance, cost, 0.0)
        bound = multicast_bound(instance, cost, work, two_way=two_way(problem.topology))
    else:
        simple = gilmore_lawler(instance, cost)
        bound = simple if simple >= cost else lower_bound(instance, cost, work)
    few = problem.objective == "unicast" and instance.slices <= FEW and is_small(instance)
    if bound < cost and few:
        at = np.searchsorted(instance.node, problem.topology.core_node[result.cores])
        exact = branch_and_bound(instance, at, EXACT_WORK)
        cost, bound = instance.cost(exact.at), max(bound, exact.bound)
        row["branches"] = exact.nodes
    return row | {
        "cost": cost,
        "simple bound": simple,
        "bound": bound,
        "gap %": round(100 * (cost - bound) / cost, 1),
        "CPU s": round(time.process_time() - started, 1),
    }


if __name__ == "__main__":
    main()
