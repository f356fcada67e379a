"""What can be computed for all steps at once, and what only step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Stage", "stages_of"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Populations that hear each other, in the order of their updates; one alone if it hears none
    that hears it."""

    names: tuple[str, ...]


def stages_of(order: Sequence[str], heard: Mapping[str, Sequence[str]]) -> tuple[Stage, ...]:
    """The strongly connected components, each after those that it hears.

    Parameters
    ----------
    order
        Names in the order of their updates.
    heard
        Per name those that it hears; names that are not in `order` do not count.
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(order)
    known = set(order)
    graph.add_edges_from((s, n) for n in order for s in heard.get(n, ()) if s in known)
    whole = nx.condensation(graph)
    rank = {name: number for number, name in enumerate(order)}
    found = nx.lexicographical_topological_sort(
        whole, key=lambda c: min(rank[n] for n in whole.nodes[c]["members"])
    )
    return tuple(
        Stage(tuple(sorted(whole.nodes[c]["members"], key=rank.__getitem__))) for c in found
    )
