"""What is to be mapped, on what, and what the user insists on.

The values here know no network and no file: the compiler makes them from a network that was
cut, `problem.file` from text, a benchmark from a generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import digest_of, integers, read_only
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.placement import HOST, Nets, Objective
from somac.ir.target import Figure, Target, Topology

__all__ = ["Constraints", "Machine", "MappingProblem"]

_SHOWN = 8
"""Slices of a group that an error lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """Hardware as mapping sees it.

    Parameters
    ----------
    name
        For people.
    topology
        Cores and links; what is dead is not usable, or not among the links.
    capacity
        What a core has, by resource.
    router_entries
        Entries of one chip's routing table.
    figures
        What is known of the speed of links, as in a target description.
    """

    name: str
    topology: Topology
    capacity: Mapping[str, int]
    router_entries: int
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @classmethod
    def of_target(cls, target: Target) -> Machine:
        """The machine of a target description."""
        return cls(
            target.name, target.topology, target.resources, target.router_entries, target.figures
        )


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the user insists on.

    Parameters
    ----------
    together
        Groups of slices that share a core.
    apart
        Groups of slices of which no two share a core.
    pins
        Slices that are on a given core.
    reserved
        Cores that stay empty.
    """

    together: tuple[tuple[int, ...], ...] = ()
    apart: tuple[tuple[int, ...], ...] = ()
    pins: Mapping[int, int] = field(default_factory=dict)
    reserved: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MappingProblem:
    """Slices to be put on the cores of a machine, and their traffic.

    A slice is what no mapper cuts further. Slices share a core as long as the core has what
    they take together.

    Parameters
    ----------
    name
        For people.
    machine
        The hardware.
    resources
        Names of what slices take, in the order of the columns of `demand`; the machine has a
        capacity for each.
    demand
        int64 (slices, resources): what each slice takes of a core.
    nets
        Who hears whom, one net per sending slice at most.
    keys
        int64 (nets,): multicast keys of each net, one per neuron that sends as a rule.
    sharing
        Whether slices that are not to be together may share a core.
    objective
        What placement makes small: ``unicast``, hops from the sender to each core that hears
        it, or ``multicast``, hops of the tree by which all of them do.
    constraints
        What the user insists on.

    Raises
    ------
    SomacError
        E0610, with everything that contradicts itself.
    """

    name: str
    machine: Machine
    resources: tuple[str, ...]
    demand: NDArray[np.int64]
    nets: Nets
    keys: NDArray[np.int64]
    constraints: Constraints = field(default_factory=Constraints)
    sharing: bool = True
    objective: Objective = "unicast"

    def __post_init__(self) -> None:
        demand = integers(self.demand)
        if demand.ndim != 2 or demand.shape[1] != len(self.resources):
            raise ValueError(f"demand has shape {demand.shape}, not (slices, resources)")
        object.__setattr__(self, "demand", read_only(demand))
        keys = integers(self.keys)
        if keys.shape != (len(self.nets),):
            raise ValueError(f"keys have shape {keys.shape}, not (nets,)")
        object.__setattr__(self, "keys", read_only(keys))
        found = list(_contradictions(self))
        if found:
            raise SomacError.of(found)

    @property
    def slices(self) -> int:
        """Number of slices."""
        return len(self.demand)

    @property
    def capacity(self) -> NDArray[np.int64]:
        """int64 (resources,): what a core has, in the order of `resources`."""
        return np.array([self.machine.capacity[name] for name in self.resources], dtype=np.int64)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """bool (cores,): cores that are neither dead nor reserved."""
        usable = self.machine.topology.core_usable.copy()
        usable[list(self.constraints.reserved)] = False
        return usable

    def digest(self) -> str:
        """BLAKE2b of the value, as hexadecimal text."""
        return digest_of(self)


def _contradictions(problem: MappingProblem) -> Iterator[Diagnostic]:
    unknown = [name for name in problem.resources if name not in problem.machine.capacity]
    if unknown:
        yield _wrong(
            f"slices take {unknown[0]}, of which {problem.machine.name} has none stated",
            "demand",
            have=", ".join(problem.machine.capacity) or "no capacity",
        )
    if problem.demand.size and problem.demand.min() < 0:
        odd = int(np.argmax((problem.demand < 0).any(axis=1)))
        yield _wrong(f"slice {odd} takes less than nothing", f"demand of slice {odd}")
    if problem.keys.size and problem.keys.min() < 1:
        odd = int(np.argmax(problem.keys < 1))
        yield _wrong(f"net {odd} has no keys", "nets.keys", need="1 at least")
    yield from _odd_nets(problem.nets, problem.slices)
    yield from _odd_constraints(problem.constraints, problem.slices, problem.machine.topology.cores)


def _odd_nets(nets: Nets, slices: int) -> Iterator[Diagnostic]:
    known = f"slices 0 to {slices - 1}" if slices else "no slices"
    for what, ends, least in (("source", nets.source, HOST), ("target", nets.target, 0)):
        odd = ends[(ends < least) | (ends >= slices)]
        if odd.size:
            yield _wrong(f"a net's {what} is slice {int(odd[0])}", "nets", have=known)
    senders, count = np.unique(nets.source[nets.source != HOST], return_counts=True)
    if (count > 1).any():
        twice = int(senders[np.argmax(count > 1)])
        yield _wrong(
            f"slice {twice} has {int(count.max())} nets", "nets", need="one, with all its targets"
        )
    if nets.rate.size and nets.rate.min() < 0:
        yield _wrong("a net has a negative rate", "nets")


def _odd_constraints(wishes: Constraints, slices: int, cores: int) -> Iterator[Diagnostic]:
    for kind, groups in (("together", wishes.together), ("apart", wishes.apart)):
        for group in groups:
            odd = [part for part in group if not 0 <= part < slices]
            if odd or len(set(group)) != len(group):
                why = f"names slice {odd[0]}" if odd else "names a slice twice"
                yield _wrong(f"a group of {kind} {why}", f"constraints.{kind}", have=_some(group))
    for part, core in sorted(wishes.pins.items()):
        if not 0 <= part < slices or not 0 <= core < cores:
            yield _wrong(
                f"slice {part} is pinned to core {core}",
                "constraints.pins",
                have=f"{slices} slices and {cores} cores, counted from 0",
            )
    for core in wishes.reserved:
        if not 0 <= core < cores:
            yield _wrong(
                f"core {core} is reserved", "constraints.reserved", have=f"cores 0 to {cores - 1}"
            )
    yield from _at_odds(wishes)


def _at_odds(wishes: Constraints) -> Iterator[Diagnostic]:
    """Wishes of which each can be met, but not all."""
    home: dict[int, int] = {}
    for number, group in enumerate(wishes.together):
        for part in group:
            if home.setdefault(part, number) != number:
                yield _wrong(
                    f"slice {part} is in two groups of together",
                    "constraints.together",
                    hint="join the groups",
                )
    for group in wishes.apart:
        seen: dict[int, int] = {}
        for part in group:
            if part in home and seen.setdefault(home[part], part) != part:
                yield _wrong(
                    f"slices {seen[home[part]]} and {part} are to be together and apart",
                    "constraints.apart",
                )
    for group in wishes.together:
        wanted = {wishes.pins[part] for part in group if part in wishes.pins}
        if len(wanted) > 1:
            yield _wrong(
                f"slices that are to be together are pinned to cores {_some(sorted(wanted))}",
                "constraints.pins",
                have=_some(group),
            )
    for part, core in sorted(wishes.pins.items()):
        if core in wishes.reserved:
            yield _wrong(
                f"slice {part} is pinned to core {core}, which is reserved", "constraints.pins"
            )


def _wrong(
    message: str,
    where: str,
    have: str | None = None,
    need: str | None = None,
    hint: str | None = None,
) -> Diagnostic:
    return Diagnostic("E0610", message, Place(node=where), have=have, need=need, hint=hint)


def _some(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    return shown + (f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else "")
