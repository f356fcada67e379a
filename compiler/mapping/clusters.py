"""Which slices share a core: the partition of a mapping problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.groups import (
    contradictions,
    demand_by_group,
    groups_of,
    too_large,
)
from somac.compiler.mapping.partition.hypergraph import Hypergraph
from somac.compiler.mapping.partition.problem import (
    PartitionOptions,
    PartitionProblem,
    PartitionResult,
)
from somac.compiler.mapping.partition.solve import partition_units
from somac.compiler.mapping.problem import MappingProblem
from somac.ir.errors import SomacError

__all__ = ["alone", "clustered"]


def alone(problem: MappingProblem) -> NDArray[np.int64]:
    """int64 (slices,): a cluster for every slice, but for those that are to share one.

    Raises
    ------
    SomacError
        E0601 for slices that are to share a core that cannot hold them, E0620 for those that
        are to be apart and are pinned to one core.
    """
    wishes, pins = problem.constraints, sorted(problem.constraints.pins.items())
    cluster = groups_of(problem.slices, wishes.together, pins)
    demand = demand_by_group(cluster, problem.demand)
    core = f"a core of {problem.machine.name}"
    found = [
        *contradictions(cluster, _pairs(wishes.apart), pins, unit="slice"),
        *too_large(cluster, demand, problem.capacity, problem.resources, unit="slice", core=core),
    ]
    if found:
        raise SomacError.of(found)
    return cluster.astype(np.int64)


def _pairs(groups: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    """Any two of each group."""
    return tuple(pair for group in groups for pair in combinations(group, 2))


def clustered(problem: MappingProblem, options: PartitionOptions) -> PartitionResult:
    """Slices to clusters that fit a core each; slices pinned to one core share a cluster.

    Raises
    ------
    SomacError
        E0601 for what is too large for a core, E0602 if more cores are needed than there are,
        E0620 for wishes that contradict each other, E0621 where no partition was found.
    """
    wishes, nets = problem.constraints, problem.nets
    number = {core: rank for rank, core in enumerate(sorted(set(wishes.pins.values())))}
    return partition_units(
        PartitionProblem(
            graph=Hypergraph.of_targets(
                problem.slices, nets.source, nets.rate, nets.start, nets.target
            ),
            resources=problem.resources,
            demand=problem.demand,
            capacity=problem.capacity,
            clusters=int(problem.usable.sum()),
            together=wishes.together,
            apart=_pairs(wishes.apart),
            pinned=tuple((part, number[core]) for part, core in sorted(wishes.pins.items())),
        ),
        options,
    )
