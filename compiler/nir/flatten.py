"""Nested graphs to one flat graph: nodes are called ``subgraph.node``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from somac.compiler.nir.edges import Edge, sound_edges
from somac.compiler.nir.raw import MetadataValue, RawNode
from somac.compiler.nir.report import Report

__all__ = ["FlatGraph", "flatten"]

_MAX_NODES = 10_000
_MAX_EDGES = 100_000
_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class FlatGraph:
    """Nodes by their flat names and edges between them, both in the order of the file.

    An Input that something leads to and an Output that leads somewhere are ports of a former
    subgraph. The metadata of a node include those of the graphs around it.
    """

    nodes: Mapping[str, RawNode]
    edges: tuple[Edge, ...]


def flatten(root: RawNode, report: Report) -> FlatGraph:
    """The flat graph of a node of type ``NIRGraph``.

    `report` takes repairs of edges, and refusals: edges that lead nowhere (E0144), ambiguous
    ports (E0154), names that clash (E0155), too many nodes (E0152), a subgraph that nothing
    can lead into or out of (E0147).

    Raises
    ------
    SomacError
        If there are too many nodes or edges to look at.
    """
    for (count, limit), what in zip(_counts(root), ("nodes", "edges"), strict=True):
        if count > limit:
            report.refuse(
                "E0152",
                f"the graph has too many {what}",
                root.path,
                have=f"{count:,} {what}",
                need=f"at most {limit:,}",
            )
    report.stop_if_refused()
    level = _level(root, "", {}, report)
    return FlatGraph(level.nodes, tuple(level.edges))


def _counts(root: RawNode) -> tuple[tuple[int, int], tuple[int, int]]:
    """The nodes and the edges of a graph and its subgraphs, each with how many it may have."""
    nodes = edges = 0
    graphs = [root.graph]
    for graph in graphs:
        if graph is not None:
            nodes += len(graph.nodes)
            edges += len(graph.edges)
            graphs += [node.graph for node in graph.nodes.values()]
    return (nodes, _MAX_NODES), (edges, _MAX_EDGES)


@dataclass(frozen=True, slots=True)
class _Level:
    """A graph flattened: `entries` and `exits` are what edges to and from it stand for."""

    nodes: dict[str, RawNode]
    edges: list[Edge]
    entries: tuple[str, ...]
    exits: tuple[str, ...]


def _level(
    node: RawNode, prefix: str, around: Mapping[str, MetadataValue], report: Report
) -> _Level:
    graph = node.graph
    if graph is None:
        raise ValueError(f"{node.path} is not a graph")
    metadata = {**around, **node.metadata}
    nodes: dict[str, RawNode] = {}
    below: dict[str, _Level] = {}
    for name, child in graph.nodes.items():
        if child.graph is None:
            new = {prefix + name: replace(child, metadata={**metadata, **child.metadata})}
        else:
            below[name] = _level(child, f"{prefix}{name}.", metadata, report)
            new = below[name].nodes
        for flat in new:
            if flat in nodes:
                report.refuse("E0155", f"two nodes are called {flat}", new[flat].path)
        nodes |= new
    inner = [flat.removeprefix(prefix) for flat in nodes]
    edges = sound_edges(graph.edges, graph.nodes, inner, node.path, report)
    flat_edges = [
        (a, b)
        for source, destination in edges
        for a in _ends(source, "output", below, prefix, node, report)
        for b in _ends(destination, "input", below, prefix, node, report)
    ]
    for level in below.values():
        flat_edges += level.edges
    own = [prefix + name for name, child in graph.nodes.items() if child.graph is None]
    ports = {
        type_: tuple(name for name in own if nodes[name].type == type_)
        for type_ in ("Input", "Output")
    }
    if prefix:
        ends = {"Input": {b for _, b in flat_edges}, "Output": {a for a, _ in flat_edges}}
        for type_, passed in ends.items():
            if not ports[type_]:
                ports[type_] = tuple(name for name in nodes if name not in passed)
                _report_missing_port(type_, ports[type_], node, report)
    return _Level(nodes, flat_edges, ports["Input"], ports["Output"])


def _report_missing_port(type_: str, found: tuple[str, ...], node: RawNode, report: Report) -> None:
    if found:
        report.repaired(
            "E0163",
            f"the subgraph has no {type_} node; {', '.join(found)} "
            f"{'is' if len(found) == 1 else 'are'} taken for its {type_.lower()}",
            node.path,
        )
    else:
        report.refuse("E0147", f"the subgraph has no {type_} node, and only loops", node.path)


def _ends(
    name: str,
    port: str,
    below: Mapping[str, _Level],
    prefix: str,
    node: RawNode,
    report: Report,
) -> tuple[str, ...]:
    """The flat names an end of an edge stands for: one, or none if it was refused."""
    level = below.get(name)
    if level is None:
        return (prefix + name,)
    ends = level.entries if port == "input" else level.exits
    if len(ends) > 1:
        report.refuse(
            "E0154",
            f"an edge leads {'to' if port == 'input' else 'from'} the subgraph {name}, which has "
            f"{len(ends)} {port}s",
            node.path,
            have=", ".join(end.removeprefix(prefix) for end in ends[:_SHOWN])
            + (", ..." if len(ends) > _SHOWN else ""),
            need="one of them in the edge",
        )
        return ()
    return ends
