"""Slices and their nets to a `Mapping`: place, route, allocate keys."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnlyDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from somac.compiler.mapping.keys import allocate_keys
from somac.compiler.mapping.partition import Cut, require_cores
from somac.compiler.mapping.paths import find_paths
from somac.compiler.mapping.place import DEFAULT_PLACER, PLACERS
from somac.compiler.mapping.problem import (
    HOST,
    Nets,
    PlacementProblem,
    PlacementResult,
    PlaceOptions,
    integer_rate,
)
from somac.compiler.mapping.route import multicast_tree
from somac.compiler.mapping.tables import require_entries, tables_of
from somac.ir.mapping import Mapping, Proof, Route, Slice
from somac.ir.target import Target

__all__ = ["MappingRequest", "SliceNet", "map_slices"]


@dataclass(frozen=True, slots=True)
class SliceNet:
    """The spikes of one slice: who hears them, and how many they are.

    Parameters
    ----------
    source
        Index of the slice that sends; at most one net per slice.
    targets
        Indices of the slices that receive; none of them is on the host.
    rate
        Expected spikes of the whole slice per tick.
    """

    source: int
    targets: tuple[int, ...]
    rate: float


@dataclass(frozen=True, slots=True)
class MappingRequest:
    """What is to be mapped.

    Parameters
    ----------
    network
        Digest of the network.
    cuts
        Every slice, also those on the host; indices below count these.
    nets
        One per slice that has a target.
    pins
        Slices that must be on a given core of the target.
    """

    network: str
    cuts: tuple[Cut, ...]
    nets: tuple[SliceNet, ...]
    pins: ReadOnlyDict[int, int] = field(default_factory=dict)


def map_slices(
    request: MappingRequest,
    target: Target,
    options: PlaceOptions | None = None,
    placer: str = DEFAULT_PLACER,
) -> Mapping:
    """Place the slices on the cores of a target, and route their spikes.

    Parameters
    ----------
    request
        Slices and nets.
    target
        The machine.
    options
        How hard the placer tries.
    placer
        A name of `somac.compiler.mapping.place.PLACERS`.

    Raises
    ------
    SomacError
        E0602 to E0606 for what does not fit.
    """
    topology = target.topology
    require_cores(request.cuts, int(topology.core_usable.sum()), target.name, target.resources)
    nets = sorted(request.nets, key=lambda net: net.source)
    if len({net.source for net in nets}) != len(nets):
        raise ValueError("a slice has more than one net")
    placement, core_of = _place(request, nets, target, options, placer)
    routes = _route(request, nets, core_of, target)
    require_entries(tables_of(routes, topology), target)
    return Mapping(
        network=request.network,
        target=target.digest(),
        slices=tuple(
            Slice(cut.population, cut.start, cut.stop, core_of.get(index))
            for index, cut in enumerate(request.cuts)
        ),
        routes=routes,
        proof=Proof(placement.cost, placement.bound, placement.status, placement.solver),
        demand={
            index: dict(cut.demand) for index, cut in enumerate(request.cuts) if not cut.on_host
        },
    )


def _place(
    request: MappingRequest,
    nets: Sequence[SliceNet],
    target: Target,
    options: PlaceOptions | None,
    placer: str,
) -> tuple[PlacementResult, dict[int, int]]:
    """The placement, and the core of each slice that has one."""
    placed = [index for index, cut in enumerate(request.cuts) if not cut.on_host]
    number = {index: rank for rank, index in enumerate(placed)}
    ends = np.cumsum([0, *(len(net.targets) for net in nets)])
    problem = PlacementProblem(
        topology=target.topology,
        slices=len(placed),
        nets=Nets(
            source=np.array([number.get(net.source, HOST) for net in nets], dtype=np.int64),
            rate=np.array([integer_rate(net.rate) for net in nets], dtype=np.int64),
            start=ends,
            target=np.array([number[t] for net in nets for t in net.targets], dtype=np.int64),
        ),
        pins={number[index]: core for index, core in request.pins.items()},
    )
    placement = PLACERS[placer](problem, options or PlaceOptions())
    return placement, dict(zip(placed, placement.cores.tolist(), strict=True))


def _route(
    request: MappingRequest,
    nets: Sequence[SliceNet],
    core_of: ReadOnlyDict[int, int],
    target: Target,
) -> tuple[Route, ...]:
    topology = target.topology
    paths = find_paths(topology)
    keys = allocate_keys([request.cuts[net.source].size for net in nets])
    routes: list[Route] = []
    for net, block in zip(nets, keys, strict=True):
        cores = sorted({core_of[index] for index in net.targets})
        nodes = topology.core_node[np.array(cores, dtype=np.int64)].tolist()
        start = topology.host_node
        if net.source in core_of:
            start = int(topology.core_node[core_of[net.source]])
        routes.append(
            Route(
                source=net.source,
                keys=block,
                links=multicast_tree(topology, paths, start, nodes),
                cores=tuple(cores),
                rate=net.rate,
            )
        )
    return tuple(routes)
