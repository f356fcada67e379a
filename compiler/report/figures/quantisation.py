"""What few bits do to weights, states and outputs, and how much of their formats is in use."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from somac.compiler.report.data import FormatOf, Quantisation, WeightError
from somac.compiler.report.figures.bars import Bar, draw_bars
from somac.compiler.report.figures.bars import rows_height as bars_height
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.dots import (
    Point,
    Row,
    axis_height,
    decades,
    draw_dots,
    draw_shapes,
    rows_height,
)
from somac.compiler.report.figures.text import clipped, compact, counted
from somac.compiler.report.palette import GRID, HEAT, LINES, MUTED

__all__ = ["errors", "formats", "has_errors", "has_formats", "has_weights", "weights"]

_MOST = 24
_MOST_HISTOGRAMS = 12
_LEGEND = 26.0


def has_errors(section: Quantisation) -> bool:
    """Whether anything was compared with floats."""
    return bool(_error_rows(section))


def _error_rows(section: Quantisation) -> list[tuple[float, Row]]:
    """Relative errors, each with its row."""
    found = []
    for w in section.weights:
        if w.relative is not None:
            title = f"weights of {w.projection}\n{_percent(w.relative)} of their root mean square"
            if w.rms is not None and w.worst is not None:
                title += f"\nerror {compact(w.rms)} RMS, {compact(w.worst)} at most"
            found.append((w.relative, Row(w.projection, (Point(0, w.relative, title),), "weights")))
    for e in section.errors:
        relative = e.rms / e.scale if e.scale > 0 else 0.0
        title = f"{e.population}: {e.quantity}\n{_percent(relative)} of its root mean square"
        title += f"\nerror {compact(e.rms)} RMS, {compact(e.worst)} at most"
        if e.differing is not None:
            title += f"\n{_percent(e.differing)} of the values differ"
        series = 2 if e.quantity == "output" else 1
        name = f"{e.population}: {e.quantity}"
        found.append((relative, Row(name, (Point(series, relative, title),), "on data")))
    return found


def _percent(share: float) -> str:
    return f"{compact(100 * share)} %"


def errors(section: Quantisation, width: float) -> Drawing:
    """Errors relative to the root mean square of the floats, on an axis of powers of ten."""
    found = _error_rows(section)
    rows = [row for _, row in found]
    left_out = len(rows) - _MOST
    if left_out > 0:  # the largest errors, in the order of the model
        kept = sorted(sorted(range(len(rows)), key=lambda i: -found[i][0])[:_MOST])
        rows = [rows[i] for i in kept]
    values = [p.value for row in rows for p in row.points if p.value > 0]
    span, ticks = decades(min(values, default=1e-3), max(values, default=1e-2))
    height = _LEGEND + rows_height(len(rows)) + axis_height()
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        draw_shapes(plane, ("weights", "states", "outputs"), (0, height - 10), width)
        words = {tick: _percent(tick) for tick in ticks}
        draw_dots(canvas, plane, rows, (0, height - _LEGEND), width, span, words, log=True)
        relative, row = max(found, key=lambda item: item[0])
        description = f"Integers against floats. Largest: {row.name} ({row.text}), "
        description += f"{_percent(relative)} of the root mean square."
        if left_out > 0:
            description += f" The {_MOST} largest of {len(found)} are drawn."
        return canvas.drawn("Errors of quantisation", description)


def has_formats(section: Quantisation) -> bool:
    """Whether formats are known."""
    return bool(section.formats)


def formats(section: Quantisation, width: float) -> Drawing:
    """A bar of bits per state: those that the run used, those that may be needed, those free."""
    order = sorted(range(len(section.formats)), key=lambda i: _room(section.formats[i]))
    shown = [section.formats[i] for i in sorted(order[:_MOST])]
    rows = [_format_row(f) for f in shown]
    foot = 28.0 if width < 400 else 14.0
    height = bars_height(len(rows)) + foot
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        draw_bars(canvas, plane, rows, (0, height), width, most=max(f.bits for f in shown))
        _draw_key(plane, foot, width)
        tight = section.formats[order[0]]
        description = f"{counted(len(section.formats), 'format')}."
        if math.isfinite(_room(tight)):
            description += f" Least room: {tight.population}, {tight.state}, "
            description += f"{compact(_room(tight))} bits."
        return canvas.drawn("Number formats", description)


def _room(form: FormatOf) -> float:
    """Bits at the top that are not needed, as far as is known."""
    known = [b for b in (form.free_bits, form.headroom_bits) if b is not None]
    return min(known, default=math.inf)


def _format_row(form: FormatOf) -> Bar:
    title = f"{form.population}: {form.state}\n{form.format}, a step is {compact(form.step)}"
    title += f"\nrange {compact(form.low)} to {compact(form.high)}"
    if form.bound is not None:
        how = {True: ", proven", False: ", saturates", None: ""}[form.proven]
        title += f"\nat most {compact(form.bound)}{how}"
    if form.headroom_bits is not None:
        title += f"\nheadroom {form.headroom_bits:.1f} bits"
    if form.seen is not None:
        title += f"\nlargest in the run {compact(form.seen)}"
    if form.free_bits is not None:
        title += f", {form.free_bits:.1f} bits free"
    if form.clipped is not None:
        title += f"\n{_percent(form.clipped)} of the values at an end of the range"
    spare = min(form.bits, max(0.0, form.headroom_bits or 0.0))
    free = spare if form.free_bits is None else min(form.bits, max(spare, form.free_bits))
    sizes = ((form.bits - free, LINES[0]), (free - spare, HEAT[3]), (spare, HEAT[1]))
    parts = tuple((size, colour, "", title) for size, colour in sizes if size > 0)
    room = _room(form)
    text = f"{form.bits} bits" + (f", {room:.1f} free" if math.isfinite(room) else "")
    return Bar(f"{form.population}: {form.state}", parts, text, float(form.bits))


def _draw_key(plane: Any, top: float, width: float) -> None:
    from matplotlib.patches import Rectangle

    x, y = 0.3, top - 12
    entries = (
        (LINES[0], "in use"),
        (HEAT[3], "not used by the run"),
        (HEAT[1], "more than can be needed"),
    )
    for colour, text in entries:
        need = 13 + 0.62 * 8 * len(text) + 8
        if x + need > width + 8:
            x, y = 0.3, y - 14
        plane.add_patch(Rectangle((x, y), 9, 8, facecolor=colour, edgecolor=GRID, linewidth=0.4))
        plane.text(x + 13, y + 0.6, text, color=MUTED)
        x += need


def has_weights(section: Quantisation) -> bool:
    """Whether there are weights."""
    return any(w.counts.sum() > 0 for w in section.weights)


def weights(section: Quantisation, width: float) -> Drawing:
    """A histogram per projection of raw weights, over the range that their bits have."""
    shown = [w for w in section.weights if w.counts.sum() > 0][:_MOST_HISTOGRAMS]
    columns = (2 if width < 400 else 4) if len(shown) > 1 else 1
    room = min(250.0, (width - 12 * (columns - 1)) / columns)
    high = 46.0
    panel = high + 44
    height = panel * -(-len(shown) // columns)
    with Canvas.open(width, height) as canvas:
        words = canvas.plane()
        for index, w in enumerate(shown):
            left = index % columns * (room + 12)
            top = height - index // columns * panel
            words.text(left, top - 9, clipped(w.projection, room, 8))
            text = f"{compact(w.synapses)} of {w.bits} bits"
            words.text(left, top - 19, clipped(text, room, 7), color=MUTED, fontsize=7)
            axes = canvas.axes(left + 1, top - 22 - high, room - 2, high)
            _draw_histogram(canvas, axes, w)
        total = sum(w.synapses for w in section.weights)
        description = f"{compact(total)} weights in {counted(len(section.weights), 'projection')}. "
        description += "Heights are square roots, so that few weights show beside many."
        if len(shown) < len(section.weights):
            description += f" The first {len(shown)} are drawn."
        return canvas.drawn("Weights as integers", description)


def _draw_histogram(canvas: Canvas, axes: Any, w: WeightError) -> None:
    edges, counts = w.edges, w.counts.astype(np.float64)
    most = float(counts.max())
    # counts of small bins stay visible beside those of weights that are 0
    tops = np.sqrt(counts / most)
    boxes = np.stack([edges[:-1], np.zeros_like(tops), edges[1:], tops], 1)
    canvas.rectangles(axes, boxes, LINES[0])
    end = float(2 ** (w.bits - 1)) if w.bits > 1 else 1.0
    low = min(float(edges[0]), -end if w.low < 0 else 0.0)
    high = max(float(edges[-1]), end)
    pad = 0.03 * (high - low)
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(0, 1.05)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(sorted({w.low, 0, w.high} if w.low < 0 < w.high else {w.low, w.high}))
    labels = axes.set_xticklabels([f"{int(t):,}" for t in axes.get_xticks()], fontsize=7)
    places = [float(t - low) / (high - low) for t in axes.get_xticks()]
    for label, place in zip(labels, places, strict=True):
        # names of ends stay inside
        side = "left" if place < 0.15 else "right" if place > 0.85 else "center"
        label.set_horizontalalignment(side)
    if len(labels) > 1 and places[1] - places[0] < 0.35:
        labels[0 if len(labels) == 2 else 1].set_visible(False)
    elif len(labels) == 3 and places[2] - places[1] < 0.35:
        labels[1].set_visible(False)
    axes.patch.set_visible(True)
    title = f"{w.projection}\n{w.synapses:,} weights of {w.bits} bits, {w.low:,} to {w.high:,} raw"
    if w.step is not None:
        title += f"\na step is {compact(w.step)}" + (" or less" if w.per_cell else "")
    if w.sum_bits is not None:
        title += f"\nsums have {w.sum_bits} bits"
    if w.relative is not None:
        title += f"\nerror {_percent(w.relative)} of their root mean square"
    canvas.mark(axes.patch, title)
