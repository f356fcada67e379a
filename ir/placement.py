"""Placement, as placers know it: the problem, the options, the answer. Version 1.0.

A placer is a pure function of a problem and options that gives a core to each slice. It sees
arrays only, nothing of the network, and one slice takes one core. How packages register placers,
and what a version promises, is in `docs/reference/placers.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import freeze_arrays, read_only
from somac.ir.errors import SomacError
from somac.ir.progress import Tell
from somac.ir.target import Topology

__all__ = [
    "API_VERSION",
    "EFFORT_WORK",
    "HOST",
    "RATE_UNIT",
    "Nets",
    "Objective",
    "PlaceOptions",
    "Placement",
    "PlacementProblem",
    "Placer",
    "PlacerInfo",
    "integer_rate",
]

API_VERSION = (1, 0)
"""Version of the interface of placers, which is this module, `somac.ir.paths.find_paths` and
`somac.ir.progress`. A placer for 1.x runs with every 1.y of somac where y is at least x."""

HOST = -1
"""The source of nets whose spikes come from the host."""

RATE_UNIT = 1000
"""Integer rates count spikes per so many ticks; costs are in hops of those."""

MAX_RATE = 1 << 31

Objective = Literal["unicast", "multicast"]
"""The cost of a placement is a sum over nets of rate times hops: ``unicast``, from the source
(or the host) to every target by itself; ``multicast``, along the tree of links that reaches all
targets, each link once."""


def integer_rate(spikes_per_tick: float) -> int:
    """Spikes per 1,000 ticks, rounded, and at least 1 so that every net pulls a little.

    >>> integer_rate(0.25), integer_rate(0.0)
    (250, 1)
    """
    return min(max(round(spikes_per_tick * RATE_UNIT), 1), MAX_RATE)


@dataclass(frozen=True, slots=True, eq=False)
class Nets:
    """Which slices hear which: net `n` goes to ``target[start[n]:start[n + 1]]``.

    Parameters
    ----------
    source
        int64 (nets,): slice that sends, or `HOST`.
    rate
        int64 (nets,): spikes per `RATE_UNIT` ticks.
    start
        int64 (nets + 1,): where the targets of each net begin.
    target
        int64 (pins,): slices that receive.
    """

    source: NDArray[np.int64]
    rate: NDArray[np.int64]
    start: NDArray[np.int64]
    target: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self, np.int64)
        if len(self.start) != len(self.source) + 1 or len(self.rate) != len(self.source):
            raise ValueError("one rate, and one more start than nets")

    @classmethod
    def of(cls, nets: Iterable[tuple[int, Sequence[int], int]]) -> Nets:
        """Nets of the source, the targets and the rate of each."""
        rows = list(nets)
        return cls(
            source=np.array([source for source, _, _ in rows], dtype=np.int64),
            rate=np.array([rate for _, _, rate in rows], dtype=np.int64),
            start=np.cumsum([0, *(len(targets) for _, targets, _ in rows)]),
            target=np.array([one for _, targets, _ in rows for one in targets], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.source)

    @property
    def owner(self) -> NDArray[np.int64]:
        """int64 (pins,): the net of each target."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.start))


@dataclass(frozen=True, slots=True, eq=False)
class PlacementProblem:
    """Put every slice on a usable core of its own.

    Parameters
    ----------
    topology
        The machine.
    slices
        Number of slices; they are numbered from 0.
    nets
        Traffic between them.
    pins
        Slices that must be on a given core.
    usable
        bool (cores,): cores that may be used; None for the usable ones of the topology.
    objective
        What a placement costs.

    Raises
    ------
    SomacError
        E0603 if no placement can exist.
    """

    topology: Topology
    slices: int
    nets: Nets
    pins: Mapping[int, int] = field(default_factory=dict)
    usable: NDArray[np.bool_] | None = None
    objective: Objective = "unicast"

    def __post_init__(self) -> None:
        everywhere = self.topology.core_usable if self.usable is None else self.usable
        object.__setattr__(self, "usable", read_only(everywhere.astype(np.bool_)))
        ends = np.concatenate([self.nets.source, self.nets.target])
        if ends.size and not (ends.min() >= HOST and ends.max() < self.slices):
            raise ValueError("a net names a slice that does not exist")
        _check_feasible(self)

    @property
    def free(self) -> NDArray[np.bool_]:
        """The cores that may be used, as bool (cores,)."""
        return np.asarray(self.usable, dtype=np.bool_)


EFFORT_WORK = (0.01, 0.3, 1.0, 10.0)
"""`PlaceOptions.work` of the efforts 0 to 3."""


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """How hard to try.

    Parameters
    ----------
    work
        Multiplies the limits of work of the searches. They count steps, not seconds, so
        that a result does not depend on the machine. `EFFORT_WORK` has a value per effort.
    seed
        Of the random choices in searches.
    time_limit
        Seconds after which a search ends with what it has; None for no limit. With one, the
        result may depend on the machine.
    progress
        Called when a search has found a better placement.
    prove
        Whether to look for a lower bound when the search has ended.
    """

    work: float = 1.0
    seed: int = 0
    time_limit: float | None = None
    progress: Tell | None = None
    prove: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """What a placer gives. It is checked, priced and bounded by somac, whoever it comes from.

    Parameters
    ----------
    cores
        Integers (slices,): the core of each slice, by its number in the topology.
    bound
        No placement costs less, if the placer has proven that; with None, somac looks for a
        bound itself.
    solver
        What found it, for people, where a placer has several ways; else the name of the placer.
    interrupted
        Whether Ctrl-C ended the search, and this is the best until then.
    """

    cores: NDArray[np.int64]
    bound: int | None = None
    solver: str = ""
    interrupted: bool = False


Placer = Callable[[PlacementProblem, PlaceOptions], Placement]
"""The same problem and options give the same placement, unless the time limit cuts a search
short. Faults of the problem are a `SomacError`; nothing else is raised."""


@dataclass(frozen=True, slots=True)
class PlacerInfo:
    """What the module of a placer says of it, as its constant ``INFO``.

    Parameters
    ----------
    name
        What users call it: that of the entry point.
    title
        What it is, in a few words.
    api_version
        Major and minor version of the interface that it was made for.
    """

    name: str
    title: str
    api_version: tuple[int, int]


def _check_feasible(problem: PlacementProblem) -> None:
    topology, free = problem.topology, problem.free
    usable = int(free.sum())
    if problem.slices > usable:
        raise SomacError(
            "E0603",
            f"{problem.slices} slices cannot be placed on {usable} cores",
            have=f"{usable} usable cores",
            need=f"{problem.slices} cores, one per slice",
            hint="choose a larger target, or free reserved cores in its description",
        )
    taken: dict[int, int] = {}
    for part, core in sorted(problem.pins.items()):
        if not 0 <= part < problem.slices:
            raise ValueError(f"slice {part} is pinned but does not exist")
        if not 0 <= core < topology.cores:
            raise SomacError(
                "E0603",
                f"slice {part} is pinned to core {core}, which does not exist",
                have=f"cores 0 to {topology.cores - 1}",
            )
        if not free[core]:
            raise SomacError(
                "E0603",
                f"slice {part} is pinned to {topology.core_name(core)}, which may not be used",
                hint="pin it to another core",
            )
        if core in taken:
            raise SomacError(
                "E0603",
                f"slices {taken[core]} and {part} are both pinned to {topology.core_name(core)}",
                have="room for one slice",
                need="room for two",
            )
        taken[core] = part
