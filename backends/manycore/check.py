"""Everything in a network that a many-core target cannot do, found before any work."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen import lower
from somac.backends.codegen.rule import program_of
from somac.backends.limits import datapath_problems, product_problems, weight_problems
from somac.ir.connectivity import interval
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.plasticity import IntegerPlasticity
from somac.ir.target import Capabilities, Target

__all__ = ["check_network"]

Real = NDArray[np.float64]

PAYLOAD_BITS = 32
"""What a multicast packet carries besides its key."""

# fields of the population table
_MOST_DELAY, _MOST_PORTS = (1 << 16) - 1, 1 << 8
_ACCUMULATOR_BITS = 32
# a count in the descriptor of a plastic block
_MOST_VALUES = (1 << 8) - 1


def check_network(network: IntegerNetwork, target: Target) -> Iterator[Diagnostic]:
    """Problems of the target, of populations, of inputs, and of projections, in their order."""
    can = target.capabilities
    yield from _layouts(target)
    for population in network.populations:
        yield from _population(population, can)
    for i in network.inputs:
        yield from _signal(f"input {i.name}", i.name, i.kind, _signal_range(network, i.name), can)
    for projection in network.projections:
        yield from _projection(projection, can)
    for population in network.populations:
        yield from _sums(network, population, can)


def _layouts(target: Target) -> Iterator[Diagnostic]:
    for layout in target.layouts:
        if layout.bits not in (8, 16, 32) or layout.type_bits < 1:
            yield Diagnostic(
                "E0657",
                f"target {target.name}: synaptic words {layout.name}",
                Place(node=layout.name),
                have=f"{layout.bits} bits, {layout.type_bits} of them for the sign",
                need="8, 16 or 32 bits, at least 1 for the sign",
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
    format = p.datapath.instructions[p.datapath.output].format
    sent = (format.minimum, format.maximum)
    yield from _signal(f"population {p.name}", p.name, p.datapath.output_kind, sent, can)


def _signal(
    what: str, name: str, kind: str, sent: tuple[int, int], can: Capabilities
) -> Iterator[Diagnostic]:
    if kind not in can.outputs:
        yield Diagnostic(
            "E0653",
            f"{what} sends {kind}s",
            Place(node=name),
            have=", ".join(sorted(can.outputs)),
            need=kind,
        )
    limit = 1 << (PAYLOAD_BITS - 1)
    if not -limit <= sent[0] <= sent[1] < limit:
        yield Diagnostic(
            "E0653",
            f"{what} sends numbers that are too large for a packet",
            Place(node=name),
            have=f"{PAYLOAD_BITS} bits, signed",
            need=f"{sent[0]} to {sent[1]}",
        )


def _projection(p: IntegerProjection, can: Capabilities) -> Iterator[Diagnostic]:
    place = Place(node=p.name)
    own = p.connectivity.delays or (0,)
    shortest, longest = p.delay + min(own), p.delay + max(own)
    most = min(can.max_delay, _MOST_DELAY)
    if shortest < can.min_delay or longest > most:
        yield Diagnostic(
            "E0651",
            f"projection {p.name} has delays of {shortest} to {longest} ticks",
            place,
            have=f"{can.min_delay} to {most} ticks",
            need=f"{shortest} to {longest} ticks",
        )
    yield from product_problems(p, "sums of exact products")
    if p.plasticity is not None:
        yield from _rule(p.name, p.plasticity, can)
        return
    yield from weight_problems(p, can)


def _rule(name: str, p: IntegerPlasticity, can: Capabilities) -> Iterator[Diagnostic]:
    """What a rule needs; its weights are as wide as it wants, being no words."""
    for path in p.datapaths.values():
        yield from datapath_problems(f"projection {name}", Place(node=name), path, can)
    for what, some in (
        ("parameters", p.parameters),
        ("traces", p.traces),
        ("states of a synapse", p.synapse),
        ("states of the target", p.post),
    ):
        if len(some) > _MOST_VALUES:
            yield Diagnostic(
                "E0652",
                f"projection {name}: {p.name} has too many {what}",
                Place(node=name),
                have=f"{_MOST_VALUES} {what}",
                need=f"{len(some)} {what}",
            )


def _signal_range(network: IntegerNetwork, name: str) -> tuple[int, int]:
    """The smallest and the largest signal of an input or population."""
    for i in network.inputs:
        if i.name == name:
            return (0, 1) if i.kind == "spike" else (i.format.minimum, i.format.maximum)
    datapath = network.population(name).datapath
    format = datapath.instructions[datapath.output].format
    return format.minimum, format.maximum


def _sums(network: IntegerNetwork, p: IntegerPopulation, can: Capabilities) -> Iterator[Diagnostic]:
    """Ports where the sum of all that can arrive in one tick overflows the accumulator."""
    limit = 1 << (min(can.accumulator_bits, _ACCUMULATOR_BITS) - 1)
    for port in p.datapath.names("input"):
        low, high = np.zeros(p.size), np.zeros(p.size)
        for projection in network.projections:
            if (projection.target, projection.port) == (p.name, port):
                least, most = _arrivals(network, projection)
                low, high = low + least, high + most
        bad = np.flatnonzero((low < -limit) | (high >= limit))
        if len(bad):
            worst = int(bad[0])
            yield Diagnostic(
                "E0503",
                f"population {p.name}: what arrives at {port} can overflow the accumulator, "
                f"at {len(bad)} of {p.size} cells, the first {worst}",
                Place(node=p.name),
                have=f"{-limit} to {limit - 1}",
                need=f"{low[worst]:.0f} to {high[worst]:.0f}",
                hint="quantise weights to fewer bits with --bits",
            )


def _arrivals(network: IntegerNetwork, projection: IntegerProjection) -> tuple[Real, Real]:
    low, high = _signal_range(network, projection.source)
    if projection.plasticity is not None:
        # whatever is learnt: every synapse delivers between the bounds that are proven
        delivered = lower(program_of(projection.plasticity).updates["on_pre"]).output_range
        products = [0, *(w * s for w in delivered for s in (low, high))]
        low, high = min(products), max(products)
    size = projection.connectivity.source_size
    return interval(projection.structure, np.full(size, float(low)), np.full(size, float(high)))
