"""How a network is folded onto engines: which slices share one, and how many lanes it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.backends.fpga.rows import duplicates
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice
from somac.ir.neuron import SignalKind

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
        engines.append(EngineFold(min(16, part.size), (part,), _dense(network, part)))
    inputs = {i.name: min(i.size, 32 if i.kind == "spike" else 8) for i in network.inputs}
    return Folding(tuple(engines), inputs)


def _dense(network: IntegerNetwork, part: Slice) -> bool:
    """Whether all that a slice hears sends numbers in every step, and can be read at once."""
    incoming = [p for p in network.projections if p.target == part.population]
    return bool(incoming) and all(
        _kind(network, p.source) == "value" and not _apart(p, part) for p in incoming
    )


def _apart(p: IntegerProjection, part: Slice) -> bool:
    """Whether synapses between the same cells cannot be added up beforehand."""
    if any(p.connectivity.delays):
        return True
    ends = (0, p.connectivity.source_size), (part.start, part.stop)
    return p.product is not None and duplicates(p.connectivity, *ends)


def _kind(network: IntegerNetwork, name: str) -> SignalKind:
    for i in network.inputs:
        if i.name == name:
            return i.kind
    return network.population(name).datapath.output_kind
