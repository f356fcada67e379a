"""Firings of any kind, and signals for them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from somac.backends.crossbar.emulator.products.firing import Firing, Integers, Pulses, Signs

__all__ = ["GRID", "SIGNS", "firings", "signals_of"]

GRID = 1 << 16

SIGNS: tuple[Signs, ...] = ("none", "bipolar", "phases")


@st.composite
def firings(draw: st.DrawFn) -> Firing:
    """Any shape, pulses, cells and converters."""
    rows = draw(st.integers(0, 40) | st.integers(100, 300))
    columns = draw(st.integers(0, 12) | st.integers(60, 140))
    bits = draw(st.integers(1, 9))
    pulses = Pulses(bits, draw(st.integers(1, min(8, 48 // bits))), draw(st.sampled_from(SIGNS)))
    slices = draw(st.integers(1, 8))
    cell_bits = draw(st.integers(1, min(9, 31 // slices)))
    on_grid = draw(st.booleans())
    polarity = draw(st.sampled_from(["differential", "separate", "offset"]))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    most = (1 << cell_bits) - 1
    once = 1 << cell_bits * np.arange(slices, dtype=np.int64)
    factors = once
    least = -most
    if polarity == "separate":
        factors, least = np.stack((once, -once), axis=1).ravel(), 0
    elif polarity == "offset":
        least = 0
    shape = (len(factors), rows, columns)
    planes = rng.integers(least, most + 1, shape)
    if on_grid:
        planes = planes * GRID + rng.integers(-GRID // 8, GRID // 8, shape)
    adc = draw(st.integers(4, 14))
    steps = draw(st.sampled_from([1, 2, 3, 4, 7, 100, 1001, 1 << 14]))
    return Firing(
        planes.astype(np.int32),
        factors,
        pulses,
        rng.integers(1, steps + 1, (len(factors), columns))
        if draw(st.booleans())
        else np.full((len(factors), columns), steps),
        draw(st.sampled_from([0, 1 - (1 << adc - 1), -(1 << adc - 1)])),
        (1 << adc - 1) - 1,
        int(rng.integers(0, 200)) if polarity == "offset" else 0,
        GRID if on_grid else 1,
    )


def signals_of(firing: Firing, batch: int, rng: np.random.Generator) -> Integers:
    """Dense, sparse or at their limits."""
    bits = firing.pulses.bits * firing.pulses.count
    most = (1 << min(bits, 40)) - 1
    signals = rng.integers(-most, most, (batch, firing.rows), endpoint=True)
    signals = np.where(rng.random(signals.shape) < rng.choice([0.02, 0.5, 1]), signals, 0)
    signals[rng.random(signals.shape) < 0.1] = most
    return np.abs(signals) if firing.pulses.signs == "none" else signals
