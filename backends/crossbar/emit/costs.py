"""What the cost model needs besides: figures of the target, and the way of signals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from somac.backends.figures import figure_data
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Target

__all__ = ["cost_data"]

FORMAT = 1


def cost_data(mapping: PlacedMapping, target: Target, dt: float) -> dict[str, Any]:
    """The contents of ``costs.json``; `dt` is the seconds of a step of the model."""
    return {
        "format": FORMAT,
        "dt": dt,
        **figure_data(target),
        "routes": list(_routes(mapping, target)),
    }


def _routes(mapping: PlacedMapping, target: Target) -> Iterator[dict[str, Any]]:
    """How many hops a signal of a slice takes to all that hear it, and to the farthest."""
    cost, ends = target.topology.link_cost, target.topology
    for route in mapping.routes:
        part = mapping.slices[route.source]
        far: dict[int, int] = {}
        for link in route.links:
            start, end = int(ends.link_source[link]), int(ends.link_target[link])
            far[end] = far.get(start, 0) + int(cost[link])
        yield {
            "source": part.population,
            "start": part.start,
            "stop": part.stop,
            "hops": sum(int(cost[link]) for link in route.links),
            "farthest": max(far.values(), default=0),
        }
