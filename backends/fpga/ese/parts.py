"""What is in the engine: every cell, and all that they hear."""

from __future__ import annotations

from somac.backends.api import Guidance, Parts, Signal, Slice
from somac.ir.integer import IntegerNetwork

__all__ = ["one_engine"]


def one_engine(network: IntegerNetwork, guidance: Guidance) -> Parts:
    """The only part: inputs come to it, and what cells send stays inside."""
    populations = network.populations
    inputs = tuple(
        Signal(i.name, 0, i.size, guidance.rate(i.name) * i.size / network.period, (0,))
        for i in network.inputs
    )
    inside = tuple(
        Signal(p.name, 0, p.size, guidance.rate(p.name) * p.size / network.period, ())
        for p in populations
    )
    return Parts(
        count=1,
        slices=tuple(Slice(p.name, 0, p.size, 0) for p in populations),
        signals=(*inputs, *inside),
        demand=({"neurons": sum(p.size for p in populations)},),
    )
