"""Where a flat graph begins and ends: missing Inputs and Outputs, nodes without use."""

from __future__ import annotations

from collections.abc import Collection

from somac.compiler.nir.flatten import FlatGraph
from somac.compiler.nir.raw import RawNode
from somac.compiler.nir.report import Report

__all__ = ["bounded"]


def bounded(graph: FlatGraph, linear: Collection[str], root: RawNode, report: Report) -> FlatGraph:
    """The graph with inputs and outputs, without nodes that cannot matter.

    Parameters
    ----------
    graph
        Flat.
    linear
        The types of nodes that only matter to what they lead to.
    root
        The node the graph came from: its path is the place of repairs, and its metadata are
        those of the nodes that are added.
    report
        Takes repairs and warnings (E0163, E0164) and refusals (E0147).
    """
    graph = _without_isolated(graph, report)
    for type_ in ("Input", "Output"):
        graph = _with_ports(graph, type_, linear, root, report)
    return _without_dead_ends(graph, linear, report)


def _without_isolated(graph: FlatGraph, report: Report) -> FlatGraph:
    """The graph without nodes that have no edges; inputs stay, since the user gives them."""
    joined = {name for edge in graph.edges for name in edge}
    if not joined:
        return graph
    for name, node in graph.nodes.items():
        if name not in joined and node.type == "Input":
            report.warn("E0164", f"{name} has no edges: nothing reads this input", node.path)
        elif name not in joined:
            report.repaired("E0164", f"{name} has no edges: it is left out", node.path)
    kept = {n: v for n, v in graph.nodes.items() if n in joined or v.type == "Input"}
    return FlatGraph(kept, graph.edges)


def _with_ports(
    graph: FlatGraph, type_: str, linear: Collection[str], root: RawNode, report: Report
) -> FlatGraph:
    """The graph with an Input before every root, or an Output after every leaf, if it has none."""
    is_input = type_ == "Input"
    passed = {edge[1] if is_input else edge[0] for edge in graph.edges}
    ends = [name for name in graph.nodes if name not in passed]
    other = "Output" if is_input else "Input"
    if any(graph.nodes[name].type == type_ for name in ends):
        # linear nodes that lead nowhere are dropped later
        silent = (type_, other) if is_input else (type_, other, *linear)
        for name in ends:
            if graph.nodes[name].type not in silent:
                leads = "nothing leads to it" if is_input else "it leads nowhere"
                report.warn("E0164", f"{name}: {leads}", graph.nodes[name].path)
        return graph
    ends = [name for name in ends if graph.nodes[name].type != other]
    if not ends:
        report.refuse(
            "E0147",
            f"the graph has no {type_} node, and "
            + ("something leads to" if is_input else "there is a way on from")
            + " every node",
            root.path,
            hint=f"add an {type_} node and an edge {'from' if is_input else 'to'} it",
        )
        return graph
    nodes = dict(graph.nodes)
    edges = list(graph.edges)
    for name in ends:
        plain = type_.lower()
        new = plain if len(ends) == 1 and plain not in nodes else f"{plain}_{name}"
        while new in nodes:
            new += "_"
        nodes[new] = RawNode(f"{root.path} ({new}, added)", type_, {}, root.metadata)
        edges.append((new, name) if is_input else (name, new))
        report.repaired(
            "E0163",
            f"the graph has no {type_} node: {new} was added "
            f"{'before' if is_input else 'after'} {name}",
            nodes[name].path,
        )
    return FlatGraph(nodes, tuple(edges))


def _without_dead_ends(graph: FlatGraph, linear: Collection[str], report: Report) -> FlatGraph:
    """The graph without linear nodes that lead nowhere, one after the other."""
    sources: dict[str, list[str]] = {name: [] for name in graph.nodes}
    leads = dict.fromkeys(graph.nodes, 0)
    for source, destination in graph.edges:
        sources[destination].append(source)
        leads[source] += 1
    dead = [n for n, v in graph.nodes.items() if leads[n] == 0 and v.type in linear]
    dropped: set[str] = set()
    while dead:
        name = dead.pop()
        dropped.add(name)
        for source in sources[name]:
            leads[source] -= 1
            if leads[source] == 0 and graph.nodes[source].type in linear:
                dead.append(source)
    for name, node in graph.nodes.items():
        if name in dropped:
            report.repaired("E0164", f"{name} leads to no neuron and no output", node.path)
    nodes = {n: v for n, v in graph.nodes.items() if n not in dropped}
    edges = (edge for edge in graph.edges if dropped.isdisjoint(edge))
    return FlatGraph(nodes, tuple(edges))
