"""How good a placement is: its cost, and what none costs less than."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound import lower_bound, multicast_bound, two_way
from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.objective import PairTraffic
from somac.ir.placement import PlacementProblem, PlaceOptions

__all__ = ["bound_of", "places_of"]

BOUND_WORK = 0.3
"""Work of the lower bound per work of the search."""


def places_of(
    problem: PlacementProblem, instance: Instance, cores: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64 (slices,): the places of cores, all of which may be used."""
    return np.searchsorted(instance.node, problem.topology.core_node[cores]).astype(np.int64)


def bound_of(
    problem: PlacementProblem,
    instance: Instance,
    objective: PairTraffic,
    options: PlaceOptions,
    cost: int,
    interrupted: bool,
) -> int:
    """No placement costs less; `cost`, of one that is known, ends the search for more."""
    bound = min(cost, objective.floor)
    if not options.prove or interrupted or bound >= cost:
        return bound
    work = options.work * BOUND_WORK
    if problem.objective == "multicast":
        proven = multicast_bound(instance, cost, work, two_way=two_way(problem.topology))
    else:
        proven = lower_bound(instance, cost, work)
    return min(cost, max(bound, proven))
