"""Lower bounds where a net is a tree of links, each of which counts once.

A link of a tree with k ends divides them into a and k - a, and lies on the ways of the
a (k - a) <= k^2 / 4 pairs across it. So the ways between all pairs together are no longer than
k^2 / 4 trees: nets are bounded by pairs, and every bound for pairs serves. Where some links
lead one way only, the ways from the source to its k - 1 targets are no longer than k - 1 trees.

A tree also has at least one link less than there are places among its ends.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.bound.dispatch import DEFAULT_WORK, lower_bound
from somac.compiler.mapping.place.instance import Instance
from somac.ir.placement import HOST
from somac.ir.target import Topology

__all__ = ["multicast_bound", "two_way"]

UNIT = 1 << 12
"""Parts that the rate of a net is divided into, and shared among its pairs."""

MAX_ENDS = 64
"""Ends of a net up to which its cost is that of a tree; for more, it may be less."""

MAX_PAIRS = 1 << 24


def two_way(topology: Topology) -> bool:
    """Whether each link has one that leads back at the same cost."""
    links = np.stack([topology.link_source, topology.link_target, topology.link_cost])
    back = links[[1, 0, 2]]
    return bool(np.array_equal(np.unique(links, axis=1), np.unique(back, axis=1)))


def multicast_bound(
    instance: Instance, cost: int, work: float = DEFAULT_WORK, *, two_way: bool = False
) -> int:
    """No placement costs less, if a net costs its rate times the links of any tree.

    Parameters
    ----------
    instance
        The problem.
    cost
        Of a placement that is known.
    work
        How hard to try: see `lower_bound`.
    two_way
        Whether each link has one that leads back at the same cost; the bound is better then.
    """
    net, end = _ends(instance)
    rate = instance.nets.rate
    ends = np.bincount(net, minlength=len(rate))
    by_places = int((rate * _fewest_links(instance, net, end, ends)).sum())
    if by_places >= cost or (ends * ends).sum() > MAX_PAIRS:
        return min(by_places, cost)
    if two_way:
        share = UNIT * rate // np.maximum(1, ends * ends // 4)
        first, second = _all_pairs(net)
    else:
        share = UNIT * rate // np.maximum(1, ends - 1)
        first, second = _from_source(instance, net, end)
    pairs = _priced(instance, end[first], end[second], share[net[first]])
    by_pairs = lower_bound(pairs, cost * UNIT, work)
    return min(max(by_places, -(-by_pairs // UNIT)), cost)


def _ends(instance: Instance) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nets and their ends, the source among them, each end once; too large nets have none."""
    nets, width = instance.nets, instance.slices + 1
    net = np.concatenate([np.arange(len(nets.rate)), nets.owner])
    keys = np.unique(net * width + np.concatenate([nets.source, nets.target]) - HOST)
    net, end = keys // width, keys % width + HOST
    large = np.bincount(net, minlength=len(nets.rate)) > MAX_ENDS
    return net[~large[net]], end[~large[net]]


def _fewest_links(
    instance: Instance, net: NDArray[np.int64], end: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64 (nets,): one less than the places that the slices of a net fill."""
    slices = np.bincount(net[end != HOST], minlength=len(ends))
    return np.asarray(np.maximum(-(-slices // max(1, int(instance.room.max(initial=1)))) - 1, 0))


def _all_pairs(net: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every end with all later ones of its net."""
    later = np.searchsorted(net, net, side="right") - np.arange(len(net)) - 1
    first = np.repeat(np.arange(len(net)), later)
    return first, first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later)


def _from_source(
    instance: Instance, net: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The source of every net with all other ends."""
    is_source = end == instance.nets.source[net]
    position = np.zeros(len(instance.nets.rate), dtype=np.int64)
    position[net[is_source]] = np.flatnonzero(is_source)
    others = np.flatnonzero(~is_source)
    return position[net[others]], others


def _priced(
    instance: Instance,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    weight: NDArray[np.int64],
) -> Instance:
    """The same problem with other traffic, by pairs."""
    from scipy.sparse import coo_array

    from_host = source == HOST
    host = np.zeros(instance.slices, dtype=np.int64)
    np.add.at(host, target[from_host], weight[from_host])
    traffic = coo_array(
        (weight[~from_host], (source[~from_host], target[~from_host])),
        shape=instance.traffic.shape,
        dtype=np.int64,
    ).tocsr()
    traffic.sum_duplicates()
    return replace(instance, traffic=traffic, host_traffic=host)
