"""How the compilation went: seconds of passes, and the search for a placement."""

from __future__ import annotations

import numpy as np

from somac.compiler.record.build import BuildInfo
from somac.compiler.report.data import Search
from somac.compiler.report.figures.bars import Bar, draw_bars, rows_height
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.text import compact, counted
from somac.compiler.report.palette import HEAT, INK, LINES, MUTED

__all__ = ["search", "timings"]


def timings(section: BuildInfo, width: float) -> Drawing:
    """A bar per pass: seconds by the clock, with those of the processor behind its name."""
    rows = [
        Bar(
            p.name,
            ((p.wall, LINES[0], "", f"{p.name}\n{p.wall:.3g} s, processor {p.cpu:.3g} s"),),
            f"{p.wall:.3g} s (CPU {p.cpu:.3g} s)",
        )
        for p in section.passes
    ]
    height = rows_height(len(rows))
    with Canvas.open(width, height) as canvas:
        draw_bars(canvas, canvas.plane(), rows, (0, height), width)
        total = sum(p.wall for p in section.passes)
        longest = max(section.passes, key=lambda p: p.wall)
        description = f"{total:.3g} s in all, most in {longest.name}."
        if section.peak_bytes is not None:
            description += f" At most {section.peak_bytes / 1e6:,.0f} MB of memory."
        return canvas.drawn("Time of passes", description)


def search(section: Search, width: float) -> Drawing:
    """Cost and bound over the seconds of the search, and the gap between them."""
    from matplotlib.ticker import MaxNLocator

    points = section.points
    seconds = np.array([p.seconds for p in points])
    left, foot, high = 46.0, 30.0, 120.0
    height = foot + high + 30
    with Canvas.open(width, height) as canvas:
        words = canvas.plane()
        axes = canvas.axes(left, foot, width - left - 18, high)
        costs = np.array([p.cost for p in points], np.float64)
        bounds = np.array([p.bound for p in points], np.float64)
        axes.fill_between(seconds, bounds, costs, step="post", color=HEAT[0], linewidth=0)
        steps = {"drawstyle": "steps-post", "markersize": 3, "linewidth": 1.3}
        axes.plot(seconds, costs, color=LINES[0], marker="o", **steps)
        axes.plot(seconds, bounds, color=LINES[1], marker="s", linestyle=(0, (3, 2)), **steps)
        axes.set_ylim(0, 1.08 * max(1.0, float(costs.max())))
        if seconds[-1] > seconds[0]:
            axes.set_xlim(seconds[0], seconds[-1])
        axes.yaxis.set_major_formatter(lambda v, _: compact(v))
        axes.xaxis.set_major_locator(MaxNLocator(4 if canvas.narrow else 8))
        axes.set_xlabel("seconds", labelpad=1)
        axes.grid(visible=True, axis="y")
        for index, point in enumerate(points[:200]):
            gap = 100 * (point.cost - point.bound) / point.cost if point.cost else 0.0
            (dot,) = axes.plot(
                [seconds[index]], [costs[index]], marker="o", markersize=9, alpha=0, linestyle=""
            )
            text = f"after {point.seconds:.3g} s\ncost {point.cost:,}, bound {point.bound:,}"
            canvas.mark(dot, f"{text}\ngap {gap:.1f} %")
        y = height - 9
        words.plot([1, 15], [y + 3, y + 3], color=LINES[0], linewidth=1.3, marker="o", markersize=3)
        words.text(20, y, "cost", color=INK)
        words.plot([52, 66], [y + 3, y + 3], color=LINES[1], linewidth=1.3, linestyle=(0, (3, 2)))
        words.text(71, y, "bound", color=INK)
        words.text(
            width, y, f"gap {100 * section.gap:.1f} %, {section.status}", color=MUTED, ha="right"
        )
        description = f"Cost {section.cost:,}, bound {section.bound:,}, gap "
        description += f"{100 * section.gap:.1f} %, {section.status}, by {section.solver}, in "
        description += f"{counted(len(points), 'step')}."
        return canvas.drawn("Search for a placement", description)
