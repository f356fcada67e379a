"""Small networks that any tool for spiking networks should run, each for a reason.

They are texts beside this module, so that what fails here can be compiled by hand:
``somac compile FILE --target ...``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from somac.compiler.load import load_model
from somac.ir.integer import IntegerInput, IntegerNetwork
from somac.ir.network import Network

__all__ = ["FOLDER", "NAMES", "animal", "stimulus"]

FOLDER = Path(__file__).parent
"""Where the texts are."""

NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.snn")))
"""Of the networks: each is a file ``NAME.snn``."""

_MOST_COUNT = 7


def animal(name: str) -> Network:
    """The network of a name."""
    return load_model(FOLDER / f"{name}.snn").network


def stimulus(
    network: IntegerNetwork, samples: int = 3, steps: int = 20, seed: int = 0
) -> dict[str, NDArray[np.int64]]:
    """Raw inputs (samples, steps, channels) for a network, the same for the same seed.

    Spikes come in every other step on average, counts up to 7, numbers from the whole format. The
    first sample is silent: what a network does by itself is then seen, too.
    """
    rng = np.random.default_rng(seed)
    drawn = {i.name: _drawn(rng, i, samples, steps) for i in network.inputs}
    for i in network.inputs:
        drawn[i.name][:1] = 0
    return drawn


def _drawn(
    rng: np.random.Generator, i: IntegerInput, samples: int, steps: int
) -> NDArray[np.int64]:
    most = min(i.format.maximum, _MOST_COUNT) if i.kind == "count" else i.format.maximum
    return rng.integers(i.format.minimum, most + 1, (samples, steps, i.size))
