"""A recurrent classifier of spoken digits in size and activity: 700 inputs, 256 cells, 20 classes.

The neuron is Loihi's current-based one in the integers of Lava's fixed-point mode: 12-bit decays,
products rounded towards zero, a current of 24 bits that wraps, a membrane of 24 bits that
saturates. Weights are random, the inputs are bands that drift over the channels, as formants do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Dense
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import BOOL, Format, Overflow, Rounding
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output

__all__ = ["Classifier", "classifier", "classifier_network"]

INPUTS: Final = 700
HIDDEN: Final = 256
CLASSES: Final = 20
STEPS: Final = 250

CURRENT_DECAY: Final = 1025
"""Of 4096, per step; Lava adds 1 to what it is given, the membrane's is taken as it is."""

MEMBRANE_DECAY: Final = 200
THRESHOLD: Final = 1500 << 6


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """Weights, int8 (targets, sources), and spikes, uint8 (samples, steps, channels)."""

    into: NDArray[np.int8]
    recurrent: NDArray[np.int8]
    out: NDArray[np.int8]
    spikes: NDArray[np.uint8]

    def arrays(self) -> dict[str, Any]:
        """Every field, as a peer in another process reads it."""
        return {name: getattr(self, name) for name in self.__slots__}


def classifier(samples: int = 64, seed: int = 1) -> Classifier:
    """Random weights and inputs."""
    rng = np.random.default_rng(seed)

    def weights(mean: float, spread: float, *shape: int) -> NDArray[np.int8]:
        return np.clip(np.rint(rng.normal(mean, spread, shape)), -127, 127).astype(np.int8)

    into = weights(1, 14, HIDDEN, INPUTS)
    recurrent = weights(-2, 14, HIDDEN, HIDDEN)
    out = weights(1, 25, CLASSES, HIDDEN)
    spikes = np.stack([_spoken(rng) for _ in range(samples)])
    return Classifier(into, recurrent, out, spikes)


def _spoken(rng: np.random.Generator, rate: float = 0.045) -> NDArray[np.uint8]:
    first, last = rng.integers(5, 40), rng.integers(150, 240)
    channel = np.arange(INPUTS)
    density = np.zeros((STEPS, INPUTS))
    for _ in range(rng.integers(3, 7)):
        centre = rng.uniform(50, 650) + np.cumsum(rng.normal(0, 3, last - first))
        width = rng.uniform(15, 50)
        band = np.exp(-0.5 * ((channel - centre[:, None]) / width) ** 2)
        density[first:last] += rng.uniform(0.3, 1) * band
    density += 0.002
    density *= rate * rng.uniform(0.6, 1.4) / density.mean()
    return (rng.random((STEPS, INPUTS)) < np.minimum(density, 0.9)).astype(np.uint8)


def classifier_network(model: Classifier) -> IntegerNetwork:
    """Every projection takes a step, as in Lava."""
    cell = _loihi()
    populations = [
        IntegerPopulation(
            name, (size,), cell, {}, {"u": np.int64(0), "v": np.int64(0)}, start=start
        )
        for name, size, start in (("hidden", HIDDEN, 1), ("classes", CLASSES, 2))
    ]
    projections = [
        IntegerProjection(
            f"{source}->{target}", source, target, "a", Dense(weights.astype(np.int32)), 1
        )
        for source, target, weights in (
            ("spikes", "hidden", model.into),
            ("hidden", "hidden", model.recurrent),
            ("hidden", "classes", model.out),
        )
    ]
    return IntegerNetwork(
        "classifier",
        1e-3,
        (IntegerInput("spikes", (INPUTS,), "spike", BOOL),),
        tuple(populations),
        tuple(projections),
        (Output("classes", "classes"),),
    )


def _loihi() -> Datapath:
    current = Format(24, 24)
    membrane = Format(24, 24, True, Rounding.TRN, Overflow.SAT)
    decayed = Format(24, 24, True, Rounding.TRN_ZERO)
    share = Format(12, 0, signed=False)
    return Datapath(
        "loihi",
        (
            Instruction("input", Format(32, 38), name="a"),  # counts 64 times
            Instruction("state", current, name="u"),
            Instruction("state", membrane, name="v"),
            Instruction("const", share, raw=4096 - CURRENT_DECAY),
            Instruction("mul", decayed, (1, 3)),
            Instruction("add", current, (4, 0), "u"),
            Instruction("const", share, raw=4096 - MEMBRANE_DECAY),
            Instruction("mul", decayed, (2, 6)),
            Instruction("add", membrane, (7, 5), "v"),
            Instruction("const", membrane, raw=THRESHOLD),
            Instruction("gt", BOOL, (8, 9), "spike"),
            Instruction("const", membrane),
            Instruction("select", membrane, (10, 11, 8)),
        ),
        {"u": 5, "v": 12},
        10,
        "spike",
    )
