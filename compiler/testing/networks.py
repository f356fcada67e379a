"""Random networks for property tests (needs hypothesis).

Every network is valid: any populations of NIR's neurons, projections of every kind forwards
and backwards, delays up to a limit, biases, and weights strong enough to saturate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from somac.grammar.library import library
from somac.ir.connectivity import AllToAll, Connectivity, Dense, OneToOne, Sparse
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel, SignalKind

__all__ = ["EVERYTHING", "PROFILES", "Case", "Limits", "case", "cases", "models"]

DT = 1e-3

_NODE_TYPES = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold")
_RESETS = ("value", "subtract", "subtract_delayed")
PROFILES = ("nir-euler", "snntorch", "sinabs", "norse")
"""Profiles that neurons are read in."""

# parameters by name: least and largest value
_RANGES = {
    "tau": (1.5 * DT, 60 * DT),
    "tau_syn": (1.5 * DT, 30 * DT),
    "tau_mem": (1.5 * DT, 60 * DT),
    "r": (0.2, 5.0),
    "w_in": (0.2, 5.0),
    "v_leak": (-0.2, 0.2),
    "v_reset": (-0.5, 0.2),
    "v_threshold": (0.3, 2.0),
    "threshold": (0.1, 1.0),
}
_DEFAULT_RANGE = (0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What networks are made of.

    Parameters
    ----------
    models
        Names of neuron models; None for all.
    kinds
        Of connectivity: of ``dense``, ``sparse``, ``all-to-all``, ``one-to-one``.
    signals
        What inputs carry: ``spike``, ``count``.
    loops
        Whether signals go backwards.
    max_delay
        Ticks that a projection, or a synapse, delays at most.
    """

    models: frozenset[str] | None = None
    kinds: frozenset[str] = frozenset({"dense", "sparse", "all-to-all", "one-to-one"})
    signals: frozenset[str] = frozenset({"spike", "count"})
    loops: bool = True
    max_delay: int = 7


EVERYTHING = Limits()
"""No limits."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A network, and inputs (samples, steps, channels) for it."""

    network: Network
    inputs: dict[str, NDArray[np.int64]]


def cases(
    *, max_populations: int = 4, max_cells: int = 9, max_delay: int = 7
) -> st.SearchStrategy[Case]:
    """Networks with inputs; shrinks towards few small populations."""
    return st.builds(
        case,
        st.integers(0, 2**32 - 1),
        st.integers(1, max_populations),
        st.integers(1, max_cells),
        st.integers(0, max_delay),
        st.sampled_from(PROFILES),
    )


def case(
    seed: int,
    populations: int,
    cells: int,
    max_delay: int,
    profile: str,
    limits: Limits = EVERYTHING,
) -> Case:
    """The network of a seed: one generator, so that a failure is told in five numbers."""
    rng = np.random.default_rng(seed)
    source = Input("stimulus", (int(rng.integers(1, cells + 1)),), _kind(rng, limits))
    made = tuple(_population(rng, f"p{i}", cells, profile, limits) for i in range(populations))
    sizes = {source.name: source.size} | {p.name: p.size for p in made}
    order = {name: rank for rank, name in enumerate(sizes)}
    projections: list[Projection] = []
    for p in made:
        for port in p.model.inputs:
            for begin in sizes:
                # everything is reached from the input; the rest is a coin's throw
                first = begin == source.name and p is made[0]
                backwards = order[begin] >= order[p.name]
                if (first or rng.random() < 0.45) and (limits.loops or not backwards):
                    least = int(backwards)
                    delay = int(rng.integers(least, max(least, max_delay) + 1))
                    wires = _connectivity(rng, sizes[begin], p.size, max_delay, limits)
                    name = f"{begin}_{p.name}_{port}"
                    projections.append(Projection(name, begin, p.name, port, wires, delay))
    outputs = tuple(Output(f"out_{p.name}", p.name) for p in made)
    network = Network(
        f"random_{seed}",
        DT,
        (source,),
        made,
        tuple(projections),
        outputs,
        {"profile": profile},
    )
    # a wire and its projection may both delay: long enough for the last to arrive
    steps = 24 + 2 * max_delay
    most = 4 if source.kind == "count" else 2
    stimulus = rng.integers(0, most, size=(2, int(rng.integers(1, steps)), source.size))
    return Case(network, {source.name: stimulus})


def models(profile_name: str) -> dict[str, NeuronModel]:
    """Every neuron that a profile has, by its name."""
    found = library()
    profile = found.profile(profile_name)
    names = (profile.model_for(node, reset) for node in _NODE_TYPES for reset in _RESETS)
    return {n: found.model(n, profile.integrator) for n in names if n is not None}


def _kind(rng: np.random.Generator, limits: Limits) -> SignalKind:
    drawn: SignalKind = "count" if rng.random() < 0.3 else "spike"
    return drawn if drawn in limits.signals else "spike"


def _population(
    rng: np.random.Generator, name: str, cells: int, profile: str, limits: Limits
) -> Population:
    size = int(rng.integers(1, cells + 1))
    model = _model(rng, profile, limits)
    parameters = {p.name: _value(rng, p.name, size) for p in model.parameters}
    bias = {
        port: rng.normal(0.0, 0.2, size if rng.random() < 0.5 else ())
        for port in model.inputs
        if rng.random() < 0.4
    }
    return Population(name, (size,), model, parameters, bias)


def _model(rng: np.random.Generator, profile_name: str, limits: Limits) -> NeuronModel:
    found = library()
    profile = found.profile(profile_name)
    while True:
        node, reset = rng.choice(_NODE_TYPES), rng.choice(_RESETS)
        name = profile.model_for(str(node), str(reset))
        if name is not None and (limits.models is None or name in limits.models):
            return found.model(name, profile.integrator)


def _value(rng: np.random.Generator, name: str, size: int) -> NDArray[np.float64]:
    low, high = _RANGES.get(name, _DEFAULT_RANGE)
    return rng.uniform(low, high, size if rng.random() < 0.4 else ())


def _connectivity(
    rng: np.random.Generator, source: int, target: int, max_delay: int, limits: Limits
) -> Connectivity:
    spread = float(rng.choice([0.3, 1.0, 8.0]))
    kinds = ["dense", "sparse", "all-to-all"] + (["one-to-one"] if source == target else [])
    match rng.choice([kind for kind in kinds if kind in limits.kinds] or kinds):
        case "dense":
            return Dense(rng.normal(0.0, spread, (target, source)))
        case "all-to-all":
            return AllToAll(np.asarray(rng.normal(0.0, spread)), source, target)
        case "one-to-one":
            delay = rng.integers(0, max_delay + 1, source) if rng.random() < 0.5 else None
            return OneToOne(rng.normal(0.0, spread, source), source, delay)
        case _:
            drawn = np.argwhere(rng.random((source, target)) < 0.5)
            count = len(drawn)
            delay = rng.integers(0, max_delay + 1, count) if rng.random() < 0.5 else None
            weight = rng.normal(0.0, spread, count)
            return Sparse.from_coordinates(
                drawn[:, 0], drawn[:, 1], weight, delay, (source, target)
            )
