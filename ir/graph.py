"""The coarse graph of a network: order of update, loops. Never per neuron."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Edge", "update_order", "zero_delay_cycle"]


@dataclass(frozen=True, slots=True)
class Edge:
    """From one population (or input) to another, `delay` ticks later."""

    source: str
    target: str
    delay: int


def zero_delay_cycle(edges: Sequence[Edge]) -> tuple[str, ...] | None:
    """Names around a loop of zero delay, the first repeated at the end; None if there is none."""
    follow: dict[str, list[str]] = {}
    for edge in edges:
        if edge.delay == 0:
            follow.setdefault(edge.source, []).append(edge.target)
    done: set[str] = set()
    for root in follow:
        path: dict[str, None] = {}
        pending: list[tuple[str, bool]] = [(root, True)]
        while pending:
            name, entering = pending.pop()
            if not entering:
                path.popitem()
                done.add(name)
            elif name in path:
                around = list(path)
                return (*around[around.index(name) :], name)
            elif name not in done:
                path[name] = None
                pending.append((name, False))
                pending += [(target, True) for target in reversed(follow.get(name, ()))]
    return None


def update_order(names: Sequence[str], edges: Sequence[Edge]) -> tuple[str, ...]:
    """`names` in topological order of the zero-delay edges, ties in the given order.

    The caller has made sure that there is no zero-delay loop.
    """
    waiting = dict.fromkeys(names, 0)
    follow: dict[str, list[str]] = {name: [] for name in names}
    for edge in edges:
        if edge.delay == 0 and edge.source in waiting and edge.target in waiting:
            waiting[edge.target] += 1
            follow[edge.source].append(edge.target)
    rank = {name: index for index, name in enumerate(names)}
    ready = [rank[name] for name in names if waiting[name] == 0]
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for target in follow[name]:
            waiting[target] -= 1
            if waiting[target] == 0:
                heapq.heappush(ready, rank[target])
    return tuple(order)
