"""What the cost model needs besides the images: figures of the target, and the way of packets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from somac.backends.figures import figure_data
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Target, Topology

__all__ = ["cost_data"]

FORMAT = 1


def cost_data(mapping: PlacedMapping, target: Target) -> dict[str, Any]:
    """The contents of ``costs.json``, as `docs/reference/bundle.md` lays them out."""
    topology = target.topology
    crosses = topology.link_crosses.tolist()
    placed = [part.core for part in mapping.slices if part.core is not None]
    number = {core: index for index, core in enumerate(placed)}
    return {
        "format": FORMAT,
        **figure_data(target),
        "routes": [
            {
                "key": route.keys.key,
                "size": mapping.slices[route.source].size,
                "cores": _text(number[core] for core in route.cores),
                "links": _text(link for link in route.links if not crosses[link]),
                "crossings": _text(link for link in route.links if crosses[link]),
                "farthest": _farthest(route.links, crosses, topology),
            }
            for route in mapping.routes
        ],
    }


def _text(numbers: Iterable[int]) -> str:
    """Numbers in one line: a list of JSON would have a line for each."""
    return " ".join(map(str, numbers))


def _farthest(links: Sequence[int], crosses: Sequence[bool], topology: Topology) -> list[int]:
    """Links inside chips and between chips on the longest way of a tree, parents first."""
    ways: dict[int, tuple[int, int]] = {}
    for link in links:
        start, end = int(topology.link_source[link]), int(topology.link_target[link])
        inside, between = ways.get(start, (0, 0))
        ways[end] = (inside, between + 1) if crosses[link] else (inside + 1, between)
    return list(max(ways.values(), key=sum, default=(0, 0)))
