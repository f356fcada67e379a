"""`Mapping`: which slice of which population is on which core, and which way its spikes go."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnlyDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import digest_of, read_only, summary

__all__ = ["INPUT_SLICE", "KeyBlock", "Mapping", "Proof", "Route", "Slice", "TableEntry"]

INPUT_SLICE = 64
"""Channels of a network input under one key block, at most: only cores that hear any of them get
its packets."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Neurons `start` to `stop` (exclusive) of a population, on one core.

    `core` is an index into the target's topology; it is None for a slice of a network
    input, whose spikes come from the host.
    """

    population: str
    start: int
    stop: int
    core: int | None

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.stop - self.start

    def __str__(self) -> str:
        return f"{self.population}[{self.start}:{self.stop}]"


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """The multicast keys of a slice: neuron `start + i` sends `key + i`.

    `mask` has ones where a key of the block is fixed; blocks do not overlap.
    """

    key: int
    mask: int

    def __contains__(self, key: int) -> bool:
        return key & self.mask == self.key


@dataclass(frozen=True, slots=True)
class Route:
    """The tree along which the spikes of one source slice reach their target cores.

    Parameters
    ----------
    source
        Index into `Mapping.slices`.
    keys
        The keys the slice sends.
    links
        Links of the topology the tree uses, each once, parents before children.
    cores
        The cores that receive, ascending.
    rate
        Expected spikes of the slice per tick: the weight of the route in the cost.
    """

    source: int
    keys: KeyBlock
    links: tuple[int, ...]
    cores: tuple[int, ...]
    rate: float


@dataclass(frozen=True, slots=True)
class TableEntry:
    """An entry of a chip's routing table; the first one that matches a key counts.

    Parameters
    ----------
    key, mask
        It matches keys with ``key & mask == self.key``.
    links
        Links of the topology by which packets leave the chip, ascending.
    cores
        Cores of the topology that receive, ascending.
    """

    key: int
    mask: int
    links: tuple[int, ...]
    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """How good the placement is: its cost beside a bound no placement can beat.

    `cost` and `bound` are hop-weighted traffic, in the integer units of the solver;
    `status` is the solver's word (``optimal``, ``feasible``).
    """

    cost: int
    bound: int
    status: str
    solver: str

    @property
    def gap(self) -> float:
        """Share of the cost that the bound leaves open, 0 for a proven optimum."""
        return 0.0 if self.cost == 0 else (self.cost - self.bound) / self.cost


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Slices on cores, a route for each slice that sends, and the proof.

    Parameters
    ----------
    network
        Digest of the `IntegerNetwork` that is mapped, in the order of `order`.
    target
        Digest of the `Target` it is mapped to.
    slices
        Every neuron of every population once, and of every network input once.
    routes
        One per slice that has a target; order is that of `slices`.
    proof
        Cost and bound of the placement.
    demand
        Per slice index, what it takes of each resource of its core.
    tables
        Per chip its routing table, which does what `routes` say to every key in use; keys that
        nobody sends may match too. Without any, each route is an entry of every chip it reaches.
    order
        int64 (size,) per population whose cells stand in another order than in the model: the
        cell of the model in each place. Slices count places.
    parts
        The core of each part, where the backend says what shares a core; cores without slices
        may be among them.
    plan
        int64 by name: what the backend decided besides, and reads when it emits.
    """

    network: str
    target: str
    slices: tuple[Slice, ...]
    routes: tuple[Route, ...]
    proof: Proof
    demand: ReadOnlyDict[int, ReadOnlyDict[str, int]]
    tables: tuple[tuple[TableEntry, ...], ...] = ()
    order: ReadOnlyDict[str, NDArray[np.int64]] = field(default_factory=dict)
    parts: tuple[int, ...] = ()
    plan: ReadOnlyDict[str, NDArray[np.int64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for field_name in ("order", "plan"):
            given = {name: read_only(cells) for name, cells in getattr(self, field_name).items()}
            object.__setattr__(self, field_name, given)

    def digest(self) -> str:
        """BLAKE2b of the value, as hexadecimal text."""
        return digest_of(self)

    def text(self) -> str:
        """Stable text, a line per slice, route and table entry: for dumps and golden tests."""
        lines = [
            f"mapping cost {self.proof.cost} bound {self.proof.bound} "
            f"gap {self.proof.gap:.4f} {self.proof.status} by {self.proof.solver}"
        ]
        for index, part in enumerate(self.slices):
            where = "host" if part.core is None else f"core {part.core}"
            needs = " ".join(f"{k}={v}" for k, v in sorted(self.demand.get(index, {}).items()))
            lines.append(f"slice {index} {part} {where} {needs}".rstrip())
        lines += [f"part {part} core {core}" for part, core in enumerate(self.parts)]
        lines += [f"order {name} {summary(self.order[name])}" for name in sorted(self.order)]
        lines += [f"plan {name} {summary(self.plan[name])}" for name in sorted(self.plan)]
        lines += [
            f"route {route.source} key {route.keys.key:#010x}/{route.keys.mask:#010x} "
            f"links {','.join(map(str, route.links)) or '-'} "
            f"cores {','.join(map(str, route.cores))} rate {route.rate:.6g}"
            for route in self.routes
        ]
        lines += [
            f"table {chip} key {entry.key:#010x}/{entry.mask:#010x} "
            f"links {','.join(map(str, entry.links)) or '-'} "
            f"cores {','.join(map(str, entry.cores)) or '-'}"
            for chip, table in enumerate(self.tables)
            for entry in table
        ]
        return "\n".join(lines) + "\n"
