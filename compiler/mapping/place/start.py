"""A start: slices one by one, each where its traffic with those before it costs least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.state import State

__all__ = ["greedy_start"]

LEAST = -(1 << 62)


def greedy_start(instance: Instance) -> NDArray[np.int64]:
    """A place per slice, int64 (slices,).

    The next slice is one that has traffic with those placed so far or with the host: that
    with most of it, less its traffic with all others. Of places that cost the same, it takes
    the one nearest to the host.
    """
    state = State(instance, instance.fixed)
    total = np.asarray(instance.traffic.sum(axis=0) + instance.traffic.sum(axis=1)).reshape(-1)
    tied = instance.host_traffic.copy()
    waiting = state.at < 0
    for part in np.flatnonzero(~waiting).tolist():
        _tie(state, part, tied)
    order = np.lexsort((instance.hops.sum(axis=0), instance.host_hops))
    for _ in range(int(waiting.sum())):
        known = waiting & (tied > 0)
        part = int(np.argmax(np.where(known, 2 * tied - total, LEAST)))
        if not known[part]:
            part = int(np.argmax(np.where(waiting, total, LEAST)))
        price = np.where(state.room > 0, state.price[part], -LEAST)
        state.move(part, int(order[np.argmin(price[order])]))
        waiting[part] = False
        _tie(state, part, tied)
    return state.at


def _tie(state: State, part: int, tied: NDArray[np.int64]) -> None:
    """Count the traffic that others have with a slice that is placed now."""
    others, weight = state.neighbours(part)
    tied[others] += weight
