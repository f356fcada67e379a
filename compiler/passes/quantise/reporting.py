"""What quantising did, put together for the report."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from somac.compiler.passes.quantise.affine import Interval
from somac.compiler.passes.quantise.ends import Arriving, Lowered
from somac.compiler.passes.quantise.learning import LearningRanges
from somac.compiler.passes.quantise.report import (
    LearningReport,
    PopulationReport,
    PortReport,
    StateReport,
)
from somac.compiler.passes.quantise.weights import PortWeights
from somac.ir.fixed import Format
from somac.ir.plasticity import WEIGHT, IntegerPlasticity

__all__ = ["learning_report", "population_report"]

Real = NDArray[np.float64]


def population_report(
    ports: Mapping[str, PortWeights],
    arriving: Mapping[str, Arriving],
    ranges: Mapping[str, Interval],
    must_hold: Mapping[str, Real],
    lowered: Lowered,
    seen: Mapping[str, float],
) -> PopulationReport:
    """Of one population; arguments as the passes have them."""
    written = {
        port: PortReport(
            float(weights.scale.max()),
            weights.error,
            arriving[port].bits,
            weights.scale.ndim > 0,
            weights.rounding,
        )
        for port, weights in ports.items()
    }
    states = {
        name: _state(
            lowered.datapath.format_of("state", name),
            np.asarray(lowered.scales[name]),
            ranges[name],
            name not in must_hold,
            seen.get(name),
        )
        for name in lowered.initial
    }
    return PopulationReport(written, states)


def learning_report(
    plasticity: IntegerPlasticity,
    ranges: LearningRanges,
    seen: Mapping[str, float],
    weights: Real,
    raw: NDArray[np.int32],
) -> LearningReport:
    """Of a projection that learns; `weights` and `raw` are what it begins with."""
    known = {**ranges.traces, **ranges.states}
    states = {
        name: _state(
            plasticity.format_of(name),
            scale,
            known[name],
            name not in ranges.saturating,
            seen.get(name),
        )
        for name, scale in plasticity.scales.items()
    }
    error = np.abs(raw * plasticity.scales[WEIGHT] - weights).max(initial=0.0)
    return LearningReport(plasticity.name, float(error), states)


def _state(
    format: Format, step: Real, range: Interval, proven: bool, seen: float | None
) -> StateReport:
    # without a proven bound the value saturates where the format ends
    bound = np.minimum(range.magnitude(), format.maximum * step)
    used = max(float((bound / step).max()), 1.0)
    return StateReport(
        format,
        float(step.max()),
        float(bound.max()),
        proven,
        seen,
        max(0.0, float(np.log2(format.maximum / used))),
    )
