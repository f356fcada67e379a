"""Every synapse exactly once, and nothing else: the network's against those in the images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.verify.description import Block, Core, Description
from somac.backends.manycore.verify.entries import Entry
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["check_synapses", "expected_targets"]

Integers = NDArray[np.int64]

_SHOWN = 3
_ROWS = 1 << 21
# beyond every delay and every weight magnitude that an image can hold
_DELAYS, _WEIGHTS = 1 << 20, 1 << 33


def check_synapses(network: IntegerNetwork, description: Description) -> Iterator[Diagnostic]:
    """E0804 and E0805, population by population."""
    origin = _numbering(network)
    keys = _Keys(description.blocks, origin)
    for population in network.populations:
        meant = _meant(network, population, origin)
        found, problems = _found(description, population, keys)
        yield from problems
        yield from _compared(population, meant, found, origin)


def expected_targets(network: IntegerNetwork, description: Description) -> dict[int, set[int]]:
    """Per number of a block, the numbers of the cores on which it has synapses.

    Every neuron is on one core: that has been checked before.
    """
    targets: dict[int, set[int]] = {n: set() for n in range(len(description.blocks))}
    for projection in network.projections:
        wiring = projection.structure
        owner = np.zeros(wiring.target_size, dtype=np.int64)
        for block in description.blocks:
            if block.source == projection.target and block.core is not None:
                owner[block.cells] = block.core
        rows = wiring.rows(0, wiring.source_size)
        for number, block in enumerate(description.blocks):
            if block.source == projection.source:
                cells = block.cells[block.cells < wiring.source_size]
                first, size = rows.indptr[cells], np.diff(rows.indptr)[cells]
                own = np.repeat(first - (np.cumsum(size) - size), size) + np.arange(size.sum())
                targets[number].update(np.unique(owner[rows.target[own]]).tolist())
    return targets


def _numbering(network: IntegerNetwork) -> dict[str, int]:
    """The number of the first cell of every input and population, all in one row."""
    first, numbers = 0, {}
    parts = [(i.name, i.size) for i in network.inputs]
    parts += [(p.name, p.size) for p in network.populations]
    for name, size in parts:
        numbers[name] = first
        first += size
    return numbers


def _coded(
    source: Integers,
    target: Integers,
    port: int | Integers,
    delay: Integers,
    weight: Integers,
    cells: int,
) -> Integers:
    """Two numbers a synapse that tell it from every other: int64 (synapses, 2)."""
    ends = source * cells + target
    how = (port * _DELAYS + delay) * (2 * _WEIGHTS) + weight + _WEIGHTS
    return np.stack([ends, np.broadcast_to(how, ends.shape)], axis=1)


def _meant(
    network: IntegerNetwork, population: IntegerPopulation, origin: Mapping[str, int]
) -> Integers:
    ports = population.datapath.names("input")
    parts = [np.zeros((0, 2), dtype=np.int64)]
    for projection in network.projections:
        if projection.target == population.name and projection.plasticity is None:
            port = ports.index(projection.port)
            parts += [
                _coded(origin[projection.source] + s, t, port, d, w, population.size)
                for s, t, d, w in _blocks(projection)
            ]
    return np.concatenate(parts)


def _blocks(
    projection: IntegerProjection,
) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
    """Source, target, total delay and weight of all synapses, some rows at a time."""
    wiring = projection.connectivity
    step = max(1, _ROWS // wiring.target_size)
    for start in range(0, wiring.source_size, step):
        rows = wiring.rows(start, min(start + step, wiring.source_size))
        source = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr)) + start
        yield source, rows.target, rows.delay + projection.delay, rows.weight.astype(np.int64)


class _Keys:
    """Which cell sends which key."""

    def __init__(self, blocks: Sequence[Block], origin: Mapping[str, int]) -> None:
        sending = [(b.key, b) for b in blocks if b.key is not None and b.source in origin]
        sending.sort(key=lambda pair: pair[0])
        self.first = np.array([key for key, _ in sending], dtype=np.int64)
        self.size = np.array([b.stop - b.start for _, b in sending], dtype=np.int64)
        self.begin = np.cumsum(self.size) - self.size
        none = [np.zeros(0, dtype=np.int64)]
        self.cell = np.concatenate([origin[b.source] + b.cells for _, b in sending] or none)

    def cells(self, keys: Integers) -> Integers:
        """The cell that sends each key, -1 where none does."""
        if not len(self.first):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.maximum(np.searchsorted(self.first, keys, side="right") - 1, 0)
        inside = (keys >= self.first[at]) & (keys < self.first[at] + self.size[at])
        place = np.where(inside, self.begin[at] + keys - self.first[at], 0)
        return np.where(inside, self.cell[place], -1)

    def only_one(self, key: int, mask: int) -> bool:
        """Whether the mask lets the keys of one block through, and all of them."""
        low = 0xFFFFFFFF ^ mask
        met = np.flatnonzero((self.first <= key + low) & (self.first + self.size > key))
        if len(met) != 1:
            return False
        return bool(self.first[met[0]] == key and self.size[met[0]] <= low + 1)


def _found(
    description: Description, population: IntegerPopulation, keys: _Keys
) -> tuple[Integers, list[Diagnostic]]:
    parts = [np.zeros((0, 2), dtype=np.int64)]
    problems = []
    masks: dict[tuple[int, int], bool] = {}
    for block in description.blocks:
        if block.source != population.name or block.core is None:
            continue
        core = description.cores[block.core]
        for entry in core.image.entries:
            source = keys.cells(entry.source)
            if source.min() < 0:
                problems.append(_stray(core, entry, "leads from a key that nobody sends"))
                continue
            if entry.mask is not None:
                pair = (entry.key, entry.mask)
                if pair not in masks:
                    masks[pair] = keys.only_one(*pair)
                if not masks[pair]:
                    problems.append(_stray(core, entry, f"has a wrong mask {entry.mask:#010x}"))
            if entry.target.max() >= core.image.neurons:
                problems.append(_stray(core, entry, "ends on a neuron that is not there"))
                continue
            target = block.cells[entry.target]
            parts.append(
                _coded(source, target, entry.port, entry.delay, entry.weight, population.size)
            )
    return np.concatenate(parts), problems


def _stray(core: Core, entry: Entry, problem: str) -> Diagnostic:
    return Diagnostic(
        "E0805",
        f"the population table's entry for key {entry.key:#010x} {problem}",
        Place(file=core.image.file),
    )


def _compared(
    population: IntegerPopulation, meant: Integers, found: Integers, origin: Mapping[str, int]
) -> Iterator[Diagnostic]:
    meant, found = (a[np.lexsort((a[:, 1], a[:, 0]))] for a in (meant, found))
    if meant.shape == found.shape and (meant == found).all():
        return
    for code, these, those, what in (
        ("E0804", meant, found, "missing"),
        ("E0805", found, meant, "too many"),
    ):
        rest = _difference(these, those)
        if len(rest):
            shown = "; ".join(_named(synapse, population, origin) for synapse in rest[:_SHOWN])
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            yield Diagnostic(
                code,
                f"population {population.name}: {len(rest)} synapses {what}: {shown}{more}",
                Place(node=population.name),
                have=f"{len(found)} synapses",
                need=f"{len(meant)} synapses",
            )


def _difference(these: Integers, those: Integers) -> Integers:
    """Rows of `these` that `those` has fewer of, each as often as they are missing."""
    both, where, counts = np.unique(
        np.concatenate([these, those]), axis=0, return_inverse=True, return_counts=True
    )
    inverse = where.reshape(-1)
    first = np.bincount(inverse[: len(these)], minlength=len(both))
    return np.repeat(both, np.maximum(2 * first - counts, 0), axis=0)


def _named(synapse: Integers, population: IntegerPopulation, origin: Mapping[str, int]) -> str:
    """A synapse for people."""
    cell, target = divmod(int(synapse[0]), population.size)
    how, weight = divmod(int(synapse[1]), 2 * _WEIGHTS)
    port, delay = divmod(how, _DELAYS)
    name = max((n for n, first in origin.items() if first <= cell), key=lambda n: origin[n])
    ports = population.datapath.names("input")
    return (
        f"{name}[{cell - origin[name]}] -> [{target}].{ports[port] if port < len(ports) else port} "
        f"weight {weight - _WEIGHTS} delay {delay}"
    )
