"""A mapping problem solved: slices to clusters, clusters to cores, nets to trees and tables."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.clusters import alone, clustered
from somac.compiler.mapping.jit import interpreted
from somac.compiler.mapping.partition.problem import PartitionOptions, PartitionResult
from somac.compiler.mapping.place import DEFAULT_PLACER
from somac.compiler.mapping.placed import Note, place
from somac.compiler.mapping.problem import MappingProblem
from somac.compiler.mapping.route.nets import PlacedNets
from somac.compiler.mapping.route.pieces import require_piece
from somac.compiler.mapping.route.routing import Routing, route_nets, route_shared
from somac.compiler.mapping.route.tables import require_entries
from somac.compiler.plugins import find_placer
from somac.ir.digest import read_only
from somac.ir.errors import SomacError
from somac.ir.mapping import Proof, Route
from somac.ir.placement import HOST, Nets, PlacementProblem, PlaceOptions

__all__ = ["Solution", "SolveOptions", "solve"]

Integers = NDArray[np.int64]

FEW_CLUSTERS = 3
"""Clusters up to which the interpreter places sooner than compiled kernels are loaded."""

FEW_PINS = 20_000
"""Pins of nets up to which the interpreter counts sooner than compiled kernels are loaded."""

FEW_STEPS = 5_000
"""Nets times nodes up to which the interpreter routes sooner than compiled kernels are loaded."""


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How a problem is solved.

    `placer` is the name of one that is registered (`somac placers`); `note` is told what the user
    should know of how it did.
    """

    partition: PartitionOptions = field(default_factory=PartitionOptions)
    placer: str = DEFAULT_PLACER
    place: PlaceOptions = field(default_factory=PlaceOptions)
    note: Note | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Where everything is, and how good that is.

    Parameters
    ----------
    partition
        Which slices share a core, and how good that is; None if none were asked to.
    core
        int64 (slices,): the core of each slice.
    ends
        int64 (nets + 1,): net n is heard on ``heard[ends[n]:ends[n + 1]]``.
    heard
        int64: cores, ascending within a net.
    routing
        Trees, keys and tables.
    proof
        Cost and bound of the placement.
    interrupted
        Whether Ctrl-C ended the search for a partition or a placement.
    """

    partition: PartitionResult | None
    core: Integers
    ends: Integers
    heard: Integers
    routing: Routing
    proof: Proof
    interrupted: bool

    def cores_of(self, net: int) -> tuple[int, ...]:
        """The cores that a net's packets reach: where it is heard, and maybe more. Ascending."""
        return tuple(self.routing.cores_of(net).tolist())

    def route(self, net: int, source: int, rate: float) -> Route:
        """The way of a net in a `Mapping`, whose slice `source` sends `rate` spikes per tick."""
        return Route(
            source=source,
            keys=self.routing.keys_of(net),
            links=tuple(self.routing.links_of(net).tolist()),
            cores=self.cores_of(net),
            rate=rate,
        )


def solve(problem: MappingProblem, options: SolveOptions | None = None) -> Solution:
    """Partition, place and route.

    Raises
    ------
    SomacError
        E0601 to E0606: what does not fit, with have and need; E0620 for wishes that
        contradict each other, E0621 where no partition was found; what `find_placer` and `place`
        raise.
    """
    options = options or SolveOptions()
    placer = find_placer(options.placer)
    machine, nets = problem.machine, problem.nets
    begin = time.monotonic()
    partition = clustered(problem, options.partition) if problem.sharing else None
    left = _in_what_is_left(options.place, partition, time.monotonic() - begin)
    home = alone(problem) if partition is None else partition.cluster.astype(np.int64)
    clusters = int(home.max(initial=-1)) + 1
    pins = {int(home[part]): core for part, core in problem.constraints.pins.items()}
    between = _between(nets, home, clusters)
    usable = _piece(problem, clusters, list(pins.values()))
    with interpreted(clusters <= FEW_CLUSTERS):
        placement = place(
            PlacementProblem(machine.topology, clusters, between, pins, usable, problem.objective),
            left,
            placer,
            options.placer,
            options.note,
        )
    core = placement.cores[home]
    ends, heard = between.start, _sorted(between, placement.cores)
    routing = _route(problem, core, ends, heard)
    require_entries(routing.tables, machine.topology, machine.router_entries, machine.name)
    return Solution(
        partition=partition,
        core=read_only(core),
        ends=read_only(ends),
        heard=read_only(heard),
        routing=routing,
        proof=Proof(placement.cost, placement.bound, placement.status, placement.solver),
        interrupted=placement.interrupted or (partition is not None and partition.interrupted),
    )


def _in_what_is_left(
    options: PlaceOptions, partition: PartitionResult | None, seconds: float
) -> PlaceOptions:
    """Options for what comes after a partition that took so long, or was cut short by Ctrl-C."""
    if partition is not None and partition.interrupted:
        return replace(options, time_limit=0.0)
    if partition is None or options.time_limit is None:
        return options
    return replace(options, time_limit=max(0.0, options.time_limit - seconds))


def _between(nets: Nets, home: Integers, clusters: int) -> Nets:
    """The nets of clusters: each hears a net once, however many of its slices do."""
    from somac.compiler.mapping.partition.nets_kernels import distinct_homes

    source = nets.source.copy()
    source[source != HOST] = home[source[source != HOST]]
    with interpreted(len(nets.target) <= FEW_PINS):
        start, target = distinct_homes(nets.start, nets.target, home, clusters)
    return Nets(source=source, rate=nets.rate, start=start, target=target)


def _sorted(nets: Nets, cores: Integers) -> Integers:
    """Where each net of clusters is heard, ascending within a net."""
    heard = cores[nets.target]
    return np.asarray(heard[np.lexsort((heard, nets.owner))], dtype=np.int64)


def _piece(problem: MappingProblem, clusters: int, pinned: list[int]) -> NDArray[np.bool_]:
    """bool (cores,): the cores of the piece of the machine that takes the clusters."""
    usable = problem.usable
    for part, core in sorted(problem.constraints.pins.items()):
        if not usable[core]:
            name = problem.machine.topology.core_name(core)
            raise SomacError(
                "E0603",
                f"slice {part} is pinned to {name}, which is dead",
                hint="pin it to another core",
            )
    return require_piece(
        problem.machine.topology,
        problem.machine.name,
        clusters,
        usable=usable,
        pinned=pinned,
        from_host=bool((problem.nets.source == HOST).any()),
    )


def _route(problem: MappingProblem, core: Integers, ends: Integers, heard: Integers) -> Routing:
    topology, nets = problem.machine.topology, problem.nets
    start = np.full(len(nets), topology.host_node, dtype=np.int64)
    sends = nets.source != HOST
    start[sends] = topology.core_node[core[nets.source[sends]]]
    with interpreted(len(nets) * topology.nodes <= FEW_STEPS):
        placed = PlacedNets(start, ends, heard, nets.rate, problem.keys)
        if not problem.sharing:
            return route_nets(topology, placed)
        return route_shared(topology, placed, problem.machine.router_entries)
