"""Partition of large networks: levels of ever more nets, annealed under soft capacities.

The usual levels merge units that share nets. On spiking networks that misleads: a net has a
hundred pins, two neighbours share a dozen of a hundred nets, and which dozen is chance; what
tells where a unit belongs is the sum over a whole cluster. So the levels here keep all units,
and thin the nets instead: the first level has few nets that stand for all, and says where
clusters are; the last has every net, and says which units are in them.

1. Nets are thinned until a level is small enough (`thinned`).
2. Clusters are grown by overlap of nets on the first level (`grow_kernels`).
3. Units are numbered anew, cluster by cluster, so that what is used together is together.
4. Each level is annealed, from warm and soft to cold and firm (`refine_kernels`).
5. What is too much anywhere moves where there is room (`settle_kernels`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.partition.nets import Nets, Pins, renumbered, thinned, transposed
from somac.compiler.mapping.partition.problem import PartitionOptions
from somac.compiler.mapping.partition.reduce import Reduced
from somac.ir.digest import read_only
from somac.ir.progress import Deadline

if TYPE_CHECKING:
    from somac.compiler.mapping.partition.spread_kernels import Rules, Spread

__all__ = ["Annealed", "anneal_clusters"]

LEVEL_PINS: Final = 8_000_000
"""A level with more pins than this gets one below it with fewer nets."""

THINNING: Final = 4
"""Nets of a level for one on the level below."""

UNIT_PINS: Final = 16
"""Pins for each unit below which a level says too little."""

LOOKS, LOOKS_PER_UNIT = 1 << 27, 1 << 14
"""Pins looked at while clusters grow, from all clusters: beyond both, nets stand for others."""

MOVES: Final = 1000
"""Moves out of one cluster at the end, to make it fit."""

SWEEPS: Final = (8, 20, 60, 200)
"""Visits of every unit, by effort."""

PINS: Final = (2e8, 5e8, 4e9, 2e10)
"""Pins looked at on a level, at most, by effort; but there are always `FEWEST` sweeps."""

FEWEST: Final = 4

CHEAP_PINS, MOST_MORE = 1_000_000, 16.0
"""Levels with fewer pins than these get more sweeps, at most so many times more."""

CHUNK: Final = 64
"""Units next to each other that are visited one after another: they share the cache."""

HEAT: Final = 0.2
"""Temperature at the start, in typical changes of the connectivity by a move."""

SOFT, FIRM = 0.5, 100.0
"""Stiffness of capacities at the start and end, in typical changes per unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Annealed:
    """A partition of groups, and how many clusters are too full for what they may hold."""

    part: NDArray[np.int32]
    connectivity: int
    failed: int


def anneal_clusters(
    problem: Reduced,
    capacity: NDArray[np.int64],
    clusters: int,
    options: PartitionOptions,
    deadline: Deadline,
) -> Annealed:
    """Partition into as many clusters as said, or fewer.

    Once the deadline is over, every level is left after one more sweep. `failed` is not 0
    where some cluster could not be made to fit: another effort or seed, or one more cluster
    may do.
    """
    from somac.compiler.mapping.partition.settle_kernels import settle
    from somac.compiler.mapping.random_kernels import seeded

    rng = np.random.Generator(np.random.PCG64(options.seed))
    random = seeded(options.seed)
    levels = list(_levels(problem, rng))
    grown = _grown(problem, levels[-1], capacity, clusters, rng)
    order = read_only(np.argsort(grown, kind="stable").astype(np.int32))
    part = grown[order]
    # levels share one schedule: each takes its part of the way from warm to cold
    steps = [_sweeps(pins, options) for pins in reversed(levels)]
    done = 0.0
    for count in steps:
        bare, rows = renumbered(levels.pop(), order)
        nets = transposed(bare, len(order))
        rules = _rules(problem, capacity, clusters, order, rows)
        final = not levels
        ways = done + (np.arange(count) + final) / count / len(steps)
        done += 1 / len(steps)
        spread, load = _annealed(nets, rules, part, clusters, ways, rng, random, deadline)
    hard = rules._replace(low=read_only(np.zeros_like(capacity)), high=capacity)
    failed = settle(nets, spread, hard, part, load, MOVES)
    connectivity = int(((spread.used - 1).clip(0) * nets.weight).sum())
    home = np.empty_like(part)
    home[order] = part
    return Annealed(home, connectivity, failed)


