"""`IntegerNetwork`: the same graph in exact integers. It defines the golden bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.ir import connectivity as wiring
from somac.ir import consistency
from somac.ir.connectivity import Chain, Connectivity
from somac.ir.datapath import Datapath
from somac.ir.digest import digest_of, integers, read_only, summary
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import BOOL, MAX_BITS, Format
from somac.ir.graph import Edge
from somac.ir.learnable import integer_learning_problem
from somac.ir.network import Output
from somac.ir.neuron import SignalKind
from somac.ir.plasticity import IntegerPlasticity
from somac.ir.product import ProductCast
from somac.ir.random_device import ReadBack, read_back_problem
from somac.ir.tiling import Tiling, tiling_problem

__all__ = ["IntegerInput", "IntegerNetwork", "IntegerPopulation", "IntegerProjection"]

Raw = NDArray[np.int64]
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class IntegerInput:
    """Signals from outside, as raw values of `format`; one raw step stands for `scale`."""

    name: str
    shape: tuple[int, ...]
    kind: SignalKind
    format: Format
    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", float(self.scale))

    @property
    def size(self) -> int:
        """Number of channels."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class IntegerPopulation:
    """Cells of one datapath.

    Parameters
    ----------
    name, shape
        As in the `Network`.
    datapath
        The update. Its inputs are the ports, as raw sums of weight times signal.
    parameters
        int64 raw values per parameter of the datapath: 0-d, or (size,).
    initial
        int64 raw initial values per state: 0-d, or (size,).
    scales
        What one raw step stands for in the `Network`'s units, per state, and for the
        signal sent under the name ``output``: float64, 0-d or (size,). For reports and for
        comparison with float; no integer depends on it.
    start
        The tick of the first update (the skew of retiming).

    Raises
    ------
    TypeError
        If parameters or initial values are not integers.
    """

    name: str
    shape: tuple[int, ...]
    datapath: Datapath
    parameters: Mapping[str, Raw]
    initial: Mapping[str, Raw]
    scales: Mapping[str, Real] = field(default_factory=dict)
    start: int = 0

    def __post_init__(self) -> None:
        for name in ("parameters", "initial"):
            values = getattr(self, name).items()
            object.__setattr__(self, name, {k: read_only(integers(v)) for k, v in values})
        scales = {k: read_only(np.asarray(v, np.float64)) for k, v in self.scales.items()}
        object.__setattr__(self, "scales", scales)

    @property
    def size(self) -> int:
        """Number of cells."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class IntegerProjection:
    """Adds ``weight * signal`` to a port of the target, `delay` ticks after it was sent.

    The weights of `connectivity` are int32. One raw step of what arrives at the port stands
    for the same everywhere at that port. With `plasticity` the weights are what they are at
    first, and stored entries of 0 are synapses too. With `product` each product is converted
    before it is added, and one raw step of what arrives is one of the converted products. With
    `tiling` blocks of weights give their sums through converters. With `device` the weights are
    what was read back of cells that nobody programs.
    """

    name: str
    source: str
    target: str
    port: str
    connectivity: Connectivity
    delay: int = 0
    plasticity: IntegerPlasticity | None = None
    product: ProductCast | None = None
    tiling: Tiling | None = None
    device: ReadBack | None = None

    @property
    def structure(self) -> Connectivity:
        """The connectivity whose rows list every synapse; of a plastic one, all weigh 1."""
        if self.plasticity is None:
            return self.connectivity
        return self.connectivity.with_weights(np.ones_like(self.connectivity.weights))


@dataclass(frozen=True, slots=True, eq=False)
class IntegerNetwork:
    """Exact integers from end to end.

    Parameters
    ----------
    name, dt
        As in the `Network`.
    inputs, populations, projections, outputs
        In the order of the `Network`.
    period
        Ticks per step of the model: a population updates at ``start``, ``start + period``,
        ... (more than 1 after C-slowing).
    origin
        Digest of the `Network` it was made from.

    Raises
    ------
    SomacError
        E0501, and E0402 to E0407 as a `Network` does, with everything that is wrong.
    """

    name: str
    dt: float
    inputs: tuple[IntegerInput, ...]
    populations: tuple[IntegerPopulation, ...]
    projections: tuple[IntegerProjection, ...]
    outputs: tuple[Output, ...]
    period: int = 1
    origin: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dt", float(self.dt))
        found = list(self._problems())
        if found:
            raise SomacError.of(found)

    def population(self, name: str) -> IntegerPopulation:
        """The population of that name."""
        return next(p for p in self.populations if p.name == name)

    def start(self, name: str) -> int:
        """The tick of the first signal of a population or input."""
        return next((p.start for p in self.populations if p.name == name), 0)

    def sent(self, name: str) -> Format:
        """The format of what an input or population sends."""
        for i in self.inputs:
            if i.name == name:
                return i.format
        return self.population(name).datapath.sent

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
        """Stable text for dumps and golden tests; large arrays appear by digest."""
        lines = [f"integer network {self.name} dt {self.dt!r} period {self.period}"]
        lines += [
            f"input {i.name} {i.kind} {'x'.join(map(str, i.shape))} {i.format} scale {i.scale!r}"
            for i in self.inputs
        ]
        for population in self.populations:
            lines.append(
                f"population {population.name} {population.datapath.name} "
                f"{'x'.join(map(str, population.shape))} start {population.start}"
            )
            for label, values in (
                ("parameter", population.parameters),
                ("initial", population.initial),
                ("scale", population.scales),
            ):
                lines += [f"  {label} {key} {summary(values[key])}" for key in sorted(values)]
        for p in self.projections:
            lines.append(
                f"projection {p.name} {p.source} -> {p.target}.{p.port} delay {p.delay} "
                f"{wiring.text(p.connectivity)}"
                + (f" product {p.product}" if p.product is not None else "")
                + (f" tiling {p.tiling}" if p.tiling is not None else "")
                + (f" {p.device}" if p.device is not None else "")
            )
            lines += p.plasticity.lines() if p.plasticity is not None else []
        lines += [f"output {o.name} {o.source}" for o in self.outputs]
        datapaths = {p.datapath.text() for p in self.populations}
        return "\n".join(lines) + "\n" + "".join(sorted(datapaths))

    def _problems(self) -> Iterator[Diagnostic]:
        if not (np.isfinite(self.dt) and self.dt > 0):
            yield Diagnostic("E0501", f"a time step of {self.dt} s", need="a positive number")
        if self.period < 1:
            yield Diagnostic("E0501", f"a period of {self.period} ticks", need="1 or more")
            return
        yield from consistency.names(self.inputs, self.populations, self.projections, self.outputs)
        for boundary in self.inputs:
            yield from _input_problems(boundary)
        for population in self.populations:
            yield from _population_problems(population)
        sizes = {i.name: i.size for i in self.inputs} | {p.name: p.size for p in self.populations}
        populations = {p.name: p for p in self.populations}
        sound = True
        for projection in self.projections:
            problem = self._projection_problem(projection, sizes, populations)
            if problem is not None:
                sound = False
                yield Diagnostic(
                    "E0501",
                    f"projection {projection.name}: {problem}",
                    Place(node=projection.name),
                )
        if sound:
            yield from consistency.loops(self.edges())

    def _projection_problem(
        self,
        p: IntegerProjection,
        sizes: Mapping[str, int],
        populations: Mapping[str, IntegerPopulation],
    ) -> str | None:
        if p.source not in sizes or p.target not in populations:
            return f"{p.source} -> {p.target} is not from a part of the network to a population"
        have = p.connectivity.source_size, p.connectivity.target_size
        if have != (sizes[p.source], sizes[p.target]):
            return f"it joins {have[0]} cells to {have[1]}, not the {p.source} and {p.target} has"
        if p.connectivity.weights.dtype != np.int32:
            return f"its weights are {p.connectivity.weights.dtype}, not int32"
        if p.port not in populations[p.target].datapath.names("input"):
            return f"{p.target} has no port {p.port}"
        if p.delay < 0:
            return f"a delay of {p.delay} ticks"
        skew = self.start(p.source) - self.start(p.target)
        for extra in p.connectivity.delays:
            meant = skew + p.delay + extra
            if meant < 0 or meant % self.period:
                return (
                    f"what {p.source} sends with {p.delay + extra} ticks of delay arrives when "
                    f"{p.target} does not update"
                )
        if p.device is not None:
            learns = p.plasticity is not None
            problem = read_back_problem(p.device, p.connectivity, learns=learns)
            if problem is not None:
                return problem
        if p.tiling is not None:
            if p.product is not None or p.plasticity is not None:
                return "what is on blocks of cells neither learns nor converts its products"
            return tiling_problem(p.tiling, p.connectivity, self.sent(p.source))
        if p.product is not None:
            return _product_problem(p, self.sent(p.source))
        if p.plasticity is None:
            return None
        return integer_learning_problem(
            p.plasticity, p.connectivity, self.sent(p.source), populations[p.target].datapath
        )


def _product_problem(p: IntegerProjection, sent: Format) -> str | None:
    """Why there is no one product per synapse to convert, or none that 63 bits hold."""
    if p.plasticity is not None:
        return "it learns, and what is learnt is delivered exactly"
    if isinstance(p.connectivity, Chain):
        return "a chain of maps has no one product per synapse to convert"
    weights = p.connectivity.weights
    most = max(int(weights.max(initial=0)), -int(weights.min(initial=0)))
    most *= max(-sent.minimum, sent.maximum)
    if most >= 1 << (MAX_BITS - 1):
        return f"its products take {most.bit_length() + 1} bits, more than {MAX_BITS}"
    return None


def _input_problems(i: IntegerInput) -> Iterator[Diagnostic]:
    yield from consistency.shape("input", i.name, i.shape)
    if not (np.isfinite(i.scale) and i.scale > 0):
        yield Diagnostic("E0501", f"input {i.name}: a scale of {i.scale}", Place(node=i.name))
    counted = not i.format.signed and i.format.fraction == 0
    if (i.kind == "spike" and i.format != BOOL) or (i.kind == "count" and not counted):
        yield Diagnostic(
            "E0501", f"input {i.name}: a {i.kind} is not {i.format}", Place(node=i.name)
        )


def _population_problems(p: IntegerPopulation) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    yield from consistency.shape("population", p.name, p.shape)
    if p.start < 0:
        yield Diagnostic("E0501", f"population {p.name} starts at tick {p.start}", place)
    states = p.datapath.names("state")
    for opcode, known, given in (
        ("param", p.datapath.names("param"), p.parameters),
        ("state", states, p.initial),
    ):
        for name in sorted({*known, *given}):
            if name not in known:
                problem = "is not in its datapath"
            elif name not in given:
                problem = "has no value"
            elif given[name].shape not in ((), (p.size,)):
                problem = f"has shape {given[name].shape}, not () or ({p.size},)"
            else:
                format = p.datapath.format_of(opcode, name)
                if ((format.minimum <= given[name]) & (given[name] <= format.maximum)).all():
                    continue
                problem = f"is not within {format}"
            yield Diagnostic("E0501", f"population {p.name}: {opcode} {name} {problem}", place)
    for name, scale in p.scales.items():
        if name not in (*states, "output"):
            problem = "belongs to no state, nor to the output"
        elif scale.shape not in ((), (p.size,)) or not np.isfinite(scale).all():
            problem = "is not a finite number, or one per cell"
        else:
            continue
        yield Diagnostic("E0501", f"population {p.name}: scale {name} {problem}", place)
