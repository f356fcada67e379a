"""The placers: pure functions from a problem and options to a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound import lower_bound
from somac.compiler.mapping.place.cpsat import is_small, solve
from somac.compiler.mapping.place.exact import branch_and_bound
from somac.compiler.mapping.place.exact import is_small as branches
from somac.compiler.mapping.place.instance import Instance, instance_of
from somac.compiler.mapping.place.local import descend, tabu_search
from somac.compiler.mapping.place.objective import PairTraffic, objective_of
from somac.compiler.mapping.place.price import bound_of
from somac.compiler.mapping.place.result import PlacementResult
from somac.compiler.mapping.place.search import drawn, nearby, search
from somac.compiler.mapping.place.start import greedy_start
from somac.compiler.mapping.place.watch import Watch
from somac.ir.placement import EFFORT_WORK, PlacementProblem, PlaceOptions

__all__ = ["place_cpsat", "place_greedy", "place_search"]

FEW = 32
"""Slices up to which every move and every swap is looked at in each step."""

MAX_PRICES = 1 << 22
"""Entries of the tables by slice and place, and by two places, up to which they are kept."""

BRANCH_WORK = 0.1
"""Work of branch and bound per work of the search."""

SWEEPS = 8
TABU_STEPS = 5_000
TABU_STEPS_PER_SLICE = 250


def place_greedy(problem: PlacementProblem, options: PlaceOptions) -> PlacementResult:
    """Slices one by one, each where it costs least; too many for that are drawn."""
    instance = instance_of(problem)
    objective = objective_of(instance)
    if _has_tables(instance):
        at = greedy_start(instance)
    else:
        at = drawn(instance, objective, 0.0, options.seed)
    return _result(problem, instance, objective, options, at, "greedy")


def place_search(problem: PlacementProblem, options: PlaceOptions) -> PlacementResult:
    """A drawing of the traffic, annealed; for few slices a greedy start and tabu search."""
    instance = instance_of(problem)
    watch, objective = Watch(options), objective_of(instance)
    interrupted = False
    for work in _rungs(options.work):
        interrupted = _search(instance, objective, replace(options, work=work), watch)
        if interrupted or watch.over:
            break
    return _result(problem, instance, objective, options, watch.at, "search", interrupted)


def place_cpsat(problem: PlacementProblem, options: PlaceOptions) -> PlacementResult:
    """The search, and for small problems CP-SAT, then branch and bound, on top of it."""
    instance = instance_of(problem)
    exact = options.prove and problem.objective == "unicast"
    if not exact or not is_small(instance, options.work):
        return place_search(problem, options)
    watch, objective = Watch(options), objective_of(instance)
    for work in _rungs(options.work):
        found = _proven(problem, instance, objective, replace(options, work=work), watch)
        watch.bound = max(watch.bound, found.bound)
        if found.interrupted or watch.over:
            break
    return replace(found, bound=min(watch.bound, found.cost))


def _rungs(work: float) -> list[float]:
    """Lower efforts go first: a higher one is never worse, and soon has something to show."""
    return [*(less for less in EFFORT_WORK if less < work), work]


def _proven(
    problem: PlacementProblem,
    instance: Instance,
    objective: PairTraffic,
    options: PlaceOptions,
    watch: Watch,
) -> PlacementResult:
    """The search, then CP-SAT, then branch and bound, within one limit of work."""
    interrupted = _search(instance, objective, options, watch)
    found = _result(problem, instance, objective, options, watch.at, "search", interrupted)
    small = is_small(instance, options.work)
    if interrupted or not small or found.status == "optimal" or watch.over:
        return found
    proven = solve(instance, watch.at, options.work, options.seed)
    watch.offer(instance.cost(proven.at), proven.at)
    bound = max(found.bound, proven.bound)
    if bound >= instance.cost(watch.at) or not branches(instance):
        return _result(problem, instance, objective, options, watch.at, "cp-sat", bound=bound)
    closed = branch_and_bound(instance, watch.at, options.work * BRANCH_WORK)
    watch.offer(instance.cost(closed.at), closed.at)
    bound = max(bound, closed.bound)
    solver = "branch and bound"
    return _result(problem, instance, objective, options, watch.at, solver, bound=bound)


def _search(
    instance: Instance, objective: PairTraffic, options: PlaceOptions, watch: Watch
) -> bool:
    """Fill the watch; whether Ctrl-C ended it, once there was a placement to keep."""
    try:
        if instance.slices <= FEW and instance.objective == "unicast":
            _search_few(instance, options, watch)
        else:
            search(instance, options.work, options.seed, watch, objective)
    except KeyboardInterrupt:
        if watch.cost is None:
            raise
        return True
    return False


def _search_few(instance: Instance, options: PlaceOptions, watch: Watch) -> None:
    places = nearby(instance)
    part = instance.restricted(places)
    sweeps = max(1, round(SWEEPS * options.work))
    at = descend(part, greedy_start(part), sweeps)
    watch.offer(part.cost(at), places[at])
    steps = round(options.work * min(TABU_STEPS, TABU_STEPS_PER_SLICE * part.slices))
    bound = lower_bound(part, part.cost(at), work=0.0)
    at = places[tabu_search(part, at, steps, options.seed, bound)]
    if len(places) < instance.places and _has_tables(instance):
        at = descend(instance, at, sweeps)
    watch.offer(instance.cost(at), at)


def _has_tables(instance: Instance) -> bool:
    """Whether a search may price every place for every slice."""
    return max(instance.slices, instance.places) * instance.places <= MAX_PRICES


def _result(
    problem: PlacementProblem,
    instance: Instance,
    objective: PairTraffic,
    options: PlaceOptions,
    at: NDArray[np.int64],
    solver: str,
    interrupted: bool = False,
    bound: int | None = None,
) -> PlacementResult:
    cost = objective.cost(at)
    if bound is None:
        bound = bound_of(problem, instance, objective, options, cost, interrupted)
    return PlacementResult(
        cores=instance.cores(at, problem),
        cost=int(cost),
        bound=int(min(bound, cost)),
        solver=solver,
        interrupted=interrupted,
    )
