"""The way from a partition problem to a partition."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.bounds import connectivity_bound
from somac.compiler.mapping.partition.exact import EXACT_WORK, fits_exact, solve_exactly
from somac.compiler.mapping.partition.multilevel import anneal_clusters
from somac.compiler.mapping.partition.problem import (
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
)
from somac.compiler.mapping.partition.reduce import Reduced, reduced
from somac.ir.errors import SomacError

__all__ = ["partition_units"]

EXACT: Final = "CP-SAT"

LEAST_WORK: Final = 2.0
"""Deterministic time of CP-SAT where nothing else has found a partition, whatever the effort."""

ATTEMPTS, CHEAP_PINS = 4, 1_000_000
"""Seeds tried before one more cluster is used, where trying costs seconds; else one is."""


def partition_units(
    problem: PartitionProblem, options: PartitionOptions | None = None
) -> PartitionResult:
    """Put units into as few clusters as there can be, with little connectivity between them.

    Where packing is hard, more clusters than the least are used if there may be more. Small
    problems are solved by CP-SAT, with a proof where its limit of work allows one.

    Raises
    ------
    SomacError
        E0601, E0602 or E0620 where no partition can exist, E0621 where none was found.
    """
    options = options or PartitionOptions()
    small = reduced(problem)
    if problem.graph.units == 0:
        return PartitionResult(small.group, 0, 0, 0, 0, "none")
    work = max(EXACT_WORK[options.effort], LEAST_WORK) * options.work
    most = min(problem.most, max(len(small.demand), small.least))
    annealed = _annealed(problem, small, most, options)
    if annealed is None:
        part, connectivity, bound = _searched(problem, small, most, work)
        return PartitionResult(part[small.group], most, connectivity, bound, small.least, EXACT)
    part, connectivity, clusters = annealed
    bound = connectivity_bound(small.nets, small.demand, problem.capacity)
    solver = "annealed overlap"
    if options.effort > 0 and connectivity > bound and fits_exact(small, clusters):
        exact = solve_exactly(small, problem.capacity, clusters, part, work)
        if exact is not None:
            part, connectivity, solver = exact.part, exact.connectivity, EXACT
            bound = max(bound, exact.bound)
    return PartitionResult(part[small.group], clusters, connectivity, bound, small.least, solver)


def _annealed(
    problem: PartitionProblem, small: Reduced, most: int, options: PartitionOptions
) -> tuple[NDArray[np.int32], int, int] | None:
    """A partition in which every cluster fits, its connectivity, and how many clusters."""
    clusters = small.least
    attempts = ATTEMPTS if len(small.nets.pin) <= CHEAP_PINS else 1
    while True:
        for attempt in range(attempts):
            seeded = replace(options, seed=options.seed + attempt)
            found = anneal_clusters(small, problem.capacity, clusters, seeded)
            if found.failed == 0:
                return found.part, found.connectivity, clusters
        if clusters >= most:
            return None
        # many that are too full are a sign that one more cluster would not do
        clusters = min(most, clusters + max(1, found.failed // 2))


def _searched(
    problem: PartitionProblem, small: Reduced, clusters: int, work: float
) -> tuple[NDArray[np.int32], int, int]:
    """Where annealing finds nothing, a small problem is decided by CP-SAT."""
    if not fits_exact(small, clusters):
        raise _not_found(problem, small, clusters, proven=False)
    exact = solve_exactly(small, problem.capacity, clusters, None, work)
    if exact is None or not len(exact.part):
        raise _not_found(problem, small, clusters, proven=exact is None)
    return exact.part, exact.connectivity, exact.bound


def _not_found(problem: PartitionProblem, small: Reduced, most: int, *, proven: bool) -> SomacError:
    total = problem.demand.sum(axis=0)
    fill = total / np.maximum(problem.capacity * most, 1)
    resource = int(np.argmax(fill))
    name = problem.resources[resource]
    more = "" if problem.entering is None else ", and what nets take of each core they enter"
    return SomacError(
        "E0621",
        f"no partition into {most} cores {'exists' if proven else 'was found'}; {name} is the "
        f"scarcest, {fill[resource]:.1%} of it is needed",
        have=f"{most} cores with {problem.capacity[resource]} {name} each",
        need=f"{total[resource]} {name} in all{more}; at least {small.least} cores, maybe more",
        hint="allow one more core, or drop a constraint"
        if proven
        else "one more core, fewer constraints, or a higher effort",
    )
