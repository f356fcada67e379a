"""The real recordings of `../shared/data`, as arrays (samples, steps, channels)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHARED", "braille", "digits_ten", "nmnist", "unpacked"]

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

_STEPS = 300
_SIDE = 34


def braille() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Tactile recordings of seven letters: (579, 256, 12) spikes, and the letters."""
    with np.load(SHARED / "inputs" / "braille7.npz") as file:
        return unpacked(file), file["label"].astype(np.int64)


def unpacked(file: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Spikes stored as bits, a row per sample: (samples, steps, cells)."""
    samples, steps, cells = (int(n) for n in file["shape"])
    bits = np.unpackbits(file["bits"], axis=1)[:, : steps * cells]
    return bits.reshape(samples, steps, cells)


def digits_ten() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The ten N-MNIST digits of the NIR paper: (10, 300, 2312) counts, and the digits."""
    with np.load(SHARED / "inputs" / "cnn_numbers_rebuilt.npz") as file:
        x = np.moveaxis(file["x"], 1, 0)
        return x.reshape(*x.shape[:2], -1), file["label"].astype(np.int64)


def nmnist(
    batch: int, limit: int | None = None
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """N-MNIST recordings in batches: counts per 1 ms from the first event, 300 bins."""
    with np.load(SHARED / "inputs" / "nmnist_small_train.npz") as file:
        events = {name: file[name] for name in ("x", "y", "p", "t_us")}
        offset, label = file["offset"], file["label"].astype(np.int64)
    samples = len(label) if limit is None else min(limit, len(label))
    for first in range(0, samples, batch):
        last = min(first + batch, samples)
        frames = np.zeros((last - first, _STEPS, 2, _SIDE, _SIDE), np.uint8)
        for sample in range(first, last):
            part = slice(int(offset[sample]), int(offset[sample + 1]))
            t = events["t_us"][part].astype(np.int64)
            step = (t - t[:1]) // 1000
            kept = step < _STEPS
            place = (step, *(events[n][part].astype(np.int64) for n in ("p", "y", "x")))
            np.add.at(frames[sample - first], tuple(axis[kept] for axis in place), 1)
        yield frames.reshape(last - first, _STEPS, -1), label[first:last]
