"""What a slice hears: its projections, joined where they come from one sender at one time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.design import Cast, Sender
from somac.backends.fpga.emit.rowfacts import RowFacts
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.mapping import Slice

__all__ = ["Heard", "Part", "heard"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """What sends: an input, or a slice of a population.

    `level` is the longest way to it along projections without delay, -1 for an input.
    """

    sender: Sender
    source: str
    start: int
    stop: int
    level: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Projections from one part to ports side by side, with one delay and one rounding.

    `delay` is the least of all synapses, in steps; `port` is the first port, and per port from
    there on are the projections that end at it.
    """

    part: Part
    delay: int
    cast: Cast
    port: int
    projections: tuple[tuple[IntegerProjection, ...], ...]

    @property
    def every(self) -> tuple[IntegerProjection, ...]:
        """All of them."""
        return tuple(p for some in self.projections for p in some)

    @property
    def spread(self) -> int:
        """Steps between the delays of the soonest and the latest synapse."""
        return max((max(d) - min(d) for p in self.every if (d := p.connectivity.delays)), default=0)


def heard(
    network: IntegerNetwork,
    target: Slice,
    ports: Sequence[str],
    parts: Sequence[Part],
    facts: RowFacts,
) -> tuple[Heard, ...]:
    """What a slice hears, from every part of a source that has a synapse to it.

    What is there soonest comes first: its own signals of earlier steps, then those of parts
    before it, then those that come back from parts behind it.
    """
    by_part: dict[Part, list[IntegerProjection]] = {}
    for projection in network.projections:
        if projection.target != target.population:
            continue
        for part in parts:
            if part.source == projection.source and _reaches(projection, part, target, facts):
                by_part.setdefault(part, []).append(projection)
    found = [
        group
        for part, projections in by_part.items()
        for group in _joined(part, projections, ports)
    ]
    own = next(p for p in parts if (p.source, p.start) == (target.population, target.start))
    return tuple(sorted(found, key=lambda h: _turn(h, own)))


def _turn(h: Heard, own: Part) -> tuple[int, int]:
    if h.part == own:
        return 0, 0
    behind = h.part.level >= own.level
    return 1 + behind, h.part.level


def _reaches(projection: IntegerProjection, part: Part, target: Slice, facts: RowFacts) -> bool:
    span = (target.start, target.stop)
    return facts.reaches(projection.connectivity, (part.start, part.stop), span)


def _joined(
    part: Part, projections: Sequence[IntegerProjection], ports: Sequence[str]
) -> list[Heard]:
    """Those with equal delay and rounding together, unless many ports between lie idle."""
    groups: dict[tuple[int, Cast], list[IntegerProjection]] = {}
    for p in projections:
        cast = Cast() if p.product is None else Cast(p.product.shift, p.product.rounding)
        groups.setdefault((p.delay + min(p.connectivity.delays, default=0), cast), []).append(p)
    found = []
    for (delay, cast), some in groups.items():
        by_port = [tuple(p for p in some if p.port == port) for port in ports]
        used = [number for number, there in enumerate(by_port) if there]
        first, last = used[0], used[-1]
        whole = Heard(part, delay, cast, first, tuple(by_port[first : last + 1]))
        together = 2 * len(used) > last - first + 1 and not whole.spread
        # products that are rounded by themselves cannot be added up beforehand
        alone = cast.shift > 0 and any(len(there) > 1 for there in by_port)
        if together and not alone:
            found.append(whole)
            continue
        found += [
            Heard(part, delay, cast, number, ((p,),)) for number in used for p in by_port[number]
        ]
    return found
