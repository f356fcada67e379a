"""Raw signals of an integer network in the units of the model, and the classes they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from somac.ir.integer import IntegerNetwork

__all__ = ["classes_of", "in_units", "learnt_in_units", "rates_of"]


def in_units(network: IntegerNetwork, source: str, raw: NDArray[np.int64]) -> NDArray[Any]:
    """What a population or input sent, (..., cells): numbers as float64 in the model's units.

    Spikes and counts are what they are: integers.
    """
    for p in network.populations:
        if p.name == source and p.datapath.output_kind == "value":
            return raw * np.asarray(p.scales["output"])
    for i in network.inputs:
        if i.name == source and i.kind == "value":
            return raw * np.float64(i.scale)
    return raw


def learnt_in_units(
    network: IntegerNetwork, projection: str, raw: Mapping[str, NDArray[np.int64]]
) -> dict[str, NDArray[np.float64]]:
    """Weights and states of the synapses of a projection that learns, in the model's units."""
    (rule,) = [p.plasticity for p in network.projections if p.name == projection]
    scales: Mapping[str, NDArray[np.float64]] = {} if rule is None else rule.scales
    one = np.float64(1.0)
    return {state: np.asarray(v * scales.get(state, one), np.float64) for state, v in raw.items()}


def rates_of(signals: ArrayLike) -> NDArray[np.float64]:
    """Mean signal per step, (samples, cells), of signals (samples, steps, cells)."""
    mean: NDArray[np.float64] = np.asarray(signals, np.float64).mean(axis=1)
    return mean


def classes_of(signals: ArrayLike) -> NDArray[np.int64]:
    """The cell with the largest rate per sample, the first of equals."""
    largest: NDArray[np.int64] = np.argmax(rates_of(signals), axis=1)
    return largest
