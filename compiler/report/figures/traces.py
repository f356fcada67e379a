"""States of single cells over time, in units of the model and raw, with the range they have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report.data import Trace, Traces
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.text import clipped, compact, counted
from somac.compiler.report.palette import ALARM, GRID, HEAT, INK, LINES, MUTED

__all__ = ["MOST_PANELS", "traces"]

MOST_PANELS = 16
_HEAD = 27.0
_HIGH = 66.0
_FOOT = 30.0
_LEFT, _RIGHT = 38.0, 42.0
_BETWEEN = 16.0
_LEGEND = 15.0


def traces(section: Traces, width: float) -> Drawing:
    """A panel per trace: the emulator's line upon the golden model's, signals as ticks above."""
    shown = _shown(section)
    columns = 2 if width > 400 and len(shown) > 1 else 1
    room = (width - (columns - 1) * _BETWEEN) / columns
    panel = _HEAD + _HIGH + _FOOT
    rows = -(-len(shown) // columns)
    height = panel * rows + _LEGEND * (2 if width < 400 else 1)
    with Canvas.open(width, height) as canvas:
        words = canvas.plane()
        for index, trace in enumerate(shown):
            left = index % columns * (room + _BETWEEN)
            top = height - index // columns * panel
            name = f"{trace.population} cell {trace.cell:,}: {trace.state}"
            words.text(left, top - 9, clipped(name, room, 8))
            words.text(left, top - 19, clipped(_format(trace), room, 7), color=MUTED, fontsize=7)
            axes = canvas.axes(left + _LEFT, top - _HEAD - _HIGH, room - _LEFT - _RIGHT, _HIGH)
            _draw(canvas, axes, trace)
        _draw_legend(words, width)
        differ = sum(map(_differs, section.traces))
        description = f"{counted(len(shown), 'state')} of {len(section.traces):,} recorded. "
        description += f"{differ:,} differ." if differ else "All equal the golden model's."
        return canvas.drawn("States of cells", description)


def _differs(trace: Trace) -> bool:
    return not np.array_equal(trace.raw, trace.reference)


def _shown(section: Traces) -> list[Trace]:
    """As many as there is room for, in their order; those that agree are left out first."""
    order = sorted(range(len(section.traces)), key=lambda i: (not _differs(section.traces[i]), i))
    return [section.traces[i] for i in sorted(order[:MOST_PANELS])]


def _format(trace: Trace) -> str:
    low, high = (compact(trace.scale * end) for end in (trace.low, trace.high))
    return f"{trace.format}, {low} to {high}"


def _draw(canvas: Canvas, axes: Any, trace: Trace) -> None:
    steps = np.arange(trace.raw.size)
    for raw, colour, width in ((trace.reference, HEAT[3], 3.2), (trace.raw, LINES[0], 1.1)):
        x, y = _thinned(steps, np.asarray(raw * trace.scale, np.float64))
        axes.plot(x, y, color=colour, linewidth=width, drawstyle="steps-post")
    values = np.concatenate([trace.raw, trace.reference]) * trace.scale
    least, most = float(values.min(initial=0)), float(values.max(initial=0))
    room = 0.12 * (most - least) or 1.0
    axes.set_ylim(least - room, most + 1.6 * room)
    axes.set_xlim(0, max(1, trace.raw.size - 1))
    for end in (trace.low * trace.scale, trace.high * trace.scale):
        if least - room <= end <= most + 1.6 * room:
            axes.axhline(end, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    sent = np.flatnonzero(trace.sent)
    if sent.size:
        top = axes.get_ylim()[1]
        axes.vlines(sent[:2000], top - 0.7 * room, top, color=INK, linewidth=0.9)
    wrong = np.flatnonzero(trace.raw != trace.reference)
    if wrong.size:
        bottom = axes.get_ylim()[0]
        axes.plot(
            wrong[:500],
            np.full(min(500, wrong.size), bottom + 0.4 * room),
            color=ALARM,
            marker="x",
            markersize=4,
            linestyle="none",
        )
    _label(axes, trace)
    axes.patch.set_visible(True)
    canvas.mark(axes.patch, _title(trace, wrong))


def _label(axes: Any, trace: Trace) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: compact(v)))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("step", labelpad=1)
    axes.grid(visible=True, axis="y")
    raw = axes.secondary_yaxis(
        "right", functions=(lambda v: v / trace.scale, lambda r: r * trace.scale)
    )
    raw.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    raw.yaxis.set_major_formatter(FuncFormatter(lambda v, _: compact(v)))
    raw.spines["right"].set_color(GRID)
    raw.tick_params(color=GRID, labelsize=7, labelcolor=MUTED)
    axes.tick_params(axis="y", labelsize=7)


def _title(trace: Trace, wrong: NDArray[np.int64]) -> str:
    largest = int(np.abs(trace.raw).max(initial=0))
    most = max(abs(trace.low), abs(trace.high))
    lines = [
        f"{trace.population} cell {trace.cell:,}: {trace.state}",
        f"{trace.format}, a raw step is {compact(trace.scale)}",
        f"range {trace.low:,} to {trace.high:,} raw",
        f"largest magnitude {largest:,} raw, {100 * largest / most:.0f} % of the range"
        if most
        else "",
        f"{counted(int(np.count_nonzero(trace.sent)), 'signal')} sent",
    ]
    if wrong.size:
        lines.append(f"differs in {counted(wrong.size, 'step')}, first in {int(wrong[0]):,}")
    return "\n".join(line for line in lines if line)


def _thinned(
    steps: NDArray[np.int64], values: NDArray[np.float64], most: int = 600
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where there are more steps than points, the least and the largest of every few."""
    count = len(steps)
    if count <= 2 * most:
        return steps, values
    size = -(-count // most)
    kept = []
    for first in range(0, count, size):
        part = values[first : first + size]
        kept += sorted({first + int(np.argmin(part)), first + int(np.argmax(part))})
    return steps[kept], values[kept]


def _draw_legend(plane: Any, width: float) -> None:
    from matplotlib.patches import Rectangle

    entries = (
        (LINES[0], "emulator"),
        (HEAT[3], "golden model"),
        (INK, "signals, on top"),
        ("axes", "left: model units, right: raw"),
    )
    x, y = 0.5, 3.0 + (_LEGEND if width < 400 else 0.0)
    for colour, text in entries:
        need = 16 + 0.62 * 8 * len(text) + 8
        if x + need > width + 8:
            x, y = 0.5, 3.0
        if colour == "axes":
            plane.text(x, y, text, color=MUTED)
        else:
            high = 8.0 if colour == INK else 3.2 if colour == HEAT[3] else 1.4
            wide = 1.4 if colour == INK else 11.0
            corner = (x + (11 - wide) / 2, y + 3 - high / 2)
            plane.add_patch(Rectangle(corner, wide, high, facecolor=colour, edgecolor="none"))
            plane.text(x + 15, y, text, color=MUTED)
        x += need
