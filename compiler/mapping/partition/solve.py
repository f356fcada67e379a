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
    Effort,
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
)
from somac.compiler.mapping.partition.reduce import Reduced, reduced
from somac.ir.errors import SomacError
from somac.ir.progress import Deadline, Progress

__all__ = ["partition_units"]

EXACT: Final = "CP-SAT"

EFFORTS: Final[tuple[Effort, ...]] = (0, 1, 2, 3)

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
    deadline = Deadline(options.time_limit)
    best: PartitionResult | None = None
    # lower efforts go first: a higher one is never worse, and soon has something to show
    for effort in EFFORTS[: options.effort + 1]:
        try:
            found = _partition(problem, small, replace(options, effort=effort), deadline)
        except KeyboardInterrupt:
            if best is None:
                raise
            deadline.interrupted = True
            break
        best = _better(best, found)
        if best is not None and best is found and options.progress is not None:
            options.progress(Progress(best.connectivity, best.bound))
        if best is not None and (deadline.over or best.status == "optimal"):
            break
    if best is None:
        work = max(EXACT_WORK[options.effort], LEAST_WORK) * options.work
        best = _searched(problem, small, work)
    return replace(best, interrupted=deadline.interrupted)


def _better(best: PartitionResult | None, found: PartitionResult | None) -> PartitionResult | None:
    """Fewer clusters are better, then less connectivity; what was proven stays proven."""
    if best is None or found is None:
        return best or found
    if best.clusters != found.clusters:
        return min(best, found, key=lambda one: one.clusters)
    bound = max(best.bound, found.bound)
    if found.connectivity < best.connectivity:
        return found if found.bound == bound else replace(found, bound=bound)
    return replace(best, bound=bound)


def _partition(
    problem: PartitionProblem, small: Reduced, options: PartitionOptions, deadline: Deadline
) -> PartitionResult | None:
    """What one effort finds."""
    annealed = _annealed(problem, small, options, deadline)
    if annealed is None:
        return None
    part, connectivity, clusters = annealed
    bound = connectivity_bound(small.nets, small.demand, problem.capacity)
    solver = "annealed overlap"
    work = max(EXACT_WORK[options.effort], LEAST_WORK) * options.work
    small_enough = options.effort > 0 and fits_exact(small, clusters) and not deadline.over
    if small_enough and connectivity > bound:
        exact = solve_exactly(small, problem.capacity, clusters, part, work)
        if exact is not None:
            part, connectivity, solver = exact.part, exact.connectivity, EXACT
            bound = max(bound, exact.bound)
    return PartitionResult(part[small.group], clusters, connectivity, bound, small.least, solver)


def _most(problem: PartitionProblem, small: Reduced) -> int:
    """Clusters that there may be."""
    return min(problem.most, max(len(small.demand), small.least))


def _annealed(
    problem: PartitionProblem, small: Reduced, options: PartitionOptions, deadline: Deadline
) -> tuple[NDArray[np.int32], int, int] | None:
    """A partition in which every cluster fits, its connectivity, and how many clusters."""
    clusters, most = small.least, _most(problem, small)
    attempts = ATTEMPTS if len(small.nets.pin) <= CHEAP_PINS else 1
    while True:
        for attempt in range(attempts):
            seeded = replace(options, seed=options.seed + attempt)
            found = anneal_clusters(small, problem.capacity, clusters, seeded, deadline)
            if found.failed == 0:
                return found.part, found.connectivity, clusters
        if clusters >= most:
            return None
        # many that are too full are a sign that one more cluster would not do
        clusters = min(most, clusters + max(1, found.failed // 2))


def _searched(problem: PartitionProblem, small: Reduced, work: float) -> PartitionResult:
    """Where annealing finds nothing, a small problem is decided by CP-SAT."""
    clusters = _most(problem, small)
    if not fits_exact(small, clusters):
        raise _not_found(problem, small, clusters, proven=False)
    exact = solve_exactly(small, problem.capacity, clusters, None, work)
    if exact is None or not len(exact.part):
        raise _not_found(problem, small, clusters, proven=exact is None)
    return PartitionResult(
        exact.part[small.group], clusters, exact.connectivity, exact.bound, small.least, EXACT
    )


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
