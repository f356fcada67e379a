"""Adders of the periphery: exact sums, for what is on no array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.emulator.decode import Adders

__all__ = ["Exact", "exact_sums"]

Integers = NDArray[np.int64]


class Exact:
    """The synapses of one delay: a matrix of few entries."""

    def __init__(self, adders: Adders, which: NDArray[np.intp], shape: tuple[int, int]) -> None:
        """`which` synapses; `shape` is (source, target)."""
        from scipy.sparse import csr_array

        entries = adders.weights[which].astype(np.int64)
        ends = adders.targets[which], adders.sources[which]
        self._matrix: Any = csr_array((entries, ends), shape=shape[::-1])

    def add(self, signals: Integers, out: Integers) -> None:
        """Add what int64 (n, source) signals give to (n, target), modulo 2**64."""
        out += np.asarray((self._matrix @ signals.T).T)


def exact_sums(adders: Adders, shape: tuple[int, int]) -> Iterator[tuple[int, Exact]]:
    """The projection by delay, its own with that of synapses."""
    for delay in np.unique(adders.delays).tolist():
        which = np.flatnonzero(adders.delays == delay)
        yield adders.way.delay + delay, Exact(adders, which, shape)
