"""Every synapse that a connectivity stores, those of weight 0 too: what can grow is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.dense import Dense
from somac.ir.connectivity.protocol import Connectivity, Weights
from somac.ir.connectivity.simple import AllToAll, OneToOne
from somac.ir.connectivity.sparse import Sparse

__all__ = ["Synapses", "explicit", "owns_weights", "synapses"]


@dataclass(frozen=True, slots=True, eq=False)
class Synapses:
    """The synapses of a connectivity by source, then target, as its rows give them.

    Parameters
    ----------
    indptr
        int64 (source + 1,): those of source cell i are ``indptr[i]`` to ``indptr[i + 1]``.
    source, target
        int64 (synapses,): cells.
    delay
        int64 (synapses,): ticks on top of the projection's own delay.
    weight
        (synapses,): weights, which may be 0.
    """

    indptr: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    delay: NDArray[np.int64]
    weight: Weights


def owns_weights(connectivity: Connectivity) -> bool:
    """Whether every synapse can have a weight of its own, whatever the synapses beside it do."""
    return isinstance(connectivity, AllToAll | Dense | OneToOne | Sparse)


def synapses(connectivity: Connectivity) -> Synapses:
    """All synapses of a connectivity, in the order of its rows."""
    weights = connectivity.weights
    # rows leave out what is 0, so each weight becomes its own number, counted from 1
    numbered = connectivity.with_weights(np.arange(1, weights.size + 1).reshape(weights.shape))
    rows = numbered.rows(0, connectivity.source_size)
    source = np.repeat(np.arange(connectivity.source_size), np.diff(rows.indptr))
    weight = weights.reshape(-1)[rows.weight - 1]
    return Synapses(rows.indptr, source, rows.target, rows.delay, weight)


def explicit(connectivity: Connectivity) -> Sparse:
    """The same synapses with a weight each, those of weight 0 too."""
    every = synapses(connectivity)
    delay = every.delay if every.delay.any() else None
    return Sparse(every.indptr, every.target, every.weight, delay, connectivity.target_size)
