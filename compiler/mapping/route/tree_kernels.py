"""Compiled searches of the router: multicast trees, and an order of links without circles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit

__all__ = ["acyclic_order", "grow_trees"]

Integers = NDArray[np.int64]

_EDGE_BITS = 24
_EDGE = (1 << _EDGE_BITS) - 1


@njit
def _push(heap: Integers, size: int, key: int) -> int:
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= key:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = key
    return size + 1


@njit
def _pop(heap: Integers, size: int) -> int:
    """Take the least key away; the caller has read it at the top."""
    size -= 1
    last = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= last:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = last
    return size


@njit
def _room(array: Integers, used: int, more: int) -> Integers:
    if used + more <= len(array):
        return array
    larger = np.empty(2 * len(array) + more, np.int64)
    larger[:used] = array[:used]
    return larger


@njit
def _settled(by: int, edge: int, number: Integers, ordered: bool) -> bool:
    """Whether a vertex that the tree enters by one edge gains nothing from another."""
    if by == -2:
        return False
    return by == -1 or not ordered or number[by] <= number[edge]


@njit
def grow_trees(
    first: Integers,
    tail: Integers,
    head: Integers,
    cost: Integers,
    closed: NDArray[np.bool_],
    number: Integers,
    ordered: bool,
    start: Integers,
    target_first: Integers,
    target: Integers,
    weight: Integers,
    load: Integers,
    shift: int,
    most: int,
    old_first: Integers,
    old_edge: Integers,
) -> tuple[Integers, Integers, int]:
    """One tree per job, each grown by the unreached target that is nearest to the tree.

    A search goes over edges, as the number of the edge by which a packet came decides which
    it may take next: with `ordered`, numbers ascend along every way. Where a vertex of the
    tree would be entered again by an edge of a lower number, it is hung there instead: what
    hangs below it stays legal, and no vertex is entered twice.

    Parameters
    ----------
    first, tail, head, closed
        A `Level`.
    cost
        int64 (edges,).
    number
        int64 (edges,).
    start, target_first, target, weight
        Jobs: job j goes from ``start[j]`` to ``target[target_first[j]:target_first[j + 1]]``.
    load
        int64 (edges,): weight of the trees on each edge; brought up to date.
    shift, most
        An edge costs ``min(load >> shift, most)`` more than its cost.
    old_first, old_edge
        Trees of an earlier pass that are in `load`, parents before children, or both empty.
        A job keeps its old tree if the new one costs more.

    Returns
    -------
    first, edge
        Edges of job j: ``edge[first[j]:first[j + 1]]``, parents before children.
    missed
        Targets that no way reaches.
    """
    vertices, none = len(closed), len(head)
    again = len(old_first) > 1
    stamp = np.full(none + 1, -1, np.int64)
    distance = np.zeros(none + 1, np.int64)
    came = np.full(none + 1, -1, np.int64)
    # by which edge; -1 at the start, -2 not at all, -3 no longer
    entered = np.full(vertices, -2, np.int64)
    wanted = np.full(vertices, -1, np.int64)
    children = np.zeros(vertices, np.int64)
    depth = np.zeros(vertices, np.int64)
    members = np.empty(vertices, np.int64)
    heap = np.empty(4 * none + 64, np.int64)
    out = np.empty(4 * len(target) + 64, np.int64)
    out_first = np.zeros(len(start) + 1, np.int64)
    made, missed = 0, 0

    for job in range(len(start)):
        source = start[job]
        before = 0
        if again:
            for at in range(old_first[job], old_first[job + 1]):
                load[old_edge[at]] -= weight[job]
                before += cost[old_edge[at]]
        left = 0
        for at in range(target_first[job], target_first[job + 1]):
            if wanted[target[at]] != job and target[at] != source:
                wanted[target[at]] = job
                left += 1
        # the start is a state of its own, numbered as the edge after the last
        entered[source] = -1
        members[0] = source
        count = 1
        stamp[none], distance[none] = job, 0
        size = _push(heap, 0, none)
        while left > 0 and size > 0:
            key = heap[0]
            size = _pop(heap, size)
            edge, far = key & _EDGE, key >> _EDGE_BITS
            if stamp[edge] != job or distance[edge] != far:
                continue
            here = source if edge == none else head[edge]
            if wanted[here] == job and entered[here] == -2:
                # hang the way to here onto the tree
                at = edge
                while at != none:
                    vertex = head[at]
                    if _settled(entered[vertex], at, number, ordered):
                        break
                    if entered[vertex] == -2:
                        members[count] = vertex
                        count += 1
                        if wanted[vertex] == job:
                            left -= 1
                    entered[vertex] = at
                    distance[at] = 0
                    heap = _room(heap, size, 1)
                    size = _push(heap, size, at)
                    at = came[at]
                continue
            if closed[here] and edge != none:
                continue
            by = entered[here]
            if edge not in (none, by) and _settled(by, edge, number, ordered):
                continue
            heap = _room(heap, size, first[here + 1] - first[here])
            for onward in range(first[here], first[here + 1]):
                if ordered and edge != none and number[onward] <= number[edge]:
                    continue
                if _settled(entered[head[onward]], onward, number, ordered):
                    continue
                through = far + cost[onward] + min(load[onward] >> shift, most)
                if stamp[onward] != job or through < distance[onward]:
                    stamp[onward], distance[onward], came[onward] = job, through, edge
                    size = _push(heap, size, (through << _EDGE_BITS) | onward)
        missed += left

        # cut what no longer leads to a target
        for at in range(count):
            children[members[at]] = 0
        for at in range(1, count):
            children[tail[entered[members[at]]]] += 1
        for at in range(1, count):
            vertex = members[at]
            while entered[vertex] >= 0 and children[vertex] == 0 and wanted[vertex] != job:
                edge = entered[vertex]
                entered[vertex] = -3
                vertex = tail[edge]
                children[vertex] -= 1
        after, deepest = 0, 0
        for at in range(count):
            vertex, steps = members[at], 0
            if entered[vertex] >= 0:
                after += cost[entered[vertex]]
                while vertex != source:
                    vertex = tail[entered[vertex]]
                    steps += 1
            depth[members[at]] = steps
            deepest = max(deepest, steps)

        out = _room(out, made, count)
        if again and before < after:
            out = _room(out, made, old_first[job + 1] - old_first[job])
            for at in range(old_first[job], old_first[job + 1]):
                out[made] = old_edge[at]
                made += 1
        else:
            for level in range(1, deepest + 1):
                for at in range(1, count):
                    if depth[members[at]] == level and entered[members[at]] >= 0:
                        out[made] = entered[members[at]]
                        made += 1
        for at in range(out_first[job], made):
            load[out[at]] += weight[job]
        for at in range(count):
            entered[members[at]] = -2
        out_first[job + 1] = made
    return out_first, out[:made].copy(), missed


@njit
def acyclic_order(
    first: Integers,
    tail: Integers,
    head: Integers,
    one: Integers,
    other: Integers,
) -> Integers:
    """Numbers for edges that ascend along as many pairs as the earlier ones leave possible.

    The pairs, edges ``one[k]`` and ``other[k]`` that follow it, are taken in turn; one that
    would close a circle is left out. The order is kept up to date as pairs are added
    (D. J. Pearce, P. H. J. Kelly, A dynamic topological sort algorithm for directed acyclic
    graphs, ACM JEA 11, 2006).

    Parameters
    ----------
    first, tail, head
        A `Level`.
    one, other
        int64 (pairs,): edges with ``head[one] == tail[other]``, the most important first.

    Returns
    -------
    int64 (edges,): a permutation.
    """
    edges, vertices = len(head), len(first) - 1
    # a pair has a place of its own: edge, then which of the edges that follow it
    begin = np.zeros(edges + 1, np.int64)
    for edge in range(edges):
        begin[edge + 1] = begin[edge] + first[head[edge] + 1] - first[head[edge]]
    taken = np.zeros(begin[edges], np.bool_)
    into_first = np.zeros(vertices + 1, np.int64)
    for edge in range(edges):
        into_first[head[edge] + 1] += 1
    for vertex in range(vertices):
        into_first[vertex + 1] += into_first[vertex]
    into = np.empty(edges, np.int64)
    filled = into_first.copy()
    for edge in range(edges):
        into[filled[head[edge]]] = edge
        filled[head[edge]] += 1

    number = np.empty(edges, np.int64)
    for edge in range(edges):
        number[edge] = edge
    heap, places = np.empty(edges, np.int64), np.empty(edges, np.int64)
    seen = np.full(edges, -1, np.int64)
    ahead, behind = np.empty(edges, np.int64), np.empty(edges, np.int64)
    for pair in range(len(one)):
        low, high = one[pair], other[pair]
        place = begin[low] + high - first[tail[high]]
        if number[low] > number[high]:
            # what follows `high` up to `low`, and what leads to `low` from `high` on
            ahead[0], seen[high] = high, 2 * pair
            done, found, circle = 0, 1, False
            while done < found and not circle:
                edge = ahead[done]
                done += 1
                for onward in range(first[head[edge]], first[head[edge] + 1]):
                    if not taken[begin[edge] + onward - first[head[edge]]]:
                        continue
                    if onward == low:
                        circle = True
                        break
                    if seen[onward] != 2 * pair and number[onward] < number[low]:
                        seen[onward] = 2 * pair
                        ahead[found] = onward
                        found += 1
            if circle:
                continue
            behind[0], seen[low] = low, 2 * pair + 1
            done, led = 0, 1
            while done < led:
                edge = behind[done]
                done += 1
                vertex = tail[edge]
                for at in range(into_first[vertex], into_first[vertex + 1]):
                    back = into[at]
                    if not taken[begin[back] + edge - first[vertex]]:
                        continue
                    if seen[back] != 2 * pair + 1 and number[back] > number[high]:
                        seen[back] = 2 * pair + 1
                        behind[led] = back
                        led += 1
            # both keep their own order, and share the places that they have together
            size = 0
            for at in range(led):
                size = _push(heap, size, (number[behind[at]] << _EDGE_BITS) | behind[at])
            for at in range(led):
                behind[at] = heap[0] & _EDGE
                size = _pop(heap, size)
            for at in range(found):
                size = _push(heap, size, (number[ahead[at]] << _EDGE_BITS) | ahead[at])
            for at in range(found):
                ahead[at] = heap[0] & _EDGE
                size = _pop(heap, size)
            for at in range(led):
                size = _push(heap, size, number[behind[at]])
            for at in range(found):
                size = _push(heap, size, number[ahead[at]])
            for at in range(led + found):
                places[at] = heap[0]
                size = _pop(heap, size)
            for at in range(led):
                number[behind[at]] = places[at]
            for at in range(found):
                number[ahead[at]] = places[led + at]
        taken[place] = True
    return number
