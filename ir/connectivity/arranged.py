"""A connectivity whose cells stand in another order, and what it was before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.protocol import Arithmetic, Connectivity, Operator, Rows, Weights
from somac.ir.connectivity.sparse import Sparse
from somac.ir.digest import integers, read_only

__all__ = ["Arranged"]


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """Synapses in the new order, and the structure that they have: a convolution, say.

    Parameters
    ----------
    synapses
        All of them, between places.
    origin
        The same between cells.
    source_cells, target_cells
        int64 (cells,): the cell of `origin` in each place.
    """

    synapses: Sparse
    origin: Connectivity
    source_cells: NDArray[np.int64]
    target_cells: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name, size in (
            ("source_cells", self.origin.source_size),
            ("target_cells", self.origin.target_size),
        ):
            cells = integers(getattr(self, name))
            if not np.array_equal(np.sort(cells), np.arange(size)):
                raise ValueError(f"{name} is no order of {size} cells")
            object.__setattr__(self, name, read_only(cells))

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        return self.synapses.source_size

    @property
    def target_size(self) -> int:
        """Number of target cells."""
        return self.synapses.target_size

    @property
    def weights(self) -> Weights:
        """(synapses,)."""
        return self.synapses.weights

    @property
    def delays(self) -> tuple[int, ...]:
        """Those of the synapses."""
        return self.synapses.delays

    def with_weights(self, weights: Weights) -> Sparse:
        """The same synapses with other weights, each its own: the structure is gone."""
        return self.synapses.with_weights(weights)

    def target_channel(self) -> NDArray[np.int64] | None:
        """Weights are stored per synapse, not per target."""
        return None

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells."""
        return self.synapses.rows(start, stop)

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """One sparse product per delay in use."""
        return self.synapses.by_delay(arithmetic)