def _grown(
    problem: Reduced,
    pins: Pins,
    capacity: NDArray[np.int64],
    clusters: int,
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """A first partition, by overlap of nets."""
    from somac.compiler.mapping.partition.grow_kernels import grow

    anchor = np.full(clusters, -1, np.int32)
    for cluster, group in problem.anchor.items():
        anchor[cluster] = group
    # every cluster that a net enters looks at all of its pins
    size = np.diff(pins.start)
    looks = int((size * np.minimum(size, clusters)).sum())
    most = max(LOOKS, LOOKS_PER_UNIT * len(problem.demand))
    if looks > most:
        pins = thinned(pins, -(-looks // most), rng)
    nets = transposed(pins, len(problem.demand))
    return grow(nets, problem.demand, capacity, read_only(anchor))


def _annealed(
    nets: Nets,
    rules: Rules,
    part: NDArray[np.int32],
    clusters: int,
    ways: NDArray[np.float64],
    rng: np.random.Generator,
    random: NDArray[np.uint64],
    deadline: Deadline,
) -> tuple[Spread, NDArray[np.int64]]:
    """Sweep once for each place on the way from warm (0) to cold (1), changing `part`.

    Ctrl-C, or the time, makes the next sweep the last and coldest one.

    Returns
    -------
    The spread of the nets and the loads of the clusters that come of it.
    """
    from somac.compiler.mapping.partition.refine_kernels import scale_of, sweep
    from somac.compiler.mapping.partition.spread_kernels import loads, spread_of

    units = len(part)
    spread = spread_of(nets, part, clusters)
    load = loads(nets, spread, rules, part, clusters)
    # at least 1, for capacities count even if no net does
    scale = max(scale_of(nets), 1.0)
    wait = np.zeros(units, np.int8)
    remaining = ways.tolist()[::-1]
    while remaining:
        try:
            way = remaining.pop()
            if deadline.over:
                way, remaining = 1.0, []
            temperature = HEAT * scale * (1 - way) ** 2
            stiffness = SOFT * (FIRM / SOFT) ** way * scale * units / clusters
            visits = _visits(units, rng)
            sweep(nets, spread, rules, part, load, wait, visits, temperature, stiffness, random)
        except KeyboardInterrupt:  # only ever between kernels, which leave the partition whole
            deadline.interrupted = True
    return spread, load


def _levels(problem: Reduced, rng: np.random.Generator) -> Iterator[Pins]:
    """The nets, then ever fewer that stand for them."""
    nets = problem.nets
    yield nets
    # what nets take of the clusters they enter cannot be told from a part of them
    most = max(LEVEL_PINS, THINNING * UNIT_PINS * len(problem.demand))
    while len(nets.pin) > most and problem.entering.shape[1] == 0:
        nets = thinned(nets, THINNING, rng)
        yield nets


def _rules(
    problem: Reduced,
    capacity: NDArray[np.int64],
    clusters: int,
    order: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> Rules:
    """What clusters may hold, for groups and nets in a new order."""
    from somac.compiler.mapping.partition.spread_kernels import Rules

    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    fixed = np.zeros(len(order), np.bool_)
    fixed[number[list(problem.anchor.values())]] = True
    pairs = number[np.array(problem.apart, np.int64).reshape(-1, 2)]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    apart = np.searchsorted(both[:, 0], np.arange(len(order) + 1))
    demand = problem.demand[order]
    entering = problem.entering[rows] if problem.entering.shape[1] else problem.entering
    low, high = _comfort(problem, capacity, clusters)
    return Rules(
        read_only(demand),
        read_only(entering),
        read_only(low),
        read_only(high),
        read_only(fixed),
        read_only(apart.astype(np.int64)),
        read_only(both[:, 1].astype(np.int32)),
    )


def _comfort(
    problem: Reduced, capacity: NDArray[np.int64], clusters: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Loads between which a cluster is under no strain.

    A little below capacity, so that a crowd is felt before it is one; and where a resource
    is scarce, not far below the mean either: what one cluster lacks, others have too much of.
    """
    high = capacity - capacity // 128
    mean = problem.demand.sum(axis=0) // clusters
    low = np.maximum(mean - 2 * (capacity - mean) - capacity // 64, 0)
    if problem.entering.shape[1]:
        low = np.where(problem.entering.any(axis=0), 0, low)
    return np.minimum(low, high), high


def _sweeps(nets: Pins, options: PartitionOptions) -> int:
    """Sweeps over a level: more where they cost nothing, fewer where they cost minutes."""
    pins = max(len(nets.pin), 1)
    more = min(sqrt(max(CHEAP_PINS / pins, 1.0)), MOST_MORE)
    sweeps = SWEEPS[options.effort] * options.work * more
    return max(FEWEST, min(round(sweeps), int(PINS[options.effort] * options.work / pins)))


def _visits(units: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """All units once: chunks in random order."""
    chunk = max(1, min(CHUNK, units // 64))
    starts = rng.permutation(-(-units // chunk)) * chunk
    visits = (starts[:, None] + np.arange(chunk)).ravel()
    return read_only(visits[visits < units].astype(np.int32))
