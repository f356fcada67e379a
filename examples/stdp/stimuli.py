"""Spikes for the two networks that learn: the same from the same seed, on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["GROUP", "TRIAL", "Cues", "cues", "volleys"]

Integers = NDArray[np.int64]

GROUP = 50
"""Channels that fire in volleys, and as many that fire each for itself."""

TRIAL = 100
"""Ticks of a trial."""

# spikes per channel and tick, and volleys per tick
_RATE = 0.02
_VOLLEYS = 0.05


def volleys(ticks: int = 8000, seed: int = 0) -> dict[str, Integers]:
    """Input of `coincidence.snn`, (1, ticks, 100): the first half of the channels in volleys."""
    rng = np.random.default_rng(seed)
    apart = rng.random((ticks, GROUP)) < _RATE
    volley = rng.random((ticks, 1)) < _VOLLEYS
    together = volley & (rng.random((ticks, GROUP)) < _RATE / _VOLLEYS)
    return {"afferents": np.concatenate([together, apart], axis=1)[None].astype(np.int64)}


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """Inputs of `reward.snn`: two samples of the same cues in which other answers are wanted.

    `wanted` is (samples, trials): the cell whose answer is rewarded.
    """

    inputs: dict[str, Integers]
    wanted: Integers


def cues(trials: int = 200, seed: int = 0) -> Cues:
    """Trials in which one of two groups of ten channels is active from tick 10 to 50."""
    rng = np.random.default_rng(seed)
    shown = rng.integers(0, 2, trials)
    wanted = np.stack([shown, 1 - shown])
    ticks = trials * TRIAL
    cue, noise = (np.zeros((2, ticks, n), np.int64) for n in (20, 2))
    for trial, group in enumerate(shown):
        during = slice(trial * TRIAL + 10, trial * TRIAL + 50)
        cue[:, during, 10 * group : 10 * group + 10] = rng.random((40, 10)) < 0.1
        noise[:, during] = rng.random((40, 2)) < 0.03
    right = np.eye(2, dtype=np.int64)[np.repeat(wanted, TRIAL, axis=1)]
    return Cues({"cue": cue, "noise": noise, "wanted": right}, wanted)
