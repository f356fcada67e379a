"""The kernel that grows a first partition, cluster after cluster, by overlap of nets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.partition.nets import Nets

__all__ = ["grow"]


@njit
def grow(
    nets: Nets,
    demand: NDArray[np.int64],
    capacity: NDArray[np.int64],
    anchor: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The cluster of each unit, int32 (units,): as many clusters as there are anchors.

    The next unit is the one that shares most, by weight of nets, with the cluster so far.
    A cluster is full when it has its share of what is left: then a community that takes a
    whole number of clusters is not cut across them. The last cluster takes what is left,
    even above its capacity; capacities are kept by the refinement that follows.

    Parameters
    ----------
    demand, capacity
        (units, resources) and (resources,).
    anchor
        (clusters,): the unit that must be in each cluster, or -1.
    """
    units, resources = demand.shape
    clusters = len(anchor)
    part = np.full(units, -1, np.int32)
    stamp = np.full(units, -1, np.int32)
    score = np.zeros(units, np.int64)
    heap = np.empty(units, np.int32)
    place = np.full(units, -1, np.int32)
    entered = np.full(len(nets.source), -1, np.int32)
    left = np.zeros(resources, np.int64)
    degree = np.empty(units, np.int64)
    for unit in range(units):
        left += demand[unit]
        degree[unit] = nets.first[unit] - nets.first[unit + 1]
    seeds = np.argsort(degree, kind="mergesort")
    for cluster in range(clusters):
        if anchor[cluster] >= 0:
            part[anchor[cluster]] = cluster
    next_seed = 0
    load = np.zeros(resources, np.int64)
    for cluster in range(clusters):
        size = 0
        load[:] = 0
        last = cluster == clusters - 1
        best = anchor[cluster]
        while True:
            if best >= 0:
                part[best] = cluster
                load += demand[best]
                size = _enter(nets, best, cluster, part, entered, stamp, score, heap, place, size)
            if not last and _full(load, left, capacity, clusters - cluster):
                break
            best = -1
            while size > 0 and best < 0:
                best = heap[0]
                size = _pop(heap, place, score, size)
                if not last and not _fits(load, demand[best], capacity):
                    best = -1
            if best < 0:
                while next_seed < units and part[seeds[next_seed]] >= 0:
                    next_seed += 1
                if next_seed == units:
                    break
                best = seeds[next_seed]
                if not last and not _fits(load, demand[best], capacity):
                    break
        left -= load
    return part


@njit
def _full(
    load: NDArray[np.int64], left: NDArray[np.int64], capacity: NDArray[np.int64], clusters: int
) -> bool:
    """Whether a cluster has its share of the scarcest resource that is left."""
    scarcest, most = 0, -1.0
    for resource in range(len(load)):
        fill = left[resource] / max(capacity[resource], 1)
        if fill > most:
            scarcest, most = resource, fill
    return bool(load[scarcest] * clusters >= left[scarcest])


@njit
def _fits(load: NDArray[np.int64], extra: NDArray[np.int64], capacity: NDArray[np.int64]) -> bool:
    for resource in range(len(load)):
        if load[resource] + extra[resource] > capacity[resource]:
            return False
    return True


@njit
def _enter(
    nets: Nets,
    unit: int,
    cluster: int,
    part: NDArray[np.int32],
    entered: NDArray[np.int32],
    stamp: NDArray[np.int32],
    score: NDArray[np.int64],
    heap: NDArray[np.int32],
    place: NDArray[np.int32],
    size: int,
) -> int:
    """Raise the scores of all that share a net which the unit brings; the heap's new size."""
    for at in range(nets.first[unit], nets.first[unit + 1]):
        net = nets.net[at]
        if entered[net] == cluster:
            continue
        entered[net] = cluster
        for pin in range(nets.start[net], nets.start[net + 1]):
            other = nets.pin[pin]
            if part[other] >= 0:
                continue
            if stamp[other] != cluster:
                stamp[other] = cluster
                score[other] = 0
                place[other] = size
                heap[size] = other
                size += 1
            score[other] += nets.weight[net]
            # a unit that did not fit has left the heap for good: the cluster only gets fuller
            if place[other] >= 0:
                _rise(heap, place, score, place[other])
    return size


@njit
def _before(score: NDArray[np.int64], one: int, other: int) -> bool:
    """Whether one unit comes before another: by score, then by number."""
    return score[one] > score[other] or (score[one] == score[other] and one < other)


@njit
def _rise(
    heap: NDArray[np.int32], place: NDArray[np.int32], score: NDArray[np.int64], at: int
) -> None:
    unit = heap[at]
    while at > 0:
        above = (at - 1) >> 1
        if not _before(score, unit, heap[above]):
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = unit
    place[unit] = at


@njit
def _pop(
    heap: NDArray[np.int32], place: NDArray[np.int32], score: NDArray[np.int64], size: int
) -> int:
    """Take the first unit from the heap; its new size."""
    place[heap[0]] = -1
    size -= 1
    if size == 0:
        return 0
    unit = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and _before(score, heap[below + 1], heap[below]):
            below += 1
        if not _before(score, heap[below], unit):
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    heap[at] = unit
    place[unit] = at
    return size
