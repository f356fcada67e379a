"""The kinds of events that cores spend instructions on: a row each, and nothing else to add.

A row says how often an event happens on a core in a step (`count`), and what one takes: a figure
of the target by name, or, of what is generated, a price by core.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.cost.arrivals import ARRIVALS
from somac.backends.manycore.cost.blocks import BLOCK_EVENTS
from somac.backends.manycore.events import PRICES

__all__ = ["KINDS", "Kind", "Load"]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """What happens on one core in a step of the model.

    Parameters
    ----------
    neurons
        How many it has.
    ticks
        Ticks of a step.
    cleared
        Accumulators that a tick without an update clears.
    sent
        Packets that its neurons send.
    received
        What the packets that reach it lead to, by kind: `ARRIVALS`.
    blocks
        What its blocks do, by kind: `BLOCK_EVENTS`.
    """

    neurons: int
    ticks: int
    cleared: int
    sent: float
    received: dict[str, float]
    blocks: dict[str, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event, in the plural.

    `price` names a figure, instructions or cycles. Where it is empty, it is the core's own: that of
    its neuron program or, where `update` names a datapath of a learning rule, of its rules.
    """

    name: str
    title: str
    price: str
    count: Callable[[Load], float]
    update: str = ""


def _received(name: str) -> Callable[[Load], float]:
    return lambda load: load.received[name]


def _of_blocks(name: str) -> Callable[[Load], float]:
    return lambda load: load.blocks[name]


def _priced(name: str, title: str, count: Callable[[Load], float], update: str = "") -> Kind:
    return Kind(name, title, PRICES.get(name, ""), count, update)


KINDS: tuple[Kind, ...] = (
    _priced("ticks", "ticks", lambda load: load.ticks),
    _priced("updates", "neuron updates", lambda load: load.neurons),
    _priced(
        "cleared",
        "accumulators cleared in ticks without an update",
        lambda load: load.cleared * (load.ticks - 1),
    ),
    _priced("sent", "packets sent", lambda load: load.sent),
    *(
        _priced(name, title, _received(name), "" if name in PRICES else name)
        for name, title in ARRIVALS.items()
    ),
    *(_priced(name, e.title, _of_blocks(name), e.update) for name, e in BLOCK_EVENTS.items()),
)
"""All of them."""
