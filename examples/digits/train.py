"""Train a feed-forward LIF classifier of handwritten digits.

    python -m examples.digits.train

in the root of the repository (with `pip install somac[train]`). It takes two minutes on one CPU
core, prints the loss as it falls, writes `digits.nir` and `test.npz` next to this file, and ends
with the accuracy of what it wrote, found by NumPy in double precision (`training/reference.py`).
`--validate` judges the settings below on a part of the training digits and writes nothing.

Every pixel is a channel that spikes in proportion to its brightness for 32 ticks. The hidden
neurons have a time constant and a threshold of their own each, both trained.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examples.training.data import rate_code
from examples.training.recipe import Settings, make_example
from examples.training.surrogate import Classifier, Lif

STEPS = 32

SETTINGS = Settings(epochs=80, batch=64, learning_rate=1e-2, weight_decay=0.02, logit_per_spike=0.5)


def build() -> Classifier:
    """Return the untrained network."""
    return Classifier(
        inputs=64,
        hidden=Lif(128, tau=(3, 20), threshold=0.3),
        readout=Lif(10, tau=(5, 20), threshold=0.3),
        recurrent=False,
    )


def encode(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn images (samples, 8, 8) into spikes (samples, 32, 64)."""
    return rate_code(images.reshape(len(images), -1), STEPS)


if __name__ == "__main__":
    make_example(Path(__file__).parent, build, encode, SETTINGS)
