"""The search for many slices: drawn starts, the best of which is annealed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.anneal import Schedule, anneal
from somac.compiler.mapping.place.embed import Drafts, Style
from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.objective import NetTraffic, PairTraffic, objective_of
from somac.compiler.mapping.place.watch import Watch

__all__ = ["drawn", "nearby", "search"]

SPACE = 1.25
"""Seats per slice that a search starts with."""

MIN_PLACES = 64

FRUGAL, LAVISH = 0.1, 1.0
"""Work below which one drawing must do, and from which on there are the most."""

STYLES = (Style(0.25, True), Style(1.0, True), Style(0.25, False), Style(0.5, True))
"""How slices are drawn, in order of merit."""

MODE_POWERS = (0.5, 1.0)
"""Of the springs whose modes drawings begin with; many slices have time for both."""

DRAFT_ROUNDS = 4
ROUNDS, MIN_ROUNDS = 30, 8
"""Times that a start is drawn: as a draft, from `LAVISH` on, and below."""

TRIAL = Schedule(proposals=80, first=0.2, last=0.02, reach=1)
"""Shows which start is best."""

PAIRS = Schedule(proposals=1000, first=0.45, last=0.03, reach=3, directed=96)
"""By pairs, for many slices; fewer have more proposals each."""

SLICES = 1024

MORE, GROWTH = 3.0, 0.6
"""The proposals by pairs of `SLICES` slices, in those of many more; and how they grow as slices
get fewer (a power): few slices have most to gain from an annealing, and many from a drawing."""

MANY = 1024
"""Slices of all the drawings that are tried in every style, about."""

PARTNERS = 128
"""Slices with which a slice has traffic, on average, beyond which there are fewer proposals: each
looks at all of them, and a limit of work is one of pairs looked at."""

LARGE = 4096
"""Slices above which every drawing takes seconds: fewer planes and styles are tried."""

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
        watch.offer(0, instance.fixed)
        return watch.at
    watch.bound = max(watch.bound, objective.floor)
    gathered = _gathered(instance)
    if gathered is not None:
        watch.offer(objective.cost(gathered), gathered)
        if watch.over:
            return watch.at
    pairs, aside = objective, watch
    by_nets = isinstance(objective, NetTraffic)
    if isinstance(objective, NetTraffic):
        pairs, aside = objective.by_pairs, watch.aside()
    start = _best_start(instance, pairs, work, seed, aside)
    watch.offer(objective.cost(start), start)
    share = BY_PAIRS_FIRST if by_nets else max(1.0, MORE * (SLICES / instance.slices) ** GROWTH)
    share *= min(1.0, PARTNERS * instance.slices / max(1, len(pairs.pairs.other)))
    try:
        anneal(instance, pairs, start, PAIRS.times(work * share), seed, aside)
    finally:  # what Ctrl-C leaves is worth keeping
        if aside.cost is not None:
            watch.offer(objective.cost(aside.at), aside.at)
    if by_nets:
        anneal(instance, objective, aside.at, NETS.times(work), seed, watch)
    return watch.at


def _gathered(instance: Instance) -> NDArray[np.int64] | None:
    """All slices on one place, the nearest to the host that has room; None if there is none."""
    roomy = np.flatnonzero(instance.room >= instance.slices)
    if not roomy.size or (instance.fixed >= 0).any():
        return None
    nearest = roomy[np.argmin(instance.host_hops[roomy])]
    return np.full(instance.slices, nearest, np.int64)


def drawn(instance: Instance, pairs: PairTraffic, work: float, seed: int) -> NDArray[np.int64]:
    """A place per slice, int64 (slices,), without a search."""
    return next(_starts(instance, pairs, work, seed))


def _best_start(
    instance: Instance, pairs: PairTraffic, work: float, seed: int, watch: Watch
) -> NDArray[np.int64]:
    """The best drawing, by what a short annealing makes of it; with little work, the first."""
    starts: list[tuple[int, int, NDArray[np.int64]]] = []
    for start in _starts(instance, pairs, work, seed):
        if work < LAVISH or watch.over:
            return start
        tried = anneal(instance, pairs, start, TRIAL, seed, watch)
        starts.append((pairs.cost(tried), len(starts), start))
    return min(starts, key=lambda start: start[:2])[2]


def _starts(
    instance: Instance, pairs: PairTraffic, work: float, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Drawings in several styles, all from the plane that is best after a draft."""
    places = nearby(instance)
    part = instance if len(places) == instance.places else instance.restricted(places)
    drafts = Drafts(part, pairs.pairs)
    frugal, lavish, large = work < FRUGAL, work >= LAVISH, instance.slices > LARGE
    breadth = 2 if frugal else 4 if lavish and not large else 3
    powers = MODE_POWERS if not frugal and instance.slices >= MANY else MODE_POWERS[:1]
    drawings = [
        drawing
        for power in powers
        for drawing in drafts.by_modes(power, breadth, lean=not frugal, seed=seed)
    ]
    if len(drawings) > 1:
        drawings = [drafts.redrawn(drawing, STYLES[0], DRAFT_ROUNDS) for drawing in drawings]
    drawings.sort(key=drafts.cost)
    rounds = ROUNDS if lavish else MIN_ROUNDS
    for drawing in drawings[: max(1, round(MANY / instance.slices)) if lavish else 1]:
        for style in STYLES[: 1 if not lavish else 2 if large else None]:
            yield places[drafts.redrawn(drawing, style, rounds)]


def nearby(instance: Instance) -> NDArray[np.int64]:
    """The places nearest to the host, with room enough for a search, and those of pins."""
    order = np.argsort(instance.host_hops, kind="stable")
    enough = np.searchsorted(np.cumsum(instance.room[order]), SPACE * instance.slices) + 1
    near = order[: max(int(enough), MIN_PLACES)]
    return np.union1d(near, instance.fixed[instance.fixed >= 0])
