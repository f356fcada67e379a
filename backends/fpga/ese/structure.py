"""What the sparse engine runs: which networks, and their matrices in the order of its schedule.

The engine holds an LSTM with projection, or any network of its form: an input ``x``, cells with a
number of ports, and outputs ``y`` with one port that read what the cells send, ``m``.

    x -> cells          this step's input
    y -> cells          delay of one step
    cells -> y          this step's

Without a projection the cells read what they sent themselves. Then ``y`` is no population of the
network: it hands on what the cells send, by a matrix with one weight of 1 in every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from somac.backends.codegen import signed_bits
from somac.backends.fpga.ese.description import SOURCES, Source
from somac.ir.connectivity import OneToOne
from somac.ir.datapath import Datapath, Instruction
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.fixed import Format, Overflow
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["Geometry", "Matrix", "Structure", "require_geometry", "structure_of"]


_MOST_WEIGHT_BITS = 32


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
            "weight_bits": (2, _MOST_WEIGHT_BITS),
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

    Those of x come first, because they wait for nothing that the step before computes. Where the
    outputs hand on what the cells send, `handed_on` is set, and they are no part of the network.
    """

    network: IntegerNetwork
    x: IntegerInput
    cells: IntegerPopulation
    outputs: IntegerPopulation
    matrices: tuple[Matrix, ...]
    handed_on: bool = False

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


def structure_of(network: IntegerNetwork) -> Structure:
    """The parts of a network that an engine can run.

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
    last = network.population(output.source)
    others = [p for p in network.populations if p.name != last.name]
    cells = others[0] if others else last
    roles: Mapping[tuple[str, str], Source] = {
        (x.name, cells.name): "x",
        (last.name, cells.name): "y",
        **({(cells.name, last.name): "m"} if others else {}),
    }
    found = [*_projection_problems(network, roles)]
    if others and len(last.datapath.names("input")) != 1:
        found.append(_problem(last.name, "its cells have more ports than one, or none"))
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
    outputs = last
    if not others:
        outputs = _handing_on(cells)
        matrices.append(Matrix(_identity(cells, outputs), "m", len(ports)))
    order = sorted(matrices, key=lambda m: SOURCES[m.source])
    return Structure(network, x, cells, outputs, tuple(order), handed_on=not others)


def require_geometry(structure: Structure, geometry: Geometry) -> None:
    """SomacError E0670 with everything for which an engine is too small, or has too many lanes."""
    found = []
    for m in structure.matrices:
        widest = _weight_bits(m.projection)
        if widest > geometry.weight_bits:
            have = f"weights of {widest} bits"
            need = f"at most {geometry.weight_bits}"
            found.append(_problem(m.projection.name, "its weights", have, need))
    for cells in dict.fromkeys((structure.cells, structure.outputs)):
        if cells.size < geometry.lanes:
            have, need = f"{cells.size} cells", f"at least {geometry.lanes}"
            found.append(_problem(cells.name, "fewer cells than lanes", have, need))
    if found:
        raise SomacError.of(found)


def _weight_bits(p: IntegerProjection) -> int:
    weights = p.connectivity.weights
    ends = int(weights.min(initial=0)), int(weights.max(initial=0))
    return signed_bits(*ends, range(1, 65))


def _handing_on(cells: IntegerPopulation) -> IntegerPopulation:
    """Outputs that send what they receive, in the format of what the cells send."""
    name = f"{cells.name} handed on"
    # what arrives is one value, so that it never wraps
    format = replace(cells.datapath.sent, overflow=Overflow.WRAP)
    received = Instruction("input", format, name="m")
    return IntegerPopulation(
        name, cells.shape, Datapath("handed_on", (received,), {}, 0, "value"), {}, {}
    )


def _identity(cells: IntegerPopulation, outputs: IntegerPopulation) -> IntegerProjection:
    each = OneToOne(np.ones(cells.size, np.int32), cells.size)
    return IntegerProjection(outputs.name, cells.name, outputs.name, "m", each)


def _boundary_problems(network: IntegerNetwork) -> Iterator[Diagnostic]:
    for what, have, need in (
        ("inputs", len(network.inputs), (1,)),
        ("populations", len(network.populations), (1, 2)),
        ("outputs", len(network.outputs), (1,)),
    ):
        if have not in need:
            wanted = " or ".join(map(str, need))
            yield _problem(network.name, "it has another form", f"{have} {what}", wanted)
    populations = {p.name for p in network.populations}
    for output in network.outputs:
        if output.source not in populations:
            yield _problem(output.name, "it sends out what comes in")


def _projection_problems(
    network: IntegerNetwork, roles: Mapping[tuple[str, str], Source]
) -> Iterator[Diagnostic]:
    for p in network.projections:
        role = roles.get((p.source, p.target))
        if role is None:
            yield _problem(p.name, f"{p.source} -> {p.target} is no part of an LSTM")
            continue
        delays = [p.delay + extra for extra in p.connectivity.delays or (0,)]
        need = int(role == "y")
        if any(delay != need for delay in delays):
            yield _problem(p.name, "its delay", f"{max(delays)} ticks", f"{need}")
        if p.plasticity is not None:
            yield _problem(p.name, "it learns")
        if p.product is not None:
            yield _problem(p.name, "its products are converted one by one")
        if _weight_bits(p) > _MOST_WEIGHT_BITS:
            have = f"weights of {_weight_bits(p)} bits"
            yield _problem(p.name, "its weights", have, f"at most {_MOST_WEIGHT_BITS}")
    found = {roles.get((p.source, p.target)) for p in network.projections}
    for (source, target), role in roles.items():
        if role not in found:
            yield _problem(network.name, f"there is no projection {source} -> {target}")


def _problem(node: str, what: str, have: str | None = None, need: str | None = None) -> Diagnostic:
    return Diagnostic(
        "E0670",
        f"{node} cannot be run by the sparse engine: {what}",
        Place(node=node),
        have,
        need,
        hint="--circuit engines runs networks of any form",
    )
