"""What quantising did to a population, or to a projection that learns, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.compiler.passes.quantise.weights import Rounding
from somac.ir.fixed import Format

__all__ = ["LearningReport", "PopulationReport", "PortReport", "StateReport"]


@dataclass(frozen=True, slots=True)
class PortReport:
    """The weights that meet at a port.

    `step` is what one raw unit stands for (the largest, if cells differ), `error` the
    largest difference between a weight and its integer, `bits` what the sum needs; `rounding` has
    the errors of each projection.
    """

    step: float
    error: float
    bits: int
    per_cell: bool
    rounding: tuple[Rounding, ...] = ()


@dataclass(frozen=True, slots=True)
class StateReport:
    """A state's format and what it leaves.

    `bound` is the largest magnitude that can occur (proven if `proven`, else what the format
    holds: it saturates there); `seen` the largest in calibration, if there was any;
    `headroom` the bits between the larger of them and the format's range.
    """

    format: Format
    step: float
    bound: float
    proven: bool
    seen: float | None
    headroom: float


@dataclass(frozen=True, slots=True)
class PopulationReport:
    """One population: ports and states by name."""

    ports: Mapping[str, PortReport]
    states: Mapping[str, StateReport]


@dataclass(frozen=True, slots=True)
class LearningReport:
    """A projection that learns: its rule, and ``w``, its traces and its states by name.

    `error` is the largest difference between a weight at first and its integer.
    """

    rule: str
    error: float
    states: Mapping[str, StateReport]
