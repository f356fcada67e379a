"""Made-up inputs that exercise a network: silence, sparse and dense spikes, whole ranges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from somac.ir.integer import IntegerInput

__all__ = ["random_stimuli"]

_SPARSEST, _DENSEST = 0.02, 0.9


def random_stimuli(
    inputs: Sequence[IntegerInput], samples: int, steps: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Random inputs in the model's units, (samples, steps, channels) per network input.

    Samples go from sparse to dense and from weak to strong. The numbers are keyed by the seed
    and the position of the input, so that they depend on nothing else.
    """
    share = np.geomspace(_SPARSEST, _DENSEST, samples)[:, None, None]
    stimuli = {}
    for index, i in enumerate(inputs):
        generator = np.random.Generator(np.random.Philox(key=[seed, index]))
        shape = (samples, steps, i.size)
        active = generator.random(shape) < share
        low, high = i.format.minimum * share, i.format.maximum * share
        if i.kind == "value":
            raw = np.rint(generator.uniform(low, high, shape))
        elif i.kind == "count":
            raw = active * np.ceil(generator.random(shape) * np.maximum(high, 1))
        else:
            raw = active.astype(np.float64)
        stimuli[i.name] = raw * i.scale if i.kind == "value" else raw
    return stimuli
