"""Small networks that need one thing each, and networks joined into one that needs them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from somac.grammar.library import library
from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel, SignalKind

__all__ = ["MODELS", "WIRES", "fan_in", "joined", "probe", "with_delay", "with_weights"]

DT = 1e-3
SIZE = 3

_USUAL = {"tau": 4 * DT, "tau_syn": 3 * DT, "tau_mem": 5 * DT, "v_leak": 0.0, "v_reset": 0.0}
_THRESHOLD = 0.25

MODELS = ("nir_lif", "nir_if", "nir_cuba_lif", "nir_threshold", "nir_li", "nir_i")
"""Neurons of which a target has at least one, the usual first."""

_IMAGE = (1, 3, 3)

WIRES: dict[str, Connectivity] = {
    "dense": Dense(np.linspace(-1.0, 2.0, SIZE * SIZE).reshape(SIZE, SIZE)),
    "sparse": Sparse.from_coordinates(
        np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([2.0, -1.0, 1.0]), None, (SIZE, SIZE)
    ),
    "all-to-all": AllToAll(np.asarray(1.5), SIZE, SIZE),
    "one-to-one": OneToOne(np.array([2.0, 1.0, -1.0]), SIZE, None),
    "convolution": Convolution(
        np.linspace(-1.0, 2.0, 8).reshape(2, 1, 2, 2), _IMAGE, (1, 1), ((0, 0), (0, 0)), (1, 1)
    ),
    "pool": Pool(np.asarray(0.5), _IMAGE, (2, 2), (1, 1), (0, 0)),
    "chain": Chain(
        (
            Pool(np.asarray(1.0), _IMAGE, (2, 2), (1, 1), (0, 0)),
            Dense(np.linspace(-1.0, 2.0, 12).reshape(3, 4)),
        )
    ),
}
"""Maps of every kind that projections have."""


@dataclass(frozen=True, slots=True)
class _Way:
    source: str
    wires: Connectivity
    delay: int


def probe(
    name: str,
    model: NeuronModel | str = "nir_lif",
    *,
    wires: Connectivity | None = None,
    signal: SignalKind = "spike",
    delay: int = 0,
    loop: bool = False,
) -> Network:
    """An input, a population, and what joins them; with `loop` the population hears itself."""
    neuron = library().model(model, "euler_sequential") if isinstance(model, str) else model
    given = WIRES["dense"] if wires is None else wires
    parameters = {
        p.name: np.asarray(_USUAL.get(p.name, _THRESHOLD if "threshold" in p.name else 1.0))
        for p in neuron.parameters
    }
    population = Population("a", (given.target_size,), neuron, parameters)
    ways = [_Way("x", given, delay)]
    if loop:
        ways.append(_Way("a", OneToOne(np.full(population.size, 0.5), population.size, None), 1))
    return Network(
        name,
        DT,
        (Input("x", (given.source_size,), signal),),
        (population,),
        tuple(
            Projection(f"{w.source}_{port}", w.source, "a", port, w.wires, w.delay)
            for port in neuron.inputs
            for w in ways
        ),
        (Output("a", "a"),),
    )


def fan_in(sources: int, model: str, cells: int = 1) -> Network:
    """`cells` cells that hear as many inputs each, weakly."""
    rng = np.random.default_rng(sources)
    return probe(f"fan_in_{sources}", model, wires=Dense(rng.normal(0.02, 0.05, (cells, sources))))


def with_delay(network: IntegerNetwork, ticks: int) -> IntegerNetwork:
    """The same with projections from inputs that take as many ticks."""
    inputs = {i.name for i in network.inputs}
    return replace(
        network,
        name=f"{network.name}_delay_{ticks}",
        projections=tuple(
            replace(p, delay=ticks) if p.source in inputs else p for p in network.projections
        ),
    )


def with_weights(network: IntegerNetwork, largest: int, least: int) -> IntegerNetwork:
    """The same with one synapse of the largest weight, one of the least, and else nothing."""

    def wide(connectivity: Connectivity) -> Connectivity:
        weights = np.zeros_like(connectivity.weights)
        weights.flat[0], weights.flat[-1] = largest, least
        return connectivity.with_weights(weights)

    return replace(
        network,
        name=f"{network.name}_weights",
        projections=tuple(
            replace(p, connectivity=wide(p.connectivity)) for p in network.projections
        ),
    )


def joined(networks: Iterable[Network]) -> Network:
    """All networks side by side in one; the names of each begin with its own."""
    given = tuple(networks)

    def named(network: Network, name: str) -> str:
        return f"{network.name}__{name}"

    return Network(
        "joined",
        given[0].dt,
        tuple(replace(i, name=named(n, i.name)) for n in given for i in n.inputs),
        tuple(replace(p, name=named(n, p.name)) for n in given for p in n.populations),
        tuple(
            replace(
                p,
                name=named(n, p.name),
                source=named(n, p.source),
                target=named(n, p.target),
            )
            for n in given
            for p in n.projections
        ),
        tuple(
            replace(o, name=named(n, o.name), source=named(n, o.source))
            for n in given
            for o in n.outputs
        ),
    )
