"""How a network is folded onto engines: which slices share one, and how many lanes it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.backends.fpga.rows import duplicates
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.mapping import Slice
from somac.ir.neuron import SignalKind

__all__ = ["STAGE_NS", "EngineFold", "Folding", "Solved", "fold", "input_widths", "reads_whole"]

STAGE_NS = 8.0
"""What a stage of an update may take, by the estimates of the generator."""

_DEFAULT_LANES = 16
_SPIKES_PER_BEAT, _NUMBERS_PER_BEAT = 32, 8


@dataclass(frozen=True, slots=True)
class EngineFold:
    """An engine: its lanes, the slices on it in the order of their updates.

    As many cells are updated at a time as there are `updaters`, of which the lanes are a multiple.
    With `whole` it reads a word of its sources at a time, all cells at once.
    """

    lanes: int
    slices: tuple[Slice, ...]
    whole: bool = False
    updaters: int = 0

    def __post_init__(self) -> None:
        if not self.updaters:
            object.__setattr__(self, "updaters", self.lanes)
        if self.lanes % self.updaters:
            raise ValueError(f"{self.lanes} lanes are no multiple of {self.updaters} updaters")


@dataclass(frozen=True, slots=True)
class Solved:
    """How good a folding is, in what was asked for.

    Parameters
    ----------
    interval, latency
        Expected cycles from a step to the next, and from a step's inputs to its outputs.
    objective, bound
        What was made small, in words; its value, and one that no folding of the menu beats.
    value
        The value reached.
    """

    interval: int
    latency: int
    objective: str
    value: int
    bound: int


@dataclass(frozen=True, slots=True)
class Folding:
    """All engines, and per input how many of its cells come in one beat."""

    engines: tuple[EngineFold, ...]
    inputs: Mapping[str, int]
    solved: Solved | None = None


def fold(
    network: IntegerNetwork, mapping: PlacedMapping, lanes: Mapping[int, int] | None = None
) -> Folding:
    """An engine per slice; `lanes` are by core, where they are not the usual ones."""
    engines = tuple(
        EngineFold(
            min((lanes or {}).get(part.core, _DEFAULT_LANES), part.size),
            (part,),
            reads_whole(network, part),
        )
        for part in mapping.slices
        if part.core is not None
    )
    return Folding(engines, input_widths(network))


def input_widths(network: IntegerNetwork) -> Mapping[str, int]:
    """Cells of a beat of each input."""
    most = {"spike": _SPIKES_PER_BEAT, "count": _NUMBERS_PER_BEAT, "value": _NUMBERS_PER_BEAT}
    return {i.name: min(i.size, most[i.kind]) for i in network.inputs}


def reads_whole(network: IntegerNetwork, part: Slice) -> bool:
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
