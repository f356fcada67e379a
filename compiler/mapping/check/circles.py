"""No packets can wait for each other in a circle.

A packet that holds a link waits for the next one of its route. If links are drawn as points, and
an arrow leads from each to those that follow it in any route, a circle of arrows is necessary
for a deadlock (Dally and Seitz 1987). Arrows through the router between a chip's network and the
links to other chips do not count: the router takes packets in, and drops what waits too long.
"""

from __future__ import annotations

from collections.abc import Iterator

from somac.ir.errors import Diagnostic
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.target import Topology

__all__ = ["check_circles"]


def check_circles(mapping: PlacedMapping, topology: Topology) -> Iterator[Diagnostic]:
    """E0835: links that follow each other in a circle."""
    tail, head = topology.link_source.tolist(), topology.link_target.tolist()
    chip = topology.node_chip.tolist()
    after: dict[int, set[int]] = {}
    for route in mapping.routes:
        into: dict[int, int] = {}
        for link in route.links:
            before = into.get(tail[link])
            if before is not None:
                crosses = chip[tail[link]] != chip[head[link]]
                crossed = chip[tail[before]] != chip[head[before]]
                if crosses == crossed:
                    after.setdefault(before, set()).add(link)
            into[head[link]] = link

    waiting: dict[int, int] = {}
    for following in after.values():
        for link in following:
            waiting[link] = waiting.get(link, 0) + 1
    ready = [link for link in after if link not in waiting]
    while ready:
        for link in after.get(ready.pop(), ()):
            waiting[link] -= 1
            if waiting[link] == 0:
                ready.append(link)
    stuck = sorted(link for link, count in waiting.items() if count > 0)
    if stuck:
        yield Diagnostic(
            "E0835",
            f"packets on link {stuck[0]} and on {len(stuck) - 1} more can wait for each other",
        )
