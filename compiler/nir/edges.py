"""Edges of one graph: names that are nearly right, edges that are there twice."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Literal

from somac.compiler.nir.raw import RawNode
from somac.compiler.nir.report import Report

__all__ = ["Edge", "sound_edges"]

Edge = tuple[str, str]
_Side = Literal["source", "destination"]

_NEAR = 0.6
_SHOWN = 5


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
    for source, destination in edges:
        ends: tuple[tuple[str, _Side], ...] = ((source, "source"), (destination, "destination"))
        for name, side in ends:
            if name not in known and side not in sides.setdefault(name, []):
                sides[name].append(side)
    used = {name for edge in edges for name in edge}
    unused = [name for name in nodes if name not in used]
    candidates = {
        name: [u for u in unused if _is_near(name, u) and _is_of_type(nodes[u], where)]
        for name, where in sides.items()
    }
    meant: dict[tuple[str, _Side], str] = {}
    for name, where in sides.items():
        near = candidates[name]
        ports = {side: f"{name}.{port}" for side, port in _PORTS.items() if side in where}
        if all(port in nodes for port in ports.values()):
            meant |= {(name, side): port for side, port in ports.items()}
            joined = " and ".join(ports[side] for side in where)
            report.repaired("E0161", f"edges name {name}, which became {joined}", path)
        elif len(near) == 1 and sum(near[0] in others for others in candidates.values()) == 1:
            meant |= {(name, side): near[0] for side in where}
            report.repaired(
                "E0161",
                f"edges name {name}, which does not exist; the node {near[0]}, which has no "
                "edges, is meant",
                path,
            )
        else:
            close = difflib.get_close_matches(name, sorted(known), n=3)
            report.refuse(
                "E0144",
                f"edges name {name}, which does not exist",
                path,
                have=f"nodes {', '.join(list(nodes)[:_SHOWN])}"
                + (f" and {len(nodes) - _SHOWN} more" if len(nodes) > _SHOWN else ""),
                hint=f"is {' or '.join(close)} meant?" if close else None,
            )
    return meant


_PORTS: Mapping[_Side, str] = {"destination": "input", "source": "output"}


def _is_near(name: str, other: str) -> bool:
    if name.startswith(other) or other.startswith(name):
        return True
    return difflib.SequenceMatcher(None, name, other).ratio() >= _NEAR


def _is_of_type(node: RawNode, sides: list[_Side]) -> bool:
    """Whether a node can be the source, the destination, or both."""
    return not (
        (node.type == "Input" and "destination" in sides)
        or (node.type == "Output" and "source" in sides)
    )
