"""Who sent when: what the emulator sent upon what the golden model says, and where they differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report.data import Events, Raster, Spikes
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.text import clipped, counted
from somac.compiler.report.palette import ALARM, HEAT, INK, MUTED, PAPER

__all__ = ["MOST_PANELS", "raster"]

MOST_PANELS = 12
_MOST_TICKS = 6000
"""In a picture; panels with more than their share of it show densities."""
_BOX = 3.0
_MOST_MARKS = 60
_HEAD = 14.0
_LOWEST, _HIGHEST = 16.0, 84.0
_ROW = 2.4
_LEFT = 34.0
_RIGHT = 9.0
_AXIS = 30.0
_LEGEND = 13.0


def raster(section: Raster, width: float) -> Drawing:
    """A panel per population; those that differ are shown before others are left out."""
    shown = _shown(section)
    highest = _HIGHEST if len(shown) <= 6 else _HIGHEST / 2
    tall = [min(highest, max(_LOWEST, _ROW * s.shown.size)) for s in shown]
    entries = _legend(section, width)
    height = sum(tall) + _HEAD * len(shown) + _AXIS + _LEGEND * len(entries)
    span = width - _LEFT - _RIGHT
    budget = _MOST_TICKS // max(1, len(shown))
    with Canvas.open(width, height) as canvas:
        words = canvas.plane()
        top = height
        for spikes, high in zip(shown, tall, strict=True):
            words.text(0, top - 10, clipped(_title(spikes), width, 8))
            base = top - _HEAD - high
            axes = canvas.axes(_LEFT, base, span, high)
            _draw(canvas, axes, section, spikes, (span, high), budget)
            last = spikes is shown[-1]
            axes.tick_params(labelbottom=last)
            if last:
                axes.set_xlabel("step", labelpad=1)
            top = base
        _draw_legend(words, entries)
        total = sum(s.total for s in section.populations if not s.is_input)
        same = "Emulator and golden model agree in every value."
        differs = f"{counted(section.differing, 'value')} differ."
        return canvas.drawn(
            f"Signals of sample {section.sample}",
            f"{counted(total, 'signal')} in {counted(section.steps, 'step')}. "
            + (differs if section.differing else same),
        )


def _shown(section: Raster) -> list[Spikes]:
    """As many as there is room for, in their order; without those that agree, if they are many."""
    populations = section.populations
    if len(populations) <= MOST_PANELS:
        return list(populations)
    order = sorted(range(len(populations)), key=lambda i: (populations[i].differing == 0, i))
    return [populations[i] for i in sorted(order[:MOST_PANELS])]


def _title(spikes: Spikes) -> str:
    kind = {"spike": "spike", "count": "count", "value": "value"}[spikes.kind]
    what = f"{counted(spikes.total, kind)}" + (" given" if spikes.is_input else "")
    if spikes.is_input:
        return f"{spikes.name}: {what}"
    return f"{spikes.name}: {what}, " + (
        f"{spikes.differing:,} differ" if spikes.differing else "all agree"
    )


def _draw(
    canvas: Canvas,
    axes: Any,
    section: Raster,
    spikes: Spikes,
    size: tuple[float, float],
    budget: int,
) -> None:
    rows = max(1, spikes.shown.size)
    axes.set_xlim(-0.5, section.steps - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks(sorted({0, rows - 1}))
    ends = [f"{spikes.shown[i]:,}" if spikes.shown.size else "" for i in sorted({0, rows - 1})]
    for label, place in zip(
        axes.set_yticklabels(ends, fontsize=6.5), ("top", "bottom"), strict=False
    ):
        label.set_verticalalignment(place)
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    if max(spikes.emulator.step.size, spikes.reference.step.size) > budget:
        _draw_density(canvas, axes, section.steps, spikes, size, budget)
    else:
        # a row is at least as high as can be seen; ticks stand within what the model says
        high = max(0.9, 0.85 * size[1] / rows)
        step = size[0] / section.steps
        if not spikes.is_input:
            _draw_ticks(canvas, axes, spikes.reference, spikes.shown, 0.5, HEAT[3], high)
        half = min(0.5, max(0.18, 0.45 / step))
        colour = MUTED if spikes.is_input else INK
        _draw_ticks(canvas, axes, spikes.emulator, spikes.shown, half, colour, high)
    for events, marker, what in (
        (spikes.missing, "o", "only the golden model"),
        (spikes.extra, "X", "only the emulator"),
    ):
        _draw_differing(canvas, axes, spikes, events, marker, what)
    axes.patch.set_visible(True)
    axes.patch.set_facecolor("none")
    shown = "" if spikes.shown.size == spikes.cells else f"\n{spikes.shown.size:,} of them shown"
    canvas.mark(axes.patch, f"{_title(spikes)}\n{counted(spikes.cells, 'cell')}{shown}")


def _places(events: Events, shown: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the cells of events."""
    return np.searchsorted(shown, events.cell)


