"""The pass that decides which neurons share a core.

A population is cut into ranges of its cells. In the order of the model that can be a poor cut:
a convolution counts channel by channel, so that a range holds one channel of every place, and
every neuron before it sends to all cores. Here each population is partitioned by who hears the
same sources, and its cells are put in an order in which the parts are ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import EXPECTED_RATE, ResourceModel
from somac.compiler.mapping.partition import (
    NO_SOURCE,
    Cut,
    Hypergraph,
    PartitionOptions,
    PartitionProblem,
    partition,
    partition_units,
)
from somac.compiler.mapping.partition.probe import probed
from somac.ir.arrange import arranged
from somac.ir.connectivity import AllToAll, Dense
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.placement import integer_rate
from somac.ir.progress import uninterrupted

__all__ = ["Layout", "arranged_layout", "contiguous_layout"]

Integers = NDArray[np.int64]
Rates = Mapping[str, NDArray[np.float64]]
Measure = Callable[[IntegerNetwork], ResourceModel]

_ROUNDS = 3
"""How often parts are made anew because they take more or less of a core than was thought."""

_MANY_PINS = 2_000_000
"""Synapses of a population above which the least effort has to do, and a sample says whether that
is worth it."""

_SAMPLE, _SAMPLE_PER_CELL = 500_000, 30
"""Synapses of a sample, at least."""

_PROBES = 16
"""Parts that are grown from a sample."""

_WORTH = 0.9
"""What is left of the deliveries in a sample where another order is worth looking for."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A network in an order in which slices are ranges of cells.

    Parameters
    ----------
    network
        In that order.
    resources
        What slices of it cost.
    cuts
        The slices of its populations.
    order
        Per population that changed, int64 (size,): the cell of the model in each place.
    """

    network: IntegerNetwork
    resources: ResourceModel
    cuts: tuple[Cut, ...]
    order: Mapping[str, Integers] = field(default_factory=dict)


def contiguous_layout(
    network: IntegerNetwork, capacity: Mapping[str, int], resources: ResourceModel
) -> Layout:
    """Every population in its own order, in as few ranges as fit.

    Raises
    ------
    SomacError
        E0601 for a population of which one neuron alone is too large.
    """
    sizes = {p.name: p.size for p in network.populations}
    return Layout(network, resources, partition(sizes, resources.demand, capacity))


def arranged_layout(
    plain: Layout,
    capacity: Mapping[str, int],
    measure: Measure,
    rates: Rates,
    options: PartitionOptions,
) -> Layout:
    """Populations in an order in which few cores hear each source, where that can be.

    Parameters
    ----------
    plain
        Populations in their own order.
    capacity
        What a core has, by resource.
    measure
        What slices of a network cost.
    rates
        Signals per cell and step, (cells,), of inputs and populations that were calibrated.
    options
        How hard to try.
    """
    network = plain.network
    searches = [s for s in _searches(plain, capacity, rates) if s.promising()]
    found: dict[str, Integers] = {}
    for _ in range(_ROUNDS):
        tried = {s.population: part for s in searches if (part := s.parts(options)) is not None}
        if not tried:
            break
        fill = _fill(network, tried, capacity, measure)
        found |= {name: part for name, part in tried.items() if fill[name] <= 1}
        again = [s for s in searches if s.population in tried]
        searches = [
            replace(s, synapses=room)
            for s in again
            if (room := s.room(tried[s.population], fill[s.population])) is not None
        ]
    return _laid_out(plain, found, capacity, measure)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """A population that may gain by another order.

    Parameters
    ----------
    population
        Its name.
    graph
        Its cells, and the sources that they hear.
    cells, synapses
        What a core holds of them, as far as is known.
    plain
        int64 (cells,): the slice of each cell as it is; there are not to be more.
    """

    population: str
    graph: Hypergraph
    cells: int
    synapses: int
    plain: Integers

    def promising(self) -> bool:
        """Whether there is a structure to be found; taken for granted where looking is quick.

        A few parts are grown by some of the sources, and others tell what that is worth to them:
        where synapses lead anywhere, nothing.
        """
        graph = self.graph
        sample = max(_SAMPLE, _SAMPLE_PER_CELL * graph.units)
        if graph.pins <= max(_MANY_PINS, 2 * sample):
            return True
        nets = np.random.default_rng(0).permutation(graph.nets)
        ends = np.cumsum(np.diff(graph.start)[nets])
        middle, end = np.searchsorted(ends, [sample, 2 * sample]).tolist()
        some, others = _some(graph, nets[:middle]), _some(graph, nets[middle:end])
        demand = np.bincount(some.pin, minlength=graph.units)
        room = max(self.synapses * some.pins // graph.pins, int(demand.max()))
        probes = min(_PROBES, int(self.plain.max() + 1) // 2)
        needs = np.stack([np.ones_like(demand), demand], axis=1)
        part = probed(some, needs, np.array([self.cells, room]), probes)
        found, now = _spread(others, part, probes), _spread(others, self.plain, graph.units)
        return found < _WORTH * now

    @property
    def heard(self) -> Integers:
        """int64 (cells,): synapses of each cell."""
        return np.bincount(self.graph.pin, minlength=self.graph.units).astype(np.int64)

    def parts(self, options: PartitionOptions) -> Integers | None:
        """int64 (cells,): the part of each cell; None if none are found."""
        heard = self.heard
        quick = replace(options, effort=0) if self.graph.pins > _MANY_PINS else options
        problem = PartitionProblem(
            self.graph,
            ("cells", "synapses"),
            np.stack([np.ones_like(heard), heard], axis=1),
            np.array([self.cells, self.synapses]),
            clusters=int(self.plain.max()) + 1,
        )
        try:
            cluster = uninterrupted(partition_units(problem, quick)).cluster
        except SomacError:
            return None
        return np.unique(cluster, return_inverse=True)[1].astype(np.int64)

    def room(self, part: Integers, fill: float) -> int | None:
        """Synapses for a core, now that parts are known to take `fill` of one; None if no other.

        Fewer where they are too large; more where a core less would do.
        """
        heard = np.bincount(part, weights=self.heard)
        least = max(-(-len(part) // self.cells), 1)
        if fill <= 1 and (len(heard) <= least or fill * len(heard) > len(heard) - 1):
            return None
        return int(heard.max() / fill)


def _searches(plain: Layout, capacity: Mapping[str, int], rates: Rates) -> Iterator[_Search]:
    """Populations on several cores, of which not all cells hear the same sources."""
    for population in plain.network.populations:
        name = population.name
        cuts = [cut for cut in plain.cuts if cut.population == name]
        graph = _hearers(plain.network, name, rates) if len(cuts) > 1 else None
        if graph is None:
            continue
        alike = _alike(plain.resources, name, population.size, capacity)
        heard = np.append(0, np.cumsum(np.bincount(graph.pin, minlength=population.size)))
        # what cores would hold if they held nothing but synapses
        room = max(
            int((heard[cut.stop] - heard[cut.start]) / _share(cut.demand, capacity, alike))
            for cut in cuts
        )
        cells = min([population.size, *alike.values()])
        slices = np.repeat(np.arange(len(cuts)), [cut.size for cut in cuts])
        yield _Search(name, graph, cells, room, slices)


def _some(graph: Hypergraph, nets: Integers) -> Hypergraph:
    """The cells, and some of the sources that they hear."""
    size = np.diff(graph.start)[nets]
    start = np.append(0, np.cumsum(size))
    pins = np.repeat(graph.start[nets] - start[:-1], size) + np.arange(start[-1])
    return Hypergraph(graph.units, graph.source[nets], graph.weight[nets], start, graph.pin[pins])


def _spread(graph: Hypergraph, part: Integers, parts: int) -> float:
    """Deliveries to the first `parts` parts, for each pin in them; both weighted."""
    net = np.repeat(np.arange(graph.nets), np.diff(graph.start))
    inside = part[graph.pin] < parts
    pins, at = net[inside], part[graph.pin[inside]]
    most = int(part.max()) + 1
    delivered = graph.weight[np.unique(pins * most + at) // most].sum()
    return float(delivered) / max(float(graph.weight[pins].sum()), 1.0)


def _share(
    demand: Mapping[str, int], capacity: Mapping[str, int], without: Collection[str] = ()
) -> float:
    """The part of a core that a slice takes of the resource that it takes most of."""
    shares = [demand[r] / capacity[r] for r in demand if r in capacity and r not in without]
    return max(shares, default=1.0)


def _hearers(network: IntegerNetwork, name: str, rates: Rates) -> Hypergraph | None:
    """Cells and the sources they hear; None if all hear the same.

    A source that all cells hear reaches every core, whatever the order.
    """
    nets = [_nets(network, name, source, rates) for source in _sources(network, name)]
    size = network.population(name).size
    heard = [net for net in nets if net is not None]
    if not heard:
        return None
    weight = np.concatenate([weight for weight, _, _ in heard])
    count = np.concatenate([np.diff(start) for _, start, _ in heard])
    target = np.concatenate([target for _, _, target in heard])
    source = np.full(len(weight), NO_SOURCE)
    return Hypergraph.of_targets(size, source, weight, np.append(0, np.cumsum(count)), target)


def _sources(network: IntegerNetwork, name: str) -> Iterator[str]:
    """What a population hears through projections that do not lead from each to every cell."""
    heard = [p for p in network.projections if p.target == name]
    whole = {p.source for p in heard if isinstance(p.connectivity, AllToAll | Dense)}
    yield from dict.fromkeys(p.source for p in heard if p.source not in whole)


def _nets(
    network: IntegerNetwork, name: str, source: str, rates: Rates
) -> tuple[Integers, Integers, Integers] | None:
    """Weight, starts and targets of the nets of one source; None if all cells hear each."""
    starts, targets = [], []
    for projection in network.projections:
        if (projection.source, projection.target) == (source, name):
            wiring = projection.structure
            rows = wiring.rows(0, wiring.source_size)
            starts.append(np.repeat(np.arange(wiring.source_size), np.diff(rows.indptr)))
            targets.append(rows.target)
    sender, target = np.concatenate(starts), np.concatenate(targets)
    order = np.argsort(sender, kind="stable")
    cells = wiring.source_size
    start = np.searchsorted(sender[order], np.arange(cells + 1))
    size = np.diff(start)
    if np.isin(size, (0, wiring.target_size)).all():
        return None
    known = rates.get(source)
    rate = np.full(cells, EXPECTED_RATE) if known is None else known
    weight = np.array([integer_rate(value) for value in rate.tolist()], dtype=np.int64)
    return weight, start.astype(np.int64), target[order]


def _alike(
    resources: ResourceModel, name: str, size: int, capacity: Mapping[str, int]
) -> dict[str, int]:
    """What a core has of those resources of which every cell takes one."""
    one, every = resources.demand(name, 0, 1), resources.demand(name, 0, size)
    return {r: most for r, most in capacity.items() if (one[r], every[r]) == (1, size)}


def _fill(
    network: IntegerNetwork,
    parts: Mapping[str, Integers],
    capacity: Mapping[str, int],
    measure: Measure,
) -> dict[str, float]:
    """Per population, what the fullest part takes of a core."""
    model = measure(arranged(network, {name: _order(part) for name, part in parts.items()}))
    return {
        name: max(_share(model.demand(name, *span), capacity) for span in _spans(part))
        for name, part in parts.items()
    }


def _laid_out(
    plain: Layout,
    parts: Mapping[str, Integers],
    capacity: Mapping[str, int],
    measure: Measure,
) -> Layout:
    """The layout; a population of which a part does not fit after all stays as it was."""
    if not parts:
        return plain
    order = {name: _order(part) for name, part in parts.items()}
    network = arranged(plain.network, order)
    model = measure(network)
    cuts: list[Cut] = []
    misfit: set[str] = set()
    for population in plain.network.populations:
        name = population.name
        if name in parts:
            spans = _spans(parts[name])
        else:
            spans = [(cut.start, cut.stop) for cut in plain.cuts if cut.population == name]
        for start, stop in spans:
            need = dict(model.demand(name, start, stop))
            if any(need[r] > capacity.get(r, need[r]) for r in need):
                misfit.add(name)
            cuts.append(Cut(name, start, stop, need))
    if not misfit:
        return Layout(network, model, tuple(cuts), order)
    if misfit & parts.keys():
        kept = {name: part for name, part in parts.items() if name not in misfit}
        return _laid_out(plain, kept, capacity, measure)
    return plain


def _order(part: Integers) -> Integers:
    """Cells part by part, those of one part in the order of the model."""
    return np.argsort(part, kind="stable").astype(np.int64)


def _spans(part: Integers) -> list[tuple[int, int]]:
    """The range of places of each part."""
    return list(pairwise([0, *np.cumsum(np.bincount(part)).tolist()]))
