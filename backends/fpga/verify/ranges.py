"""What can be sent, and what can arrive: ranges of signals and of sums, from the network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from somac.backends.codegen import lower
from somac.backends.fpga.verify.images import Integers, signed_bits
from somac.ir.fixed import round_shift
from somac.ir.integer import IntegerNetwork, IntegerPopulation, IntegerProjection

__all__ = ["Range", "Sums", "fitting", "signals", "sum_bits", "sums"]

_AT_ONCE = 1 << 21
_MOST = float(1 << 61)

Range = tuple[int, int]

Sums = Mapping[tuple[str, str], tuple[Integers, Integers] | None]
"""Per population and port the least and the largest sum, int64 (size,) each.

None beyond 61 bits.
"""


def signals(network: IntegerNetwork) -> dict[str, Range]:
    """The range of what every input and population sends.

    That of an input is its format's, that of a population what the bounds of its datapath prove.
    """
    found = {i.name: (i.format.minimum, i.format.maximum) for i in network.inputs}
    for p in network.populations:
        found[p.name] = lower(p.datapath).output_range
    return found


def sums(network: IntegerNetwork, sent: Mapping[str, Range]) -> Sums:
    """The range of the sums of a step at every port, with 0, of which the adding begins.

    Every product is at its least or largest where the signal is, rounded or not: both are
    monotone in the signal. So these are the exact bounds for signals that are independent.
    """
    found: dict[tuple[str, str], tuple[Integers, Integers] | None] = {}
    for p in network.populations:
        for port in p.datapath.names("input"):
            found[p.name, port] = _port(network, p, port, sent)
    return found


def fitting(own: tuple[Integers, Integers] | None, cells: Integers) -> Range | None:
    """The range over some cells, or None if it is beyond 61 bits."""
    if own is None:
        return None
    low, high = own
    return int(low[cells].min(initial=0)), int(high[cells].max(initial=0))


def _port(
    network: IntegerNetwork, p: IntegerPopulation, port: str, sent: Mapping[str, Range]
) -> tuple[Integers, Integers] | None:
    low, high = np.zeros(p.size, np.int64), np.zeros(p.size, np.int64)
    most = 0.0
    for projection in network.projections:
        if (projection.target, projection.port) != (p.name, port):
            continue
        ends = sent[projection.source]
        wiring = projection.connectivity
        at_once = max(1, _AT_ONCE // max(1, wiring.target_size))
        for start in range(0, wiring.source_size, at_once):
            rows = wiring.rows(start, min(start + at_once, wiring.source_size))
            weight = rows.weight.astype(np.int64)
            most += float(np.abs(weight).astype(np.float64).sum()) * max(abs(e) for e in ends)
            if most > _MOST:
                return None
            one, other = (_product(projection, weight, end) for end in ends)
            np.add.at(low, rows.target, np.minimum(np.minimum(one, other), 0))
            np.add.at(high, rows.target, np.maximum(np.maximum(one, other), 0))
    return low, high


def _product(projection: IntegerProjection, weight: Integers, signal: int) -> Integers:
    exact: Integers = weight * signal
    if projection.product is None:
        return exact
    return round_shift(exact, projection.product.shift, projection.product.rounding)


def sum_bits(own: Range | None, width: int) -> int:
    """Bits that an accumulator needs: those of its sums, or of the format that wraps them."""
    return width if own is None else min(width, signed_bits(*own))
