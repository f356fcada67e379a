"""Hops between two places, compiled: the formula of `somac.compiler.mapping.place.distance`."""

from __future__ import annotations

from somac.compiler.mapping.jit import njit
from somac.compiler.mapping.place.distance import Distance

__all__ = ["hops_between"]


@njit
def hops_between(distance: Distance, p: int, q: int) -> int:
    """Hops from place p to place q."""
    home, away = distance.group[p], distance.group[q]
    if home == away:
        inside = distance.near[distance.row[p], distance.column[q]]
        return inside + distance.lines[distance.line[p], distance.line[q]]  # type: ignore[no-any-return]
    return distance.up[p] + distance.far[home, away] + distance.down[q]  # type: ignore[no-any-return]
