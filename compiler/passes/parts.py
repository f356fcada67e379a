"""The pass that maps where a backend itself says what shares a core: parts to cores, and routes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from somac.backends.api import Parts
from somac.compiler.mapping.problem import Constraints, Machine, MappingProblem
from somac.compiler.mapping.solve import SolveOptions, solve
from somac.compiler.targets.ports import WIRES
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping, Slice
from somac.ir.placement import HOST, Nets, integer_rate
from somac.ir.progress import uninterrupted
from somac.ir.target import Target

__all__ = ["map_parts"]


@dataclass(frozen=True, slots=True)
class _Net:
    """A part that sends, None for the host; parts that hear it; messages per tick; their kinds."""

    part: int | None
    hearing: tuple[int, ...]
    rate: float
    keys: int


def map_parts(
    network: IntegerNetwork, parts: Parts, target: Target, options: SolveOptions | None = None
) -> Mapping:
    """Place parts on cores, and route signals.

    All messages count where parts are placed. Routes are those of the slices: a signal may be heard
    on many cores. What goes from one part to another besides takes the way of the hardware.

    Raises
    ------
    SomacError
        E0602 to E0604 for what does not fit.
    """
    part_of = {(name, start): part for name, start, _, part in parts.slices}
    heard = [
        (index, _Net(part_of.get((name, start)), hearing, rate, stop - start))
        for index, (name, start, stop, rate, hearing) in enumerate(parts.signals)
        if hearing
    ]
    others = [_Net(part, hearing, rate, 1) for part, rate, hearing in parts.nets]
    problem = _problem(network, parts, target, [*(net for _, net in heard), *others])
    solution = uninterrupted(solve(problem, options))
    cores = tuple(solution.core[: parts.count].tolist())
    return Mapping(
        network=network.digest(),
        target=target.digest(),
        slices=tuple(
            Slice(name, start, stop, None if part is None else cores[part])
            for name, start, stop, part in (
                (name, start, stop, part_of.get((name, start)))
                for name, start, stop, _, _ in parts.signals
            )
        ),
        routes=tuple(
            solution.route(number, index, net.rate) for number, (index, net) in enumerate(heard)
        ),
        proof=solution.proof,
        demand=_demand(parts),
        parts=cores,
        plan=parts.plan,
    )


def _problem(
    network: IntegerNetwork, parts: Parts, target: Target, nets: list[_Net]
) -> MappingProblem:
    """Parts on cores of their own; with a part go units, one for each way in which it sends."""
    resources = tuple(target.resources)
    senders = [net.part for net in nets if net.part is not None]
    unit = iter(range(parts.count, parts.count + len(senders)))
    together: dict[int, list[int]] = {}
    for number, part in enumerate(senders, parts.count):
        together.setdefault(part, [part]).append(number)
    demand = np.zeros((parts.count + len(senders), len(resources)), np.int64)
    for part, takes in enumerate(parts.demand):
        demand[part] = [takes.get(name, 0) for name in resources]
    return MappingProblem(
        name=network.name,
        # no routing table is written for these routes
        machine=replace(Machine.of_target(target), router_entries=WIRES),
        resources=resources,
        demand=demand,
        nets=Nets.of(
            (HOST if net.part is None else next(unit), list(net.hearing), integer_rate(net.rate))
            for net in nets
        ),
        keys=np.array([net.keys for net in nets], np.int64),
        constraints=Constraints(together=tuple(map(tuple, together.values()))),
        sharing=False,
    )


def _demand(parts: Parts) -> dict[int, dict[str, int]]:
    """What a part takes, at its first slice."""
    part_of = {(name, start): part for name, start, _, part in parts.slices}
    found: dict[int, dict[str, int]] = {}
    told: set[int] = set()
    for index, (name, start, _, _, _) in enumerate(parts.signals):
        part = part_of.get((name, start))
        if part is not None and part not in told and part < len(parts.demand):
            told.add(part)
            found[index] = dict(parts.demand[part])
    return found
