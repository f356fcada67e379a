"""Packets from every core to every other, as a matrix of colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report.data import Traffic
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.heat import draw_scale, scale_height, size_colour
from somac.compiler.report.figures.text import clipped, compact, counted, without_common
from somac.compiler.report.palette import FAINT, GRID, MUTED

__all__ = ["traffic"]

_MOST = 48
_MOST_MARKS = 500
"""Cells that speak one by one."""
_SIDE = 330.0
_LARGEST = 22.0
_NAMED = 9.0
"""Points that a row needs for a name of its own."""


def traffic(section: Traffic, width: float) -> Drawing:
    """A row per sender, a column per receiver; where they are many, several share one."""
    from matplotlib.patches import Rectangle

    packets, names, firsts = _grouped(section)
    firsts = [firsts[0], *without_common(firsts[1:])]
    count = len(names)
    margin = min(0.28 * width, 90.0, 0.62 * 7 * max(len(name) for name in firsts) + 6)
    unit = min(_LARGEST, (min(width, _SIDE + margin) - margin) / count)
    side = unit * count
    foot = scale_height() + 6
    height = side + margin + 12 + foot
    sent = packets[packets > 0]
    least, most = (float(sent.min()), float(sent.max())) if sent.size else (0.0, 0.0)
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        base = foot
        frame = Rectangle((margin, base), side, side, facecolor=FAINT, edgecolor=GRID)
        frame.set_linewidth(0.6)
        plane.add_patch(frame)
        corner = (margin, base + side)
        _draw_cells(canvas, plane, packets, names, corner, unit)
        _name(plane, firsts, (margin, base), unit, margin)
        plane.text(0, height - 8, "from (rows) to (columns)", color=MUTED)
        if sent.size:
            draw_scale(plane, (0, 3), compact(least), compact(most), "packets per tick")
        busiest = np.unravel_index(int(np.argmax(packets)), packets.shape)
        description = f"{counted(int(sent.size), 'pair')} of {counted(count, 'place')} exchange "
        description += "packets."
        if sent.size:
            description += f" Most go from {names[busiest[0]]} to {names[busiest[1]]}: "
            description += f"{compact(most)} per tick."
        return canvas.drawn(f"Traffic from {section.level} to {section.level}", description)


def _draw_cells(
    canvas: Canvas,
    plane: Any,
    packets: NDArray[np.float64],
    names: list[str],
    corner: tuple[float, float],
    unit: float,
) -> None:
    """Draw cells downwards from `corner`; where they are many, rows speak instead of them."""
    from matplotlib.patches import Rectangle

    left, top = corner
    sent = np.argwhere(packets > 0)
    sizes = packets[packets > 0]
    looks: dict[str, list[tuple[float, float, float, float]]] = {}
    for row, column in sent:
        colour = size_colour(float(packets[row, column]), float(sizes.min()), float(sizes.max()))
        x, y = left + column * unit, top - (row + 1) * unit
        looks.setdefault(colour, []).append((x, y, x + unit, y + unit))
    for colour, boxes in looks.items():
        canvas.rectangles(plane, np.array(boxes), colour)
    if len(sent) <= _MOST_MARKS:
        for row, column in sent:
            place = (left + column * unit, top - (row + 1) * unit)
            area = Rectangle(place, unit, unit, fill=False, linewidth=0)
            plane.add_patch(area)
            text = f"{names[row]} to {names[column]}\n"
            canvas.mark(
                area, f"{text}{compact(float(packets[row, column]))} packets per tick expected"
            )
        return
    for row in np.flatnonzero(packets.sum(axis=1) > 0):
        place = (left, top - (row + 1) * unit)
        area = Rectangle(place, unit * len(names), unit, fill=False, linewidth=0)
        plane.add_patch(area)
        most = int(np.argmax(packets[row]))
        text = (
            f"from {names[row]}: {compact(float(packets[row].sum()))} packets per tick expected\n"
        )
        canvas.mark(area, f"{text}most to {names[most]}: {compact(float(packets[row, most]))}")


def _grouped(section: Traffic) -> tuple[NDArray[np.float64], list[str], list[str]]:
    """Sums over neighbours, so that few enough are left, their names, and those of the first.

    The host stays alone.
    """
    packets, labels = section.packets, section.labels
    if len(labels) <= _MOST + 1:
        return packets, list(labels), list(labels)
    step = -(-(len(labels) - 1) // _MOST)
    starts = [0, *range(1, len(labels), step)]
    summed = np.add.reduceat(np.add.reduceat(packets, starts, 0), starts, 1)
    names = [labels[0]]
    for first in starts[1:]:
        last = min(first + step, len(labels)) - 1
        names.append(labels[first] if first == last else f"{labels[first]} … {labels[last]}")
    return summed, names, [labels[first] for first in starts]


def _name(
    plane: Any, names: list[str], corner: tuple[float, float], unit: float, margin: float
) -> None:
    """Names beside rows and above columns, of as many as have room."""
    left, base = corner
    side = unit * len(names)
    step = max(1, int(np.ceil(_NAMED / unit)))
    for index in range(0, len(names), step):
        text = clipped(names[index], margin - 4, 7)
        middle = (index + 0.5) * unit
        plane.text(
            left - 3, base + side - middle, text, fontsize=7, color=MUTED, ha="right", va="center"
        )
        plane.text(
            left + middle,
            base + side + 3,
            text,
            fontsize=7,
            color=MUTED,
            ha="center",
            va="bottom",
            rotation=90,
        )
