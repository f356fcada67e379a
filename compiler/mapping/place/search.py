"""The search for many slices: drawn starts, the best of which is annealed."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.anneal import Schedule, anneal
from somac.compiler.mapping.place.embed import drawn_start
from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.objective import NetTraffic, PairTraffic, objective_of
from somac.compiler.mapping.place.watch import Watch

__all__ = ["SPACE", "nearby", "search"]

SPACE = 1.25
"""Seats per slice that a search starts with."""

MIN_PLACES = 64

ROUNDS, MIN_ROUNDS = 30, 6
"""Times that a start is drawn, at `work` 1 and at least."""

SEEDS, MOST_SEEDS = 3, 8
"""First vectors that are tried for `SLICES` slices and fewer, at `work` 1 and at most."""

TRIAL = Schedule(proposals=80, first=0.2, last=0.02, reach=1)
"""Shows which start is best."""

PAIRS = Schedule(proposals=1000, first=0.3, last=0.03, reach=2, directed=64)
"""By pairs, for `SLICES` slices; proposals per slice go with the fourth root of their number."""

SLICES = 1024

BY_PAIRS_FIRST = 0.2
"""Share of the proposals by pairs that is made where nets are the cost."""

NETS = Schedule(proposals=300, first=0.05, last=0.01, reach=2, directed=230, screen=0.5)
"""By nets, where those are the cost: from the placement that is best by pairs."""


def search(
    instance: Instance,
    work: float,
    seed: int,
    watch: Watch,
    objective: PairTraffic | None = None,
) -> NDArray[np.int64]:
    """The best placement found within a limit of work.

    Parameters
    ----------
    instance
        The problem.
    work
        Multiplies the limit of work.
    seed
        Of the random choices.
    watch
        Takes placements as they are found; says when to stop.
    objective
        The cost, if it is known.

    Returns
    -------
    int64 (slices,): a place per slice.
    """
    objective = objective or objective_of(instance)
    if instance.slices == 0:
        return instance.fixed
    watch.bound = max(watch.bound, objective.floor)
    pairs, aside = objective, watch
    by_nets = isinstance(objective, NetTraffic)
    if isinstance(objective, NetTraffic):
        pairs, aside = objective.by_pairs, watch.aside()
    start = _start(instance, pairs, work, seed, aside)
    watch.offer(objective.cost(start), start)
    scale = work * (SLICES / instance.slices) ** 0.25
    share = BY_PAIRS_FIRST if by_nets else 1.0
    try:
        anneal(instance, pairs, start, PAIRS.times(scale * share), seed, aside)
    finally:  # what Ctrl-C leaves is worth keeping
        if aside.cost is not None:
            watch.offer(objective.cost(aside.at), aside.at)
    if by_nets:
        anneal(instance, objective, aside.at, NETS.times(scale), seed, watch)
    return watch.at


def _start(
    instance: Instance, pairs: PairTraffic, work: float, seed: int, watch: Watch
) -> NDArray[np.int64]:
    """The best of several drawings, by what a short annealing makes of it."""
    places = nearby(instance)
    part = instance if len(places) == instance.places else instance.restricted(places)
    rounds = max(MIN_ROUNDS, round(ROUNDS * min(1.0, work)))
    kinds = (True, False) if work >= 1 else (True,)
    starts: list[tuple[int, int, NDArray[np.int64]]] = []
    seeds = round(work * SEEDS * min(1.0, SLICES / instance.slices))
    for extra, linear in product(range(min(max(seeds, 1), MOST_SEEDS)), kinds):
        drawn = places[drawn_start(part, pairs.pairs, rounds, linear, seed + extra)]
        if len(kinds) == 1 or watch.over:
            return drawn
        tried = anneal(instance, pairs, drawn, TRIAL, seed, watch)
        starts.append((pairs.cost(tried), len(starts), drawn))
    return min(starts, key=lambda start: start[:2])[2]


def nearby(instance: Instance) -> NDArray[np.int64]:
    """The places nearest to the host, with room enough for a search, and those of pins."""
    order = np.argsort(instance.host_hops, kind="stable")
    enough = np.searchsorted(np.cumsum(instance.room[order]), SPACE * instance.slices) + 1
    near = order[: max(int(enough), MIN_PLACES)]
    return np.union1d(near, instance.fixed[instance.fixed >= 0])
