"""The solution of a mapping problem, held before the independent checker."""

from __future__ import annotations

import numpy as np

from somac.compiler.mapping.check import Hardware, check_mapping
from somac.compiler.mapping.problem import MappingProblem
from somac.compiler.mapping.solve import Solution
from somac.ir.errors import Diagnostic
from somac.ir.mapping import Mapping, Slice
from somac.ir.placement import HOST, RATE_UNIT

__all__ = ["audit", "mapping_of"]


def audit(problem: MappingProblem, solution: Solution) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a solution: nothing, if it is right."""
    machine, nets = problem.machine, problem.nets
    hosts = iter(range(problem.slices, problem.slices + len(nets)))
    hears = {
        next(hosts) if source == HOST else source: nets.target[begin:end].tolist()
        for source, begin, end in zip(
            nets.source.tolist(), nets.start[:-1].tolist(), nets.start[1:].tolist(), strict=True
        )
    }
    return tuple(
        check_mapping(
            mapping_of(problem, solution),
            Hardware(machine.topology, machine.capacity, machine.router_entries),
            hears,
            shared_cores=True,
            surplus=solution.routing.shared,
        )
    )


def mapping_of(problem: MappingProblem, solution: Solution) -> Mapping:
    """The solution as the compiler's passes know it; nets from the host are slices of their own.

    A slice is called by its number, and has as many neurons as its net has keys.
    """
    nets = problem.nets
    size = np.ones(problem.slices, dtype=np.int64)
    sends = nets.source != HOST
    size[nets.source[sends]] = problem.keys[sends]
    slices = [
        Slice(str(number), 0, int(size[number]), core)
        for number, core in enumerate(solution.core.tolist())
    ]
    routes = []
    for net, sender in enumerate(nets.source.tolist()):
        source = sender if sender != HOST else len(slices)
        if sender == HOST:
            slices.append(Slice(f"net {net}", 0, int(problem.keys[net]), None))
        routes.append(solution.route(net, source, float(nets.rate[net]) / RATE_UNIT))
    return Mapping(
        network=problem.digest(),
        target=problem.machine.name,
        slices=tuple(slices),
        routes=tuple(routes),
        proof=solution.proof,
        demand={
            number: dict(zip(problem.resources, takes, strict=True))
            for number, takes in enumerate(problem.demand.tolist())
        },
        tables=solution.routing.tables,
    )
