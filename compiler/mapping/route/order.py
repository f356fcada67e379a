"""An order of links by which no packets ever wait for each other in a circle.

Packets on a link wait for room on the next one. They can wait for ever only if some of them
wait in a circle, so a network whose routes follow no circle of links has no deadlock (Dally and
Seitz 1987). Here every link has a number, and a packet takes links of ascending numbers only:
then there is no circle, whatever the traffic.

Which numbers? Any order of the links forbids some turns. A tree of each piece of the machine
comes first: the ways along its branches never form a circle, so their turns are always allowed,
and no two vertices are ever cut off from each other. All other turns are allowed in turn,
beginning with those that routes without any rule take most, unless one would close a circle
with those before. Order-based routing like up*/down* (Schroeder et al. 1991) and turn models
are special cases; turns chosen by the traffic forbid far less of it (compare Palesi et al. 2009,
Domke et al. 2016).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from somac.ir.levels import Level

__all__ = ["link_order"]

_TRIES = 12
_WORK = 60_000
"""Roots that are tried, times edges: of large machines fewer."""


def link_order(
    level: Level, one: NDArray[np.int64], other: NDArray[np.int64], weight: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A number per edge; ways of ascending numbers join all vertices of a piece.

    Of the orders that trees from several roots lead to, the one that forbids the least.

    Parameters
    ----------
    level
        The graph.
    one, other
        int64 (pairs,): edges that follow each other, of which as many as possible shall ascend.
    weight
        int64 (pairs,): how much each matters.

    Returns
    -------
    int64 (edges,): a permutation.
    """
    from somac.compiler.mapping.route.tree_kernels import acyclic_order

    edges = max(level.edges, 1)
    pairs, number = np.unique(one * edges + other, return_inverse=True)
    total = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(total, number, weight)
    heaviest = np.argsort(-total, kind="stable")
    pairs, total = pairs[heaviest], total[heaviest]
    one, other = pairs // edges, pairs % edges

    around = _neighbours(level)
    pieces = _pieces(level, around)
    tries = min(max(_WORK // edges, 1), _TRIES)
    best, least = np.arange(level.edges, dtype=np.int64), -1
    for attempt in range(tries):
        branches = [
            branch
            for piece in pieces
            for branch in _tree(level, around, piece[attempt * len(piece) // tries]).values()
        ]
        turns = _turns(level, branches)
        order = acyclic_order(
            level.first,
            level.tail,
            level.head,
            np.concatenate([turns[:, 0], one]),
            np.concatenate([turns[:, 1], other]),
        )
        forbidden = int(total[order[one] > order[other]].sum())
        if least < 0 or forbidden < least:
            best, least = order, forbidden
    return best


def _turns(level: Level, branches: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """int64 (pairs, 2): edges that follow each other along trees, given their branches."""
    around: dict[int, list[tuple[int, int]]] = {}
    for there, back in branches:
        around.setdefault(int(level.head[there]), []).append((there, back))
        around.setdefault(int(level.head[back]), []).append((back, there))
    turns = [
        (into, out)
        for vertex, ends in sorted(around.items())
        if not level.closed[vertex]
        for into, same in ends
        for _, out in ends
        if out != same
    ]
    return np.array(turns, dtype=np.int64).reshape(-1, 2)


def _neighbours(level: Level) -> list[list[tuple[int, int, int]]]:
    """Per vertex its neighbours along links that lead both ways, and the edges there and back."""
    ends = zip(level.tail.tolist(), level.head.tolist(), strict=True)
    number = {pair: edge for edge, pair in enumerate(ends)}
    around: list[list[tuple[int, int, int]]] = [[] for _ in range(level.vertices)]
    for (tail, head), edge in number.items():
        if (head, tail) in number:
            around[tail].append((head, edge, number[head, tail]))
    return around


def _pieces(level: Level, around: list[list[tuple[int, int, int]]]) -> list[list[int]]:
    """The open vertices of each piece, by hops from the first."""
    placed = np.zeros(level.vertices, dtype=np.bool_)
    pieces: list[list[int]] = []
    for vertex in range(level.vertices):
        if not placed[vertex] and not level.closed[vertex]:
            reached = _tree(level, around, vertex)
            pieces.append([vertex, *(v for v in reached if not level.closed[v])])
            placed[pieces[-1]] = True
    return pieces


def _tree(
    level: Level, around: list[list[tuple[int, int, int]]], root: int
) -> dict[int, tuple[int, int]]:
    """Every vertex that is reached from `root`, in order of hops, and the edges of its branch.

    Closed vertices are leaves.
    """
    tree: dict[int, tuple[int, int]] = {}
    waiting = deque([root])
    while waiting:
        here = waiting.popleft()
        for there, edge, back in around[here]:
            if there != root and there not in tree:
                tree[there] = edge, back
                if not level.closed[there]:
                    waiting.append(there)
    return tree
