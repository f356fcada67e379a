"""Train a recurrent CubaLIF network that reads handwritten digits row by row.

    python -m examples.digits_rows.train

in the root of the repository (with `pip install somac[train]`). It takes about four minutes on
one CPU core, prints the loss as it falls, writes `digits_rows.nir` and `test.npz` next to this
file, and ends with the accuracy of what it wrote, found by NumPy in double precision
(`training/reference.py`). `--validate` judges the settings below on a part of the training digits
and writes nothing.

A row of eight pixels is shown for four ticks, then the next; at the end come eight ticks of
silence in which the network decides. Each pixel has three channels that spike at every tick if it
is at least 3, 8 or 13 of 16 bright. The hidden neurons have two time constants of their own each,
and talk to each other.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examples.training.recipe import Settings, make_example
from examples.training.surrogate import Classifier, CubaLif

LEVELS = (3, 8, 13)
TICKS_PER_ROW = 4
TICKS_OF_SILENCE = 8

SETTINGS = Settings(
    epochs=80,
    batch=32,
    learning_rate=1e-2,
    weight_decay=0.02,
    logit_per_spike=0.7,
    distortion=0.5,
)


def build() -> Classifier:
    """Return the untrained network."""
    return Classifier(
        inputs=8 * len(LEVELS),
        hidden=CubaLif(128, tau_syn=(2, 20), tau_mem=(2, 10), threshold=0.3),
        readout=CubaLif(10, tau_syn=(3, 5), tau_mem=(10, 20), threshold=0.3),
        recurrent=True,
        dropout=0.1,
    )


def encode(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn images (samples, 8, 8) into spikes (samples, 40, 24)."""
    brighter = np.stack([images >= level for level in LEVELS], axis=2)
    rows = brighter.reshape(len(images), 8, -1).repeat(TICKS_PER_ROW, axis=1)
    silence = np.zeros((len(images), TICKS_OF_SILENCE, rows.shape[2]), np.bool_)
    return np.concatenate([rows, silence], axis=1).astype(np.uint8)


if __name__ == "__main__":
    make_example(Path(__file__).parent, build, encode, SETTINGS)
