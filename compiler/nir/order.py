"""Which edges of a graph are recurrent, and in which order its nodes come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from somac.compiler.nir.edges import Edge
from somac.ir import graph

__all__ = ["Walk", "walk"]


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk through a graph found.

    Parameters
    ----------
    order
        All nodes, sources before destinations along all edges but the delayed ones.
    recurrent
        Edges that lead back: each takes one tick.
    """

    order: tuple[str, ...]
    recurrent: frozenset[Edge]


def walk(
    names: Sequence[str],
    edges: Sequence[Edge],
    inputs: Collection[str],
    delayed: Collection[Edge] = frozenset(),
) -> Walk:
    """Walk depth first from the inputs, at every node in the order of `edges`.

    An edge to a node that is still under way (whose successors are not all done) leads back.
    Every loop has one, so with one tick on each of them no loop is without delay. NIR does not
    say where in a loop the delay is: it depends on the order of the edges, here as in the
    executors of nirtorch and Norse.

    Parameters
    ----------
    names, edges
        The graph.
    inputs
        Nodes to start from; then come other nodes that no edge leads to.
    delayed
        Edges that have a delay of their own: loops through them are in order, and the walk
        does not follow them until nothing else is left.
    """
    follow: dict[str, list[str]] = {name: [] for name in names}
    later: dict[str, list[str]] = {name: [] for name in names}
    for source, destination in edges:
        (later if (source, destination) in delayed else follow)[source].append(destination)
    reached = {destination for _, destination in edges}
    roots = [n for n in dict.fromkeys((*(a for a, _ in edges), *names)) if n not in reached]
    roots.sort(key=lambda name: name not in inputs)
    found: dict[str, None] = {}
    back: dict[Edge, None] = {}
    postponed: list[str] = []
    # `postponed` grows while it is gone through
    for root in chain(roots, postponed, names):
        if root not in found:
            _descend(root, follow, later, found, back, postponed)
    weighed = [graph.Edge(a, b, int((a, b) in delayed or (a, b) in back)) for a, b in edges]
    return Walk(graph.update_order(tuple(found), weighed), frozenset(back))


def _descend(
    root: str,
    follow: dict[str, list[str]],
    later: dict[str, list[str]],
    found: dict[str, None],
    back: dict[Edge, None],
    postponed: list[str],
) -> None:
    """Walk on from one root, adding to what was found and what leads back."""
    way = {root: iter(follow[root])}
    found[root] = None
    postponed += later[root]
    while way:
        name, successors = next(reversed(way.items()))
        destination = next(successors, None)
        if destination is None:
            way.popitem()
        elif destination in way:
            back[name, destination] = None
        elif destination not in found:
            found[destination] = None
            postponed += later[destination]
            way[destination] = iter(follow[destination])
