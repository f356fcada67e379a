"""What can arrive through a connectivity at most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.chain import Chain
from somac.ir.connectivity.protocol import Connectivity

__all__ = ["interval", "reach"]


def interval(
    connectivity: Connectivity, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of ``W x`` for ``low <= x <= high``, (target,) each from (source,) each.

    Tight for one map without parallel synapses, whose parts are bounded one by one; arrivals
    of different delays count as if they came together. For a chain, the bounds of one part
    are the next one's, as if they could all be reached at once. Exact for integers while the
    bounds are below 2**53, and else rounded.
    """
    if isinstance(connectivity, Chain):
        for part in connectivity.parts:
            low, high = interval(part, low, high)
        return low, high
    weights = connectivity.weights.astype(np.float64)
    least = np.zeros(connectivity.target_size)
    most = np.zeros(connectivity.target_size)
    for sign in (1.0, -1.0):
        part = connectivity.with_weights(np.maximum(sign * weights, 0.0))
        near, far = (low, high) if sign > 0 else (high, low)
        for _, operator in part.by_delay():
            least += sign * operator(near)
            most += sign * operator(far)
    return least, most


def reach(connectivity: Connectivity, magnitude: float) -> float:
    """Bound of every partial sum, in any order, on the way from ``abs(x) <= magnitude``.

    While it is below 2**53, float64 computes integers exactly.
    """
    if isinstance(connectivity, Chain):
        for part in connectivity.parts:
            magnitude = max(magnitude, reach(part, magnitude))
        return magnitude
    absolute = connectivity.with_weights(np.abs(connectivity.weights.astype(np.float64)))
    ones = np.ones(connectivity.source_size)
    total = sum((operator(ones) for _, operator in absolute.by_delay()), np.zeros(()))
    return magnitude * float(total.max(initial=0.0))
