"""Two recurrent networks of current-based neurons that simulators are compared on.

`vogels_abbott`: the benchmark "CUBA" of Brette et al. 2007 (J Comput Neurosci 23:349), after
Vogels and Abbott 2005. `microcircuit`: the cortical column of Potjans and Diesmann 2014 (Cereb
Cortex 24:785) at a tenth of its neurons. Every simulator gets the same arrays.

The column is driven by a constant current for each population instead of Poisson spikes, so that
every simulator computes the same thing; without the noise the rule for scaling it down leaves it
silent, so the currents are those at which each population fires about as fast as published. Cells
of a population differ by 12 % in it, or they would fire in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["DT_MS", "LifNetwork", "microcircuit", "vogels_abbott"]

DT_MS: Final = 0.1
_LSB_PER_SYNAPSE: Final = 24
"""Weights are 8-bit multiples of a unit; an excitatory synapse has this many."""


@dataclass(frozen=True, slots=True, eq=False)
class LifNetwork:
    """Leaky integrate-and-fire cells with exponential currents, and their synapses.

    Voltages are in mV above the reset, times in ms, currents in pA, the capacity in pF.

    Parameters
    ----------
    indptr, target, weight, delay
        Synapses by source: int64 (cells + 1,), int32, uint8 (multiples of `unit_pa`) and
        uint8 (ticks of `DT_MS`).
    inhibitory
        bool (cells,): whether what a cell sends is subtracted.
    v_start, drive_pa
        float64 (cells,): first membrane, constant current.
    """

    name: str
    indptr: NDArray[np.int64]
    target: NDArray[np.int32]
    weight: NDArray[np.uint8]
    delay: NDArray[np.uint8]
    inhibitory: NDArray[np.bool_]
    v_start: NDArray[np.float64]
    drive_pa: NDArray[np.float64]
    unit_pa: float
    tau_m: float
    tau_e: float
    tau_i: float
    capacity: float
    threshold: float
    refractory: float

    @property
    def cells(self) -> int:
        """How many."""
        return len(self.inhibitory)

    def arrays(self) -> dict[str, Any]:
        """Every field, as a peer in another process reads it."""
        return {name: np.asarray(getattr(self, name)) for name in self.__slots__}


def vogels_abbott(cells: int = 4000, probability: float = 0.02, seed: int = 1) -> LifNetwork:
    """Four fifths excitatory, random synapses of one delay, no noise: it keeps itself going."""
    rng = np.random.default_rng(seed)
    fan_out = rng.binomial(cells, probability, cells)
    source = np.repeat(np.arange(cells), fan_out)
    target = rng.integers(0, cells, len(source))
    inhibitory = np.arange(cells) >= cells * 4 // 5
    # the model has 1.62 mV and 9 mV per spike, with R = 1 mV/pA
    unit = 1.62 / _LSB_PER_SYNAPSE
    weight = np.where(inhibitory[source], round(9 / unit), _LSB_PER_SYNAPSE)
    return LifNetwork(
        "vogels-abbott",
        *_by_source(cells, source, target, weight, np.full(len(source), 8)),
        inhibitory,
        rng.uniform(0, 10, cells),
        np.full(cells, 11.0),  # the resting potential is 11 mV above the reset
        unit,
        tau_m=20.0,
        tau_e=5.0,
        tau_i=10.0,
        capacity=20.0,
        threshold=10.0,
        refractory=5.0,
    )


_SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
_PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
    ]
)
"""Connection probability from the population of the column to that of the row."""

_START_MEAN = np.array([-3.28, 1.84, 1.67, 1.55, 1.89, 3.34, -1.72, 3.57])
_START_SPREAD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])
_DRIVE_PA = {
    0.1: np.array([256, 306, 373, 354, 370, 379, 397, 403]),
    1.0: np.array([506, 494, 634, 604, 620, 590, 787, 622]),
}
"""Per share of the synapses kept."""

_PSC_PA = 87.8081


def microcircuit(synapses: float = 0.1, seed: int = 1) -> LifNetwork:
    """The column with a tenth of the neurons and `synapses` (0.1 or 1) of each one's synapses."""
    rng = np.random.default_rng(seed)
    scale = 0.1
    sizes = np.rint(_SIZES * scale).astype(np.int64)
    edges = np.append(0, np.cumsum(sizes))
    population = np.repeat(np.arange(len(sizes)), sizes)
    # a pair may have several synapses: the number that gives the pairwise probability
    pairs = np.outer(_SIZES, _SIZES)
    counts = np.rint(np.log(1 - _PROBABILITIES) / np.log(1 - 1 / pairs) * scale * synapses)
    unit = _PSC_PA / np.sqrt(synapses) / _LSB_PER_SYNAPSE
    parts = []
    for target, source in np.argwhere(counts > 0):
        count = int(counts[target, source])
        # from layer 4 to layer 2/3 excitation is twice as strong, inhibition four times
        strength = 4 if source % 2 else 2 if (target, source) == (0, 2) else 1
        mean = _LSB_PER_SYNAPSE * strength
        delay = 7.5 if source % 2 else 15.0
        parts.append(
            (
                rng.integers(edges[source], edges[source + 1], count),
                rng.integers(edges[target], edges[target + 1], count),
                np.clip(np.rint(rng.normal(mean, 0.1 * mean, count)), 1, 255),
                np.clip(np.rint(rng.normal(delay, delay / 2, count)), 1, 63),
            )
        )
    source, target, weight, delay = (np.concatenate(column) for column in zip(*parts, strict=True))
    start = rng.normal(_START_MEAN[population], _START_SPREAD[population])
    return LifNetwork(
        f"microcircuit-{synapses:g}",
        *_by_source(len(population), source, target, weight, delay),
        population % 2 == 1,
        np.minimum(start, 14.9),
        _DRIVE_PA[synapses][population] * (1 + rng.normal(0, 0.12, len(population))),
        unit,
        tau_m=10.0,
        tau_e=0.5,
        tau_i=0.5,
        capacity=250.0,
        threshold=15.0,
        refractory=2.0,
    )


def _by_source(
    cells: int,
    source: NDArray[Any],
    target: NDArray[Any],
    weight: NDArray[Any],
    delay: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Synapses in CSR form."""
    order = np.argsort(source * cells + target, kind="stable")
    indptr = np.append(0, np.cumsum(np.bincount(source, minlength=cells)))
    return (
        indptr,
        target[order].astype(np.int32),
        weight[order].astype(np.uint8),
        delay[order].astype(np.uint8),
    )
