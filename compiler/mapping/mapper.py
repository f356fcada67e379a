"""Slices of a network and their nets as a mapping problem, and its solution as a `Mapping`."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnlyDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition import Cut, require_cores
from somac.compiler.mapping.problem import Constraints, Machine, MappingProblem
from somac.compiler.mapping.solve import SolveOptions, solve
from somac.ir.errors import SomacError
from somac.ir.mapping import Mapping, Slice
from somac.ir.placement import HOST, Nets, integer_rate
from somac.ir.progress import uninterrupted
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
    order
        Per population whose cells stand in another order than in the model, that order.
    """

    network: str
    cuts: tuple[Cut, ...]
    nets: tuple[SliceNet, ...]
    pins: ReadOnlyDict[int, int] = field(default_factory=dict)
    order: ReadOnlyDict[str, NDArray[np.int64]] = field(default_factory=dict)


def map_slices(
    request: MappingRequest, target: Target, options: SolveOptions | None = None
) -> Mapping:
    """Place the slices on the cores of a target, and route their spikes.

    Parameters
    ----------
    request
        Slices and nets.
    target
        The machine.
    options
        How the placement is found; slices are not partitioned, each has a core of its own.

    Raises
    ------
    SomacError
        E0602 to E0606 for what does not fit.
    """
    require_cores(request.cuts, target.places, target.name, target.resources, target.place)
    nets = sorted(request.nets, key=lambda net: net.source)
    if len({net.source for net in nets}) != len(nets):
        raise ValueError("a slice has more than one net")
    placed = [index for index, cut in enumerate(request.cuts) if not cut.on_host]
    problem = _problem(request, nets, placed, target)
    solution = uninterrupted(solve(problem, options))
    core_of = dict(zip(placed, solution.core.tolist(), strict=True))
    return Mapping(
        network=request.network,
        target=target.digest(),
        slices=tuple(
            Slice(cut.population, cut.start, cut.stop, core_of.get(index))
            for index, cut in enumerate(request.cuts)
        ),
        routes=tuple(solution.route(n, net.source, net.rate) for n, net in enumerate(nets)),
        proof=solution.proof,
        demand={index: dict(request.cuts[index].demand) for index in placed},
        tables=solution.routing.tables,
        order=request.order,
    )


def _problem(
    request: MappingRequest, nets: Sequence[SliceNet], placed: Sequence[int], target: Target
) -> MappingProblem:
    """Every slice that is not on the host, on a core of its own."""
    number = {index: rank for rank, index in enumerate(placed)}
    resources = tuple(target.resources)
    _require_own_cores(request.pins, target)
    return MappingProblem(
        name=request.network,
        machine=Machine.of_target(target),
        resources=resources,
        demand=np.array(
            [[request.cuts[index].demand.get(name, 0) for name in resources] for index in placed],
            dtype=np.int64,
        ).reshape(len(placed), len(resources)),
        nets=Nets.of(
            (
                number.get(net.source, HOST),
                [number[part] for part in net.targets],
                integer_rate(net.rate),
            )
            for net in nets
        ),
        keys=np.array([request.cuts[net.source].size for net in nets], dtype=np.int64),
        constraints=Constraints(pins={number[part]: core for part, core in request.pins.items()}),
        sharing=False,
    )


def _require_own_cores(pins: ReadOnlyDict[int, int], target: Target) -> None:
    """SomacError E0603 if slices are pinned to one core: here no two share one."""
    first: dict[int, int] = {}
    for part, core in sorted(pins.items()):
        other = first.setdefault(core, part)
        if other != part:
            name = target.topology.core_name(core)
            raise SomacError(
                "E0603",
                f"slices {other} and {part} are both pinned to {name}",
                have="room for one slice",
                need="room for two",
            )
