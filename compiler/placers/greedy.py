"""Slices one by one: at once, and not good."""

from __future__ import annotations

from somac.ir.placement import Placer, PlacerInfo

__all__ = ["INFO", "create"]

INFO = PlacerInfo("greedy", "slices one by one, each where it costs least", api_version=(1, 0))


def create() -> Placer:
    """Ready to place."""
    from somac.compiler.mapping.place.placers import place_greedy

    return place_greedy
