"""How a network is folded onto engines: which slices share one, and how many lanes it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice

__all__ = ["EngineFold", "Folding", "fold"]


@dataclass(frozen=True, slots=True)
class EngineFold:
    """An engine: its lanes, the slices on it in the order of their updates.

    With `whole` it reads a word of its sources at a time, all cells at once.
    """

    lanes: int
    slices: tuple[Slice, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Folding:
    """All engines, and per input how many of its cells come in one beat."""

    engines: tuple[EngineFold, ...]
    inputs: Mapping[str, int]


def fold(network: IntegerNetwork, mapping: PlacedMapping) -> Folding:
    """An engine per slice."""
    engines = []
    for part in mapping.slices:
        if part.core is None:
            continue
        sources = {p.source for p in network.projections if p.target == part.population}
        graded = {name for name in sources if _kind(network, name) == "value"}
        whole = bool(sources) and sources == graded
        engines.append(EngineFold(min(16, part.size), (part,), whole))
    inputs = {i.name: min(i.size, 32 if i.kind == "spike" else 8) for i in network.inputs}
    return Folding(tuple(engines), inputs)


def _kind(network: IntegerNetwork, name: str) -> str:
    for i in network.inputs:
        if i.name == name:
            return i.kind
    return network.population(name).datapath.output_kind
