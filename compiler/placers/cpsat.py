"""The default: the search, and a proof by CP-SAT, and branch and bound, where it is small."""

from __future__ import annotations

from somac.ir.placement import Placer, PlacerInfo

__all__ = ["INFO", "create"]

INFO = PlacerInfo(
    "cpsat", "search, and for few slices a proof by CP-SAT and branch and bound", api_version=(1, 0)
)


def create() -> Placer:
    """Ready to place."""
    from somac.compiler.mapping.place.placers import place_cpsat

    return place_cpsat
