"""scikit-learn's handwritten digits: the split, small distortions, and pixels as spikes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional

WHITE = 16
"""Largest pixel value of the data set."""

TEST_SAMPLES = 360
SPLIT_SEED = 0


@dataclass(frozen=True, slots=True)
class Digits:
    """Some of the digits: `images` uint8 (samples, 8, 8) in 0..16, `labels` uint8 (samples,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def split_digits(validate: bool) -> tuple[Digits, Digits]:
    """Return the digits to train on and the digits held out, every class in proportion.

    Parameters
    ----------
    validate
        Leave the test digits alone and hold out a quarter of the others instead: what a choice
        of settings may look at.
    """
    digits = load_digits()
    everything = Digits(digits.images.astype(np.uint8), digits.target.astype(np.uint8))
    rest, test = _split(everything, TEST_SAMPLES)
    return _split(rest, TEST_SAMPLES) if validate else (rest, test)


def _split(digits: Digits, held_out: int) -> tuple[Digits, Digits]:
    parts = train_test_split(
        digits.images,
        digits.labels,
        test_size=held_out,
        stratify=digits.labels,
        random_state=SPLIT_SEED,
    )
    return Digits(parts[0], parts[2]), Digits(parts[1], parts[3])


def distort(images: NDArray[np.uint8], amount: float) -> NDArray[np.uint8]:
    """Rotate, scale and shift every image: by 1, at most 0.15 rad, 10 % and 0.7 pixels."""
    samples, height, width = images.shape
    angle, scale, *shift = (
        amount * limit * (2 * torch.rand(samples) - 1)
        for limit in (0.15, 0.1, 1.4 / width, 1.4 / height)
    )
    cosine, sine = (1 + scale) * angle.cos(), (1 + scale) * angle.sin()
    transform = torch.stack(
        [
            torch.stack([cosine, -sine, shift[0]], dim=1),
            torch.stack([sine, cosine, shift[1]], dim=1),
        ],
        dim=1,
    )
    grid = functional.affine_grid(transform, [samples, 1, height, width], align_corners=False)
    source = torch.from_numpy(images).float().unsqueeze(1)
    moved = functional.grid_sample(source, grid, align_corners=False)
    return moved.squeeze(1).round().numpy().astype(np.uint8)


def rate_code(values: NDArray[np.uint8], steps: int) -> NDArray[np.uint8]:
    """Spread every value over `steps` ticks as evenly as whole spikes allow.

    A channel of value p accumulates p each tick and spikes when it passes a multiple of `WHITE`:
    p spikes in 16 ticks, exactly. Channels start at different phases, so that equal values do not
    spike in step.

    Parameters
    ----------
    values
        uint8 (samples, channels), in 0..16.
    steps
        Ticks to make.

    Returns
    -------
    ndarray
        uint8 (samples, steps, channels), 0 or 1.
    """
    phase = 5 * np.arange(values.shape[1]) % WHITE
    ticks = np.arange(steps + 1)[:, np.newaxis]
    passed = (ticks * values[:, np.newaxis, :].astype(np.int64) + phase) // WHITE
    return np.diff(passed, axis=1).astype(np.uint8)
