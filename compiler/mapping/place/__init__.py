"""Placers, by name."""

from collections.abc import Mapping

from somac.compiler.mapping.place.placers import place_cpsat, place_greedy, place_search
from somac.compiler.mapping.place.problem import Placer

__all__ = ["DEFAULT_PLACER", "PLACERS"]

PLACERS: Mapping[str, Placer] = {
    "greedy": place_greedy,
    "search": place_search,
    "cpsat": place_cpsat,
}

DEFAULT_PLACER = "cpsat"
