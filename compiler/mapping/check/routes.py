"""Every route is a tree of links that are there, and ends at exactly the cores it must reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic, Place
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Route
from somac.ir.target import Topology

__all__ = ["check_routes", "cores_of_slices", "loads_of", "start_of"]


def cores_of_slices(
    mapping: PlacedMapping, hears: Mapping[int, Sequence[int]]
) -> dict[int, list[int]]:
    """Cores that must receive, ascending, by the slice that sends."""
    return {
        source: sorted({int(mapping.slices[t].core or 0) for t in targets})
        for source, targets in hears.items()
        if targets
    }


def check_routes(
    mapping: PlacedMapping,
    topology: Topology,
    wanted: Mapping[int, Sequence[int]],
    surplus: bool,
) -> Iterator[Diagnostic]:
    """E0832: other cores than should be; E0833: what is no tree.

    `wanted` are the cores that must receive, ascending, by the slice that sends. With `surplus`,
    packets may reach cores where nobody hears them.
    """
    seen: set[int] = set()
    cores_of_chip = set(topology.core_node.tolist())
    no_passing = set(topology.chip_router.tolist()) - cores_of_chip
    for route in mapping.routes:
        if route.source in seen or route.source not in wanted:
            yield _unwanted(mapping, route, route.source in seen)
            continue
        seen.add(route.source)
        yield from _check_tree(mapping, route, topology, no_passing)
        expected = wanted[route.source]
        missed = sorted(set(expected) - set(route.cores))
        more = [] if surplus else sorted(set(route.cores) - set(expected))
        if missed or more or sorted(set(route.cores)) != list(route.cores):
            yield _wrong(
                mapping,
                route,
                "E0832",
                f"cores {missed} are missed, and {more} reached without need",
            )
    for source in sorted(wanted.keys() - seen):
        part = mapping.slices[source]
        yield Diagnostic(
            "E0832",
            f"{part} is heard, but has no route",
            Place(node=part.population),
        )


def loads_of(mapping: PlacedMapping, topology: Topology) -> NDArray[np.float64]:
    """float64 (links,): packets that cross each link per tick, counted route by route."""
    load = np.zeros(topology.links)
    for route in mapping.routes:
        for link in route.links:
            load[link] += route.rate
    return load


def start_of(mapping: PlacedMapping, route: Route, topology: Topology) -> int:
    """The node at which the packets of a route start."""
    core = mapping.slices[route.source].core
    return topology.host_node if core is None else int(topology.core_node[core])


def _check_tree(
    mapping: PlacedMapping, route: Route, topology: Topology, no_passing: set[int]
) -> Iterator[Diagnostic]:
    start = start_of(mapping, route, topology)
    entered_inside = {start: False}  # whether a node was entered from another of its chip
    leaves = {start}
    for link in route.links:
        if not 0 <= link < topology.links:
            yield _wrong(mapping, route, "E0833", f"there is no link {link}")
            return
        tail, head = int(topology.link_source[link]), int(topology.link_target[link])
        inside = bool(topology.node_chip[tail] == topology.node_chip[head])
        if tail not in entered_inside:
            yield _wrong(mapping, route, "E0833", f"link {link} leaves a node before any enters it")
            return
        if head in entered_inside:
            yield _wrong(mapping, route, "E0833", f"link {link} enters a node for the second time")
            return
        if inside and tail in no_passing and entered_inside[tail]:
            yield _wrong(mapping, route, "E0833", f"link {link} passes a router inside its chip")
            return
        entered_inside[head] = inside
        leaves.discard(tail)
        leaves.add(head)
    ends = {int(topology.core_node[core]) for core in route.cores if 0 <= core < topology.cores}
    if not ends <= entered_inside.keys():
        yield _wrong(mapping, route, "E0833", "the tree does not reach all of its cores")
    if len(route.links) and not leaves <= ends:
        yield _wrong(mapping, route, "E0833", "a branch of the tree leads to no core")


def _unwanted(mapping: PlacedMapping, route: Route, twice: bool) -> Diagnostic:
    what = "there are two routes" if twice else "nobody should hear it"
    return _wrong(mapping, route, "E0832", what)


def _wrong(mapping: PlacedMapping, route: Route, code: str, what: str) -> Diagnostic:
    part = mapping.slices[route.source]
    return Diagnostic(code, f"the route of {part}: {what}", Place(node=part.population))
