"""The memory images of all cores, from the network and its mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from somac.backends.manycore.emit.blocks import Block
from somac.backends.manycore.emit.convolutions import kernel_block
from somac.backends.manycore.emit.image import CoreImage
from somac.backends.manycore.emit.lookup import Sources
from somac.backends.manycore.emit.matrices import Signals, matrix_block
from somac.backends.manycore.emit.plastic import plastic_block
from somac.backends.manycore.emit.rows import CoreSynapses, build_table
from somac.backends.manycore.emit.rules import Rule
from somac.backends.manycore.emit.synapses import Synapses, cut, gather
from somac.backends.manycore.emit.values import Values
from somac.backends.manycore.forms import Form
from somac.backends.manycore.geometry import Geometry, geometry_of
from somac.backends.manycore.mac import signal_range
from somac.backends.manycore.regions import range_width, ring_slots, values_width
from somac.backends.manycore.resources import is_shared
from somac.backends.manycore.scan import incoming
from somac.backends.manycore.words import choose_layout
from somac.ir.errors import Place, SomacError
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice
from somac.ir.target import WordLayout

__all__ = ["core_images"]


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A population or input in slices: their numbers in the mapping, keys, and hearing cores."""

    numbers: tuple[int, ...]
    sources: Sources
    hearers: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Incoming:
    """A projection and its synapses, slice by slice of the target.

    `signals` if it is for the MAC array, with `geometry` as a convolution; `rule` if it is
    plastic; else it is rows.
    """

    projection: IntegerProjection
    port: int
    signals: Signals | None
    geometry: Geometry | None
    rule: Rule | None
    magnitude: int
    delays: tuple[int, ...]
    by_slice: tuple[Synapses, ...]


def core_images(
    network: IntegerNetwork,
    mapping: PlacedMapping,
    layouts: Sequence[WordLayout],
    program: Mapping[str, int],
    forms: Mapping[str, Form],
    rules: Mapping[str, Rule],
) -> dict[int, CoreImage]:
    """The image of each core, in the order of the slices.

    Parameters
    ----------
    layouts
        Synaptic words the target knows, in order of preference.
    program
        Number of each population's neuron program.
    forms
        Of projections; those that are not there are rows, unless they have a rule.
    rules
        The rule of each plastic projection.

    Raises
    ------
    SomacError
        E0650 if no layout fits, E0656 if the mapping does not suit the network.
    """
    sizes = {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}
    cuts = {name: _cut(mapping, name, size) for name, size in sizes.items()}
    recorded = {o.source for o in network.outputs}
    images: dict[int, CoreImage] = {}
    for population in network.populations:
        own = cuts[population.name]
        parts = _incoming(network, population, own, forms, rules)
        parameters, states = _parameters(population), _states(population)
        for position, number in enumerate(own.numbers):
            place = mapping.slices[number]
            core = _core_of(place, images)
            neurons = slice(place.start, place.stop)
            present = [part for part in parts if len(part.by_slice[position])]
            rows = [part for part in present if part.signals is None and part.rule is None]
            images[core] = CoreImage(
                program=program[population.name],
                neurons=place.size,
                kind=population.datapath.output_kind,
                key=int(own.sources.key[position]) if own.hearers[position] else None,
                record=population.name in recorded,
                start=population.start,
                period=network.period,
                slots=ring_slots(max((d for part in rows for d in part.delays), default=0)),
                ports=len(population.datapath.names("input")),
                parameters=tuple(v.part(neurons) for v in parameters),
                states=tuple(v.part(neurons) for v in states),
                synapses=build_table(
                    [_core_synapses(part, position, place, cuts, layouts) for part in rows],
                    [
                        block
                        for part in present
                        for block in _blocks(part, population, position, place, cuts)
                    ],
                ),
            )
    return {s.core: images[s.core] for s in mapping.slices if s.core is not None}


def _cut(mapping: PlacedMapping, name: str, size: int) -> _Cut:
    numbers = sorted(
        (n for n, s in enumerate(mapping.slices) if s.population == name),
        key=lambda n: mapping.slices[n].start,
    )
    slices = [mapping.slices[n] for n in numbers]
    edges = [0, *(s.stop for s in slices)]
    if [s.start for s in slices] != edges[:-1] or edges[-1] != size:
        raise SomacError(
            "E0656", f"the slices of {name} are not its {size} cells", place=Place(node=name)
        )
    routes = {route.source: route for route in mapping.routes}
    found = [routes.get(n) for n in numbers]
    sources = Sources(
        np.array([s.start for s in slices], dtype=np.int64),
        np.array([s.size for s in slices], dtype=np.int64),
        np.array([0 if r is None else r.keys.key for r in found], dtype=np.int64),
        np.array([0 if r is None else r.keys.mask for r in found], dtype=np.int64),
    )
    hearers = tuple(frozenset(() if r is None else r.cores) for r in found)
    return _Cut(tuple(numbers), sources, hearers)


