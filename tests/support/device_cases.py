"""Device models for tests, and what their noise amounts to in closed form, by code of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.effects import Drift, Faults, Writing
from somac.backends.crossbar.device.model import DeviceModel
from somac.backends.crossbar.device.spreads import Spread

GRID = 65536

WRITING = Writing.of(
    window_us=1,
    set_us=2,
    reset_us=2,
    variation="0.3",
    pulses=64,
    set_ns=1000,
    reset_ns=1000,
    verify_ns=100,
    set_pj=5,
    reset_pj=7,
    verify_pj="0.5",
)

EVERYTHING = DeviceModel.of(
    1,
    40,
    16,
    programming="rram-wan",
    read=Spread.constant("0.01", 40),
    drift=Drift.pcm(),
    faults=Faults.of("0.0175", "0.0904", "0.01"),
    writing=WRITING,
)


def ideal(levels: int = 16, g_min: float = 0) -> DeviceModel:
    """Cells of which nothing is wrong, with 15 uS between the lowest and the highest level."""
    return DeviceModel.of(g_min, g_min + 15, levels)


def clipped(mean: float, sigma: float) -> tuple[float, float]:
    """Mean and variance of max(0, N(mean, sigma))."""
    if sigma == 0:
        return mean, 0.0
    a = mean / sigma
    below, density = 0.5 * (1 + erf(a / sqrt(2))), exp(-a * a / 2) / sqrt(2 * pi)
    first = mean * below + sigma * density
    return first, (mean**2 + sigma**2) * below + mean * sigma * density - first**2


@dataclass(frozen=True)
class Differential:
    """A random matrix in pairs of cells, uint8 (rows, columns), and inputs x (batch, rows)."""

    positive: NDArray[np.uint8]
    negative: NDArray[np.uint8]
    x: NDArray[np.int64]

    @classmethod
    def random(cls, seed: int, rows: int, columns: int, batch: int, most: int) -> Differential:
        rng = np.random.default_rng(seed)
        weights = rng.integers(-15, 16, (rows, columns))
        x = rng.integers(-most, most + 1, (batch, rows))
        return cls(
            np.maximum(weights, 0).astype(np.uint8), np.maximum(-weights, 0).astype(np.uint8), x
        )

    @property
    def exact(self) -> NDArray[np.int64]:
        """Sums in grid steps without noise."""
        return self.x @ (self.positive.astype(np.int64) - self.negative) * GRID

    def error(
        self, level_mean: Callable[[int], float], level_sigma: Callable[[int], float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the error of each sum, in grid steps: (batch, columns).

        Cells of a level are max(0, N(mean, sigma)), in grid steps; the mean without error is
        ``level_mean``, and what it has beyond the code cancels in the pair.
        """
        table = np.array([clipped(level_mean(c), level_sigma(c)) for c in range(16)])
        shift = table[:, 0] - np.array([level_mean(c) for c in range(16)])
        mean = self.x @ (shift[self.positive] - shift[self.negative])
        variance = self.x**2 @ (table[self.positive, 1] + table[self.negative, 1])
        return mean, variance
