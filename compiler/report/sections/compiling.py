"""How the search for a placement went; how the whole compilation did is a `BuildInfo`."""

from __future__ import annotations

from dataclasses import dataclass

from somac.compiler.record.build import PointRow

__all__ = ["Search"]


@dataclass(frozen=True, slots=True)
class Search:
    """The placement: cost (hop-weighted traffic) beside a bound that no placement can beat.

    Parameters
    ----------
    cost, bound, gap, status, solver
        Of the end; `status` is ``optimal`` or ``feasible``.
    points
        How it came to that; empty where it was not recorded.
    """

    cost: int
    bound: int
    gap: float
    status: str
    solver: str
    points: tuple[PointRow, ...] = ()
