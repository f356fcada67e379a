"""Words and numbers in pictures: short, and as wide as they may be."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

from somac.compiler.words import count as counted

__all__ = [
    "between",
    "clipped",
    "compact",
    "counted",
    "letters",
    "place_of",
    "readable_unit",
    "shown",
    "si",
    "without_common",
]

_AFTER_MICRO = frozenset({"A", "F", "J", "S", "V", "W", "m", "s"})
_WIDTH = 0.62
"""Of a letter, in sizes of the font: DejaVu Sans, which is wider than most."""


def clipped(text: str, width: float, size: float) -> str:
    """The text with its middle left out where it is wider than `width` points."""
    text = shown(text)
    room = max(3.0, width / (_WIDTH * size))
    if _length(text) <= room:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while _length(head) + _length(tail) + 1 > room and (len(head) > 1 or len(tail) > 1):
        if _length(head) > _length(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
    return f"{head}…{tail}"


def _length(text: str) -> float:
    """In letters; those of East Asia are wider."""
    return sum(1.7 if east_asian_width(c) in "WF" else 1.0 for c in text)


def shown(text: str) -> str:
    """The text without control characters, which XML has no way to say."""
    return "".join(c if c.isprintable() else "�" for c in text)


def compact(value: float) -> str:
    """Three significant digits, thousands as a letter: ``41.2``, ``12.8 k``, ``3.1e-05``."""
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-3:
        return f"{value:.2e}"
    for limit, letter in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e4, " k")):
        if size >= limit:
            return f"{value / (limit if letter != ' k' else 1e3):.3g}{letter}"
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def between(ends: tuple[str, str]) -> str:
    """From the first of some names to the last, or the only one."""
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def place_of(labels: Sequence[str]) -> str:
    """What names of places are of: cores, or engines of a programmable part."""
    return "engine" if labels and "engine" in labels[0] else "core"


def without_common(names: Sequence[str]) -> list[str]:
    """Names without the words that all of them begin with: ``chip(0,0) core 7`` as ``core 7``."""
    parts = [name.split() for name in names]
    fewest = min((len(p) for p in parts), default=0)
    same = 0
    while same < fewest - 1 and len({p[same] for p in parts}) == 1 and len(parts) > 1:
        same += 1
    # a number alone is no name
    while same and any(p[same].isdigit() for p in parts):
        same -= 1
    return [" ".join(p[same:]) for p in parts]


def letters(names: Sequence[str]) -> dict[str, str]:
    """A letter of each name, in order: A to Z, then AA and on."""
    found = {}
    for index, name in enumerate(names):
        text, rest = "", index
        while rest >= 0:
            text = chr(ord("A") + rest % 26) + text
            rest = rest // 26 - 1
        found[name] = text
    return found


def si(value: float, unit: str) -> str:
    """A value of seconds or joules with the prefix that keeps it short: ``41.2 µs``."""
    if unit not in ("J", "s"):
        return f"{compact(value)} {unit}".rstrip()
    if value == 0:
        return f"0 {unit}"
    for limit, prefix in ((1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p")):
        if abs(value) >= limit * (1 - 1e-9):
            return f"{value / limit:.3g} {prefix}{unit}"
    return f"{value:.2e} {unit}"


def readable_unit(unit: str) -> str:
    """The unit with a micro sign, and none for plain numbers."""
    if unit == "1":
        return ""
    return f"µ{unit[1:]}" if len(unit) > 1 and unit[0] == "u" and unit[1:] in _AFTER_MICRO else unit
