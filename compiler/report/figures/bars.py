"""Rows of bars, with their names above them: wide enough for a phone, however long the names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from somac.compiler.report.figures.canvas import Canvas
from somac.compiler.report.figures.text import clipped
from somac.compiler.report.palette import FAINT, MUTED

__all__ = ["Bar", "draw_bars", "rows_height"]

ROW = 25.0
_HIGH = 9.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its name, parts from left to right, and what stands behind the name.

    `parts` are sizes, each with colour, hatch and title. `full` is the size of the whole, drawn
    as ground where there is one.
    """

    name: str
    parts: tuple[tuple[float, str, str, str], ...]
    text: str
    full: float = 0.0


def rows_height(count: int) -> float:
    """Points that rows take."""
    return ROW * count


def draw_bars(
    canvas: Canvas,
    plane: Any,
    rows: Sequence[Bar],
    place: tuple[float, float],
    width: float,
    most: float = 0.0,
) -> None:
    """Draw rows downwards from `place`; `most` is the size as wide as `width`, if it is given."""
    from matplotlib.patches import Rectangle

    left, top = place
    sizes = [sum(part[0] for part in row.parts) for row in rows]
    most = most or max([*sizes, *(row.full for row in rows)], default=0.0) or 1.0
    for index, (row, _) in enumerate(zip(rows, sizes, strict=True)):
        base = top - (index + 1) * ROW + 4
        room = width - 0.62 * 8 * (len(row.text) + 1)
        plane.text(left, base + _HIGH + 3, clipped(row.name, room, 8))
        plane.text(left + width, base + _HIGH + 3, row.text, color=MUTED, ha="right")
        ground = Rectangle((left, base), width * (row.full or most) / most, _HIGH, facecolor=FAINT)
        ground.set_edgecolor("none")
        plane.add_patch(ground)
        at = left
        for size, colour, hatch, title in row.parts:
            wide = width * max(0.0, size) / most
            bar = Rectangle((at, base), wide, _HIGH, facecolor=colour, edgecolor="none")
            if hatch:
                bar.set_hatch(hatch)
            plane.add_patch(bar)
            # what is pointed at is never too thin to hit
            area = Rectangle((at, base), max(wide, 3.0), _HIGH, fill=False, linewidth=0)
            plane.add_patch(area)
            canvas.mark(area, title)
            at += wide
