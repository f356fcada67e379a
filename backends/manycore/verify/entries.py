"""Synapses as an entry of the population table leads to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Entry"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """Synapses, int64 (synapses,) each; `source` is the key that leads to a synapse.

    `mask` is None for a searched entry, which lists its keys.
    """

    key: int
    mask: int | None
    port: int
    source: Integers
    target: Integers
    weight: Integers
    delay: Integers