def _incoming(
    network: IntegerNetwork,
    population: IntegerPopulation,
    own: _Cut,
    forms: Mapping[str, Form],
    rules: Mapping[str, Rule],
) -> list[_Incoming]:
    ports = population.datapath.names("input")
    parts = []
    for projection in incoming(network, population.name):
        synapses = gather(projection)
        by_slice = tuple(cut(synapses, own.sources.start))
        port = ports.index(projection.port)
        form = forms.get(projection.name, "rows")
        array = form != "rows"
        signals = Signals(*signal_range(network, projection.source)) if array else None
        geometry = geometry_of(projection.connectivity) if form == "kernel" else None
        facts = synapses.magnitude, synapses.delays
        rule = rules.get(projection.name)
        parts.append(_Incoming(projection, port, signals, geometry, rule, *facts, by_slice))
    return parts


def _core_of(place: Slice, taken: Mapping[int, CoreImage]) -> int:
    if place.core is None or place.core in taken:
        raise SomacError(
            "E0656",
            f"{place} has no core of its own",
            place=Place(node=place.population),
        )
    return place.core


def _core_synapses(
    part: _Incoming,
    position: int,
    place: Slice,
    cuts: Mapping[str, _Cut],
    layouts: Sequence[WordLayout],
) -> CoreSynapses:
    """What ends on one core, with the words to hold it."""
    projection, synapses = part.projection, part.by_slice[position]
    choice = choose_layout(layouts, part.magnitude, part.delays, place.size)
    if choice is None:
        raise SomacError(
            "E0650",
            f"projection {projection.name}: no synaptic word holds its weights",
            place=Place(node=projection.name),
            have=f"weights up to {part.magnitude}, {place.size} neurons on a core",
        )
    return CoreSynapses(
        _heard(part, position, place, cuts),
        part.port,
        choice,
        synapses.source,
        synapses.target,
        synapses.weight,
        synapses.delay,
    )


def _blocks(
    part: _Incoming,
    population: IntegerPopulation,
    position: int,
    place: Slice,
    cuts: Mapping[str, _Cut],
) -> Iterator[Block]:
    """The same as a block, where it is one."""
    synapses = part.by_slice[position]
    if part.signals is not None:
        where = (_heard(part, position, place, cuts), part.port, part.delays[0], part.signals)
        if part.geometry is not None:
            span = place.start, place.stop
            yield kernel_block(*where, part.geometry, span, synapses.source)
        else:
            yield matrix_block(
                *where, place.size, synapses.source, synapses.target, synapses.weight
            )
    if part.rule is not None:
        sources = _heard(part, position, place, cuts)
        yield plastic_block(part.projection, population, synapses, sources, place.size, part.rule)


def _heard(part: _Incoming, position: int, place: Slice, cuts: Mapping[str, _Cut]) -> Sources:
    """The slices of the source; those with synapses on a core must be heard there."""
    projection, source = part.projection, part.by_slice[position].source
    origin = cuts[projection.source]
    sending = np.unique(np.searchsorted(origin.sources.start, source, side="right") - 1)
    for number in sending.tolist():
        if place.core not in origin.hearers[number]:
            raise SomacError(
                "E0656",
                f"no route leads from {projection.source}[{origin.sources.start[number]}:] to "
                f"core {place.core}, where it has synapses",
                place=Place(node=projection.name),
            )
    return origin.sources


def _parameters(population: IntegerPopulation) -> list[Values]:
    found = []
    for name in population.datapath.names("param"):
        values = np.broadcast_to(population.parameters[name], (population.size,))
        found.append(Values(values, values_width(values), is_shared(values)))
    return found


def _states(population: IntegerPopulation) -> list[Values]:
    """Each as wide as its format, since it will change."""
    found = []
    for name in population.datapath.names("state"):
        values = np.broadcast_to(population.initial[name], (population.size,))
        format = population.datapath.format_of("state", name)
        found.append(Values(values, range_width(format.minimum, format.maximum), shared=False))
    return found
