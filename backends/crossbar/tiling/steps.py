"""Steps of converters: proven never to clip, or nearest to the sums that samples give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.choice.bounds import sum_bounds, worst_steps
from somac.ir.fixed import Format
from somac.ir.tiling import Block, Converters, column_sums

__all__ = ["choose_steps"]

Raw = NDArray[np.int64]
Real = NDArray[np.float64]

_CONVERSIONS = 1 << 21
"""Of a block that are looked at."""

_FEW = 128
"""Steps that are all tried; of more, as many over the whole range, then as many near the best."""


def choose_steps(converters: Converters, block: Block, sent: Format, signals: Raw | None) -> Raw:
    """int64 (planes,): the steps of a block.

    Without signals, the least with which no sum that there can be is clipped. With signals,
    (vectors, source), those among candidates with the least mean squared error of what the
    projection adds; planes whose sums have codes of their own keep steps of 1.
    """
    low, high = sum_bounds(converters, block.weights, sent)
    steps = worst_steps(converters, low, high)
    if signals is None or (steps == 1).all() or not len(signals):
        return steps
    every = np.concatenate(list(_sums(converters, block, signals)), axis=1)
    weights = converters.pulse_factors.astype(np.float64) ** 2
    chosen = [
        _nearest(converters, every[:, :, :, plane], weights, int(worst)) if worst > 1 else 1
        for plane, worst in enumerate(steps.tolist())
    ]
    return np.array(chosen, np.int64)


def _sums(converters: Converters, block: Block, signals: Raw) -> Iterator[Raw]:
    """Sums of columns, (firings, vectors, uses, planes, columns), of vectors spread evenly."""
    each = len(converters.pulse_factors) * block.uses * converters.planes * block.weights.shape[1]
    count = min(len(signals), max(1, _CONVERSIONS // each))
    spread = np.linspace(0, len(signals) - 1, count).astype(np.int64)
    some = max(1, (1 << 16) // each)
    for start in range(0, count, some):
        yield column_sums(converters, block, signals[spread[start : start + some]])


def _nearest(converters: Converters, sums: Raw, weights: Real, worst: int) -> int:
    """The step of least error among those up to `worst`; `sums` are (firings, ...)."""
    values, amounts = [], []
    for firing, weight in zip(sums, weights.tolist(), strict=True):
        found, count = np.unique(firing, return_counts=True)
        values.append(found)
        amounts.append(count * weight)
    value, amount = np.concatenate(values), np.concatenate(amounts)
    if not value.any():
        return worst

    def error(step: int) -> float:
        off = converters.convert(value, np.array(step)) * step - value
        return float(amount @ (off.astype(np.float64) ** 2))

    def least(steps: Iterable[int]) -> int:
        return min(steps, key=lambda step: (error(step), step))

    if worst <= _FEW:
        return least(range(1, worst + 1))
    coarse: list[int] = np.unique(np.rint(np.geomspace(1, worst, _FEW)).astype(int)).tolist()
    at = coarse.index(least(coarse))
    first, last = coarse[max(at - 1, 0)], coarse[min(at + 1, len(coarse) - 1)]
    fine: list[int] = np.unique(np.linspace(first, last, _FEW).astype(int)).tolist()
    return least(fine)
