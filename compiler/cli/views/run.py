"""What an emulated run gave, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Costs
from somac.compiler.api import Program, Run
from somac.compiler.inputs import Recording
from somac.ir.integer import IntegerNetwork
from somac.ir.plasticity import WEIGHT

__all__ = ["RunView", "SignalView", "WeightsView", "derived_arrays", "run_view", "signal_arrays"]


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal: the sum over all samples, and the mean per cell and step."""

    name: str
    kind: str
    cells: int
    total: float
    mean: float


@dataclass(frozen=True, slots=True)
class WeightsView:
    """What a projection has learnt: range and mean of all weights of all samples."""

    projection: str
    synapses: int
    least: float
    mean: float
    most: float


@dataclass(frozen=True, slots=True)
class RunView:
    """The summary.

    `device` is the seed of the device that ran, None for exact hardware. `costs` are of a step, on
    average, None without a cost model. `right` counts the samples whose most active cell of the
    first output is their label; None without labels. `derived` are rates and classes that were
    asked for and are in no file.
    """

    bundle: str
    target: str
    device: int | None
    samples: int
    steps: int
    signals: tuple[SignalView, ...]
    weights: tuple[WeightsView, ...]
    counts: Mapping[str, int]
    costs: Costs | None
    right: int | None
    accuracy: float | None
    derived: Mapping[str, Any]
    written: str | None
    arrays: tuple[str, ...]


def signal_arrays(run: Run) -> dict[str, NDArray[Any]]:
    """Arrays for a file: every output, and every recorded population that is not one."""
    return {**run.signals, **run.outputs}


def derived_arrays(run: Run, *, rates: bool, classes: bool) -> dict[str, NDArray[Any]]:
    """Rates (samples, cells) and classes (samples,) of every output."""
    found: dict[str, NDArray[Any]] = {}
    for name in run.outputs:
        if rates:
            found[f"{name}.rates"] = run.rates(name)
        if classes:
            found[f"{name}.classes"] = run.classes(name)
    return found


def run_view(
    bundle: str,
    program: Program,
    network: IntegerNetwork,
    recording: Recording,
    run: Run,
    *,
    device: int | None,
    derived: Mapping[str, NDArray[Any]],
    written: tuple[str, tuple[str, ...]] | None,
) -> RunView:
    """The summary of a run of `program`; `written` is a file and the names of its arrays."""
    arrays = signal_arrays(run)
    kinds = _kinds(network)
    samples, steps = next(iter(recording.inputs.values())).shape[:2]
    right = None
    if recording.labels is not None and run.outputs and steps:
        right = int((run.classes() == recording.labels).sum())
    return RunView(
        bundle=bundle,
        target=program.files.target,
        device=device,
        samples=samples,
        steps=steps,
        signals=tuple(_signal(name, kinds[name], value) for name, value in arrays.items()),
        weights=tuple(_weights(name, states[WEIGHT]) for name, states in run.weights.items()),
        counts={name: int(count) for name, count in run.counts.items()},
        costs=run.costs,
        right=right,
        accuracy=None if right is None else right / max(1, samples),
        derived={name: value.tolist() for name, value in derived.items()},
        written=None if written is None else written[0],
        arrays=() if written is None else written[1],
    )


def _kinds(network: IntegerNetwork) -> dict[str, str]:
    kinds: dict[str, str] = {i.name: i.kind for i in network.inputs}
    kinds |= {p.name: p.datapath.output_kind for p in network.populations}
    return kinds | {o.name: kinds[o.source] for o in network.outputs}


def _signal(name: str, kind: str, value: NDArray[Any]) -> SignalView:
    total = float(value.sum(dtype=np.float64))
    return SignalView(name, kind, value.shape[2], total, total / max(1, value.size))


def _weights(name: str, weights: NDArray[np.float64]) -> WeightsView:
    if not weights.size:
        return WeightsView(name, weights.shape[1], 0.0, 0.0, 0.0)
    least, mean, most = float(weights.min()), float(weights.mean()), float(weights.max())
    return WeightsView(name, weights.shape[1], least, mean, most)
