"""What a many-core target can do, and what else is wrong with networks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Capabilities
from somac.backends.codegen import lower
from somac.backends.codegen.rule import program_of
from somac.ir.connectivity import interval
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.plasticity import IntegerPlasticity
from somac.ir.target import Target

__all__ = ["capabilities", "check_network"]

Real = NDArray[np.float64]

PAYLOAD_BITS = 32
"""What a multicast packet carries besides its key."""

# fields of the population table
_MOST_DELAY, _MOST_PORTS = (1 << 16) - 1, 1 << 8
_ACCUMULATOR_BITS = 32
# a count in the descriptor of a plastic block
_MOST_VALUES = (1 << 8) - 1


def capabilities(target: Target) -> Capabilities:
    """What cores can do."""
    can = Capabilities.of(target)
    least, most = can.delays
    return replace(
        can,
        learning=True,
        retimed=True,
        delays=(least, min(most, _MOST_DELAY)),
        signal_bits=PAYLOAD_BITS,
        ports=_MOST_PORTS,
    )


def check_network(network: IntegerNetwork, target: Target) -> Iterator[Diagnostic]:
    """Problems of the words of the target, of rules, and of sums that overflow."""
    yield from _layouts(target)
    for projection in network.projections:
        if projection.plasticity is not None:
            yield from _rule(projection.name, projection.plasticity)
    bits = min(target.capabilities.accumulator_bits, _ACCUMULATOR_BITS)
    for population in network.populations:
        yield from _sums(network, population, bits)


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


def _rule(name: str, p: IntegerPlasticity) -> Iterator[Diagnostic]:
    """Counts that the descriptor of a block has no room for."""
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


def _sums(network: IntegerNetwork, p: IntegerPopulation, bits: int) -> Iterator[Diagnostic]:
    """Ports where the sum of all that can arrive in one tick overflows the accumulator."""
    limit = 1 << (bits - 1)
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
