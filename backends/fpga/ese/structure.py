"""What the sparse engine runs: which networks, and their matrices in the order of its schedule.

The engine holds an LSTM with projection, or any network of its form: an input ``x``, cells with a
number of ports, and outputs ``y`` with one port that read what the cells send, ``m``.

    x -> cells          this step's input
    y -> cells          delay of one step
    cells -> y          this step's
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from somac.backends.codegen import signed_bits
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["SOURCES", "Geometry", "Matrix", "Structure", "structure_of"]

Source = Literal["x", "y", "m"]

SOURCES: Mapping[Source, int] = {"x": 0, "y": 1, "m": 2}
"""What the columns of a matrix stand for, and the number of the buffer that holds their values."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The size of an engine.

    Parameters
    ----------
    lanes
        P: processing elements; target cell j belongs to lane j mod P.
    channels
        C: independent sequences that are computed side by side and share every weight.
    depth
        D: columns that the queue of a lane holds.
    index_bits
        I: an entry skips up to ``2**I - 1`` rows of its lane.
    weight_bits
        Of a weight, sign included.
    """

    lanes: int = 32
    channels: int = 32
    depth: int = 8
    index_bits: int = 4
    weight_bits: int = 12

    def __post_init__(self) -> None:
        limits = {
            "lanes": (1, 999),
            "channels": (1, 1024),
            "depth": (1, 1024),
            "index_bits": (1, 16),
            "weight_bits": (2, 32),
        }
        found = [
            Diagnostic(
                "E0670",
                f"a sparse engine with {name.replace('_', ' ')} of {getattr(self, name)}",
                need=f"{low} to {high}",
            )
            for name, (low, high) in limits.items()
            if not low <= getattr(self, name) <= high
        ]
        if found:
            raise SomacError.of(found)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A projection in the schedule: its columns come from `source`, its sums go to `bank`.

    Banks are numbered as the ports of the cells, the last one is that of the outputs.
    """

    projection: IntegerProjection
    source: Source
    bank: int

    @property
    def columns(self) -> int:
        """How many there are."""
        return self.projection.connectivity.source_size


@dataclass(frozen=True, slots=True)
class Structure:
    """The parts of a network, and its matrices in the order in which they are multiplied.

    Those of x come first, because they wait for nothing that the step before computes.
    """

    network: IntegerNetwork
    x: IntegerInput
    cells: IntegerPopulation
    outputs: IntegerPopulation
    matrices: tuple[Matrix, ...]

    @property
    def ports(self) -> tuple[str, ...]:
        """Ports of the cells, in the order of their banks."""
        return self.cells.datapath.names("input")

    @property
    def activation_bits(self) -> int:
        """Signed width that holds every x, y and m."""
        sent = (self.x.format, self.outputs.datapath.sent, self.cells.datapath.sent)
        return max(f.width + (not f.signed) for f in sent)

    @property
    def sum_bits(self) -> int:
        """Width of an accumulator: that of the widest port, to which sums wrap."""
        return max(f.width for f in self.sums)

    @property
    def sums(self) -> tuple[Format, ...]:
        """Formats of the port sums, per bank."""
        (last,) = self.outputs.datapath.names("input")
        cells = [self.cells.datapath.format_of("input", port) for port in self.ports]
        return (*cells, self.outputs.datapath.format_of("input", last))


def structure_of(network: IntegerNetwork, geometry: Geometry) -> Structure:
    """The parts of a network that the engine can run.

    Raises
    ------
    SomacError
        E0670 with everything that is in the way.
    """
    found = [*_boundary_problems(network)]
    if found:
        raise SomacError.of(found)
    (output,) = network.outputs
    (x,) = network.inputs
    outputs = network.population(output.source)
    (cells,) = (p for p in network.populations if p.name != outputs.name)
    roles: Mapping[tuple[str, str], Source] = {
        (x.name, cells.name): "x",
        (outputs.name, cells.name): "y",
        (cells.name, outputs.name): "m",
    }
    found = [*_projection_problems(network, roles, geometry)]
    if len(outputs.datapath.names("input")) != 1:
        found.append(_problem(outputs.name, "its cells have more ports than one, or none"))
    if not cells.datapath.names("input"):
        found.append(_problem(cells.name, "its cells have no port"))
    found += [_problem(p.name, "its start is not 0") for p in network.populations if p.start]
    if network.period != 1:
        found.append(_problem(network.name, f"a step takes {network.period} ticks"))
    if found:
        raise SomacError.of(found)
    ports = cells.datapath.names("input")
    matrices = [
        Matrix(p, role, len(ports) if role == "m" else ports.index(p.port))
        for p, role in ((p, roles[p.source, p.target]) for p in network.projections)
    ]
    order = sorted(matrices, key=lambda m: SOURCES[m.source])
    return Structure(network, x, cells, outputs, tuple(order))


def _boundary_problems(network: IntegerNetwork) -> Iterator[Diagnostic]:
    for what, have, need in (
        ("inputs", len(network.inputs), 1),
        ("populations", len(network.populations), 2),
        ("outputs", len(network.outputs), 1),
    ):
        if have != need:
            yield _problem(network.name, "it has another form", f"{have} {what}", f"{need}")
    populations = {p.name for p in network.populations}
    for output in network.outputs:
        if output.source not in populations:
            yield _problem(output.name, "it sends out what comes in")


def _projection_problems(
    network: IntegerNetwork, roles: Mapping[tuple[str, str], Source], geometry: Geometry
) -> Iterator[Diagnostic]:
    for p in network.projections:
        role = roles.get((p.source, p.target))
        if role is None:
            yield _problem(
                p.name, f"{p.source} -> {p.target} is no part of an LSTM with projection"
            )
            continue
        delays = [p.delay + extra for extra in p.connectivity.delays]
        need = int(role == "y")
        if any(delay != need for delay in delays):
            yield _problem(p.name, "its delay", f"{max(delays)} ticks", f"{need}")
        if p.plasticity is not None:
            yield _problem(p.name, "it learns")
        if p.product is not None:
            yield _problem(p.name, "its products are converted one by one")
        weights = p.connectivity.weights
        ends = int(weights.min(initial=0)), int(weights.max(initial=0))
        widest = signed_bits(*ends, range(1, 65))
        if widest > geometry.weight_bits:
            have = f"weights of {widest} bits"
            yield _problem(p.name, "its weights", have, f"at most {geometry.weight_bits}")
    found = {roles.get((p.source, p.target)) for p in network.projections}
    for (source, target), role in roles.items():
        if role not in found:
            yield _problem(network.name, f"there is no projection {source} -> {target}")
    for cells in network.populations:
        if cells.size < geometry.lanes:
            yield _problem(
                cells.name,
                "fewer cells than lanes",
                f"{cells.size} cells",
                f"at least {geometry.lanes}",
            )


def _problem(node: str, what: str, have: str | None = None, need: str | None = None) -> Diagnostic:
    message = f"{node} cannot be run by the sparse engine: {what}"
    return Diagnostic("E0670", message, Place(node=node), have, need)
