"""Between the model and the mapping: legal networks, what slices cost, what takes a core each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic
from somac.ir.integer import IntegerNetwork

__all__ = ["Legal", "Net", "Parts", "Placed", "ResourceModel", "Signal", "Slice"]


@dataclass(frozen=True, slots=True)
class Legal:
    """A network that the target can run as it stands, and what was changed to get there.

    `notes` are for the report, one sentence each. From here on `network` is the golden one.
    """

    network: IntegerNetwork
    notes: tuple[Diagnostic, ...] = ()


class ResourceModel(Protocol):
    """What slices of a network cost on the cores of a target."""

    def demand(self, population: str, start: int, stop: int, /) -> Mapping[str, int]:
        """What neurons `start` to `stop` (exclusive) take of each resource of one core.

        The names are those of `Target.resources`. Never less for a larger range.
        """
        ...


class Slice(NamedTuple):
    """Cells of a population that are in a part: from `start` to `stop`, exclusive."""

    population: str
    start: int
    stop: int
    part: int


class Placed(NamedTuple):
    """Cells `start` to `stop` (exclusive) of a population, in the order of the mapping, on a core.

    The core is its number in the topology of the target, or its name: as `Topology.core_name` has
    it, or what the backend calls an engine.
    """

    population: str
    start: int
    stop: int
    core: int | str


class Signal(NamedTuple):
    """Who hears cells of a population, or channels of an input: `rate` signals in a tick."""

    source: str
    start: int
    stop: int
    rate: float
    parts: tuple[int, ...]


class Net(NamedTuple):
    """What goes from one part to others besides signals: `rate` messages in a tick."""

    part: int
    rate: float
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What takes a core each, where a backend itself says what shares one.

    Parameters
    ----------
    count
        How many there are, numbered from 0.
    slices
        Every cell of every population once.
    signals
        Who hears them. Cells of populations stand as in `slices`; every channel of every input
        is there once.
    nets
        What goes from part to part besides. A part may have several.
    demand
        Per part what it takes of each resource of its core, for the report.
    plan
        What else the backend decided, for `emit`: integers by name, nothing to anybody else.
    """

    count: int
    slices: tuple[Slice, ...]
    signals: tuple[Signal, ...]
    nets: tuple[Net, ...] = ()
    demand: tuple[Mapping[str, int], ...] = ()
    plan: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
