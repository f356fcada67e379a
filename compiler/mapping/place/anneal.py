"""Annealing of a placement: the schedule, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.objective import PairTraffic, seated, seats_of
from somac.compiler.mapping.place.watch import Watch

__all__ = ["Schedule", "anneal"]

LEVELS, MIN_LEVELS = 64, 12
"""Temperatures of a schedule; fewer if that leaves each with less proposals than this:"""

LEVEL = 1 << 11

CHUNK = 1 << 20
"""Proposals after which a run may be stopped."""

DRAWS = 4096


@dataclass(frozen=True, slots=True)
class Schedule:
    """How an annealing goes.

    Parameters
    ----------
    proposals
        Swaps looked at for each slice.
    first, last
        Temperatures, in units of the mean traffic of a slice; geometric between them.
    reach
        Cells to either side within which a slice moves at first; at last it is 1.
    directed
        Of 256 proposals, how many lead next to a slice with traffic.
    screen
        Where nets are the cost: swaps that cost so much more by pairs, in units of the mean
        traffic of a slice, are dropped unseen.
    """

    proposals: float
    first: float
    last: float
    reach: int
    directed: int = 0
    screen: float = 1.0

    def times(self, work: float) -> Schedule:
        """The same with so many times the proposals."""
        return replace(self, proposals=self.proposals * work)


def anneal(
    instance: Instance,
    objective: PairTraffic,
    at: NDArray[np.int64],
    schedule: Schedule,
    seed: int,
    watch: Watch,
) -> NDArray[np.int64]:
    """Improve a placement by random swaps, ever fewer of which may make it worse.

    Parameters
    ----------
    instance
        The problem.
    objective
        Its cost.
    at
        int64 (slices,): the start.
    schedule
        How hot, how far and how long.
    seed
        Of the random choices.
    watch
        Takes the best placements met, and says when to stop.

    Returns
    -------
    int64 (slices,): the placement at the end.
    """
    from somac.compiler.mapping.place.anneal_kernels import Proposals
    from somac.compiler.mapping.random_kernels import seeded

    seats = seats_of(instance)
    seating = seated(instance, seats, at)
    neglog = -np.log((np.arange(DRAWS) + 0.5) / DRAWS)
    state = seeded(seed)
    cost = objective.cost(seating.at)
    watch.offer(cost, seating.at)
    screen = schedule.screen * objective.pull
    proposals = round(schedule.proposals * len(seating.mobile))
    levels = min(LEVELS, max(MIN_LEVELS, proposals // LEVEL))
    for level in range(levels):
        part = level / (levels - 1)
        heat = objective.unit * schedule.first * (schedule.last / schedule.first) ** part
        reach = max(1, round(schedule.reach ** (1 - part)))
        for count in _chunks(proposals // levels):
            if watch.over:
                return seating.at
            how = Proposals(count, heat, neglog, reach, schedule.directed, screen)
            cost += objective.anneal(seats, seating, how, state)
        watch.offer(cost, seating.at)
    return seating.at


def _chunks(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, CHUNK)
        count -= CHUNK
