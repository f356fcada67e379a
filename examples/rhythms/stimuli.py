"""``python -m examples.rhythms.stimuli`` writes `test.npz`: spikes of one rate in four rhythms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["RHYTHMS", "recordings"]

RHYTHMS = (25.0, 37.0, 55.0, 83.0)
"""Frequencies of the volleys in Hz: those of the cells of `rhythms.snn`."""

TICKS, FIBRES = 600, 16
"""Length of a recording, in ticks of 1 ms, and its channels."""

# volleys of a recording, spikes of a volley, and spikes that belong to none
_VOLLEYS, _SPIKES, _STRAY = 4, 4, 4


def recordings(each: int = 25, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`each` recordings of every rhythm: spikes (samples, ticks, fibres) and labels (samples,).

    Spikes of a volley are up to a tick early or late, volleys begin anywhere in their part of
    the recording. A spike that meets another in its tick goes to the nearest that is free: all
    recordings have as many.
    """
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(len(RHYTHMS)), each)
    found = np.zeros((len(labels), TICKS, FIBRES), np.uint8)
    part = TICKS // _VOLLEYS
    for spikes, label in zip(found, labels, strict=True):
        period = 1000 / RHYTHMS[label]
        times = [*rng.integers(0, TICKS, _STRAY)]
        for volley in range(_VOLLEYS):
            begin = volley * part + rng.uniform(0, part - (_SPIKES - 1) * period - 2)
            late = rng.integers(-1, 2, _SPIKES)
            times += [*np.rint(begin + period * np.arange(_SPIKES)).astype(int) + late]
        for time in times:
            free = np.flatnonzero(~spikes.any(axis=1))
            spikes[free[np.abs(free - time).argmin()], rng.integers(FIBRES)] = 1
    return found, labels


if __name__ == "__main__":
    spikes, labels = recordings()
    np.savez_compressed(Path(__file__).parent / "test.npz", fibres=spikes, label=labels)
