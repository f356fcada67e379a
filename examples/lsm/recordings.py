"""Recordings of an event camera, and the spikes that a network gets of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["CAMERA", "Recordings", "View", "read_recordings", "spikes_of"]

CAMERA = 34
"""Pixels of a side of N-MNIST's recordings."""

SIDE = 16
"""Pixels of a side of what the network sees."""

_ARRAYS = ("x", "y", "p", "t_us", "offset", "label")


@dataclass(frozen=True, slots=True, eq=False)
class Recordings:
    """Events one after the other, recording i from `offset` i to `offset` i + 1, and its class.

    `x` and `y` are pixels, `p` polarities (0 darker, 1 brighter), `t_us` microseconds.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    p: NDArray[Any]
    t_us: NDArray[Any]
    offset: NDArray[np.int64]
    label: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True, slots=True)
class View:
    """What of a recording reaches the network.

    Parameters
    ----------
    polarity
        Of the events that count: 0, 1, or 2 for both.
    window
        ``centre``: the 16 x 16 pixels in the middle of the camera's 34 x 34, as the paper has it.
        ``halved``: 32 x 32 of them in squares of four.
    steps
        Frames of a recording.
    step_us
        Microseconds of a frame, counted from the first event.
    """

    polarity: Literal[0, 1, 2] = 0
    window: Literal["centre", "halved"] = "centre"
    steps: int = 50
    step_us: int = 6000


def read_recordings(path: Path) -> Recordings:
    """Read an `.npz` with the arrays of `Recordings`; ValueError for any other."""
    with np.load(path, allow_pickle=False) as file:
        missing = [name for name in _ARRAYS if name not in file.files]
        if missing:
            raise ValueError(f"{path} has no array {', '.join(missing)}")
        found = {name: file[name] for name in _ARRAYS}
    offset = found["offset"].astype(np.int64)
    label = found["label"].astype(np.int64)
    lengths = {len(found[name]) for name in ("x", "y", "p", "t_us")}
    if len(offset) != len(label) + 1 or lengths != {int(offset[-1])} or (np.diff(offset) < 0).any():
        raise ValueError(f"{path}: offsets, labels and events do not fit one another")
    return Recordings(found["x"], found["y"], found["p"], found["t_us"], offset, label)


def spikes_of(recordings: Recordings, view: View) -> NDArray[np.uint8]:
    """One spike for a pixel and frame in which it had events: (samples, steps, 256), 0 or 1."""
    sample = np.repeat(np.arange(len(recordings)), np.diff(recordings.offset))
    first = recordings.t_us.astype(np.int64)[recordings.offset[:-1].clip(max=len(sample) - 1)]
    step = (recordings.t_us.astype(np.int64) - first[sample]) // view.step_us
    x, y = (_seen(axis.astype(np.int64), view) for axis in (recordings.x, recordings.y))
    kept = (step >= 0) & (step < view.steps)
    kept &= (x >= 0) & (x < SIDE) & (y >= 0) & (y < SIDE)
    if view.polarity != 2:
        kept &= recordings.p == view.polarity
    spikes = np.zeros((len(recordings), view.steps, SIDE * SIDE), np.uint8)
    spikes[sample[kept], step[kept], y[kept] * SIDE + x[kept]] = 1
    return spikes


def _seen(axis: NDArray[np.int64], view: View) -> NDArray[np.int64]:
    """The place of a pixel on one axis of what is seen; outside of 0 to 15 it is not."""
    if view.window == "centre":
        return axis - (CAMERA - SIDE) // 2
    return (axis - (CAMERA - 2 * SIDE) // 2) // 2
