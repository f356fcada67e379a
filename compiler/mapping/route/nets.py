"""`PlacedNets`: who sends to which cores, once every slice has one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.digest import freeze_arrays

__all__ = ["PlacedNets"]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedNets:
    """Nets between cores: net n ends at ``core[first[n]:first[n + 1]]``.

    Parameters
    ----------
    source
        int64 (nets,): node at which packets start.
    first
        int64 (nets + 1,).
    core
        int64 (ends,): cores that receive, ascending and each once per net.
    weight
        int64 (nets,): packets, in any unit.
    keys
        int64 (nets,): keys that each net must have, at least 1.
    """

    source: NDArray[np.int64]
    first: NDArray[np.int64]
    core: NDArray[np.int64]
    weight: NDArray[np.int64]
    keys: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self, np.int64)

    def __len__(self) -> int:
        return len(self.source)
