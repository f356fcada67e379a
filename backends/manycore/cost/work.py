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
from somac.backends.manycore.cost.blocks import BLOCK_EVENTS, Block, read_blocks
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
    own = _own(bundle, [cases[name] for name in names])
    keys, sent = _senders(bundle, [cases[name] for name in names], own)
    ways = sorted(data.ways, key=lambda way: way.key)
    per_way = np.array([sent[:, _range(keys, way)].sum(axis=1) for way in ways])
    per_way = per_way.reshape(len(ways), len(names))
    events = np.zeros((len(names), len(KINDS), len(bundle.cores)))
    for number, reaching in enumerate(_reaching(ways, len(bundle.cores))):
        core = bundle.cores[number]
        places = np.concatenate([np.zeros(0, np.int64), *(_places(keys, w) for w in reaching)])
        blocks = read_blocks(core.image)
        leads = arrivals(core.image, blocks, keys[places])
        head = np.frombuffer(core.image, "<u4", 24)
        for case in range(len(names)):
            here = sent[case, places]
            load = Load(
                neurons=core.neurons,
                ticks=bundle.period,
                cleared=int(head[10]) * core.neurons,
                sent=0.0 if core.key is None else float(own[number][case].sum()),
                received={kind: float((leads[kind] * here).sum()) for kind in ARRIVALS},
                blocks=_of_blocks(bundle, blocks, own[number][case]),
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


def _own(bundle: Bundle, cases: list[Rates]) -> dict[int, Numbers]:
    """Per core, how often its neurons send, or would if they were heard: (cases, neurons)."""
    return {
        number: _rates(cases, p.name, p.cells[first : first + bundle.cores[number].neurons])
        for p in bundle.populations
        for first, number in p.slices
    }


def _senders(
    bundle: Bundle, cases: list[Rates], own: Mapping[int, Numbers]
) -> tuple[Integers, Numbers]:
    """Keys that are sent, ascending, and packets per step of each, (cases, keys)."""
    keys, rates = [np.zeros(0, np.int64)], [np.zeros((len(cases), 0))]
    for name, channels in bundle.inputs.items():
        heard = np.flatnonzero(channels >= 0)
        keys.append(channels[heard])
        rates.append(_rates(cases, name, heard))
    for number, core in enumerate(bundle.cores):
        if core.key is not None:
            keys.append(core.key + np.arange(core.neurons))
            rates.append(own[number])
    every, sent = np.concatenate(keys), np.concatenate(rates, axis=1)
    order = np.argsort(every, kind="stable")
    return every[order], sent[:, order]


def _of_blocks(bundle: Bundle, blocks: Sequence[Block], sent: Numbers) -> dict[str, float]:
    """What the blocks of a core do, whose neurons send so often."""
    rules = list(bundle.learning.rules.values())
    return {
        name: sum(
            event.count(b, sent)
            for b in blocks
            if b.kind == event.kind
            and (not event.update or event.update in rules[b.words[0]].updates)
        )
        for name, event in BLOCK_EVENTS.items()
    }


def _rates(cases: list[Rates], name: str, cells: Integers) -> Numbers:
    none = np.zeros(len(cells))
    return np.array([case[name][cells] if name in case else none for case in cases])


def _range(keys: Integers, way: Way) -> slice:
    low, high = np.searchsorted(keys, (way.key, way.key + way.size)).tolist()
    return slice(low, high)


def _places(keys: Integers, way: Way) -> Integers:
    span = _range(keys, way)
    return np.arange(span.start, span.stop)


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
