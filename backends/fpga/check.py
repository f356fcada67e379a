"""Everything in a network that engines of a part cannot do, found before any work."""

from __future__ import annotations

from collections.abc import Iterator

from somac.backends.limits import (
    datapath_problems,
    learning_problems,
    output_problems,
    retimed_problems,
    weight_problems,
)
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.target import Capabilities, Target

__all__ = ["check_network"]

_MOST_CELLS = (1 << 16) - 1
"""Cells of an input or a population: words and groups are counted in 16 bits."""

_MOST_PORTS = 64


def check_network(network: IntegerNetwork, target: Target) -> Iterator[Diagnostic]:
    """Problems of the network, of populations and of projections, in their order."""
    can = target.capabilities
    yield from retimed_problems(network)
    for i in network.inputs:
        yield from _cells("input", i.name, i.size)
    for p in network.populations:
        yield from _cells("population", p.name, p.size)
        yield from _population(p, can)
    for projection in network.projections:
        yield from _projection(projection, can)


def _cells(what: str, name: str, size: int) -> Iterator[Diagnostic]:
    if size > _MOST_CELLS:
        yield Diagnostic(
            "E0662",
            f"{what} {name} has too many cells",
            Place(node=name),
            have=f"{_MOST_CELLS} cells",
            need=f"{size} cells",
        )


def _population(p: IntegerPopulation, can: Capabilities) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    yield from datapath_problems(f"population {p.name}", place, p.datapath, can)
    ports = len(p.datapath.names("input"))
    if ports > _MOST_PORTS:
        yield Diagnostic(
            "E0652",
            f"population {p.name}: {p.datapath.name} has too many ports",
            place,
            have=f"{_MOST_PORTS} ports",
            need=f"{ports} ports",
        )
    yield from output_problems(p, can)


def _projection(p: IntegerProjection, can: Capabilities) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    yield from learning_problems(p)
    own = p.connectivity.delays or (0,)
    longest = p.delay + max(own)
    if longest > can.max_delay:
        yield Diagnostic(
            "E0651",
            f"projection {p.name} has delays of up to {longest} steps",
            place,
            have=f"{can.min_delay} to {can.max_delay} steps",
            need=f"{longest} steps",
        )
    yield from weight_problems(p, can)
