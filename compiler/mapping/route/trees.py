"""Multicast trees for all nets of a placement.

Every net takes a tree: over chips, and in each chip that it ends in, over nodes. A tree grows
by the target that is nearest to what is there already (Takahashi and Matsuyama 1980), so that
branches share links. Ways of equal length are told apart by load: after a first pass without,
each net in turn is taken out and grown again, where a loaded link costs a little more.

Two rules keep packets from waiting for ever. Unless told otherwise, trees follow an order of
links (`somac.compiler.mapping.route.order`): neither the chips' networks nor the links between
chips can deadlock. The event router between the two is taken to accept what reaches it: it has
a pipeline of its own, and drops a packet that waits too long, as SpiNNaker's does. Trees that
follow no order are those of other tools for these machines, which trust to the dropping alone;
they are a few per cent shorter.

Nets that start and end at the same places take one tree together, so that routers can treat
them alike.

Whether the network on a chip copies packets where branches part, or the router sends a packet
per node, is not published; as in other tools, a link counts once per tree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.order import link_order
from somac.ir.digest import freeze_arrays
from somac.ir.errors import SomacError
from somac.ir.levels import Level, chip_level, node_level
from somac.ir.target import Topology

__all__ = ["NetEnds", "RouteOptions", "Trees", "grow"]

Integers = NDArray[np.int64]

_HOP = 1 << 12
"""A hop in the unit of costs, of which loads are fractions."""

_MOST = _HOP // 64
"""What a link may cost beyond its hops: less than a hop over the longest of ways."""

_WEIGHT_BITS = 20
"""Of the weight of a tree, so that the loads of links are sums that fit 64 bits."""

_LARGEST_WEIGHT = 1 << 40
"""Of a net, so that those of a bundle can be added up."""

_NO_SHIFT = 62
"""Moves every bit of a load out: links cost their hops alone."""


@dataclass(frozen=True, slots=True)
class RouteOptions:
    """How trees are grown.

    Parameters
    ----------
    deadlock_free
        Whether trees follow an order of links.
    passes
        How often every tree is grown again to spread the load.
    """

    deadlock_free: bool = True
    passes: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class NetEnds:
    """Where nets start and end: net n goes to ``target[first[n]:first[n + 1]]``.

    Parameters
    ----------
    source
        int64 (nets,): node that sends.
    first
        int64 (nets + 1,).
    target
        int64 (ends,): nodes that receive, each once per net or more often.
    weight
        int64 (nets,): packets, in any unit.
    """

    source: Integers
    first: Integers
    target: Integers
    weight: Integers

    def __post_init__(self) -> None:
        freeze_arrays(self, np.int64)
        if len(self.first) != len(self.source) + 1 or len(self.weight) != len(self.source):
            raise ValueError("one weight, and one more start than nets")


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A tree per net.

    Parameters
    ----------
    first, link
        int64: links of the topology that net n takes, ``link[first[n]:first[n + 1]]``, each
        once, parents before children.
    """

    first: Integers
    link: Integers

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.first) - 1

    def __getitem__(self, net: int) -> Integers:
        return self.link[self.first[net] : self.first[net + 1]]

    @property
    def net(self) -> Integers:
        """int64 (links,): the net that takes each of `link`."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.first))


@dataclass(frozen=True, slots=True, eq=False)
class _Jobs:
    """Trees to be grown on one level: job j is of net ``net[j]``."""

    net: Integers
    start: Integers
    first: Integers
    target: Integers
    weight: Integers

    def __post_init__(self) -> None:
        # arrays all alike, as a kernel is compiled for each kind there is
        freeze_arrays(self, np.int64)


def grow(topology: Topology, ends: NetEnds, options: RouteOptions | None = None) -> Trees:
    """Trees from the sources of nets to their targets.

    Parameters
    ----------
    topology
        The machine.
    ends
        The nets.
    options
        How trees are grown.

    Raises
    ------
    SomacError
        E0604 if no way leads to a target.
    """
    options = options or RouteOptions()
    nets = np.arange(len(ends.source), dtype=np.int64)
    chip, router = topology.node_chip, topology.chip_router
    owner = np.repeat(nets, np.diff(ends.first))
    home = chip[ends.source]

    away = home[owner] != chip[ends.target]
    between = np.unique(owner[away] * topology.chips + chip[ends.target[away]])
    far = _jobs(between // topology.chips, home, between % topology.chips, ends.weight)
    far_net, far_link = _trees(chip_level(topology), far, options)

    # in each chip that a net starts or ends in, a tree; at home also to the router on the way out
    out = far.net
    who = np.concatenate([owner, out])
    node = np.concatenate([ends.target, router[home[out]]])
    stop = who * topology.chips + chip[node]
    inside = np.unique(stop * topology.nodes + node)
    stop = inside // topology.nodes
    begin = np.flatnonzero(np.diff(stop, prepend=-1))
    net, place = stop[begin] // topology.chips, stop[begin] % topology.chips
    at_home = place == home[net]
    near = _Jobs(
        net=net,
        start=np.where(at_home, ends.source[net], router[place]),
        first=np.append(begin, len(inside)),
        target=inside % topology.nodes,
        weight=ends.weight[net],
    )
    near_net, near_link = _trees(node_level(topology), near, options)

    owner = np.concatenate([near_net, far_net])
    link = np.concatenate([near_link, far_link])
    starts_home = chip[topology.link_source[near_link]] == home[near_net]
    stage = np.concatenate([np.where(starts_home, 0, 2), np.ones(len(far_net), dtype=np.int64)])
    order = np.lexsort((stage, owner))
    first = np.searchsorted(owner[order], np.arange(len(nets) + 1))
    return Trees(first.astype(np.int64), link[order])


def _jobs(owner: Integers, source: Integers, target: Integers, weight: Integers) -> _Jobs:
    net, begin = np.unique(owner, return_index=True)
    first = np.append(begin, len(owner)).astype(np.int64)
    return _Jobs(net, source[net], first, target, weight[net])


def _trees(level: Level, jobs: _Jobs, options: RouteOptions) -> tuple[Integers, Integers]:
    """Nets and the links their trees take, parents before children."""
    from somac.compiler.mapping.route.tree_kernels import grow_trees

    none = np.zeros(0, dtype=np.int64)
    if len(jobs.net) == 0 or level.edges == 0:
        if len(jobs.target) and not np.array_equal(
            jobs.target, np.repeat(jobs.start, np.diff(jobs.first))
        ):
            raise _cut_off(len(jobs.target))
        return none, none
    nets = jobs.net
    jobs, bundle = _bundled(jobs)
    step = int(np.gcd.reduce(level.cost))
    weight = _scaled(jobs.weight)

    def grown(
        number: Integers,
        ordered: bool,
        load: Integers,
        shift: int = _NO_SHIFT,
        old: tuple[Integers, Integers] = (none, none),
    ) -> tuple[Integers, Integers]:
        first, edge, missed = grow_trees(
            level.first,
            level.tail,
            level.head,
            level.cost // step * _HOP,
            level.closed,
            number,
            ordered,
            jobs.start,
            jobs.first,
            jobs.target,
            weight,
            load,
            shift,
            _MOST,
            *old,
        )
        if missed:
            raise _cut_off(missed)
        return first, edge

    load = np.zeros(level.edges, dtype=np.int64)
    number, ordered = np.arange(level.edges), options.deadlock_free
    trees = grown(number, False, load)
    if ordered:
        number = link_order(level, *_turns(level, trees, weight))
        load[:] = 0
        trees = grown(number, True, load)
    best, least = trees, int(load.max())
    for _ in range(options.passes):
        shift = max(int(load.max()).bit_length() - _MOST.bit_length() + 1, 0)
        trees = grown(number, ordered, load, shift, trees)
        if int(load.max()) < least:
            best, least = trees, int(load.max())
    first, edge = best
    size, at = _rows(first, bundle)
    return np.repeat(nets, size), level.link[edge[at]]


def _bundled(jobs: _Jobs) -> tuple[_Jobs, Integers]:
    """Jobs with one start and the same targets as one, and the number that each job then has."""
    known: dict[bytes, int] = {}
    ends = zip(jobs.first[:-1].tolist(), jobs.first[1:].tolist(), strict=True)
    bundle = np.array(
        [
            known.setdefault(jobs.start[job].tobytes() + jobs.target[a:b].tobytes(), len(known))
            for job, (a, b) in enumerate(ends)
        ],
        dtype=np.int64,
    )
    _, one = np.unique(bundle, return_index=True)
    size, at = _rows(jobs.first, one)
    weight = np.zeros(len(one), dtype=np.int64)
    np.add.at(weight, bundle, np.minimum(jobs.weight, _LARGEST_WEIGHT))
    first = np.append(0, np.cumsum(size))
    return _Jobs(jobs.net[one], jobs.start[one], first, jobs.target[at], weight), bundle


def _rows(first: Integers, chosen: Integers) -> tuple[Integers, Integers]:
    """The chosen rows of a table whose row n is ``first[n]`` to ``first[n + 1]``.

    Returns
    -------
    int64 (chosen,), the length of each, and the indices of their entries, row after row.
    """
    size = np.diff(first)[chosen]
    return size, np.arange(size.sum()) + np.repeat(first[chosen] - (np.cumsum(size) - size), size)


def _scaled(weight: Integers) -> Integers:
    """Weights that can be added up for any number of nets: 20 bits at most, at least 1."""
    over = max(int(weight.max()).bit_length() - _WEIGHT_BITS, 0)
    return np.asarray(np.maximum(weight >> over, 1), dtype=np.int64)


def _turns(
    level: Level, trees: tuple[Integers, Integers], weight: Integers
) -> tuple[Integers, Integers, Integers]:
    """Edges that follow each other in trees, and the weight of the tree."""
    first, edge = trees
    job = np.repeat(np.arange(len(first) - 1), np.diff(first))
    entering = job * level.vertices + level.head[edge]
    leaving = job * level.vertices + level.tail[edge]
    order = np.argsort(entering)
    at = np.minimum(np.searchsorted(entering[order], leaving), max(len(edge) - 1, 0))
    follows = entering[order][at] == leaving
    return edge[order[at[follows]]], edge[follows], weight[job[follows]]


def _cut_off(missed: int) -> SomacError:
    return SomacError(
        "E0604",
        f"no way leads to {missed} of the places that spikes must reach",
        hint="place slices in one piece of the machine",
    )
