"""Trees that nets share, so that routing tables hold a million of them.

Every net would like a tree of its own; then a router needs an entry for nearly every neuron
within reach. Nets that start at one node and end at the same cores share a tree and a block of
keys at no cost. Where more trees are left than there may be, those are joined that differ
least: packets then reach cores that have no row for them, and are dropped there. (Known between
routers of the internet as aggregated multicast: Fei, Cui, Gerla and Faloutsos 2001.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.nets import PlacedNets
from somac.ir.digest import read_only

__all__ = ["Shared", "shared", "unshared"]

Integers = NDArray[np.int64]

_WINDOW = 1024
"""Trees of one node that are compared with each other; more are taken in turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Nets joined into fewer.

    Parameters
    ----------
    nets
        The trees that are left, as nets.
    tree
        int64 (nets before,): which of them each takes.
    offset, within
        int64 (nets before,): its keys begin so far into those of the tree, and these bits of a
        key tell them from others there.
    """

    nets: PlacedNets
    tree: Integers
    offset: Integers
    within: Integers

    def __post_init__(self) -> None:
        for name in ("tree", "offset", "within"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def most(self) -> int:
        """Most trees that start at one node."""
        return int(np.unique(self.nets.source, return_counts=True)[1].max(initial=0))


def unshared(nets: PlacedNets) -> Shared:
    """A tree for every net."""
    every = np.arange(len(nets), dtype=np.int64)
    return Shared(nets, every, np.zeros_like(every), np.zeros_like(every))


def shared(nets: PlacedNets, cores: int, most: int) -> Shared:
    """Let nets that start at one node share trees.

    Parameters
    ----------
    nets
        Who sends to which of `cores` cores.
    cores
        Cores there are.
    most
        Trees that may start at one node, at least 1.
    """
    from somac.compiler.mapping.route.share_kernels import joined

    order = np.lexsort((_likeness(nets, cores), nets.source))
    begin = np.flatnonzero(np.diff(nets.source[order], prepend=-1))
    tree = joined(
        np.append(begin, len(order)),
        order,
        nets.first,
        nets.core,
        nets.weight,
        cores,
        most,
        _WINDOW,
    )
    room = _powers(nets.keys)
    one = _united(nets, tree, room, cores)
    # blocks of keys are powers of two, so that they can be aligned
    return Shared(one, tree, _offsets(tree, room), _powers(one.keys)[tree] - room)


def _powers(keys: Integers) -> Integers:
    """The powers of two that are no less."""
    return np.int64(1) << np.ceil(np.log2(keys)).astype(np.int64)


def _likeness(nets: PlacedNets, cores: int) -> Integers:
    """A number per net, the same for all that end at the same cores."""
    sign = np.random.default_rng(0).integers(1 << 62, size=cores)
    total = np.append(0, np.cumsum(sign[nets.core]))  # wraps, as a hash may
    return np.asarray(total[nets.first[1:]] - total[nets.first[:-1]], dtype=np.int64)


def _united(nets: PlacedNets, tree: Integers, room: Integers, cores: int) -> PlacedNets:
    """A net for each tree, which ends wherever one of its nets does."""
    trees = int(tree.max(initial=-1)) + 1
    pairs = np.unique(np.repeat(tree, np.diff(nets.first)) * cores + nets.core)
    _, one = np.unique(tree, return_index=True)
    weight, keys = np.zeros(trees, dtype=np.int64), np.zeros(trees, dtype=np.int64)
    np.add.at(weight, tree, nets.weight)
    np.add.at(keys, tree, room)
    return PlacedNets(
        source=nets.source[one],
        first=np.searchsorted(pairs // cores, np.arange(trees + 1)),
        core=pairs % cores,
        weight=weight,
        keys=keys,
    )


def _offsets(tree: Integers, room: Integers) -> Integers:
    """Where the block of each net begins in that of its tree: the largest come first."""
    order = np.lexsort((-room, tree))
    end = np.cumsum(room[order])
    begin = np.flatnonzero(np.diff(tree[order], prepend=-1))
    before = np.append(0, end[begin[1:] - 1])
    offset = np.empty(len(tree), dtype=np.int64)
    offset[order] = end - room[order] - np.repeat(before, np.diff(np.append(begin, len(tree))))
    return offset
