"""What the parts of a `Network` are to NIR: neurons, sums, biases, links, and their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir.export_maps import ends, split
from somac.compiler.nir.export_models import Dialect, bare, dialect_of
from somac.compiler.nir.neurons import NEURONS
from somac.compiler.nir.shape import Shape
from somac.ir import graph
from somac.ir.connectivity import Connectivity
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.network import Network, Population

__all__ = ["Link", "Plan", "plan", "unsayable"]

Bias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A projection, or the synapses of one delay in it.

    `closes` says whether it is a link of one tick from a neuron that closes a loop of links
    without delay: in NIR, such a delay is not written down.
    """

    name: str
    source: str
    target: str
    connectivity: Connectivity
    ticks: int
    closes: bool


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A network as NIR sees it.

    Parameters
    ----------
    network
        The network.
    dialect
        What its neurons are.
    relays
        Populations that only add up.
    sinks
        Relays that only feed one output, with that output's name.
    links
        Everything that carries signals.
    biases
        Per target: (cells,) by the tick from which it is there.
    shapes
        Of inputs and populations, as NIR needs them.
    """

    network: Network
    dialect: Dialect
    relays: Mapping[str, Population]
    sinks: Mapping[str, str]
    links: Sequence[Link]
    biases: Mapping[str, Mapping[int, Bias]]
    shapes: Mapping[str, Shape]


def unsayable(what: str, why: str, node: str) -> Diagnostic:
    """A part that NIR cannot say."""
    return Diagnostic("E0156", f"{what}: {why}", Place(node=node))


def plan(network: Network) -> Plan:
    """Sort out a network.

    Raises
    ------
    SomacError
        E0156 for every population that is none of NIR's neurons, and for loops without one.
    """
    from somac.grammar.library import library

    relay, constant = (bare(library().model(name, None)) for name in ("relay", "constant"))
    kinds = {p.name: bare(p.model) for p in network.populations}
    relays = {p.name: p for p in network.populations if kinds[p.name] == relay}
    constants = {p.name for p in network.populations if kinds[p.name] == constant}
    neurons = [p for p in network.populations if p.name not in relays and p.name not in constants]
    dialect = dialect_of({p.name: p.model for p in neurons}, network.semantics)
    problems = [problem for p in neurons for problem in _problems(p, dialect)]
    problems += [
        unsayable(f"output {o.name}", "NIR has no spikes of every step to send", o.source)
        for o in network.outputs
        if o.source in constants
    ]
    links = _links(network, constants, relays)
    sums = [
        graph.Edge(a.source, a.target, 0) for a in links if {a.source, a.target} <= relays.keys()
    ]
    loop = graph.zero_delay_cycle(sums)
    if loop:
        why = "populations that only add up are linear nodes to NIR, and they are a loop"
        problems.append(unsayable(" -> ".join(loop), why, loop[0]))
    problems += [
        unsayable(
            f"projection {p.name}",
            f"NIR has no learning rules, and it learns by {p.plasticity.rule.name}",
            p.name,
        )
        for p in network.projections
        if p.plasticity is not None
    ]
    problems += [
        unsayable(
            f"projection {p.name}",
            "NIR has no weights that are never programmed; without its mark (device = None) they "
            "are written as plain ones",
            p.name,
        )
        for p in network.projections
        if p.device is not None
    ]
    if problems:
        raise SomacError.of(problems)
    return Plan(
        network,
        dialect,
        relays,
        _sinks(network, relays, links),
        links,
        _biases(network, constants),
        _shapes(network, links),
    )


def _problems(population: Population, dialect: Dialect) -> list[Diagnostic]:
    """Why a population is no node of NIR."""
    what = f"population {population.name}"
    said = dialect.said.get(population.name)
    if said is None:
        why = f"model {population.model.name} is none of NIR's neurons in profile {dialect.profile}"
        return [unsayable(what, why, population.name)]
    return [
        unsayable(what, f"NIR's {said.type} has no parameter {p.name}", population.name)
        for p in population.model.parameters
        if p.name not in NEURONS[said.type]
        and (p.default is None or (population.parameters[p.name] != p.default).any())
    ]


def _links(network: Network, constants: set[str], relays: Mapping[str, Population]) -> list[Link]:
    pieces = [
        (p, connectivity, p.delay + ticks)
        for p in network.projections
        if p.source not in constants
        for connectivity, ticks in split(p.connectivity)
    ]
    forward = [
        graph.Edge(p.source, p.target, ticks + min(connectivity.delays))
        for p, connectivity, ticks in pieces
    ]
    return [
        Link(
            p.name,
            p.source,
            p.target,
            connectivity,
            ticks,
            ticks == 1
            # a relay may send a bias, for which an unwritten delay does not count
            and p.source not in relays
            and connectivity.delays == (0,)
            and bool(graph.zero_delay_cycle([*forward, graph.Edge(p.source, p.target, 0)])),
        )
        for p, connectivity, ticks in pieces
    ]


def _sinks(
    network: Network, relays: Mapping[str, Population], links: Sequence[Link]
) -> dict[str, str]:
    sources = {link.source for link in links}
    found: dict[str, list[str]] = {}
    for output in network.outputs:
        found.setdefault(output.source, []).append(output.name)
    return {
        name: outputs[0]
        for name, outputs in found.items()
        if name in relays and name not in sources and len(outputs) == 1
    }


def _biases(network: Network, constants: set[str]) -> dict[str, dict[int, Bias]]:
    found: dict[str, dict[int, Bias]] = {}
    for p in network.populations:
        for value in p.bias.values():
            if value.any():
                found.setdefault(p.name, {})[0] = np.broadcast_to(value, (p.size,))
    for projection in network.projections:
        if projection.source in constants:
            into = found.setdefault(projection.target, {})
            for extra, operator in projection.connectivity.by_delay():
                ticks = projection.delay + extra
                value = operator(np.ones((1, projection.connectivity.source_size)))[0]
                into[ticks] = into[ticks] + value if ticks in into else value
    return found


def _shapes(network: Network, links: Sequence[Link]) -> dict[str, Shape]:
    """The shapes that leave the fewest signals with the wrong one.

    Convolutions and pools dictate a shape; matrices send vectors; what no node dictates a
    shape to keeps its own, if those before it have it too.
    """
    own: dict[str, Shape] = {i.name: i.shape for i in network.inputs}
    own |= {p.name: p.shape for p in network.populations}
    grids: dict[str, list[Shape]] = {name: [] for name in own}
    free: list[Link] = []
    vectors: set[str] = set()
    for link in links:
        reads, sends = ends(link.connectivity)
        if reads is not None:
            grids[link.source].append(reads)
        if sends is None:
            free.append(link)
        elif len(sends) > 1:
            grids[link.target].append(sends)
        else:
            vectors.add(link.target)
    shapes: dict[str, Shape] = {}
    for name, shape in own.items():
        wanted = grids[name]
        vector = (prod(shape),)
        default = wanted[0] if wanted else vector if name in vectors else shape
        shapes[name] = shape if shape in wanted else default
    for _ in own:
        apart = [
            link.target
            for link in free
            if shapes[link.source] != shapes[link.target]
            and not grids[link.target]
            and len(shapes[link.target]) > 1
        ]
        if not apart:
            break
        shapes |= {name: (prod(own[name]),) for name in apart}
    return shapes
