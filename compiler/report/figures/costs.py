"""Time and energy of a step: amounts in every case, kinds of events, cores."""

from __future__ import annotations

from collections.abc import Sequence

from somac.compiler.report.data import THIS_RUN, Case, Energy, Quantity
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
from somac.compiler.report.figures.text import clipped, compact, si
from somac.compiler.report.palette import LINES, MUTED

__all__ = ["amount_name", "base_value", "case_of", "costs", "events", "has_costs", "has_events"]

_UNITS = {"J": "energy", "s": "time", "cycles": "cycles"}
_GAP = 12.0
_LEGEND = 26.0
_MOST_KINDS = 12


def case_of(section: Energy) -> Case:
    """The case that pictures of one are of: the run on data, else what is expected."""
    by_name = {case.name: case for case in section.cases}
    return by_name.get(THIS_RUN) or by_name.get("expected") or section.cases[0]


def amount_name(amount: Quantity) -> str:
    """Its title, or its name without the unit at its end."""
    words = amount.name.split("_")
    if len(words) > 1 and words[-1] in {amount.unit.lower(), "percent", "ratio"}:
        words.pop()
    return amount.title or " ".join(words)


def base_value(value: float, unit: str) -> tuple[float, str]:
    """Value and unit without the prefix: microseconds as seconds."""
    factors = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}
    if len(unit) == 2 and unit[1] in "Js" and unit[0] in factors:
        return value * factors[unit[0]], unit[1]
    return value, unit


def _base(quantity: Quantity) -> tuple[float, str]:
    return base_value(quantity.value, quantity.unit)


def _parts(case: Case) -> set[str]:
    return {part for amount in case.amounts for part in amount.parts}


def _shown(case: Case) -> list[Quantity]:
    """Amounts that pictures have: with a title or part of another, of a kind that has an axis."""
    parts = _parts(case)
    names = [a for a in case.amounts if (a.title or a.name in parts) and _base(a)[1] in _UNITS]
    return sorted(names, key=lambda a: list(_UNITS).index(_base(a)[1]))


def has_costs(section: Energy) -> bool:
    """Whether there is an amount to draw."""
    return bool(section.cases) and bool(_shown(case_of(section)))


def _ordered(amounts: Sequence[Quantity]) -> list[tuple[Quantity, bool]]:
    """Parts below what they are parts of, and whether each is one."""
    by_name = {a.name: a for a in amounts}
    parts = {part for a in amounts for part in a.parts}
    found: list[tuple[Quantity, bool]] = []
    for amount in amounts:
        if amount.name not in parts:
            found.append((amount, False))
            found += [(by_name[name], True) for name in amount.parts if name in by_name]
    return found


def costs(section: Energy, width: float) -> Drawing:
    """A row per amount, a point per case, on an axis of powers of ten for each kind of amount."""
    shown = _shown(case_of(section))
    groups = {unit: _ordered([a for a in shown if _base(a)[1] == unit]) for unit in _UNITS}
    groups = {unit: amounts for unit, amounts in groups.items() if amounts}
    names = [case.name for case in section.cases]
    height = _LEGEND + sum(rows_height(len(g)) + axis_height() + _GAP for g in groups.values())
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        draw_shapes(plane, names, (0, height - 10), width)
        top = height - _LEGEND
        for unit, amounts in groups.items():
            rows = [_row(section, amount, unit, inner) for amount, inner in amounts]
            values = [p.value for row in rows for p in row.points if p.value > 0]
            span, ticks = decades(min(values, default=1), max(values, default=10))
            words = {tick: si(tick, unit) for tick in ticks}
            draw_dots(canvas, plane, rows, (0, top), width, span, words, log=True)
            top -= rows_height(len(rows)) + axis_height() + _GAP
        case = case_of(section)
        whole = [a for a in shown if a.name not in _parts(case)]
        lines = [f"{amount_name(a)} {si(*_base(a))} ({a.status})" for a in whole[:4]]
        return canvas.drawn("Time and energy of a step", f"Case {case.name}: {'; '.join(lines)}.")


def _row(section: Energy, amount: Quantity, unit: str, inner: bool) -> Row:
    points = []
    for series, case in enumerate(section.cases):
        found = next((a for a in case.amounts if a.name == amount.name), None)
        if found is None:
            continue
        value = _base(found)[0]
        title = f"{amount_name(amount)}, {case.name}: {si(value, unit)}\n{found.status}"
        title += f", from {', '.join(found.of)}" if found.of else ""
        points.append(Point(series, value, title))
    return Row(amount_name(amount), tuple(points), amount.status, inner=inner)


def has_events(section: Energy) -> bool:
    """Whether events were counted."""
    return bool(section.cases) and any(e.takes > 0 for e in case_of(section).events)


def events(section: Energy, width: float) -> Drawing:
    """What kinds of events take on the busiest core, the most first."""
    case = case_of(section)
    found = sorted((e for e in case.events if e.takes > 0), key=lambda e: -e.takes)
    total = sum(e.takes for e in found)
    rows = []
    for event in found[:_MOST_KINDS]:
        share = 100 * event.takes / total
        title = (
            f"{event.title}\n{compact(event.busiest)} on the busiest core, "
            f"{compact(event.total)} in all\n{compact(event.price)} each: {share:.1f} %"
        )
        text = f"{compact(event.takes)} ({share:.0f} %)"
        rows.append(Bar(event.title, ((event.takes, LINES[0], "", title),), text))
    rest = sum(e.takes for e in found[_MOST_KINDS:])
    if rest > 0:
        share = 100 * rest / total
        title = "\n".join(f"{e.title}: {compact(e.takes)}" for e in found[_MOST_KINDS:])
        text = f"{compact(rest)} ({share:.0f} %)"
        rows.append(Bar("other kinds", ((rest, LINES[0], "", title),), text))
    height = bars_height(len(rows)) + 14
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        whose = f", {case.busiest}" if case.busiest else ""
        heading = f"{case.name}{whose}: {compact(total)} in all"
        plane.text(0, height - 9, clipped(heading, width, 8), color=MUTED)
        draw_bars(canvas, plane, rows, (0, height - 14), width)
        description = f"Case {case.name}{whose}: {found[0].title} take most, "
        description += f"{100 * found[0].takes / total:.0f} % of {compact(total)}."
        return canvas.drawn("What events take on the busiest core", description)
