"""What helps a backend to choose among ways to do the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from somac.backends.api.info import Value

__all__ = ["EXPECTED_RATE", "Guidance"]

EXPECTED_RATE = 0.05
"""Signals per cell and step where no calibration says better (assumed: sparse activity)."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the user wants, and what calibration saw.

    Parameters
    ----------
    rates
        Mean signals per cell and step of the model, by population or input: `EXPECTED_RATE`
        stands for those that are not there.
    samples
        Raw integers (samples, steps, channels) per network input, to choose ranges of converters
        by what they see; nothing without calibration data.
    allow_extra_delay
        Whether loops that are too short for the hardware may take longer instead of slowing the
        network down: other signals, which `Legal.notes` name.
    pruned_lanes
        Lanes that pruning left as many weights in, of every matrix; 1 if it balanced none.
    options
        What the user chose of `BackendInfo.options`, checked, with the defaults of the others:
        `BackendInfo.chosen`. `Option.of` reads one of them.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    samples: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    allow_extra_delay: bool = False
    pruned_lanes: int = 1
    options: Mapping[str, Value] = field(default_factory=dict)

    def rate(self, source: str) -> float:
        """Of a population or input."""
        return self.rates.get(source, EXPECTED_RATE)
