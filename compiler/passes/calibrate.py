"""What a run of the float reference on the user's data sees: ranges and firing rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.learning import learnt_values
from somac.ir.network import Network
from somac.ir.simulate import reference

__all__ = ["Calibration", "calibrate"]

# recorded float64 values held at a time
_BUDGET = 1 << 25


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Ranges and rates.

    Parameters
    ----------
    seen
        Largest magnitude per population and state; for an input, under its own name and
        the empty string.
    rates
        Mean signal per cell and tick, float64 (cells,), per population and input: the
        expected traffic.
    learnt
        Largest magnitude per projection that learns, and trace or state of its synapses.
    """

    seen: Mapping[str, Mapping[str, float]]
    rates: Mapping[str, NDArray[np.float64]]
    learnt: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def calibrate(network: Network, inputs: Mapping[str, NDArray[Any]]) -> Calibration:
    """Run the float reference on `inputs`: (samples, steps, channels) per network input."""
    names = [p.name for p in network.populations]
    samples, steps = np.shape(inputs[network.inputs[0].name])[:2]
    cells = sum(p.size * (1 + len(p.model.states)) for p in network.populations)
    batch = max(1, _BUDGET // max(1, steps * cells + learnt_values(network)))
    seen: dict[str, dict[str, float]] = {name: {} for name in names}
    learning = [p.name for p in network.projections if p.plasticity is not None]
    learnt: dict[str, dict[str, float]] = {name: {} for name in learning}
    totals = {p.name: np.zeros(p.size) for p in network.populations}
    for first in range(0, samples, batch):
        part = {name: values[first : first + batch] for name, values in inputs.items()}
        trace = reference(network, part, record=names, record_states=names, record_weights=learning)
        for name, largest_of in trace.largest.items():
            for state, value in largest_of.items():
                learnt[name][state] = max(learnt[name].get(state, 0.0), value)
        for name in names:
            totals[name] += np.abs(trace.signals[name]).sum(axis=(0, 1))
            for state, values in trace.states[name].items():
                largest = float(np.abs(values).max(initial=0.0))
                seen[name][state] = max(seen[name].get(state, 0.0), largest)
    rates = {name: total / max(1, samples * steps) for name, total in totals.items()}
    for i in network.inputs:
        values = np.asarray(inputs[i.name], dtype=np.float64)
        seen[i.name] = {"": float(np.abs(values).max(initial=0.0))}
        rates[i.name] = np.abs(values).mean(axis=(0, 1))
    return Calibration(seen, rates, learnt)
