"""A solved mapping problem as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from somac.compiler.mapping.problem import MappingProblem
from somac.compiler.mapping.route.loads import LinkLoads, link_loads
from somac.compiler.mapping.solve import Solution
from somac.ir.errors import Diagnostic
from somac.ir.placement import RATE_UNIT

__all__ = ["MappedView", "mapped_view"]


@dataclass(frozen=True, slots=True)
class MappedView:
    """What a problem's solution takes of the machine, and how good it is.

    `connectivity` is what nets deliver to cores other than their own, in spikes per 1,000
    ticks; it and what follows to `least_cores` are None where slices do not share cores.
    `deliveries` counts packets per tick and core that they reach; `surplus` is the share of
    them that nobody hears there.
    """

    problem: str
    machine: str
    slices: int
    nets: int
    cores_used: int
    cores_usable: int
    least_cores: int | None
    connectivity: int | None
    connectivity_bound: int | None
    cost: int
    bound: int
    gap: float
    status: str
    solver: str
    trees: int
    tree_links: int
    deliveries: float
    surplus: float
    loads: tuple[LinkLoads, ...]
    largest_table: int
    table_entries: int
    router_entries: int
    interrupted: bool
    findings: int
    written: str | None


def mapped_view(
    problem: MappingProblem,
    solution: Solution,
    findings: Sequence[Diagnostic],
    written: str | None,
) -> MappedView:
    """Plain data of a solution, what the checker found, and where it was written."""
    partition, proof = solution.partition, solution.proof
    routed = solution.routing.nets
    reached = int((np.diff(routed.first) * routed.weight).sum())
    heard = int((np.diff(solution.ends) * problem.nets.rate).sum())
    sizes = [len(table) for table in solution.routing.tables]
    return MappedView(
        problem=problem.name,
        machine=problem.machine.name,
        slices=problem.slices,
        nets=len(problem.nets),
        cores_used=len(np.unique(solution.core)),
        cores_usable=int(problem.usable.sum()),
        least_cores=None if partition is None else partition.least_clusters,
        connectivity=None if partition is None else partition.connectivity,
        connectivity_bound=None if partition is None else partition.bound,
        cost=proof.cost,
        bound=proof.bound,
        gap=proof.gap,
        status=proof.status,
        solver=proof.solver,
        trees=len(solution.routing.trees),
        tree_links=len(solution.routing.trees.link),
        deliveries=reached / RATE_UNIT,
        surplus=(reached - heard) / max(reached, 1),
        loads=link_loads(
            problem.machine.topology,
            solution.routing.trees,
            routed.weight / RATE_UNIT,
            problem.machine.figures,
        ),
        largest_table=max(sizes, default=0),
        table_entries=sum(sizes),
        router_entries=problem.machine.router_entries,
        interrupted=solution.interrupted,
        findings=len(findings),
        written=written,
    )
