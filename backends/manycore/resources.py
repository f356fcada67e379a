"""What slices of a population take of a core: a safe upper bound, in constant time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from somac.backends.api import Guidance
from somac.backends.manycore.forms import Choice, Form, wished
from somac.backends.manycore.geometry import Geometry, geometry_of
from somac.backends.manycore.limits import limited, squeezed
from somac.backends.manycore.mac import prices_of, signal_range
from somac.backends.manycore.options import use_of_arrays
from somac.backends.manycore.plastic_memory import PlasticMemory, plastic_memory
from somac.backends.manycore.regions import (
    BLOCK_BYTES,
    DESCRIPTOR_BYTES,
    ENTRY_BYTES,
    HEADER_BYTES,
    KEY_BYTES,
    LAYOUT_BYTES,
    align,
    kernel_bytes,
    kernel_row_bytes,
    kernel_scratch,
    matrix_columns,
    matrix_row_bytes,
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
from somac.ir.mapping import INPUT_SLICE
from somac.ir.target import Target, WordLayout

__all__ = ["ManycoreResources", "choices_of", "is_shared", "measure"]

UNFIT = 1 << 40
"""Bytes of a slice with more neurons than any synaptic word can name."""

_ROUNDS = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Incoming:
    """A projection into a population: where from, how large, what its words must hold.

    `geometry` is what the MAC array is told of a convolution, `plastic` what it takes if its
    synapses learn.
    """

    projection: str
    source: str
    source_size: int
    profile: Profile
    geometry: Geometry | None
    plastic: PlasticMemory | None


@dataclass(frozen=True, slots=True, eq=False)
class _Demand:
    """The figures of one population."""

    fixed: int
    per_neuron: tuple[int, ...]
    ports: int
    incoming: tuple[_Incoming, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ManycoreResources:
    """Resource model of a network on a target; made by `measure`.

    A core's population table may have an entry for each slice of its sources, and how many
    those are is not known before everything is cut: `sources` says how many are reckoned with.
    `choices` are the forms of projections, by name, of those that do not learn.
    """

    layouts: tuple[WordLayout, ...]
    populations: Mapping[str, _Demand]
    sources: Mapping[str, int]
    choices: Mapping[str, Choice]

    def demand(self, population: str, start: int, stop: int) -> Mapping[str, int]:
        """Neurons, and bytes of the memory image, of neurons `start` to `stop`."""
        return {"neurons": stop - start, "bytes": self._bytes(population, start, stop)}

    def form(self, projection: str) -> Form:
        """How a projection that does not learn is held."""
        return self.choices[projection].form if projection in self.choices else "rows"

    def _bytes(self, population: str, start: int, stop: int) -> int:
        d, neurons = self.populations[population], stop - start
        total = d.fixed + sum(align(width * neurons) for width in d.per_neuron)
        counts = {
            part.projection: int(part.profile.synapses[stop] - part.profile.synapses[start])
            for part in d.incoming
        }
        rows = [p for p in d.incoming if p.plastic is None and self.form(p.projection) == "rows"]
        width = offset_width(max((counts[part.projection] for part in rows), default=0))
        longest, scratch = 0, 0
        for part in d.incoming:
            count, span = counts[part.projection], part.profile.span(start, stop)
            if part.plastic is not None:
                if count:
                    slices, (delay,) = self._slices_of(part, span), part.profile.delays
                    total += part.plastic.most_bytes(count, span, slices, neurons, delay)
                    scratch = max(scratch, part.plastic.scratch(neurons))
                continue
            if self.form(part.projection) != "rows":
                if count:
                    taken, needed = self._array_bytes(part, count, start, stop)
                    total, scratch = total + taken, max(scratch, needed)
                continue
            in_words = self._row_bytes(part, count, span, neurons, width)
            if in_words is None:
                return UNFIT
            total += in_words
            if count:
                longest = max(longest, *part.profile.delays)
        total += ring_bytes(ring_slots(longest), d.ports, neurons) + scratch
        # the row index and the rows are padded
        return total + 2 * align(1)

    def _slices_of(self, part: _Incoming, span: int) -> int:
        """Slices of the source that can have synapses on a core."""
        return min(self.sources[part.source], span)

    def _row_bytes(
        self, part: _Incoming, count: int, span: int, neurons: int, width: int
    ) -> int | None:
        """Entries, index and words of so many synapses; None if no word can name the neurons."""
        facts = part.profile
        choice = choose_layout(self.layouts, facts.magnitude, facts.delays, neurons)
        if choice is None:
            return None
        if not count:
            return 0
        blocks = len(choice.bases)
        slices = self._slices_of(part, span)
        direct = blocks * (slices * (ENTRY_BYTES + width) + span * width)
        heard = min(count, blocks * span)
        searched = blocks * (ENTRY_BYTES + width) + heard * (KEY_BYTES + width)
        return LAYOUT_BYTES + min(direct, searched) + count * choice.layout.bits // 8

    def _array_bytes(self, part: _Incoming, count: int, start: int, stop: int) -> tuple[int, int]:
        """What a matrix or a kernel with so many synapses takes, and what it needs at work."""
        (delay,) = part.profile.delays
        span, slots = part.profile.span(start, stop), ring_slots(delay)
        heard, fixed = min(count, span), BLOCK_BYTES
        if self.form(part.projection) == "kernel" and part.geometry is not None:
            box = part.geometry.box(start, stop)
            heard, cell = min(heard, part.geometry.read(box)), kernel_row_bytes(slots)
            # the list of places in the patch is padded
            fixed += kernel_bytes(part.geometry.products * box.channels, stop - start) + align(1)
            scratch = kernel_scratch(part.geometry.patch_bytes(box), box.channels * box.positions)
        else:
            columns = matrix_columns(stop - start)
            cell, scratch = matrix_row_bytes(columns, slots), 4 * columns
        direct = self._slices_of(part, span) * ENTRY_BYTES + span * cell
        searched = ENTRY_BYTES + heard * (KEY_BYTES + cell)
        return fixed + min(direct, searched), scratch


def measure(network: IntegerNetwork, target: Target, guidance: Guidance) -> ManycoreResources:
    """Count every synapse once, choose forms, and reckon with slices as large as cores allow.

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
    prices, largest = prices_of(target), _largest(target, sizes)
    wishes = {
        part.projection: wished(
            part.projection,
            part.source,
            part.profile,
            part.geometry,
            signal_range(network, part.source),
            largest,
            target.layouts,
            prices,
            guidance,
        )
        for part in parts
        if part.plastic is None
    }
    made = ManycoreResources(target.layouts, demands, dict.fromkeys(sizes, 1), wishes)
    found = _settled(made, network, target)
    if not any(choice.cycles for choice in wishes.values()):
        return found
    choices = _within_memory(found, network, target, guidance)
    return found if choices == wishes else _settled(replace(made, choices=choices), network, target)


