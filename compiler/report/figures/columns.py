"""What falls on each core: cycles, and shares of energy, as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report.data import Case, Energy
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.costs import amount_name, base_value, case_of
from somac.compiler.report.figures.text import clipped, compact, counted, place_of, si
from somac.compiler.report.palette import GRID, HEAT, LINES, MUTED

__all__ = ["cycles", "has_cycles", "has_shares", "shares"]

_LEFT = 46.0
_HIGH = 80.0
_FOOT = 28.0


def has_cycles(section: Energy) -> bool:
    """Whether cycles are known core by core, and there are several."""
    return bool(section.cases) and case_of(section).cycles.size > 1


def cycles(section: Energy, width: float) -> Drawing:
    """Cycles of a step, a column per core."""
    case = case_of(section)
    return _columns(section, case.cycles, "cycles", f"cycles of a step, {case.name}", width)


def _share(case: Case) -> tuple[str, NDArray[np.float64]] | None:
    """Title and joules of the largest amount of energy that is known core by core."""
    found = []
    for amount in case.amounts:
        factor, unit = base_value(1.0, amount.unit)
        values = case.shares.get(amount.name)
        if values is not None and values.size > 1 and unit == "J" and values.sum() > 0:
            found.append((amount_name(amount), np.asarray(values * factor, np.float64)))
    return max(found, key=lambda item: float(item[1].sum()), default=None)


def has_shares(section: Energy) -> bool:
    """Whether energy is known core by core, and there are several."""
    return bool(section.cases) and _share(case_of(section)) is not None


def shares(section: Energy, width: float) -> Drawing:
    """Energy of a step, a column per core."""
    case = case_of(section)
    found = _share(case)
    if found is None:
        raise ValueError("energy is not known core by core")
    title, values = found
    return _columns(section, values, "J", f"{title}, {case.name}", width)


def _columns(
    section: Energy, values: NDArray[np.float64], unit: str, heading: str, width: float
) -> Drawing:
    """A column per core; where they are many, the mean of several before the most of them."""
    from matplotlib.ticker import MaxNLocator

    labels = section.labels
    count = values.size
    span = width - _LEFT - 2
    step = -(-count // int(span // 4.5))
    groups = [range(first, min(first + step, count)) for first in range(0, count, step)]
    column = min(span / len(groups), 30.0)
    height = _HIGH + _FOOT + 16
    tops = np.array([values[list(g)].max() for g in groups], np.float64)
    means = np.array([values[list(g)].mean() for g in groups], np.float64)
    most = float(values.max()) or 1.0
    with Canvas.open(width, height) as canvas:
        words = canvas.plane()
        words.text(0, height - 9, clipped(heading, width, 8), color=MUTED)
        axes = canvas.axes(_LEFT, _FOOT, column * len(groups), _HIGH)
        axes.set_xlim(0, len(groups))
        axes.set_ylim(0, 1.05 * most)
        gap = 0.12 if column > 8 else 0.0
        canvas.rectangles(axes, _boxes(tops, gap), HEAT[3] if step > 1 else LINES[0])
        if step > 1:
            canvas.rectangles(axes, _boxes(means, gap), LINES[0])
        for place, group in enumerate(groups):
            name = labels[group.start]
            name += f" to {labels[group[-1]]}" if len(group) > 1 else ""
            text = f"{name}\n{si(float(tops[place]), unit)}"
            if len(group) > 1:
                text += f" at most, {si(float(means[place]), unit)} on average"
            _mark(canvas, axes, place, 1.05 * most, text)
        axes.set_xticks([])
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(
            (lambda v, _: compact(v)) if unit == "cycles" else (lambda v, _: si(v, unit))
        )
        axes.spines["left"].set_color(GRID)
        ends = f"{labels[0]} to {labels[-1]}"
        words.text(_LEFT, _FOOT - 12, clipped(ends, width - _LEFT, 8), color=MUTED)
        if step > 1:
            text = f"front: mean of {step}, behind: the most"
            words.text(_LEFT, _FOOT - 24, clipped(text, width - _LEFT, 8), color=MUTED)
        top = int(np.argmax(values))
        place_name = place_of(labels)
        what = "Cycles" if unit == "cycles" else "Energy"
        description = f"{heading[0].upper()}{heading[1:]}: {counted(count, place_name)}. Most on "
        description += f"{labels[top]}, {si(float(values[top]), unit)}; the mean is "
        description += f"{si(float(values.mean()), unit)}."
        return canvas.drawn(f"{what} of {place_name}s", description)


def _boxes(tops: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    left = np.arange(len(tops), dtype=np.float64)
    return np.stack([left + gap, np.zeros_like(tops), left + 1 - gap, tops], 1)


def _mark(canvas: Canvas, axes: Any, place: int, high: float, text: str) -> None:
    """What is pointed at is as high as the picture, however low the column."""
    from matplotlib.patches import Rectangle

    area = Rectangle((place, 0), 1, high, fill=False, linewidth=0)
    axes.add_patch(area)
    canvas.mark(area, text)
