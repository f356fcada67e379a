"""What slices of a population take of a core: a safe upper bound, in constant time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from somac.backends.manycore.regions import (
    DESCRIPTOR_BYTES,
    ENTRY_BYTES,
    HEADER_BYTES,
    KEY_BYTES,
    LAYOUT_BYTES,
    align,
    offset_width,
    range_width,
    ring_bytes,
    ring_slots,
    values_width,
)
from somac.backends.manycore.scan import Profile, incoming, profile
from somac.backends.manycore.words import choose_layout
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.target import Target, WordLayout

__all__ = ["ManycoreResources", "is_shared", "measure"]

UNFIT = 1 << 40
"""Bytes of a slice with more neurons than any synaptic word can name."""

_ROUNDS = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Incoming:
    """A projection into a population: where from, how large, what its words must hold."""

    projection: str
    source: str
    source_size: int
    profile: Profile


@dataclass(frozen=True, slots=True, eq=False)
class _Demand:
    """The figures of one population."""

    fixed: int
    per_neuron: tuple[int, ...]
    ports: int
    slots: int
    incoming: tuple[_Incoming, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ManycoreResources:
    """Resource model of a network on a target; made by `measure`.

    A core's population table may have an entry for each slice of its sources, and how many
    those are is not known before everything is cut: `sources` says how many are reckoned with.
    """

    layouts: tuple[WordLayout, ...]
    populations: Mapping[str, _Demand]
    sources: Mapping[str, int]

    def demand(self, population: str, start: int, stop: int) -> Mapping[str, int]:
        """Neurons, and bytes of the memory image, of neurons `start` to `stop`."""
        return {"neurons": stop - start, "bytes": self._bytes(population, start, stop)}

    def _bytes(self, population: str, start: int, stop: int) -> int:
        d, neurons = self.populations[population], stop - start
        total = d.fixed + ring_bytes(d.slots, d.ports, neurons)
        total += sum(align(width * neurons) for width in d.per_neuron)
        counts = [
            int(part.profile.synapses[stop] - part.profile.synapses[start]) for part in d.incoming
        ]
        width = offset_width(max(counts, default=0))
        for part, count in zip(d.incoming, counts, strict=True):
            facts = part.profile
            choice = choose_layout(self.layouts, facts.magnitude, facts.delays, neurons)
            if choice is None:
                return UNFIT
            if count:
                blocks, span = len(choice.bases), facts.span(start, stop)
                slices = min(self.sources[part.source], span)
                direct = blocks * (slices * (ENTRY_BYTES + width) + span * width)
                heard = min(count, blocks * span)
                searched = blocks * (ENTRY_BYTES + width) + heard * (KEY_BYTES + width)
                total += LAYOUT_BYTES + min(direct, searched) + count * choice.layout.bits // 8
        # the row index and the rows are padded
        return total + 2 * align(1)


def measure(network: IntegerNetwork, target: Target) -> ManycoreResources:
    """Count every synapse once, and reckon with slices as large as the cores allow.

    Raises
    ------
    SomacError
        E0650 for every projection with weights that no synaptic word holds.
    """
    sizes = {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}
    demands = {p.name: _demand_of(network, p, sizes) for p in network.populations}
    parts = [part for demand in demands.values() for part in demand.incoming]
    problems = list(_unfit(parts, target.layouts))
    if problems:
        raise SomacError.of(problems)
    # more slices mean longer tables, which mean more slices: grown until nothing changes
    largest = max(1, target.resources.get("neurons", max(sizes.values())))
    slices = {name: -(-size // largest) for name, size in sizes.items()}
    sources = dict.fromkeys(sizes, 1)
    for _ in range(_ROUNDS):
        model = ManycoreResources(target.layouts, demands, sources)
        slices |= {p.name: _slices(model, p, target.resources) for p in network.populations}
        wanted = {name: _allowance(count) for name, count in slices.items()}
        if wanted == sources:
            break
        sources = wanted
    return ManycoreResources(target.layouts, demands, sources)


def _allowance(slices: int) -> int:
    """Slices to reckon with: a quarter more than the fewest, for a mapper that cuts finer."""
    return slices + -(-slices // 4)


def _demand_of(
    network: IntegerNetwork, population: IntegerPopulation, sizes: Mapping[str, int]
) -> _Demand:
    datapath = population.datapath
    parameters, states = datapath.names("param"), datapath.names("state")
    fixed = HEADER_BYTES + DESCRIPTOR_BYTES * (len(parameters) + len(states))
    per_neuron = []
    for name in parameters:
        values = population.parameters[name]
        if is_shared(values):
            fixed += align(values_width(values))
        else:
            per_neuron.append(values_width(values))
    for name in states:
        format = datapath.format_of("state", name)
        per_neuron.append(range_width(format.minimum, format.maximum))
    parts = tuple(
        _incoming_of(projection, sizes) for projection in incoming(network, population.name)
    )
    longest = max((d for part in parts for d in part.profile.delays), default=0)
    ports = len(datapath.names("input"))
    return _Demand(fixed, tuple(per_neuron), ports, ring_slots(longest), parts)


def is_shared(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> bool:
    """Whether one value stands for all neurons."""
    return values.ndim == 0 or bool((values == values[0]).all())


def _incoming_of(projection: IntegerProjection, sizes: Mapping[str, int]) -> _Incoming:
    return _Incoming(
        projection.name, projection.source, sizes[projection.source], profile(projection)
    )


def _unfit(parts: Sequence[_Incoming], layouts: Sequence[WordLayout]) -> Iterator[Diagnostic]:
    widest = max((layout.max_magnitude for layout in layouts), default=0)
    for part in parts:
        if choose_layout(layouts, part.profile.magnitude, part.profile.delays, 1) is None:
            yield Diagnostic(
                "E0650",
                f"projection {part.projection}: no synaptic word holds its weights",
                Place(node=part.projection),
                have=f"weights up to {part.profile.magnitude}",
                need=f"at most {widest}",
                hint="quantise to fewer bits with --bits",
            )


def _slices(
    model: ManycoreResources, population: IntegerPopulation, capacity: Mapping[str, int]
) -> int:
    """The fewest slices that fit: each as large as it can be."""

    def fits(start: int, stop: int) -> bool:
        needs = model.demand(population.name, start, stop)
        return all(needs[name] <= capacity.get(name, needs[name]) for name in needs)

    most = max(1, capacity.get("neurons", population.size))
    count, start = 0, 0
    while start < population.size:
        low, high = start + 1, min(start + most, population.size)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(start, middle) else (low, middle - 1)
        start, count = low, count + 1
    return count
