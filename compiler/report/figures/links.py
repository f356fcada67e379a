"""Links of chips and boards as lines: the wider, the more they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from somac.compiler.report.data import Fact, Link, Placement
from somac.compiler.report.figures.canvas import Canvas
from somac.compiler.report.figures.text import compact
from somac.compiler.report.palette import LINES

__all__ = ["busiest", "draw_link", "draw_links", "notes", "widest", "width_of"]

_THINNEST = 0.5


def widest(unit: float) -> float:
    """Points of the busiest link, where cores or chips are `unit` apart: letters stay free."""
    return min(4.0, max(1.5, 0.2 * unit))


def width_of(load: float, most: float, wide: float) -> float:
    """Points: as the load to the busiest link, `wide`, but never too thin to see."""
    return _THINNEST + (wide - _THINNEST) * load / most if most > 0 else _THINNEST


def busiest(section: Placement) -> float:
    """Packets per tick on the link with most."""
    return max((link.load for link in section.links), default=0.0)


def notes(section: Placement) -> list[str]:
    """What the widest line of a picture means, and what lines could carry."""
    if not section.links:
        return []
    found = [f"{compact(busiest(section))} packets per tick, the most on a link"]
    for crosses, where in ((False, "inside a chip"), (True, "between chips")):
        have = _number(capacity(section, crosses))
        if have and any(link.crosses == crosses for link in section.links):
            found.append(f"a link {where} takes {compact(have)}")
    return found


def capacity(section: Placement, crosses: bool) -> Fact | None:
    """What a link takes in a tick, between chips or inside of one; None where it is not known."""
    return section.between if crosses else section.inside


def _number(fact: Fact | None) -> float:
    return float(fact.value) if fact is not None and not isinstance(fact.value, str) else 0.0


def link_title(section: Placement, link: Link) -> str:
    """Where from and to, what it carries and what it could."""
    ends = " to ".join(_end(section, end) for end in (link.source, link.target))
    text = f"link from {ends}\n{compact(link.load)} packets per tick expected"
    fact = capacity(section, link.crosses)
    have = _number(fact)
    if fact is not None and have:
        text += f", have {compact(have)} ({100 * link.load / have:.2g} %)"
        text += f", {fact.status}" if fact.status else ""
    return text


def _end(section: Placement, end: tuple[int, float, float]) -> str:
    chip, x, y = end
    where = f"({x:g}, {y:g})"
    return f"{section.chips[chip].name} {where}" if len(section.chips) > 1 else where


def draw_links(
    canvas: Canvas,
    plane: Any,
    section: Placement,
    origins: Mapping[int, tuple[float, float]],
    unit: float,
) -> None:
    """Draw those between chips with an origin; both directions run side by side."""
    shown = [k for k in section.links if k.source[0] in origins and k.target[0] in origins]
    most = busiest(section)
    for link in sorted(shown, key=lambda k: -k.load):
        ends = [
            (origins[chip][0] + (x + 0.5) * unit, origins[chip][1] + (y + 0.5) * unit)
            for chip, x, y in (link.source, link.target)
        ]
        draw_link(canvas, plane, section, link, ends, width_of(link.load, most, widest(unit)), unit)


def draw_link(
    canvas: Canvas,
    plane: Any,
    section: Placement,
    link: Link,
    ends: list[tuple[float, float]],
    width: float,
    unit: float,
) -> None:
    """Draw a line with its title, to the right of the way it leads."""
    start, stop = (np.array(end) for end in ends)
    way = stop - start
    length = float(np.hypot(*way))
    if length == 0:
        return
    aside = np.array([way[1], -way[0]]) / length * min(0.07 * unit, 2.2)
    (x0, y0), (x1, y1) = start + aside, stop + aside
    style = {"solid_capstyle": "butt", "clip_on": False}
    plane.plot([x0, x1], [y0, y1], color=LINES[1], linewidth=width, alpha=0.85, **style)
    # what is pointed at is never too thin to hit
    room = max(width, min(6.0, 0.3 * unit))
    (area,) = plane.plot([x0, x1], [y0, y1], color=LINES[1], linewidth=room, alpha=0, **style)
    canvas.mark(area, link_title(section, link))
