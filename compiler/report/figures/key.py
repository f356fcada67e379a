"""Colours, hatches and letters of populations, and the legend that says which is whose."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from somac.compiler.report.figures.canvas import Canvas
from somac.compiler.report.figures.text import clipped, letters
from somac.compiler.report.palette import INK, LETTER, LINES, MUTED, OTHER, POPULATIONS

__all__ = ["Key", "draw_key", "key_height", "key_of"]

_HATCHES = ("", "/////", "-----", "xxxxx")
_MOST = len(POPULATIONS) * len(_HATCHES)
_SHOWN = 12
_ROW = 13.0
_BOX = 10.0
_LINE = 10.5
_GAP = 6.0
_INDENT = 27.0


@dataclass(frozen=True, slots=True)
class Key:
    """How populations are told apart.

    Parameters
    ----------
    order
        Those that are placed, the largest of them first where there are many.
    looks
        Colour, hatch and letter of each; the many that get none of their own are grey.
    """

    order: tuple[str, ...]
    looks: Mapping[str, tuple[str, str, str]]

    def colour(self, population: str) -> str:
        """Of its area."""
        return self.looks[population][0] if population in self.looks else OTHER

    def hatch(self, population: str) -> str | None:
        """As matplotlib has them; None for none."""
        return (self.looks[population][1] or None) if population in self.looks else None

    def letter(self, population: str) -> str:
        """What stands on it."""
        return self.looks[population][2] if population in self.looks else ""

    def write(
        self, plane: Any, population: str, middle: tuple[float, float], size: float, **more: Any
    ) -> None:
        """The letter on an area of its colour, where a hatch would cross it on a plain ground."""
        ground = {"facecolor": self.colour(population), "edgecolor": "none", "pad": 0.5}
        plane.text(
            *middle,
            self.letter(population),
            color=LETTER,
            fontsize=size,
            ha="center",
            va="center_baseline",
            bbox=ground if self.hatch(population) else None,
            **more,
        )


def key_of(populations: Sequence[str], sizes: Mapping[str, int]) -> Key:
    """The first have plain colours, further ones hatched; the smallest of very many are grey."""
    placed = [name for name in populations if sizes.get(name)]
    large = set(sorted(placed, key=lambda name: -sizes[name])[:_MOST])
    order = tuple(name for name in placed if name in large)
    named = letters(order)
    count = len(POPULATIONS)
    looks = {
        name: (POPULATIONS[i % count], _HATCHES[i // count], named[name])
        for i, name in enumerate(order)
    }
    return Key(order + tuple(name for name in placed if name not in large), looks)


def _columns(width: float) -> int:
    return max(1, int(width // 120))


def _entries(key: Key) -> tuple[list[str], int]:
    """Names that the legend has, and how many it leaves to the table."""
    fits = len(key.order) <= _SHOWN
    names = list(key.order if fits else key.order[: _SHOWN - 1])
    return names, len(key.order) - len(names)


def key_height(key: Key, width: float, notes: Sequence[str] = ()) -> float:
    """Points that a legend as wide as this takes."""
    names, left_out = _entries(key)
    rows = -(-(len(names) + bool(left_out)) // _columns(width))
    lines = sum(len(_wrapped(note, width)) for note in notes)
    return rows * _ROW + (_GAP + lines * _LINE if notes else 0)


def draw_key(
    canvas: Canvas,
    plane: Any,
    key: Key,
    place: tuple[float, float],
    width: float,
    line: float = 0.0,
    notes: Sequence[str] = (),
) -> None:
    """Draw it with its upper left corner at `place`, and notes on links of this width below it."""
    left, top = place
    names, left_out = _entries(key)
    columns = _columns(width)
    step = width / columns
    for index, name in enumerate([*names, ""] if left_out else names):
        corner = (left + index % columns * step, top - (index // columns + 1) * _ROW + 2)
        if name:
            _entry(canvas, plane, key, name, corner, step)
        else:
            more = f"and {left_out} more, in the table"
            plane.text(corner[0], corner[1] + 2, more, color=MUTED, fontsize=8)
    rows = -(-(len(names) + bool(left_out)) // columns)
    at = top - rows * _ROW - _GAP
    for index, note in enumerate(notes):
        for part in _wrapped(note, width):
            at -= _LINE
            plane.text(left + _INDENT, at + 2, part, color=MUTED, fontsize=8)
        if index == 0:
            height = at + 5 + _LINE * (len(_wrapped(note, width)) - 1)
            plane.plot([left, left + 22], [height, height], color=LINES[1], linewidth=line)


def _entry(
    canvas: Canvas, plane: Any, key: Key, name: str, corner: tuple[float, float], room: float
) -> None:
    from matplotlib.patches import Rectangle

    x, y = corner
    box = Rectangle(
        (x + 0.3, y),
        _BOX,
        _BOX,
        facecolor=key.colour(name),
        edgecolor=INK,
        linewidth=0.4,
        hatch=key.hatch(name),
    )
    plane.add_patch(box)
    key.write(plane, name, (x + 0.3 + _BOX / 2, y + _BOX / 2), 7)
    label = plane.text(x + _BOX + 5, y + 2.2, clipped(name, room - _BOX - 10, 8), fontsize=8)
    canvas.mark(label, name)


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(10, int((width - _INDENT) / (0.6 * 8))))
