"""Multicast trees along the shortest paths of a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from somac.compiler.mapping.paths import Paths
from somac.ir.target import Topology

__all__ = ["multicast_tree"]


def multicast_tree(
    topology: Topology, paths: Paths, source: int, targets: Iterable[int]
) -> tuple[int, ...]:
    """The links by which packets from one node reach others.

    The ways to all targets come from one tree of shortest paths, so no node is entered twice.

    Parameters
    ----------
    topology
        The machine.
    paths
        Its paths.
    source
        Node where the packets start.
    targets
        Nodes they must reach.

    Returns
    -------
    Link numbers, each once, parents before children.
    """
    reached = {source}
    links: list[int] = []
    for target in sorted(set(targets)):
        branch: list[int] = []
        for link in _way_back(topology, paths, source, target):
            if int(topology.link_target[link]) in reached:
                break
            branch.append(link)
        reached.update(topology.link_target[np.array(branch, dtype=np.int64)].tolist())
        links += reversed(branch)
    return tuple(links)


def _way_back(topology: Topology, paths: Paths, source: int, target: int) -> Iterator[int]:
    """The links from `target` back to `source`."""
    home, chip = int(paths.chip[source]), int(paths.chip[target])
    if chip != home:
        yield from _inside(topology, paths, int(paths.router[chip]), target)
        while chip != home:
            link = int(paths.far_link[chip, home])
            yield link
            chip = int(paths.chip[topology.link_source[link]])
        target = int(paths.router[home])
    yield from _inside(topology, paths, source, target)


def _inside(topology: Topology, paths: Paths, source: int, target: int) -> Iterator[int]:
    start = paths.local[source]
    while target != source:
        link = int(paths.near_link[target, start])
        yield link
        target = int(topology.link_source[link])
