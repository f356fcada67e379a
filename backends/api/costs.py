"""What a step of a model takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.ir.target import Status

__all__ = ["Amount", "Costs", "EventCost", "Rates"]

Rates = Mapping[str, NDArray[np.float64]]
"""Packets per cell and step of the model: float64 (cells,) per population and input."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure of cost.

    `status` is that of the weakest figure of the target that it was computed from, and at best
    ``derived``; `of` names these figures. `title` says what it is where it belongs into a
    summary; amounts of steps that `adds` says add up to that of a run. `parts` names the amounts
    that it is the sum of.
    """

    value: float
    unit: str
    status: Status
    of: tuple[str, ...] = ()
    title: str = ""
    adds: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventCost:
    """Events of a kind, whose plural is `title`: how many a step has, and what one takes.

    `total` is of all cores or engines, `busiest` of the one with most to do, and `price` what it
    takes there: instructions of a core, cycles of an engine.
    """

    name: str
    title: str
    total: float
    busiest: float
    price: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What a step of the model takes.

    Parameters
    ----------
    amounts
        By name: the names and units that the backend documents.
    events
        What was counted.
    busiest
        The core or engine with most to do, in words.
    cycles
        Of a step on each core or engine, in the order of the program; nothing where they are not
        known.
    places
        Names of these cores or engines, in that order.
    shares
        By name of an amount, what of it falls on each of them, in its unit.
    """

    amounts: Mapping[str, Amount]
    events: tuple[EventCost, ...] = ()
    busiest: str = ""
    cycles: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    shares: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
