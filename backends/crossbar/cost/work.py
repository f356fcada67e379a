"""What arrays, converters, adders and links have to do in a step, from how often cells send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Rates
from somac.backends.crossbar.cost.reading import Bundle
from somac.backends.crossbar.description import Converters

__all__ = ["Stage", "Work", "firings_of_use", "work"]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What happens before the update of a population, and the update.

    Parameters
    ----------
    firings, rounds
        float64 (arrays,): pulses in which rows are driven, and rounds of its converters after
        them.
    adds
        float64 (cores,): synapses that the adders of each core add one after the other.
    sums_hops, signals_hops
        Of sums on the longest way home, and of a signal of the population to the farthest array.
    neurons
        Of the population on the core with most.
    """

    firings: Numbers
    rounds: Numbers
    adds: Numbers
    sums_hops: int
    signals_hops: int
    neurons: int


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A step of the model: events of all cores, and what happens in each stage.

    Parameters
    ----------
    array_pulses
        float64 (arrays,): firings, each weighed with the share of its array that its block has.
    row_pulses
        float64 (arrays,): pulses on rows that are driven.
    firings, conversions
        float64 (arrays,).
    adds
        Codes, sums of other cores, and synapses of adders, each added once.
    """

    stages: tuple[Stage, ...]
    array_pulses: Numbers
    row_pulses: Numbers
    firings: Numbers
    conversions: Numbers
    adds: float
    updates: float
    signal_hops: float
    sum_hops: float


def firings_of_use(how: Converters) -> int:
    """Pulses that follow each other in a use."""
    return how.pulses * (2 if how.signs == "phases" else 1)


def work(bundle: Bundle, rates: Rates, converters: float) -> Work:
    """The work of a step in which cells send so often.

    `rates` has the chance that a cell sends something else than 0, float64 (cells,) per population
    and input; those that are not named never do. Whether a use of a block is left out because no
    row is driven is reckoned as if cells sent independently. `converters` are those of an array.
    """
    d = bundle.description
    chance = {
        p.name: np.minimum(rates[p.name], 1.0) if p.name in rates else np.zeros(p.size)
        for p in (*d.inputs, *d.populations)
    }
    rank = {name: stage for stage, name in enumerate(bundle.order)}
    shape = len(rank), len(d.arrays)
    firings, rounds = np.zeros(shape), np.zeros(shape)
    conversions = np.zeros(len(d.arrays))
    # that nothing of an array is used in a stage
    silent = np.ones(shape)
    array_pulses, row_pulses = np.zeros(len(d.arrays)), np.zeros(len(d.arrays))
    cells = d.chip.rows * d.chip.columns
    for way in d.tiled:
        how, stage = d.converters[way.converters], rank[way.target]
        each = firings_of_use(how)
        sending = np.append(chance[way.source], 0.0)
        for b in d.blocks[way.first : way.stop]:
            driving = sending[bundle.sources[b.sources : b.sources + b.uses * b.rows]]
            driving = driving.reshape(b.uses, b.rows)
            used = 1.0 - np.prod(1.0 - driving, axis=1)
            share = b.rows * b.columns * how.cells / cells
            wide = how.planes * b.columns
            for turn, copy in enumerate(b.copies):
                own = used[turn :: len(b.copies)]
                count = each * float(own.sum())
                firings[stage, copy.array] += count
                rounds[stage, copy.array] += count * np.ceil(wide / converters)
                conversions[copy.array] += count * wide
                array_pulses[copy.array] += count * share
                row_pulses[copy.array] += each * float(driving[turn :: len(b.copies)].sum())
                silent[stage, copy.array] *= float(np.prod(1.0 - own))
    adds, total_adds = _adders(bundle, chance, rank)
    sums, longest = _sums(bundle, 1.0 - silent)
    hops, farthest = _signals(bundle, chance)
    return Work(
        tuple(
            Stage(
                firings[stage],
                rounds[stage],
                adds[stage],
                longest[stage],
                farthest.get(name, 0),
                _most_neurons(bundle, name),
            )
            for name, stage in rank.items()
        ),
        array_pulses,
        row_pulses,
        firings.sum(axis=0),
        conversions,
        float(conversions.sum()) + total_adds + float(sums[1]),
        float(sum(p.size for p in d.populations)),
        hops,
        float(sums[0]),
    )


def _adders(
    bundle: Bundle, chance: Mapping[str, Numbers], rank: Mapping[str, int]
) -> tuple[Numbers, float]:
    """Additions of digital projections: float64 (stages, cores), and of all."""
    d = bundle.description
    found = np.zeros((len(rank), d.chip.cores))
    homes = {p.name: p.homes for p in d.populations}
    for way, (sources, targets) in zip(d.digital, bundle.adders, strict=True):
        often = chance[way.source][sources]
        for home in homes[way.target]:
            here = (targets >= home.start) & (targets < home.stop)
            found[rank[way.target], home.core] += float(often[here].sum())
    return found, float(found.sum())


def _sums(bundle: Bundle, used: Numbers) -> tuple[tuple[float, float], list[int]]:
    """Hops of sums and sums that are added on the way; per stage the longest way in hops.

    `used` is the chance that an array has sums in a stage, float64 (stages, arrays).
    """
    cores = {a.core: number for number, a in enumerate(bundle.description.arrays)}
    longest = [0] * len(used)
    hops = added = 0.0
    # by stage and home: the chance that nothing has come to a core, and how far it came
    quiet: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    far: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for stage, home, core, there, distance, words in bundle.sums.tolist():
        key = stage, home
        own = used[stage, cores[core]] if core in cores else 0.0
        silent = quiet[key].get(core, 1.0) * (1.0 - own)
        quiet[key][there] = quiet[key].get(there, 1.0) * silent
        come = far[key].get(core, 0) + distance
        far[key][there] = max(far[key].get(there, 0), come)
        longest[stage] = max(longest[stage], come)
        hops += words * distance * (1.0 - silent)
        added += words * (1.0 - silent)
    return (hops, added), longest


def _signals(bundle: Bundle, chance: Mapping[str, Numbers]) -> tuple[float, dict[str, int]]:
    hops, farthest = 0.0, dict[str, int]()
    for route in bundle.routes:
        if route.source in chance:
            often = float(chance[route.source][route.start : route.stop].sum())
            hops += often * route.hops
            farthest[route.source] = max(farthest.get(route.source, 0), route.farthest)
    return hops, farthest


def _most_neurons(bundle: Bundle, name: str) -> int:
    counts: dict[int, int] = defaultdict(int)
    for p in bundle.description.populations:
        if p.name == name:
            for home in p.homes:
                counts[home.core] += home.stop - home.start
    return max(counts.values(), default=0)
