"""Products in plain NumPy, as `docs/reference/semantics.md` defines them: others equal these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from somac.backends.crossbar.emulator.products.firing import Firing, Integers, Pulses

__all__ = ["Fired", "convert", "fire", "pulses_of"]

_EXACT = 1 << 53


@dataclass(frozen=True, slots=True, eq=False)
class Fired:
    """Results.

    Parameters
    ----------
    sums
        int64 (batch, columns).
    clipped
        int64 (planes, columns): how many conversions had no code of their own.
    """

    sums: Integers
    clipped: Integers


def fire(firing: Firing, signals: Integers, noise: Integers | None = None) -> Fired:
    """Drive rows, convert what columns sum up, and add up the codes.

    Parameters
    ----------
    signals
        int64 (batch, rows), none negative where pulses have no signs.
    noise
        int64 (batch, firings, planes, columns), which is added to sums before they are converted.
    """
    pulses = firing.pulses
    driven = pulses_of(pulses, signals)
    sums = np.zeros((len(signals), firing.columns), np.int64)
    clipped = np.zeros(firing.steps.shape, np.int64)
    counts = pulses.factors[:, None, None] * firing.plane_factors[:, None] * firing.steps
    for number in range(pulses.firings):
        for plane in range(len(firing.planes)):
            column = _product(driven[number], firing, plane)
            if noise is not None:
                column = column + noise[:, number, plane]
            codes = convert(column, firing.steps[plane] * firing.unit)
            kept = np.clip(codes, firing.low, firing.high)
            clipped[plane] += (kept != codes).sum(axis=0)
            sums += counts[number, plane] * kept
    sums -= firing.offset * signals.sum(axis=1, keepdims=True)
    return Fired(sums, clipped)


def pulses_of(pulses: Pulses, signals: Integers) -> Integers:
    """int64 (firings, batch, rows): the pulses of signals."""
    phases = [signals]
    if pulses.signs == "phases":
        phases = [np.maximum(signals, 0), np.maximum(-signals, 0)]
    shifts = pulses.bits * np.arange(pulses.count).reshape(-1, 1, 1)
    return np.concatenate([np.sign(s) * (np.abs(s) >> shifts & pulses.most) for s in phases])


def convert(sums: Integers, steps: Integers) -> Integers:
    """The nearest multiples of steps, half away from zero, not clipped."""
    codes: Integers = np.sign(sums) * ((2 * np.abs(sums) + steps) // (2 * steps))
    return codes


def _product(pulse: Integers, firing: Firing, plane: int) -> Integers:
    """Sums of columns, exact: by BLAS as long as float64 has all their bits."""
    cells = firing.planes[plane]
    if firing.largest_sum < _EXACT:
        found = pulse.astype(np.float64) @ cells.astype(np.float64)
        return np.asarray(found.astype(np.int64))
    return np.asarray(pulse @ cells.astype(np.int64))
