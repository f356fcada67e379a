"""Time, energy and area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Table
from somac.ir.target import Status

__all__ = ["THIS_RUN", "Area", "Case", "Energy", "Event", "Pool", "Quantity"]

Reals = NDArray[np.float64]

THIS_RUN = "this run"
"""The case of a run on data: "measured" is a status of figures, which its amounts do not have."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of cost by name: `title` is empty for what only tables show.

    `status` is that of the weakest figure it was computed from; `of` names these figures of the
    target. `parts` names the amounts that it is the sum of.
    """

    name: str
    title: str
    value: float
    unit: str
    status: Status
    of: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event in a step: how many in all, on the busiest core, and what one takes there."""

    name: str
    title: str
    total: float
    busiest: float
    price: float

    @property
    def takes(self) -> float:
        """What they take on the busiest core, in the unit of the price."""
        return self.busiest * self.price


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Costs of a step of the model.

    Parameters
    ----------
    name
        ``quiet``, ``expected``, ``worst``, or `THIS_RUN` for the run on data.
    amounts
        Those with a title are for a summary.
    events
        What was counted.
    busiest
        The core or engine with most to do, in words.
    cycles
        float64 (places,): of a step on each core or engine, in the order of `Energy.labels`; empty
        where they are not known.
    shares
        By name of an amount, float64 (places,): what of it falls on each, in its unit.
    """

    name: str
    amounts: tuple[Quantity, ...]
    events: tuple[Event, ...] = ()
    busiest: str = ""
    cycles: Reals = field(default_factory=lambda: np.zeros(0))
    shares: Mapping[str, Reals] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Energy:
    """Time and energy of a step; `labels` name the cores or engines of cycles and shares."""

    cases: tuple[Case, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pool:
    """What a circuit takes of a kind of element of a programmable part.

    `status` says how well the use is known; `source` where the capacity comes from.
    """

    name: str
    used: float
    have: int
    status: Status
    source: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Of a programmable part: `folding` is how networks are folded onto engines, in tables."""

    pools: tuple[Pool, ...]
    folding: tuple[Table, ...] = ()
