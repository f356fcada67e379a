"""How busy links are, and how much of a tick they need for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.route.trees import Trees
from somac.ir.target import Figure, Topology

__all__ = ["LinkLoads", "link_loads", "packet_times"]

_NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True)
class LinkLoads:
    """The load of links of one kind.

    Parameters
    ----------
    kind
        ``chip`` for links inside chips, ``board`` for links between them.
    links
        Links there are.
    trees
        Trees on the link that most of them share.
    packets
        Packets per tick on the busiest link, as expected.
    mean
        Packets per tick on a link, on average.
    busiest
        Number of the busiest link in the topology.
    busy_ns
        Time the busiest link takes for the packets of a tick; None if it is not known how
        fast links are.
    share
        The part of a tick which that is; above 1, ticks must be longer.
    """

    kind: str
    links: int
    trees: int
    packets: float
    mean: float
    busiest: int
    busy_ns: float | None
    share: float | None


def packet_times(figures: Mapping[str, Figure]) -> Mapping[str, tuple[float, tuple[str, ...]]]:
    """Nanoseconds that a packet holds a link, per kind of link that `figures` tell of, and names.

    Between chips that is ``link_packet_ns``; on a chip ``noc_flit_bits`` over
    ``noc_link_gbit_per_s``, as a packet is one flit.
    """
    times: dict[str, tuple[float, tuple[str, ...]]] = {}
    if "link_packet_ns" in figures:
        times["board"] = figures["link_packet_ns"].value, ("link_packet_ns",)
    if "noc_flit_bits" in figures and "noc_link_gbit_per_s" in figures:
        time = figures["noc_flit_bits"].value / figures["noc_link_gbit_per_s"].value
        times["chip"] = time, ("noc_flit_bits", "noc_link_gbit_per_s")
    return times


def link_loads(
    topology: Topology,
    trees: Trees,
    rates: Sequence[float] | NDArray[np.float64],
    figures: Mapping[str, Figure] | None = None,
) -> tuple[LinkLoads, ...]:
    """The loads of links inside chips and between them, if there are any.

    Parameters
    ----------
    topology
        The machine.
    trees
        The tree of each net.
    rates
        float64 (nets,): packets of each net per tick.
    figures
        Those of the target: how long a packet takes, and ``tick_ms``.
    """
    count = np.bincount(trees.link, minlength=topology.links)
    rate = np.asarray(rates, dtype=np.float64)[trees.net]
    load = np.bincount(trees.link, weights=rate, minlength=topology.links)
    crosses = topology.link_crosses
    times = packet_times(figures or {})
    tick = figures["tick_ms"].value * _NS_PER_MS if figures and "tick_ms" in figures else None
    found = []
    for kind, links in (("chip", np.flatnonzero(~crosses)), ("board", np.flatnonzero(crosses))):
        if len(links) == 0:
            continue
        busiest = int(links[np.argmax(load[links])])
        busy = float(load[busiest]) * times[kind][0] if kind in times else None
        found.append(
            LinkLoads(
                kind=kind,
                links=len(links),
                trees=int(count[links].max()),
                packets=float(load[busiest]),
                mean=float(load[links].mean()),
                busiest=busiest,
                busy_ns=busy,
                share=None if busy is None or tick is None else busy / tick,
            )
        )
    return tuple(found)
