"""NIR file to `Network`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from somac.compiler.nir.boundary import bounded
from somac.compiler.nir.build import TypedGraph, build
from somac.compiler.nir.decode import LINEAR, PORTS, read_linear
from somac.compiler.nir.edges import Edge
from somac.compiler.nir.fields import Fields
from somac.compiler.nir.flatten import FlatGraph, flatten
from somac.compiler.nir.maps import Delay, LinearNode, Port
from somac.compiler.nir.neurons import NEURONS, Neuron, note_assumed, read_neuron
from somac.compiler.nir.options import NirOptions
from somac.compiler.nir.order import walk
from somac.compiler.nir.paths import linear_order, ways
from somac.compiler.nir.raw import RawFile
from somac.compiler.nir.reader import read_raw
from somac.compiler.nir.reading import choose_reading
from somac.compiler.nir.report import Report
from somac.compiler.nir.shapes import infer
from somac.compiler.nir.timing import choose_step
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.network import Network
from somac.ir.suggest import nearest

__all__ = ["Loaded", "from_raw", "load_nir"]


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model, and what there is to say about its file: repairs, choices, warnings."""

    network: Network
    notes: tuple[Diagnostic, ...]


def load_nir(path: str | os.PathLike[str], options: NirOptions | None = None) -> Loaded:
    """Read a NIR file that nobody vouches for.

    Parameters
    ----------
    path
        The file.
    options
        What to take for what NIR leaves open; the defaults of `NirOptions` if None.

    Raises
    ------
    SomacError
        E0101 to E0128 if the file cannot be read, E0140 to E0156 with everything in it that
        cannot be understood, E0406 where its parameters make an equation infinite.
    """
    chosen = options or NirOptions()
    return from_raw(read_raw(path, chosen.limits), chosen)


def from_raw(raw: RawFile, options: NirOptions) -> Loaded:
    """The network of a file that was read. Raises as `load_nir` does from E0140 on."""
    report = Report(raw.path, options.repair)
    flat = flatten(raw.root, report)
    _refuse_unknown(flat, report)
    neurons = {
        name: neuron
        for name, node in flat.nodes.items()
        if node.type in NEURONS and (neuron := read_neuron(Fields(name, node, report)))
    }
    note_assumed(neurons, report)
    step = choose_step(options.dt, tuple(flat.nodes.values()), neurons, report)
    others = {
        name: other
        for name, node in flat.nodes.items()
        if node.type in (*LINEAR, *PORTS)
        and (other := read_linear(Fields(name, node, report), step.dt))
    }
    report.stop_if_refused()
    flat = bounded(flat, LINEAR, raw.root, report)
    report.stop_if_refused()
    graph = _typed(flat, neurons, others, options, report)
    inputs = {name: flat.nodes[name] for name in graph.inputs}
    reading = choose_reading(options, raw.root, graph.neurons, inputs, step, report)
    found = ways(graph.order, tuple(graph.linear), graph.edges, graph.recurrent, report)
    report.stop_if_refused()
    try:
        # what overflows is refused by `Network`
        with np.errstate(all="ignore"):
            network = build(Path(raw.path).stem, graph, found, reading, step.dt, report)
    except SomacError as error:
        # the network calls a node by its name, the file by its path
        raise error.placed(
            lambda place: Place(raw.path, node=graph.paths.get(place.node or "", place.node))
        ) from None
    return Loaded(network, (*raw.notes, *report.found))


def _refuse_unknown(flat: FlatGraph, report: Report) -> None:
    known = sorted((*NEURONS, *LINEAR, *PORTS))
    lower = {type_.lower(): type_ for type_ in known}
    for name, node in flat.nodes.items():
        if node.type not in known:
            close = nearest(node.type.lower(), lower)
            report.refuse(
                "E0140",
                f"{name} is of the unknown type {node.type}",
                node.path,
                have=node.type,
                need=", ".join(known),
                hint=f"is {lower[close[0]]} meant?" if close else None,
            )


def _typed(
    flat: FlatGraph,
    neurons: Mapping[str, Neuron],
    others: Mapping[str, LinearNode],
    options: NirOptions,
    report: Report,
) -> TypedGraph:
    """The graph with its nodes understood, its shapes and its order."""
    paths = {name: node.path for name, node in flat.nodes.items()}
    nodes: dict[str, Neuron | LinearNode] = {
        name: neurons[name] if name in neurons else others.get(name, Port(None, is_added=True))
        for name in flat.nodes
    }
    sources = {source for source, _ in flat.edges}
    destinations = {destination for _, destination in flat.edges}
    ports = {name: node for name, node in nodes.items() if isinstance(node, Port)}
    inputs = {
        name: port
        for name, port in ports.items()
        if flat.nodes[name].type == "Input" and name not in destinations
    }
    outputs = {
        name: port
        for name, port in ports.items()
        if flat.nodes[name].type == "Output" and name not in sources
    }
    stated = _stated(flat, options, report)
    delayed = stated | {
        (source, destination)
        for source, destination in flat.edges
        if isinstance(node := nodes[source], Delay) and node.least
    }
    found = walk(tuple(nodes), flat.edges, inputs, delayed)
    linear = {
        name: node
        for name in found.order
        if not isinstance(node := nodes[name], Neuron) and name not in inputs | outputs
    }
    order = linear_order(tuple(linear), flat.edges, paths, report)
    shapes = infer(nodes, flat.edges, found.order, paths, report)
    report.stop_if_refused()
    return TypedGraph(
        {name: neuron for name, neuron in neurons.items() if name in nodes},
        {name: linear[name] for name in order},
        inputs,
        outputs,
        flat.edges,
        found.recurrent | stated,
        found.order,
        shapes,
        paths,
    )


def _stated(flat: FlatGraph, options: NirOptions, report: Report) -> frozenset[Edge]:
    """The edges the user says are recurrent."""
    for source, destination in options.recurrent:
        if (source, destination) not in flat.edges:
            report.refuse(
                "E0144",
                f"there is no edge {source} -> {destination} that could be recurrent",
                need=", ".join(f"{a} -> {b}" for a, b in flat.edges if destination == b) or None,
            )
    return frozenset(options.recurrent)
