"""Lower bounds that no partition can beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.nets import Pins

__all__ = ["connectivity_bound", "least_clusters"]


def least_clusters(demand: NDArray[np.int64], capacity: NDArray[np.int64]) -> int:
    """Clusters below which units do not fit, resource by resource.

    Of each resource, the larger of the total demand in capacities, and the bound L2 of
    S. Martello and P. Toth (Discrete Applied Mathematics 28, 1990): for a threshold t, units
    that take more than capacity - t each need a cluster that none of at least t can enter.

    Parameters
    ----------
    demand
        int64 (units, resources), no entry above capacity.
    capacity
        int64 (resources,).
    """
    if not len(demand):
        return 0
    bounds = [1]
    for resource, room in enumerate(capacity.tolist()):
        sizes = np.sort(demand[:, resource])
        if sizes[-1] > 0:
            bounds.append(_packing_bound(sizes, room))
    return max(bounds)


def _packing_bound(sizes: NDArray[np.int64], room: int) -> int:
    """L2 of one resource; sizes ascend."""
    sums = np.concatenate([[0], np.cumsum(sizes)])
    best = -(-int(sums[-1]) // room)
    half = int(np.searchsorted(sizes, room // 2, side="right"))
    if half == len(sizes):
        return best
    # only sizes up to half the room change what the bound counts
    for threshold in np.unique(np.concatenate([[0], sizes[:half]])).tolist():
        alone = int(np.searchsorted(sizes, room - threshold, side="right"))
        small = min(int(np.searchsorted(sizes, threshold, side="left")), half)
        # no two of the large share a cluster; the small go beside them as far as there is room
        beside = (alone - half) * room - int(sums[alone] - sums[half])
        rest = int(sums[half] - sums[small]) - beside
        best = max(best, len(sizes) - half + max(0, -(-rest // room)))
    return best


def connectivity_bound(nets: Pins, demand: NDArray[np.int64], capacity: NDArray[np.int64]) -> int:
    """Connectivity below which there is no partition, net by net.

    The pins of a net that together take more than one core are in at least so many
    clusters; weak where cores are large and nets small, and cheap.
    """
    bound = np.ones(len(nets.source), np.int64)
    begin, stop = nets.start[:-1], nets.start[1:]
    longest = int((stop - begin).max(initial=0))
    for resource, room in enumerate(capacity.tolist()):
        if longest * int(demand[:, resource].max(initial=0)) <= room:
            continue
        sums = np.zeros(len(nets.pin) + 1, np.int64)
        np.cumsum(demand[nets.pin, resource], out=sums[1:])
        taken = sums[stop] - sums[begin]
        np.maximum(bound, -(-taken // max(room, 1)), out=bound)
    return int(((bound - 1) * nets.weight).sum())
