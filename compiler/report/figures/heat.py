"""Colours from little to much, and the scale that says how much."""

from __future__ import annotations

import math
from typing import Any

from somac.compiler.report.palette import FAINT, GRID, HEAT, MUTED

__all__ = ["draw_scale", "scale_height", "share_colour", "size_colour"]

_BOX = (14.0, 8.0)


def share_colour(share: float) -> str:
    """Of a share of 1; nothing at all is as faint as what is empty."""
    return FAINT if share <= 0 else HEAT[min(len(HEAT) - 1, int(share * len(HEAT)))]


def size_colour(size: float, least: float, most: float) -> str:
    """Of a size between two others, on a logarithmic scale."""
    if size <= 0:
        return FAINT
    if most <= least:
        return HEAT[len(HEAT) // 2]
    share = math.log(size / least) / math.log(most / least)
    return HEAT[max(0, min(len(HEAT) - 1, int(share * len(HEAT))))]


def scale_height() -> float:
    """Points that a scale takes."""
    return _BOX[1] + 14


def draw_scale(plane: Any, place: tuple[float, float], least: str, most: str, what: str) -> None:
    """Boxes of all colours from `place` (lower left) to the right, and what they stand for."""
    from matplotlib.patches import Rectangle

    x, y = place
    plane.text(x, y + 0.8, least, color=MUTED)
    x += 0.62 * 8 * len(least) + 4
    for index, colour in enumerate(HEAT):
        corner = (x + index * _BOX[0], y)
        plane.add_patch(Rectangle(corner, *_BOX, facecolor=colour, edgecolor=GRID, linewidth=0.3))
    x += len(HEAT) * _BOX[0] + 4
    plane.text(x, y + 0.8, f"{most}  {what}", color=MUTED)
