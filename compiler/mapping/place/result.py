"""A placement that is known to be legal, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from somac.ir.digest import read_only
from somac.ir.placement import Placement

__all__ = ["PlacementResult"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlacementResult(Placement):
    """What searches give, and what is made of every placer's answer.

    Parameters
    ----------
    cost
        Of the placement.
    bound
        No placement costs less.
    """

    cost: int
    bound: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "cores", read_only(self.cores.astype(np.int64)))

    @property
    def status(self) -> str:
        """``optimal`` if cost equals bound, else ``feasible``."""
        return "optimal" if self.bound >= self.cost else "feasible"
