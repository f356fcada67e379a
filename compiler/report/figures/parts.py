"""What a circuit takes of a programmable part, and what imperfect devices cost."""

from __future__ import annotations

from somac.compiler.devices import Cost, Spread
from somac.compiler.report.data import Area, Devices
from somac.compiler.report.figures.bars import Bar, draw_bars
from somac.compiler.report.figures.bars import rows_height as bars_height
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.dots import Point, Row, axis_height, draw_dots, rows_height
from somac.compiler.report.figures.text import compact, counted
from somac.compiler.report.palette import ALARM, LINES

__all__ = ["area", "devices"]


def area(section: Area, width: float) -> Drawing:
    """A bar per kind of element: the share of it that is in use."""
    rows = []
    for pool in section.pools:
        share = pool.used / pool.have if pool.have else 0.0
        title = f"{pool.name}: need {compact(pool.used)}, have {pool.have:,} ({100 * share:.1f} %)"
        title += f"\n{pool.status}" + (f", {pool.source}" if pool.source else "")
        colour = ALARM if share > 1 else LINES[0]
        text = f"{compact(pool.used)} of {pool.have:,} ({100 * share:.1f} %)"
        rows.append(Bar(pool.name, ((min(1.0, share), colour, "", title),), text, 1.0))
    height = bars_height(len(rows))
    with Canvas.open(width, height) as canvas:
        draw_bars(canvas, canvas.plane(), rows, (0, height), width, most=1.0)
        fullest = max(section.pools, key=lambda p: p.used / p.have if p.have else 0.0)
        share = fullest.used / fullest.have if fullest.have else 0.0
        description = f"Fullest: {fullest.name}, {100 * share:.1f} %."
        return canvas.drawn("Area of the part", description)


def _figure(cost: Cost) -> Spread:
    return cost.values if cost.accuracy is None else cost.accuracy


def devices(section: Devices, width: float) -> Drawing:
    """A point per effect with the range over devices: accuracy, or the share of changed values."""
    known = all(cost.accuracy is not None for cost in section.costs)
    rows = []
    for cost in section.costs:
        shown = _figure(cost) if known else cost.values
        title = f"{cost.title}: {_percent(shown.mean)} ± {_percent(shown.deviation)}"
        title += f"\n{_percent(shown.least)} to {_percent(shown.most)} over the devices"
        title += f"\n{_percent(cost.values.mean)} of the output values change"
        text = f"{_percent(shown.mean)} ± {_percent(shown.deviation)}"
        point = Point(0, shown.mean, title, shown.least, shown.most)
        rows.append(Row(cost.title, (point,), text))
    exact = section.exact_accuracy if known else None
    if exact is not None:
        title = f"exact hardware: {_percent(exact)}"
        rows.insert(0, Row("exact hardware", (Point(1, exact, title),), _percent(exact)))
    values = [v for r in rows for p in r.points for v in (p.value, p.low, p.high) if v is not None]
    low, high = max(0.0, min(values)), min(1.0, max(values))
    low = int(low * 10) / 10 if known else 0.0
    high = min(1.0, -(-int(high * 1000) // 100) / 10) or 1.0
    if high <= low:
        high = low + 0.1
    ticks = {
        low + (high - low) * i / 4: f"{100 * (low + (high - low) * i / 4):.3g} %" for i in range(5)
    }
    height = rows_height(len(rows)) + axis_height()
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        draw_dots(canvas, plane, rows, (0, height), width, (low, high), ticks, log=False)
        what = "Accuracy" if known else "Share of output values that change"
        last = section.costs[-1]
        description = f"{what} over {counted(section.devices, 'device')}, "
        mean = (_figure(last) if known else last.values).mean
        description += f"{counted(section.samples, 'sample')}. {last.title}: {_percent(mean)}."
        return canvas.drawn(f"{what} of imperfect devices", description)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
