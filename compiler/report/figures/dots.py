"""Rows of points on one axis, with a shape for each series: for what spans powers of ten."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from somac.compiler.report.figures.canvas import Canvas
from somac.compiler.report.figures.text import clipped
from somac.compiler.report.palette import GRID, INK, LINES, MUTED, PAPER

__all__ = [
    "SHAPES",
    "Point",
    "Row",
    "axis_height",
    "decades",
    "draw_dots",
    "draw_shapes",
    "rows_height",
]

SHAPES = (("o", LINES[0]), ("s", LINES[1]), ("^", LINES[2]), ("D", LINES[3]), ("v", LINES[4]))
_ROW = 24.0
_AXIS = 16.0


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a series (index into `SHAPES`), with its title and how far it may be off."""

    series: int
    value: float
    title: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Points of one thing; `text` stands at the end of the line of its name."""

    name: str
    points: tuple[Point, ...]
    text: str = ""
    inner: bool = False


def rows_height(count: int) -> float:
    """Points of paper that rows take."""
    return _ROW * count


def axis_height() -> float:
    """Points of paper that their axis takes."""
    return _AXIS


def draw_dots(
    canvas: Canvas,
    plane: Any,
    rows: Sequence[Row],
    place: tuple[float, float],
    width: float,
    span: tuple[float, float],
    ticks: Mapping[float, str],
    *,
    log: bool,
) -> None:
    """Draw rows downwards from `place`, and the axis below them.

    What is not above 0 has no place on a logarithmic axis, and stands before its beginning.
    """
    left, top = place
    pad = 10.0
    low, high = (math.log10(v) for v in span) if log else span
    zero = left + 4

    def across(value: float) -> float:
        if log and value <= 0:
            return zero
        share = ((math.log10(value) if log else value) - low) / (high - low)
        return left + 2 * pad + (width - 4.4 * pad) * min(1.0, max(0.0, share))

    bottom = top - _ROW * len(rows)
    for value, text in ticks.items():
        x = across(value)
        plane.plot([x, x], [bottom, top], color=GRID, linewidth=0.5, zorder=0)
        half = 0.5 * 0.62 * 7 * len(text)
        x = min(max(x, left + half), left + width - half)
        plane.text(x, bottom - 11, text, color=MUTED, fontsize=7, ha="center")
    for index, row in enumerate(rows):
        base = top - index * _ROW
        indent = 8.0 if row.inner else 0.0
        room = width - indent - 0.62 * 7 * (len(row.text) + 2)
        ground = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
        plane.text(left + indent, base - 9, clipped(row.name, room, 8), bbox=ground)
        plane.text(
            left + width, base - 9, row.text, color=MUTED, fontsize=7, ha="right", bbox=ground
        )
        middle = base - 17.5
        plane.plot([left, left + width], [middle, middle], color=GRID, linewidth=0.5, zorder=0)
        for point in row.points:
            shape, colour = SHAPES[point.series % len(SHAPES)]
            if point.low is not None and point.high is not None:
                ends = [across(point.low), across(point.high)]
                plane.plot(ends, [middle, middle], color=colour, linewidth=1.6)
            empty = log and point.value <= 0
            (dot,) = plane.plot(
                [across(point.value)],
                [middle],
                marker=shape,
                markersize=5.5,
                color=colour,
                markerfacecolor=PAPER if empty else colour,
                markeredgecolor=colour if empty else PAPER,
                markeredgewidth=1.0 if empty else 0.6,
                linestyle="none",
                clip_on=False,
            )
            canvas.mark(dot, point.title)


def draw_shapes(plane: Any, names: Sequence[str], place: tuple[float, float], width: float) -> None:
    """What the shapes stand for, in a line from `place` on; a second one where it is too long."""
    x, y = place
    for index, name in enumerate(names):
        shape, colour = SHAPES[index % len(SHAPES)]
        need = 12 + 0.62 * 8 * len(name) + 8
        if x > place[0] and x + need > place[0] + width:
            x, y = place[0], y - 12
        plane.plot([x + 4], [y + 3], marker=shape, markersize=5.5, color=colour, linestyle="none")
        plane.text(x + 12, y, name, color=INK)
        x += need


def decades(least: float, most: float) -> tuple[tuple[float, float], list[float]]:
    """Span of a logarithmic axis around values above 0, and its ticks, five or fewer."""
    low, high = math.floor(math.log10(least)), math.ceil(math.log10(most))
    if high <= low:
        high = low + 1
    step = -(-(high - low) // 4)
    return (10.0**low, 10.0**high), [10.0**power for power in range(low, high + 1, step)]
