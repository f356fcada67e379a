"""How far populations are from the inputs, along projections without delay."""

from __future__ import annotations

from collections.abc import Mapping

from somac.ir.graph import update_order
from somac.ir.integer import IntegerNetwork

__all__ = ["levels"]


def levels(network: IntegerNetwork) -> Mapping[str, int]:
    """Per population, the most projections without delay on a way to it; inputs are at -1."""
    edges = network.edges()
    found = {i.name: -1 for i in network.inputs}
    for name in update_order([p.name for p in network.populations], edges):
        before = [found[e.source] for e in edges if e.target == name and e.delay == 0]
        found[name] = max(before, default=-1) + 1
    return found
