"""Edges of one graph: names that are nearly right, edges that are there twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from somac.compiler.nir.raw import RawNode
from somac.compiler.nir.report import Report
from somac.ir.suggest import nearest

__all__ = ["Edge", "sound_edges"]

Edge = tuple[str, str]
_Side = Literal["source", "destination"]

_PORTS: Mapping[_Side, str] = {"source": "output", "destination": "input"}
"""What subgraphs call the end of an edge; in the order of the ends."""

_MAX_COMPARED = 250_000
"""Pairs of characters: a file full of long names must not take minutes to be refused."""

_MAX_REPORTED = 10


def sound_edges(
    edges: tuple[Edge, ...],
    nodes: Mapping[str, RawNode],
    inner: Collection[str],
    path: str,
    report: Report,
) -> tuple[Edge, ...]:
    """The edges of a graph, every end the name of a node, none twice; in the file's order.

    Parameters
    ----------
    edges, nodes
        Of the graph.
    inner
        Names of the nodes of its subgraphs, ``subgraph.node``, which edges may name too.
    path
        Of the graph in the file.
    report
        Takes repairs (E0161, E0162) and refusals (E0144).
    """
    known = {*nodes, *inner}
    renamed = _renamed(edges, nodes, known, path, report)
    found: dict[Edge, int] = {}
    for source, destination in edges:
        edge = (
            renamed.get((source, "source"), source),
            renamed.get((destination, "destination"), destination),
        )
        found[edge] = found.get(edge, 0) + 1
    for (source, destination), count in found.items():
        if count > 1:
            report.repaired(
                "E0162",
                f"the edge {source} -> {destination} is listed {count} times; it is taken once",
                path,
            )
    return tuple(edge for edge in found if edge[0] in known and edge[1] in known)


def _renamed(
    edges: tuple[Edge, ...],
    nodes: Mapping[str, RawNode],
    known: Collection[str],
    path: str,
    report: Report,
) -> dict[tuple[str, _Side], str]:
    """What each unknown name stands for, by the side of the edge it is on."""
    sides: dict[str, list[_Side]] = {}
    for edge in edges:
        for name, side in zip(edge, _PORTS, strict=True):
            if name not in known and side not in sides.setdefault(name, []):
                sides[name].append(side)
    used = {name for edge in edges for name in edge}
    unused = [name for name in nodes if name not in used]
    candidates: dict[str, list[str]] = {}
    if _can_compare(sides, unused):
        candidates = {
            name: [u for u in unused if _is_near(name, u) and _is_of_type(nodes[u], where)]
            for name, where in sides.items()
        }
    meant: dict[tuple[str, _Side], str] = {}
    lost: list[str] = []
    for name, where in sides.items():
        near = candidates.get(name, [])
        ports = [f"{name}.{_PORTS[side]}" for side in where]
        if all(port in nodes for port in ports):
            meant |= {(name, side): port for side, port in zip(where, ports, strict=True)}
            report.repaired("E0161", f"edges name {name}, which became {' and '.join(ports)}", path)
        elif len(near) == 1 and sum(near[0] in others for others in candidates.values()) == 1:
            meant |= {(name, side): near[0] for side in where}
            report.repaired(
                "E0161",
                f"edges name {name}, which does not exist; the node {near[0]}, which has no "
                "edges, is meant",
                path,
            )
        else:
            lost.append(name)
    _refuse(lost, known, path, report)
    return meant


def _refuse(lost: list[str], known: Collection[str], path: str, report: Report) -> None:
    """Refuse edges to names that nothing is meant by; beyond some, one line for all the rest."""
    shown = lost[:_MAX_REPORTED]
    words = known if _can_compare(shown, known) else ()
    for name in shown:
        close = nearest(name, words, 3)
        report.refuse(
            "E0144",
            f"edges name {name}, which does not exist",
            path,
            hint=f"is {' or '.join(close)} meant?" if close else None,
        )
    if len(lost) > _MAX_REPORTED:
        more = len(lost) - _MAX_REPORTED
        report.refuse("E0144", f"edges name {more} more nodes that do not exist", path)


def _can_compare(names: Iterable[str], others: Iterable[str]) -> bool:
    """Whether comparing all names with all others is quickly done."""
    return sum(map(len, names)) * sum(map(len, others)) <= _MAX_COMPARED


def _is_near(name: str, other: str) -> bool:
    if name.startswith(other) or other.startswith(name):
        return True
    return bool(nearest(name, [other]))


def _is_of_type(node: RawNode, sides: list[_Side]) -> bool:
    """Whether a node can be the source, the destination, or both."""
    return not (
        (node.type == "Input" and "destination" in sides)
        or (node.type == "Output" and "source" in sides)
    )
