"""A network, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Chain, Connectivity
from somac.ir.network import Network, Population, Projection
from somac.ir.random_device import RandomDevice

__all__ = [
    "InputView",
    "LoopView",
    "ModelView",
    "OutputView",
    "PopulationView",
    "ProjectionView",
    "Range",
    "model_view",
]

# sources whose rows are expanded at a time
_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest of some values, and their SI unit."""

    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class InputView:
    """A network input."""

    name: str
    kind: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutputView:
    """A network output."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class PopulationView:
    """A population."""

    name: str
    neuron: str
    shape: tuple[int, ...]
    cells: int
    sends: str
    parameters: Mapping[str, Range]
    bias: Mapping[str, Range]


@dataclass(frozen=True, slots=True)
class ProjectionView:
    """A projection; `delays` are in ticks, the projection's own and its synapses' together.

    `learns` is the name of its learning rule, `rule` has the rule's parameters; `device` is what
    its weights are if nobody programs them.
    """

    name: str
    kind: str
    source: str
    target: str
    port: str
    source_cells: int
    target_cells: int
    synapses: int
    delays: tuple[int, int]
    weights: Range
    learns: str | None
    rule: Mapping[str, Range]
    device: RandomDevice | None = None


@dataclass(frozen=True, slots=True)
class LoopView:
    """Populations that signals can go around, and the least ticks of any single step of it."""

    populations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelView:
    """The network."""

    name: str
    dt: float
    digest: str
    semantics: Mapping[str, str]
    cells: int
    synapses: int
    inputs: tuple[InputView, ...]
    populations: tuple[PopulationView, ...]
    projections: tuple[ProjectionView, ...]
    outputs: tuple[OutputView, ...]
    loops: tuple[LoopView, ...]


def model_view(network: Network) -> ModelView:
    """Everything but the single weights."""
    projections = tuple(map(_projection, network.projections))
    return ModelView(
        name=network.name,
        dt=network.dt,
        digest=network.digest(),
        semantics=dict(network.semantics),
        cells=sum(p.size for p in network.populations),
        synapses=sum(p.synapses for p in projections),
        inputs=tuple(InputView(i.name, i.kind, i.shape) for i in network.inputs),
        populations=tuple(map(_population, network.populations)),
        projections=projections,
        outputs=tuple(OutputView(o.name, o.source) for o in network.outputs),
        loops=tuple(_loops(network)),
    )


def _population(p: Population) -> PopulationView:
    units = {q.name: q.unit for q in p.model.parameters}
    return PopulationView(
        p.name,
        p.model.name,
        p.shape,
        p.size,
        p.model.output.kind,
        {name: _range(value, units.get(name, "")) for name, value in p.parameters.items()},
        {name: _range(value) for name, value in p.bias.items()},
    )


def _range(values: NDArray[Any], unit: str = "") -> Range:
    if not values.size:
        return Range(0.0, 0.0, unit)
    return Range(float(values.min()), float(values.max()), unit)


def _projection(p: Projection) -> ProjectionView:
    own = p.connectivity.delays or (0,)
    wires, units = p.connectivity, {}
    if p.plasticity is not None:
        # a synapse that weighs nothing can grow
        wires = wires.with_weights(np.ones_like(wires.weights))
        units = {q.name: q.unit for q in p.plasticity.rule.parameters}
    return ProjectionView(
        p.name,
        _kind(p.connectivity),
        p.source,
        p.target,
        p.port,
        p.connectivity.source_size,
        p.connectivity.target_size,
        _synapses(wires),
        (p.delay + min(own), p.delay + max(own)),
        _range(p.connectivity.weights),
        None if p.plasticity is None else p.plasticity.rule.name,
        {
            name: _range(value, units[name])
            for name, value in (p.plasticity.parameters if p.plasticity else {}).items()
        },
        p.device,
    )


def _kind(connectivity: Connectivity) -> str:
    if isinstance(connectivity, Chain):
        return " then ".join(_kind(part) for part in connectivity.parts)
    return _words(type(connectivity).__name__)


def _words(name: str) -> str:
    """``AllToAll`` as ``all to all``."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _synapses(connectivity: Connectivity) -> int:
    size = connectivity.source_size
    blocks = ((first, min(first + _ROWS, size)) for first in range(0, size, _ROWS))
    return sum(int(connectivity.rows(*block).indptr[-1]) for block in blocks)


def _loops(network: Network) -> Iterator[LoopView]:
    import networkx as nx

    graph = nx.DiGraph()
    names = [p.name for p in network.populations]
    graph.add_nodes_from(names)
    graph.add_edges_from((p.source, p.target) for p in network.projections)
    groups = [
        sorted(group, key=names.index)
        for group in nx.strongly_connected_components(graph)
        if len(group) > 1 or graph.has_edge(*list(group) * 2)
    ]
    for group in sorted(groups, key=lambda g: names.index(g[0])):
        yield LoopView(tuple(group))
