"""Pieces of a machine: cores between which packets can go, each to each.

Links that lead one way only do not join pieces.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import read_only
from somac.ir.errors import SomacError
from somac.ir.levels import Level, chip_level, node_level
from somac.ir.target import Topology

__all__ = ["Piece", "pieces_of", "require_piece"]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Cores int64 (cores,), ascending; `host` says whether the host's packets reach them."""

    cores: NDArray[np.int64]
    host: bool


def pieces_of(
    topology: Topology,
    usable: NDArray[np.bool_] | None = None,
    pinned: Collection[int] = (),
) -> tuple[Piece, ...]:
    """The pieces of a machine, the largest first.

    Within a chip, packets between two nodes do not pass a router that has no cores of its own.
    Where such a router alone joins parts of a chip, one of them belongs to the piece of the
    router: that with most cores, or a pinned one. Each of the others is a piece of its own.

    Parameters
    ----------
    topology
        The machine.
    usable
        bool (cores,): cores that count; None for the usable ones of the topology.
    pinned
        Cores that shall be in one piece.
    """
    cores = np.flatnonzero(topology.core_usable if usable is None else usable)
    if len(cores) == 0:
        return ()
    near, far = node_level(topology), chip_level(topology)
    part = _components(near, open_only=True)
    region = _components(far, open_only=False)
    size = np.bincount(part[topology.core_node[cores]], minlength=topology.nodes)
    merit = size.copy()
    merit[part[topology.core_node[np.array(list(pinned), dtype=np.int64)]]] += topology.cores

    # of each chip the part at its router that is best to have
    router_of = topology.chip_router[topology.node_chip]
    joined = near.two_way()
    touching = [
        (topology.chip_router, topology.chip_router),
        (near.tail[joined], near.head[joined]),
    ]
    at_router = np.zeros(topology.nodes, dtype=np.bool_)
    for node, beside in touching:
        reaches = (beside == router_of[node]) & ~near.closed[node]
        at_router[part[node[reaches]]] = True
    chosen = np.full(topology.chips, -1, dtype=np.int64)
    for label in np.flatnonzero(at_router & (size > 0)).tolist():
        chip = int(topology.node_chip[label])
        if chosen[chip] < 0 or merit[label] > merit[chosen[chip]]:
            chosen[chip] = label

    # a number per piece: that of its region, or beyond those that of a part alone
    number = topology.chips + np.arange(topology.nodes)
    number[chosen[chosen >= 0]] = region[chosen >= 0]
    host = topology.host_node
    home = int(number[part[host]])
    if near.closed[host] or host in topology.chip_router:
        home = int(region[topology.node_chip[host]])
    piece = number[part[topology.core_node[cores]]]
    found = [
        Piece(read_only(cores[piece == each]), each == home) for each in np.unique(piece).tolist()
    ]
    return tuple(sorted(found, key=lambda p: (-len(p.cores), int(p.cores[0]))))


def require_piece(
    topology: Topology,
    machine: str,
    cores: int,
    *,
    pinned: Collection[int] = (),
    from_host: bool = False,
    usable: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """The piece of a machine on which all slices are to be placed.

    Parameters
    ----------
    topology
        The machine.
    machine
        Its name.
    cores
        Cores that are needed.
    pinned
        Usable cores that the piece must have.
    from_host
        Whether packets come from the host, so that they must reach the piece.
    usable
        bool (cores,): cores that count; None for the usable ones of the topology.

    Returns
    -------
    bool (cores,): those of the piece, of several the one that the host reaches, else the largest.

    Raises
    ------
    SomacError
        E0604 if no piece will do, with what is cut off from the best of them.
    """
    pieces = pieces_of(topology, usable, pinned)
    reached = [piece for piece in pieces if piece.host or not from_host]
    fit = [
        piece
        for piece in reached
        if len(piece.cores) >= cores and np.isin(list(pinned), piece.cores).all()
    ]
    if fit:
        chosen = np.zeros(topology.cores, dtype=np.bool_)
        chosen[next((piece for piece in fit if piece.host), fit[0]).cores] = True
        return chosen
    best = max(reached, key=lambda piece: len(piece.cores), default=None)
    where = "that the host reaches " if from_host else ""
    if best is not None and len(best.cores) >= cores:
        lost = sorted(core for core in pinned if core not in best.cores)
        raise SomacError(
            "E0604",
            f"{machine!r} is in {len(pieces)} pieces, and slices are pinned to more than one of "
            f"them: no way leads from {topology.core_name(int(best.cores[0]))} to "
            f"{topology.core_name(lost[0])} and back",
            have=f"{len(best.cores)} usable cores in the largest piece {where}".rstrip(),
            hint="pin slices to cores of one piece",
        )
    inside = best.cores if best is not None else np.zeros(0, dtype=np.int64)
    away = np.concatenate([p.cores for p in pieces if p is not best] or [inside])
    cut_off = f"{topology.core_name(int(away.min()))}" if len(away) else "no core"
    if len(away) > 1:
        cut_off += f" and {len(away) - 1} more"
    raise SomacError(
        "E0604",
        f"{machine!r} is in {len(pieces)} pieces, and none {where}is large enough: "
        f"no way leads to {cut_off} and back",
        have=f"{len(inside)} usable cores in the largest piece {where}".rstrip(),
        need=f"{cores} cores, one per slice",
        hint="check the floor plan, the rows of the board and its dead links for gaps",
    )


def _components(level: Level, open_only: bool) -> NDArray[np.int64]:
    """int64 (vertices,): the least vertex of the piece of each, along links that lead both ways."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joins = level.two_way()
    if open_only:
        joins &= ~level.closed[level.tail] & ~level.closed[level.head]
    ends = (level.tail[joins], level.head[joins])
    graph = coo_array(
        (np.ones(len(ends[0]), dtype=np.int8), ends), shape=(level.vertices, level.vertices)
    )
    _, label = connected_components(graph, directed=False)
    _, least = np.unique(label, return_index=True)
    return np.asarray(least[label], dtype=np.int64)
