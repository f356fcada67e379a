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


_PRICES = {
    "packets": "packet_instructions",
    "probes": "probe_instructions",
    "look_ups": "look_up_instructions",
    "rows": "row_instructions",
    "synaptic_events": "synaptic_event_instructions",
    "delayed_events": "delayed_event_instructions",
    "kept": "kept_signal_instructions",
    "on_pre": "",
}

KINDS: tuple[Kind, ...] = (
    Kind("ticks", "ticks", "tick_instructions", lambda load: load.ticks),
    Kind("updates", "neuron updates", "", lambda load: load.neurons),
    Kind(
        "cleared",
        "accumulators cleared in ticks without an update",
        "clear_instructions",
        lambda load: load.cleared * (load.ticks - 1),
    ),
    Kind("sent", "packets sent", "send_instructions", lambda load: load.sent),
    *(
        Kind(name, title, _PRICES[name], _received(name), "" if _PRICES[name] else name)
        for name, title in ARRIVALS.items()
    ),
    *(Kind(name, e.title, e.price, _of_blocks(name), e.update) for name, e in BLOCK_EVENTS.items()),
)
"""All of them."""