def _draw_ticks(
    canvas: Canvas,
    axes: Any,
    events: Events,
    shown: NDArray[np.int64],
    half: float,
    colour: str,
    high: float,
) -> None:
    """A box per event: `half` a step to both sides, `high` points in all."""
    if events.step.size:
        row = _places(events, shown)
        begin, end = (np.stack([events.step + side, row], 1) for side in (-half, half))
        canvas.strokes(axes, begin, end, colour, high)


def _draw_density(
    canvas: Canvas,
    axes: Any,
    steps: int,
    spikes: Spikes,
    size: tuple[float, float],
    budget: int,
) -> None:
    """Colours for how many events there are in some steps of some cells."""
    rows = max(1, spikes.shown.size)
    # as many boxes as a panel may have, about as wide as high
    side = max(_BOX, (size[0] * size[1] / budget) ** 0.5)
    wide = max(1, round(steps * side / size[0]))
    high = max(1, round(rows * side / size[1]))
    grid = np.zeros((-(-rows // high), -(-steps // wide)), np.int64)
    places = (_places(spikes.emulator, spikes.shown) // high, spikes.emulator.step // wide)
    np.add.at(grid, places, 1)
    most = int(grid.max())
    levels = np.where(grid > 0, np.minimum(len(HEAT) - 1, grid * len(HEAT) // (most + 1)), -1)
    for level, colour in enumerate(HEAT):
        change = np.diff(np.pad(levels == level, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        row, begin = np.nonzero(change == 1)
        _, end = np.nonzero(change == -1)
        if row.size:
            middle = (row + 0.5) * high - 0.5
            first, last = (np.stack([at * wide - 0.5, middle], 1) for at in (begin, end))
            canvas.strokes(axes, first, last, colour, high * size[1] / rows)


def _draw_differing(
    canvas: Canvas, axes: Any, spikes: Spikes, events: Events, marker: str, what: str
) -> None:
    rows = _places(events, spikes.shown)
    for index in range(min(events.step.size, _MOST_MARKS)):
        step, cell, value = (int(a[index]) for a in (events.step, events.cell, events.value))
        (point,) = axes.plot(
            [step],
            [rows[index]],
            marker=marker,
            markersize=6,
            markerfacecolor=PAPER if marker == "o" else ALARM,
            markeredgecolor=ALARM if marker == "o" else PAPER,
            markeredgewidth=1.3 if marker == "o" else 0.6,
            clip_on=False,
            linestyle="none",
        )
        sent = "" if spikes.kind == "spike" else f" ({value:,})"
        canvas.mark(point, f"{spikes.name} cell {cell:,}, step {step:,}: {what}{sent}")


def _legend(section: Raster, width: float) -> list[list[tuple[str, str]]]:
    """Rows of symbols with what they mean."""
    entries = [("bar", "emulator"), ("ground", "golden model"), ("grey", "given")]
    shown = _shown(section)
    if any(s.emulator.step.size > _MOST_TICKS // len(shown) for s in shown):
        entries.append(("heat", "few to many"))
    if section.differing:
        entries += [("X", "only emulator"), ("o", "only golden model")]
    rows: list[list[tuple[str, str]]] = [[]]
    room = width
    for symbol, text in entries:
        need = 16 + 0.62 * 8 * len(text) + 8
        if need > room:
            rows.append([])
            room = width
        rows[-1].append((symbol, text))
        room -= need
    return rows


def _draw_legend(plane: Any, rows: list[list[tuple[str, str]]]) -> None:
    from matplotlib.patches import Rectangle

    for index, row in enumerate(reversed(rows)):
        x, y = 0.5, index * _LEGEND + 2
        for symbol, text in row:
            if symbol == "heat":
                for place, colour in enumerate(HEAT[::4]):
                    corner = (x + 3.6 * place, y)
                    plane.add_patch(Rectangle(corner, 3.6, 9, facecolor=colour, edgecolor="none"))
            elif symbol in ("bar", "grey", "ground"):
                wide = 9 if symbol == "ground" else 2.2
                colour = {"bar": INK, "grey": MUTED, "ground": HEAT[3]}[symbol]
                at = x if symbol == "ground" else x + 3.4
                plane.add_patch(Rectangle((at, y), wide, 9, facecolor=colour, edgecolor="none"))
            else:
                plane.plot(
                    [x + 4.5],
                    [y + 4.5],
                    marker=symbol,
                    markersize=6,
                    markerfacecolor=PAPER if symbol == "o" else ALARM,
                    markeredgecolor=ALARM if symbol == "o" else PAPER,
                    markeredgewidth=1.3 if symbol == "o" else 0.6,
                )
            plane.text(x + 14, y + 1.6, text, color=MUTED)
            x += 16 + 0.62 * 8 * len(text) + 8
