"""The search alone."""

from __future__ import annotations

from somac.ir.placement import Placer, PlacerInfo

__all__ = ["INFO", "create"]

INFO = PlacerInfo(
    "search", "drawings of the traffic, the best of them annealed", api_version=(1, 0)
)


def create() -> Placer:
    """Ready to place."""
    from somac.compiler.mapping.place.placers import place_search

    return place_search
