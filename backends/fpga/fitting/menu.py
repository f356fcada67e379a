"""Ways to fold each slice: what each takes of the part, and how long a step takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Guidance
from somac.backends.fpga.area import engine_area
from somac.backends.fpga.emit.build import engine_maker
from somac.backends.fpga.emit.design import Engine, Link
from somac.backends.fpga.emit.engines import EngineMaker, Updates
from somac.backends.fpga.folding import STAGE_NS, EngineFold, Folding
from somac.ir.integer import IntegerNetwork
from somac.ir.target import Part

__all__ = ["Way", "busy_cycles", "menus", "single_ways"]

_LANES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_TURNS = (1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Way:
    """An engine with some lanes and updaters.

    Parameters
    ----------
    area
        Units of each pool.
    busy
        Expected cycles of a step for which it does nothing else.
    flight
        Cycles after these until what it sends can be read.
    """

    lanes: int
    updaters: int
    area: Mapping[str, int]
    busy: int
    flight: int


def menus(
    network: IntegerNetwork,
    order: Mapping[str, NDArray[np.int64]],
    folding: Folding,
    part: Part,
    guidance: Guidance,
    updates: Updates,
) -> tuple[tuple[Way, ...], ...]:
    """Per engine of a folding the ways that it could have, all others being as they are."""
    found = []
    for number, fold in enumerate(folding.engines):
        ways = []
        for lanes, updaters in _choices(fold):
            other = replace(fold, lanes=lanes, updaters=updaters)
            engines = (*folding.engines[:number], other, *folding.engines[number + 1 :])
            tried = replace(folding, engines=engines)
            maker = engine_maker(network, order, tried, STAGE_NS, updates)
            ways.append(_way(maker, other, part, guidance))
        found.append(tuple(ways))
    return tuple(found)


def single_ways(
    network: IntegerNetwork,
    order: Mapping[str, NDArray[np.int64]],
    folding: Folding,
    part: Part,
    guidance: Guidance,
    updates: Updates | None = None,
) -> tuple[Way, ...]:
    """The engines of a folding as they are, each beside the others."""
    maker = engine_maker(network, order, folding, STAGE_NS, updates)
    return tuple(_way(maker, fold, part, guidance) for fold in folding.engines)


def _way(maker: EngineMaker, fold: EngineFold, part: Part, guidance: Guidance) -> Way:
    engine = maker.engine(fold)
    busy = busy_cycles(engine, maker.words(fold), guidance)
    return Way(fold.lanes, fold.updaters, engine_area(engine, part), busy, engine.flight)


def _choices(fold: EngineFold) -> Iterator[tuple[int, int]]:
    """Lanes and updaters worth a try: no more lanes than as many groups of cells need."""
    largest = max(part.size for part in fold.slices)
    tried = set()
    for lanes in _LANES:
        for turns in _TURNS:
            if lanes % turns == 0 and lanes <= largest:
                needed = -(-largest // -(-largest // lanes))
                updaters = -(-needed // turns)
                tried.add((updaters * turns, updaters))
    yield from sorted(tried)


def busy_cycles(engine: Engine, words: tuple[float, ...], guidance: Guidance) -> int:
    """Expected cycles of a step; `words` are those of a row, per link on average.

    The rules are those of the emulator's timing, with events as often as expected, evenly over
    the cells.
    """
    total = 0.0
    for link, row in zip(engine.links, words, strict=True):
        total += 2 + _scanning(link, row, guidance)
    updates = sum(section.updates for section in engine.sections)
    # two stages to locate an event, and one to begin an update
    return round(total + updates + len(engine.sections) * (engine.drain + 4))


def _scanning(link: Link, row: float, guidance: Guidance) -> float:
    sender = link.sender
    if link.kind == "whole":
        return sender.words * row
    rate = min(1.0, guidance.rate(sender.title.partition(" from ")[0]))
    events = sender.cells * rate
    empty = sender.words * (1 - rate) ** min(sender.width, sender.cells)
    return max(events * row, events + empty)
