"""What a search has found so far, whom it tells, and when it must stop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.ir.placement import PlaceOptions
from somac.ir.progress import Deadline, Progress

__all__ = ["Watch"]


class Watch:
    """The best placement of one run. Mutable, and private to the run.

    Parameters
    ----------
    options
        Whom to tell, and how long the run may take.
    bound
        No placement costs less.
    """

    def __init__(self, options: PlaceOptions, bound: int = 0) -> None:
        self.cost: int | None = None
        self.at: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.bound = bound
        self._progress = options.progress
        self._deadline = Deadline(options.time_limit)

    def aside(self) -> Watch:
        """A watch for a search by another cost: it tells nobody, and is over as soon."""
        other = Watch(PlaceOptions())
        other._deadline = self._deadline
        return other

    def offer(self, cost: int, at: NDArray[np.int64]) -> None:
        """Take a placement, if it is better than the best so far."""
        if self.cost is None or cost < self.cost:
            self.cost, self.at = cost, at.copy()
            if self._progress is not None:
                self._progress(Progress(cost, self.bound))

    @property
    def over(self) -> bool:
        """Whether the time is up, or the best is known to be one."""
        if self.cost is not None and self.cost <= self.bound:
            return True
        return self._deadline.over
