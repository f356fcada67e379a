"""The placers: pure functions from a problem and options to a result."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound import lower_bound
from somac.compiler.mapping.place.cpsat import is_small, solve
from somac.compiler.mapping.place.instance import Instance, instance_of
from somac.compiler.mapping.place.local import descend, tabu_search
from somac.compiler.mapping.place.start import greedy_start
from somac.compiler.mapping.problem import PlacementProblem, PlacementResult, PlaceOptions

__all__ = ["place_cpsat", "place_greedy", "place_search"]

SWEEPS = 8
TABU_WORK = 150_000_000
"""Moves and swaps that a tabu search looks at."""

TABU_STEPS = 5_000
TABU_STEPS_PER_SLICE = 250
MIN_TABU_STEPS = 100
"""A shorter tabu search is not worth its start."""

SPACE = 1.25
"""Seats per slice that a search starts with."""

MIN_PLACES = 64


def place_greedy(problem: PlacementProblem, _options: PlaceOptions) -> PlacementResult:
    """Slices one by one, each where it costs least."""
    instance = instance_of(problem)
    at = greedy_start(instance)
    return _result(problem, instance, at, lower_bound(instance, instance.cost(at)), "greedy")


def place_search(problem: PlacementProblem, options: PlaceOptions) -> PlacementResult:
    """The greedy start, improved by descent, and for hundreds of slices by tabu search."""
    instance = instance_of(problem)
    at, bound = _search(instance, options)
    return _result(problem, instance, at, bound, "search")


def place_cpsat(problem: PlacementProblem, options: PlaceOptions) -> PlacementResult:
    """The search, and for small problems CP-SAT on top of it."""
    instance = instance_of(problem)
    at, bound = _search(instance, options)
    if bound < instance.cost(at) and is_small(instance, options.work):
        proven = solve(instance, at, options.work, options.seed)
        if instance.cost(proven.at) <= instance.cost(at):
            at = proven.at
        return _result(problem, instance, at, max(bound, proven.bound), "cp-sat")
    return _result(problem, instance, at, bound, "search")


def _search(instance: Instance, options: PlaceOptions) -> tuple[NDArray[np.int64], int]:
    """A placement and a lower bound."""
    sweeps = max(1, round(SWEEPS * options.work))
    near = _nearby(instance)
    part = instance.restricted(near)
    at = descend(part, greedy_start(part), sweeps)
    steps = round(
        options.work
        * min(
            TABU_STEPS,
            TABU_STEPS_PER_SLICE * part.slices,
            TABU_WORK // max(1, part.slices * (part.slices + part.places)),
        )
    )
    if steps >= MIN_TABU_STEPS:
        at = tabu_search(part, at, steps, options.seed, lower_bound(part, part.cost(at)))
    at = near[at]
    if len(near) < instance.places:
        at = descend(instance, at, sweeps)
    return at, lower_bound(instance, instance.cost(at))


def _nearby(instance: Instance) -> NDArray[np.int64]:
    """The places nearest to the host, with room enough for a search, and those of pins."""
    order = np.argsort(instance.host_hops, kind="stable")
    enough = np.searchsorted(np.cumsum(instance.room[order]), SPACE * instance.slices) + 1
    near = order[: max(int(enough), MIN_PLACES)]
    return np.union1d(near, instance.fixed[instance.fixed >= 0])


def _result(
    problem: PlacementProblem,
    instance: Instance,
    at: NDArray[np.int64],
    bound: int,
    solver: str,
) -> PlacementResult:
    cost = instance.cost(at)
    return PlacementResult(
        cores=instance.cores(at, problem),
        cost=cost,
        bound=min(bound, cost),
        status="optimal" if bound >= cost else "feasible",
        solver=solver,
    )
