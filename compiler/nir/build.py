"""Nodes, shapes and ways to a `Network`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from somac.compiler.nir.compose import TooLargeError, compose
from somac.compiler.nir.constants import constants
from somac.compiler.nir.edges import Edge
from somac.compiler.nir.fields import Real
from somac.compiler.nir.maps import Delay, LinearNode, Port
from somac.compiler.nir.neurons import NEUTRAL, Neuron
from somac.compiler.nir.paths import Way
from somac.compiler.nir.reading import Reading
from somac.compiler.nir.report import Report
from somac.compiler.nir.shapes import Shapes
from somac.ir.connectivity import Connectivity, Dense, OneToOne
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel

__all__ = ["TypedGraph", "build"]


@dataclass(frozen=True, slots=True, eq=False)
class TypedGraph:
    """A flat graph whose nodes are understood.

    Parameters
    ----------
    neurons, linear, inputs, outputs
        Its nodes; the linear ones sources first.
    edges, recurrent
        Its edges, and those of them that take one tick.
    order
        All nodes, sources first.
    shapes
        Of all nodes.
    paths
        Where each node is in the file.
    """

    neurons: Mapping[str, Neuron]
    linear: Mapping[str, LinearNode]
    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]
    edges: Sequence[Edge]
    recurrent: frozenset[Edge]
    order: Sequence[str]
    shapes: Shapes
    paths: Mapping[str, str]


def build(
    name: str, graph: TypedGraph, ways: Sequence[Way], reading: Reading, dt: float, report: Report
) -> Network:
    """The network of a typed graph.

    Parameters
    ----------
    name
        Of the network.
    graph, ways
        The graph, and all ways through its linear nodes.
    reading
        What its nodes mean.
    dt
        The time step in seconds.
    report
        Takes notes, and refuses what is too large (E0152).
    """
    late = graph.recurrent if reading.late_bias else frozenset()
    try:
        biases = constants(graph.linear, graph.edges, graph.shapes, late)
        maps = {way: _map(way, graph) for way in ways}
    except TooLargeError as error:
        report.refuse("E0152", f"linear nodes in a row make too many synapses: {error}")
        biases, maps = {}, {}
    report.stop_if_refused()
    direct = _direct_outputs(graph, maps, biases)
    populations: list[Population] = []
    for node in graph.order:
        bias = biases.get(node, {}).get(0)
        if node in graph.neurons:
            populations.append(_population(graph.neurons[node], graph, reading, bias, report))
        elif node in graph.outputs and node not in direct:
            shape = graph.shapes.gives[node]
            populations.append(
                Population(node, shape, reading.relay, {}, _bias(reading.relay, bias))
            )
    models = {p.name: p.model for p in populations}
    labels = _labels(ways, graph)
    back = [labels[way] for way in ways if way.recurrent]
    if back:
        report.note("E0186", f"one time step of delay on {', '.join(back)}")
    projections = [
        Projection(labels[way], way.source, way.target, _port(models[way.target]), wires, ticks)
        for way, (wires, ticks) in maps.items()
        if way.target not in direct and _is_there(way, wires, graph, report)
    ]
    waiting = {
        target: {ticks: value for ticks, value in found.items() if ticks}
        for target, found in biases.items()
    }
    if any(waiting.values()):
        source = _free_name("bias", graph)
        populations.append(Population(source, (1,), reading.constant, {}))
        projections += [
            Projection(
                f"{source}->{target}@{ticks}",
                source,
                target,
                _port(models[target]),
                Dense(value[:, None]),
                ticks,
            )
            for target, found in waiting.items()
            for ticks, value in found.items()
        ]
    report.stop_if_refused()
    return Network(
        name,
        dt,
        tuple(
            Input(node, graph.shapes.gives[node], reading.kinds[node])
            for node in graph.order
            if node in graph.inputs
        ),
        tuple(populations),
        tuple(projections),
        tuple(
            Output(node, direct.get(node, node)) for node in graph.order if node in graph.outputs
        ),
        reading.semantics,
    )


def _labels(ways: Sequence[Way], graph: TypedGraph) -> dict[Way, str]:
    """Names of ways: the nodes passed, without former ports where that is name enough."""
    short = {
        way: "->".join(
            (
                way.source,
                *(name for name in way.through if not isinstance(graph.linear[name], Port)),
                way.target,
            )
        )
        for way in ways
    }
    taken = Counter(short.values())
    return {way: name if taken[name] == 1 else str(way) for way, name in short.items()}


def _map(way: Way, graph: TypedGraph) -> tuple[Connectivity, int]:
    """The connectivity of a way, and its delay in ticks."""
    parts = []
    ticks = int(way.recurrent)
    for name in way.through:
        node = graph.linear[name]
        wire = node.wire(graph.shapes.reads[name])
        if wire is not None:
            parts.append(wire)
        if isinstance(node, Delay):
            ticks += node.least
    size = int(np.prod(graph.shapes.gives[way.source]))
    return compose(parts, size), ticks


def _direct_outputs(
    graph: TypedGraph,
    maps: Mapping[Way, tuple[Connectivity, int]],
    biases: Mapping[str, Mapping[int, Real]],
) -> dict[str, str]:
    """Outputs that are one source's signals as they are, with that source."""
    found: dict[str, list[tuple[str, bool]]] = {name: [] for name in graph.outputs}
    for way, (wires, ticks) in maps.items():
        if way.target in found:
            same = isinstance(wires, OneToOne) and wires.delay is None and (wires.weight == 1).all()
            found[way.target].append((way.source, ticks == 0 and bool(same)))
    return {
        name: sources[0][0]
        for name, sources in found.items()
        if len(sources) == 1 and sources[0][1] and name not in biases
    }


def _population(
    neuron: Neuron, graph: TypedGraph, reading: Reading, bias: Real | None, report: Report
) -> Population:
    model = reading.models[neuron.name]
    shape = graph.shapes.gives[neuron.name]
    parameters = {
        p.name: neuron.cells(p.name, shape) if p.name in neuron.parameters else p.default
        for p in model.parameters
    }
    missing = [name for name, value in parameters.items() if value is None]
    if missing:
        report.refuse(
            "E0150",
            f"{neuron.name}: model {model.name} needs {', '.join(missing)}, which a node of type "
            f"{neuron.type} does not have",
            neuron.path,
        )
    unused = [
        name
        for name, neutral in NEUTRAL.items()
        if name in neuron.parameters
        and name not in parameters
        and (neuron.parameters[name] != neutral).any()
    ]
    if unused:
        report.warn(
            "E0169",
            f"{neuron.name}: model {model.name} of this reading does not use {', '.join(unused)}",
            neuron.path,
        )
    known = {
        name: np.asarray(value, dtype=np.float64)
        for name, value in parameters.items()
        if value is not None
    }
    return Population(neuron.name, shape, model, known, _bias(model, bias))


def _bias(model: NeuronModel, bias: Real | None) -> dict[str, Real]:
    if bias is None:
        return {}
    same = (bias == bias[0]).all()
    return {_port(model): bias[0] if same else bias}


def _port(model: NeuronModel) -> str:
    return model.inputs[0]


def _is_there(way: Way, wires: Connectivity, graph: TypedGraph, report: Report) -> bool:
    """Whether a way carries anything."""
    if wires.weights.any():
        return True
    first = way.through[0] if way.through else way.target
    report.note("E0171", f"{way}: all weights are zero", graph.paths[first])
    return False


def _free_name(name: str, graph: TypedGraph) -> str:
    while name in graph.order:
        name += "_"
    return name
