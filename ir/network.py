"""`Network`: populations joined by projections, in float64 and physical units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir import connectivity as wiring
from somac.ir import consistency
from somac.ir.connectivity import Connectivity
from somac.ir.constants import undefined_constants
from somac.ir.digest import digest_of, read_only, summary
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.graph import Edge
from somac.ir.learnable import learning_problems
from somac.ir.neuron import NeuronModel, SignalKind
from somac.ir.plasticity import LearningRule, Plasticity
from somac.ir.random_device import RandomDevice, device_problems

__all__ = ["Input", "Network", "Output", "Population", "Projection"]

Real = NDArray[np.float64]


def _frozen(values: Mapping[str, Any]) -> dict[str, Real]:
    return {name: read_only(np.asarray(v, dtype=np.float64)) for name, v in values.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """Signals from outside: `kind` says whether they are spikes, counts or numbers."""

    name: str
    shape: tuple[int, ...]
    kind: SignalKind = "spike"

    @property
    def size(self) -> int:
        """Number of channels."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Cells of one neuron model.

    Parameters
    ----------
    name
        Unique in the network.
    shape
        Of the cells; they are numbered in C order.
    model
        The discrete update.
    parameters
        float64 per parameter of the model, SI units: 0-d, or (size,). The defaults of the
        model are filled in.
    bias
        float64 per input port, added to what arrives in every tick: 0-d, or (size,).
        Ports that are not named have none.
    """

    name: str
    shape: tuple[int, ...]
    model: NeuronModel
    parameters: Mapping[str, Real]
    bias: Mapping[str, Real] = field(default_factory=dict)

    def __post_init__(self) -> None:
        defaults = {p.name: p.default for p in self.model.parameters if p.default is not None}
        object.__setattr__(self, "parameters", _frozen(defaults | dict(self.parameters)))
        object.__setattr__(self, "bias", _frozen(self.bias))

    @property
    def size(self) -> int:
        """Number of cells."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A linear map from the output of a population (or input) to a port of a population.

    Parameters
    ----------
    name
        Unique in the network.
    source, target
        Names of an input or population, and of a population.
    port
        Input port of the target's model.
    connectivity
        The map; its weights become float64.
    delay
        Ticks from sending to arrival.
    plasticity
        How its synapses learn, if they do.
    device
        The device whose cells the weights are, if they are never programmed; the weights are
        those that `RandomDevice.weights` gives.
    """

    name: str
    source: str
    target: str
    port: str
    connectivity: Connectivity
    delay: int = 0
    plasticity: Plasticity | None = None
    device: RandomDevice | None = None

    def __post_init__(self) -> None:
        weights = self.connectivity.weights
        if weights.dtype != np.float64:
            exact = self.connectivity.with_weights(weights.astype(np.float64))
            object.__setattr__(self, "connectivity", exact)


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """A population (or input) whose signals leave the network under a name."""

    name: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """What is to be compiled: the model with its meaning spelled out.

    Parameters
    ----------
    name
        For people.
    dt
        Length of a tick in seconds.
    inputs, populations, projections, outputs
        In the order of the source text.
    semantics
        The choices behind the discrete updates, by name (``profile``, ``integrator``,
        ``reset``, ...): printed, and part of the digest.
    """

    name: str
    dt: float
    inputs: tuple[Input, ...]
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    outputs: tuple[Output, ...]
    semantics: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dt", float(self.dt))
        found = list(self._problems())
        if found:
            raise SomacError.of(found)

    def population(self, name: str) -> Population:
        """The population of that name."""
        return next(p for p in self.populations if p.name == name)

    def edges(self) -> tuple[Edge, ...]:
        """Projections as edges of the coarse graph, with their least delay."""
        return tuple(
            Edge(p.source, p.target, p.delay + min(p.connectivity.delays, default=0))
            for p in self.projections
        )

    def digest(self) -> str:
        """BLAKE2b of the value, as hexadecimal text."""
        return digest_of(self)

    def text(self) -> str:
        """Stable text for dumps and golden tests; arrays appear by digest."""
        lines = [f"network {self.name} dt {self.dt!r}"]
        lines += [f"semantics {key} {self.semantics[key]}" for key in sorted(self.semantics)]
        lines += [f"input {i.name} {i.kind} {_shape(i.shape)}" for i in self.inputs]
        for population in self.populations:
            model = population.model
            lines.append(f"population {population.name} {model.name} {_shape(population.shape)}")
            for label, values in (("parameter", population.parameters), ("bias", population.bias)):
                lines += [f"  {label} {key} {summary(values[key])}" for key in sorted(values)]
        for p in self.projections:
            lines.append(
                f"projection {p.name} {p.source} -> {p.target}.{p.port} delay {p.delay} "
                f"{wiring.text(p.connectivity)}" + (f" {p.device}" if p.device is not None else "")
            )
            lines += p.plasticity.lines() if p.plasticity is not None else []
        lines += [f"output {o.name} {o.source}" for o in self.outputs]
        models = {p.model.name: p.model.text() for p in self.populations}
        learning = [p.plasticity.rule for p in self.projections if p.plasticity is not None]
        rules = {rule.name: rule.text() for rule in learning}
        texts = [some[name] for some in (models, rules) for name in sorted(some)]
        return "\n".join(lines) + "\n" + "".join(texts)

    def _problems(self) -> Iterator[Diagnostic]:
        if not (np.isfinite(self.dt) and self.dt > 0):
            yield Diagnostic("E0401", f"the time step is {self.dt}", need="a positive number of s")
        yield from consistency.names(self.inputs, self.populations, self.projections, self.outputs)
        yield from _model_problems(self.populations)
        yield from _rule_problems(self.projections)
        for boundary in self.inputs:
            yield from consistency.shape("input", boundary.name, boundary.shape)
        for population in self.populations:
            yield from _population_problems(population, self.dt)
        sizes = {i.name: i.size for i in self.inputs} | {p.name: p.size for p in self.populations}
        models = {p.name: p.model for p in self.populations}
        sound = True
        for projection in self.projections:
            found = tuple(_projection_problems(projection, sizes, models, self.dt))
            sound = sound and not found
            yield from found
        if sound:
            yield from consistency.loops(self.edges())


def _model_problems(populations: Sequence[Population]) -> Iterator[Diagnostic]:
    models: dict[str, NeuronModel] = {}
    for p in populations:
        if models.setdefault(p.model.name, p.model) != p.model:
            yield Diagnostic(
                "E0402",
                f"population {p.name}: its neuron model {p.model.name!r} is not the one that "
                "another population has under that name",
                Place(node=p.name),
                hint="give each its own name",
            )


def _rule_problems(projections: Sequence[Projection]) -> Iterator[Diagnostic]:
    rules: dict[str, LearningRule] = {}
    for p in projections:
        if p.plasticity is None:
            continue
        rule = p.plasticity.rule
        if rules.setdefault(rule.name, rule) != rule:
            yield Diagnostic(
                "E0402",
                f"projection {p.name}: its learning rule {rule.name!r} is not the one that "
                "another projection has under that name",
                Place(node=p.name),
                hint="give each its own name",
            )


def _population_problems(p: Population, dt: float) -> Iterator[Diagnostic]:
    yield from consistency.shape("population", p.name, p.shape)
    found = tuple(_value_problems(p))
    yield from found
    if not found:
        yield from _equation_problems(p, {**p.parameters, "dt": np.asarray(dt)})


def _value_problems(p: Population) -> Iterator[Diagnostic]:
    """Parameters and biases that are missing, unknown, of a wrong shape or not finite."""
    place = Place(node=p.name)
    declared = {q.name for q in p.model.parameters}
    for label, given, known in (
        ("parameter", p.parameters, declared),
        ("bias of port", p.bias, set(p.model.inputs)),
    ):
        for name, value in given.items():
            if name not in known:
                yield Diagnostic(
                    "E0405",
                    f"population {p.name}: model {p.model.name} has no {label} {name!r}",
                    place,
                    have=name,
                    need=", ".join(sorted(known)) or "none",
                )
            elif value.shape not in ((), (p.size,)):
                yield Diagnostic(
                    "E0404",
                    f"population {p.name}: {label} {name} does not fit its cells",
                    place,
                    have=f"shape {value.shape}",
                    need=f"one value, or {p.size}",
                )
            elif not np.isfinite(value).all():
                yield consistency.not_finite(f"population {p.name}: {label} {name}", value, place)
    missing = sorted(declared - set(p.parameters))
    if missing:
        yield Diagnostic(
            "E0405",
            f"population {p.name}: no value for {', '.join(missing)} of model {p.model.name}",
            place,
            hint="give a value, or the model a default",
        )


def _equation_problems(p: Population, constants: Mapping[str, Real]) -> Iterator[Diagnostic]:
    """What the parameters and ``dt`` make infinite, as a time constant of 0 does."""
    place = Place(node=p.name)
    for name, value in p.model.initial(constants).items():
        if not np.isfinite(value).all():
            what = f"population {p.name}: initial value of {name}"
            yield consistency.not_finite(what, value, place)
    for part, values in undefined_constants(p.model.body, constants):
        yield Diagnostic(
            "E0406",
            f"population {p.name}: {part} is not a finite number",
            place,
            have=values,
            hint=f"give {p.model.name} other parameters",
        )


def _projection_problems(
    p: Projection, sizes: Mapping[str, int], models: Mapping[str, NeuronModel], dt: float
) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    for end, name, cells in (
        ("source", p.source, p.connectivity.source_size),
        ("target", p.target, p.connectivity.target_size),
    ):
        if end == "target" and name not in models:
            yield consistency.unknown(f"target of projection {p.name}", name, "population")
        elif name not in sizes:
            yield consistency.unknown(f"source of projection {p.name}", name)
        elif sizes[name] != cells:
            yield Diagnostic(
                "E0404",
                f"projection {p.name} does not fit its {end} {name}",
                place,
                have=f"{cells} cells in the weights",
                need=f"{sizes[name]}, as {name} has",
            )
    if p.target in models and p.port not in models[p.target].inputs:
        yield Diagnostic(
            "E0405",
            f"projection {p.name}: model {models[p.target].name} has no port {p.port!r}",
            place,
            have=p.port,
            need=", ".join(models[p.target].inputs) or "none",
        )
    if p.delay < 0:
        yield Diagnostic(
            "E0408", f"projection {p.name} has a delay of {p.delay} ticks", place, need="0 or more"
        )
    weights = p.connectivity.weights
    if not np.isfinite(weights).all():
        yield consistency.not_finite(f"projection {p.name}: weights", weights, place)
    if p.plasticity is not None and p.target in models:
        states = [state.name for state in models[p.target].states]
        yield from learning_problems(p.name, p.plasticity, p.connectivity, states, dt)
    if p.device is not None:
        learns = p.plasticity is not None
        yield from device_problems(p.name, p.device, p.connectivity, learns=learns)


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
