"""Retiming and C-slowing: give every projection the delay its hardware needs, exactly.

A population v gets a skew r(v) >= 0, so that a projection (u, v) of delay d takes
``d + r(v) - r(u)`` ticks (Leiserson and Saxe, "Retiming synchronous circuitry", 1991: a
system of difference constraints). The signals are the same, r(v) ticks later. A loop with
fewer ticks of delay than hops times the least delay has no such skews; then every delay is
multiplied by c (C-slowing) and populations update every c ticks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from somac.ir.connectivity import Chain, Connectivity, OneToOne, Sparse
from somac.ir.graph import Edge
from somac.ir.integer import IntegerNetwork

__all__ = ["ExtraDelay", "Retimed", "retime"]


@dataclass(frozen=True, slots=True)
class ExtraDelay:
    """A projection that takes longer than the model says: the semantics moved."""

    projection: str
    ticks: int


@dataclass(frozen=True, slots=True)
class Retimed:
    """The network with legal delays.

    `period` and the populations' ``start`` are in `network`; `extra` lists the projections
    that were lengthened where that was allowed.
    """

    network: IntegerNetwork
    extra: tuple[ExtraDelay, ...] = ()


def retime(network: IntegerNetwork, min_delay: int, *, allow_extra_delay: bool = False) -> Retimed:
    """Make every projection take at least `min_delay` ticks, with the smallest period.

    With `allow_extra_delay` the period stays 1, and in loops that are too short for it the
    projection with the longest delay takes as much longer as is missing: other signals, which
    the result names.
    """
    names = [i.name for i in network.inputs] + [p.name for p in network.populations]
    # what is already skewed is taken back first: only delays between steps of the model count
    edges = tuple(
        replace(e, delay=e.delay + network.start(e.source) - network.start(e.target))
        for e in network.edges()
    )
    period, extra = 1, [0] * len(edges)
    skews = _skews(names, edges, min_delay)
    while isinstance(skews, list):
        if allow_extra_delay:
            longest = max((edges[index].delay, index) for index in skews)[1]
            missing = min_delay * len(skews) - sum(edges[i].delay + extra[i] for i in skews)
            extra[longest] += missing
        else:
            period += 1
        slowed = [
            replace(edge, delay=edge.delay * period + more)
            for edge, more in zip(edges, extra, strict=True)
        ]
        skews = _skews(names, slowed, min_delay)
    starts = skews
    projections = tuple(
        replace(
            p,
            delay=base,
            connectivity=_with_delays(p.connectivity, period, period * p.delay + shift - base),
        )
        for p, more in zip(network.projections, extra, strict=True)
        for taken_back in (network.start(p.source) - network.start(p.target),)
        for shift in (starts[p.target] - starts[p.source] + period * taken_back + more,)
        for base in (max(0, period * p.delay + shift),)
    )
    populations = tuple(replace(p, start=starts[p.name]) for p in network.populations)
    slowed_network = replace(
        network,
        populations=populations,
        projections=projections,
        period=period * network.period,
    )
    lengthened = tuple(
        ExtraDelay(p.name, more) for p, more in zip(network.projections, extra, strict=True) if more
    )
    return Retimed(slowed_network, lengthened)


def _skews(
    names: Sequence[str], edges: Sequence[Edge], min_delay: int
) -> Mapping[str, int] | list[int]:
    """The least skews by Bellman-Ford, or the edges (by index) of a loop that has none."""
    skew = dict.fromkeys(names, 0)
    reached_by: dict[str, int] = {}
    changed = ""
    for _ in range(len(names) + 1):
        changed = ""
        for index, edge in enumerate(edges):
            least = skew[edge.source] + min_delay - edge.delay
            if skew[edge.target] < least:
                skew[edge.target] = least
                reached_by[edge.target] = index
                changed = edge.target
        if not changed:
            return skew
    # still growing after every simple path: walk back until inside the loop, then around it
    for _ in names:
        changed = edges[reached_by[changed]].source
    loop: list[int] = []
    name = changed
    while not loop or name != changed:
        loop.append(reached_by[name])
        name = edges[loop[-1]].source
    return loop


def _with_delays(connectivity: Connectivity, factor: int, shift: int) -> Connectivity:
    """The connectivity with its synapses' own delays times `factor`, plus `shift`."""
    if factor == 1 and shift == 0:
        return connectivity
    match connectivity:
        case Sparse(delay=delay) | OneToOne(delay=delay) if delay is not None:
            return replace(connectivity, delay=np.asarray(delay * factor + shift))
        case Chain(parts):
            slowed = [_with_delays(part, factor, 0) for part in parts]
            for index, part in enumerate(slowed):
                if shift and getattr(part, "delay", None) is not None:
                    slowed[index] = _with_delays(part, 1, shift)
                    break
            return Chain(tuple(slowed))
        case _:
            return connectivity
