"""What cores and links have to do in a step of the model, from how often each cell sends.

Everything here is a count of events, and exact for the rates that are given: a packet of a cell
leads to the same rows and links whenever it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.cost.arrivals import ARRIVALS, arrivals
from somac.backends.manycore.cost.blocks import block_events
from somac.backends.manycore.cost.kinds import KINDS, Load
from somac.backends.manycore.cost.reading import CostData, Way
from somac.backends.manycore.machines.bundle import Bundle

__all__ = ["Traffic", "Work", "work"]

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]
Rates = Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Packets per step: on the busiest link of a kind, and over all of its links."""

    busiest: float
    total: float


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A step of the model.

    Parameters
    ----------
    events
        Per kind (`KINDS`), float64 (cores,).
    inside, between
        Links inside chips, and between chips.
    farthest
        How many of each there are on the longest way of a packet that is sent.
    """

    events: Mapping[str, Numbers]
    inside: Traffic
    between: Traffic
    farthest: tuple[int, int]


def work(bundle: Bundle, data: CostData, cases: Mapping[str, Rates]) -> dict[str, Work]:
    """The work of each case.

    `cases` have packets per cell and step, float64 (cells,) in the order of the model, per
    population and input; those that are not named send nothing.
    """
    names = list(cases)
    keys, sent = _senders(bundle, [cases[name] for name in names])
    ways = sorted(data.ways, key=lambda way: way.key)
    per_way = np.array([sent[:, _range(keys, way)].sum(axis=1) for way in ways])
    per_way = per_way.reshape(len(ways), len(names))
    events = np.zeros((len(names), len(KINDS), len(bundle.cores)))
    for number, reaching in enumerate(_reaching(ways, len(bundle.cores))):
        core = bundle.cores[number]
        places = np.concatenate([np.zeros(0, np.int64), *(_places(keys, w) for w in reaching)])
        leads = arrivals(core.image, keys[places])
        head = np.frombuffer(core.image, "<u4", 24)
        blocks = block_events(core.image)
        own = _own(keys, core.key, core.neurons)
        for case in range(len(names)):
            here = sent[case, places]
            load = Load(
                neurons=core.neurons,
                ticks=bundle.period,
                cleared=int(head[10]) * core.neurons,
                sent=float(sent[case, own].sum()),
                received={kind: float((leads[kind] * here).sum()) for kind in ARRIVALS},
                blocks=blocks,
            )
            events[case, :, number] = [kind.count(load) for kind in KINDS]
    return {
        name: Work(
            {kind.name: events[case, row] for row, kind in enumerate(KINDS)},
            _traffic([way.links for way in ways], per_way[:, case]),
            _traffic([way.crossings for way in ways], per_way[:, case]),
            _farthest(ways, per_way[:, case]),
        )
        for case, name in enumerate(names)
    }


def _senders(bundle: Bundle, cases: list[Rates]) -> tuple[Integers, Numbers]:
    """Keys that are sent, ascending, and packets per step of each, (cases, keys)."""
    keys, rates = [np.zeros(0, np.int64)], [np.zeros((len(cases), 0))]
    for name, channels in bundle.inputs.items():
        heard = np.flatnonzero(channels >= 0)
        keys.append(channels[heard])
        rates.append(_rates(cases, name, heard))
    for population in bundle.populations:
        for first, number in population.slices:
            core = bundle.cores[number]
            if core.key is not None:
                keys.append(core.key + np.arange(core.neurons))
                cells = population.cells[first : first + core.neurons]
                rates.append(_rates(cases, population.name, cells))
    every, sent = np.concatenate(keys), np.concatenate(rates, axis=1)
    order = np.argsort(every, kind="stable")
    return every[order], sent[:, order]


def _rates(cases: list[Rates], name: str, cells: Integers) -> Numbers:
    none = np.zeros(len(cells))
    return np.array([case[name][cells] if name in case else none for case in cases])


def _range(keys: Integers, way: Way) -> slice:
    low, high = np.searchsorted(keys, (way.key, way.key + way.size)).tolist()
    return slice(low, high)


def _places(keys: Integers, way: Way) -> Integers:
    span = _range(keys, way)
    return np.arange(span.start, span.stop)


def _own(keys: Integers, key: int | None, neurons: int) -> slice:
    if key is None:
        return slice(0, 0)
    low, high = np.searchsorted(keys, (key, key + neurons)).tolist()
    return slice(low, high)


def _reaching(ways: list[Way], cores: int) -> Iterator[list[Way]]:
    """Per core the ways that lead to it, by ascending keys."""
    found: list[list[Way]] = [[] for _ in range(cores)]
    for way in ways:
        for core in way.cores.tolist():
            found[core].append(way)
    yield from found


def _traffic(trees: Sequence[Integers], packets: Numbers) -> Traffic:
    """Packets on the links of trees that so many take."""
    sizes = [len(links) for links in trees]
    if not sum(sizes):
        return Traffic(0.0, 0.0)
    load = np.bincount(np.concatenate(trees), np.repeat(packets, sizes))
    return Traffic(float(load.max()), float(load.sum()))


def _farthest(ways: Sequence[Way], packets: Numbers) -> tuple[int, int]:
    used = [way.farthest for way, rate in zip(ways, packets.tolist(), strict=True) if rate > 0]
    return max(used, key=sum, default=(0, 0))