def _within_memory(
    model: ManycoreResources, network: IntegerNetwork, target: Target, guidance: Guidance
) -> Mapping[str, Choice]:
    """The choices of a model that do not take too many cores."""

    def slices(choices: Mapping[str, Choice], population: str) -> int:
        tried = replace(model, choices=choices)
        return _slices(tried, network.population(population), target.resources)

    free = {
        name: [part.projection for part in demand.incoming if part.plastic is None]
        for name, demand in model.populations.items()
    }
    forced = use_of_arrays(guidance) == "always"
    choices = limited(model.choices, free, slices, UNFIT - 1 if forced else None)
    return squeezed(choices, free, slices, int(target.topology.core_usable.sum()))


def choices_of(network: IntegerNetwork, target: Target, guidance: Guidance) -> Mapping[str, Choice]:
    """The forms that `measure` chooses, by projection; none where there is nothing to choose."""
    if prices_of(target) is None or use_of_arrays(guidance) == "never":
        return {}
    return measure(network, target, guidance).choices


def _largest(target: Target, sizes: Mapping[str, int]) -> int:
    """Neurons of a full core."""
    return max(1, target.resources.get("neurons", max(sizes.values())))


def _settled(
    model: ManycoreResources, network: IntegerNetwork, target: Target
) -> ManycoreResources:
    """The model with the slices that it leads to."""
    sizes = {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}
    # more slices mean longer tables, which mean more slices: grown until nothing changes
    largest = _largest(target, sizes)
    slices = {p.name: -(-p.size // largest) for p in network.populations}
    # of inputs it is known how they are cut
    inputs = {i.name: -(-i.size // INPUT_SLICE) for i in network.inputs}
    for _ in range(_ROUNDS):
        slices |= {p.name: _slices(model, p, target.resources) for p in network.populations}
        wanted = inputs | {name: _allowance(count) for name, count in slices.items()}
        if wanted == model.sources:
            break
        model = replace(model, sources=wanted)
    return model


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
    return _Demand(fixed, tuple(per_neuron), len(datapath.names("input")), parts)


def is_shared(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> bool:
    """Whether one value stands for all neurons."""
    return values.ndim == 0 or bool((values == values[0]).all())


def _incoming_of(projection: IntegerProjection, sizes: Mapping[str, int]) -> _Incoming:
    learns = projection.plasticity
    return _Incoming(
        projection.name,
        projection.source,
        sizes[projection.source],
        profile(projection),
        geometry_of(projection.connectivity),
        None if learns is None else plastic_memory(learns),
    )


def _unfit(parts: Sequence[_Incoming], layouts: Sequence[WordLayout]) -> Iterator[Diagnostic]:
    widest = max((layout.max_magnitude for layout in layouts), default=0)
    for part in parts:
        if part.plastic is not None:
            continue
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
    """The fewest slices that fit, each as large as it can be; `UNFIT` more if a neuron does not."""

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
        if low == start + 1 and not fits(start, low):
            return UNFIT + population.size
        start, count = low, count + 1
    return count
