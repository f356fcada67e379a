"""The colours of a report: every one has a role, a value on white and a value on black.

Pictures are drawn in the values on white, which are those of papers. In a page each is a
variable of CSS, so that one drawing serves by day, at night and in print.

Populations have the light scheme of Paul Tol (https://sronpersonalpages.nl/~pault/), made to be
told apart by colour-blind people under dark letters, and lines the one of Okabe and Ito
(https://jfly.uni-koeln.de/color/), darkened until they stand out from white by 3 to 1. Nothing
is said by colour alone: populations have letters, lines dashes, bars hatches beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "ALARM",
    "FAINT",
    "GRID",
    "HEAT",
    "INK",
    "LETTER",
    "LINES",
    "MUTED",
    "OTHER",
    "PAPER",
    "POPULATIONS",
    "ROLES",
    "dark_css",
    "light_css",
]

PAPER = "#ffffff"
INK = "#1a1f26"
MUTED = "#57606b"
GRID = "#c9d0d8"
FAINT = "#f0f2f5"
OTHER = "#dddcd8"
ALARM = "#b3231d"
LETTER = "#10141a"
"""Ink on populations, which are as light at night as by day."""

POPULATIONS = (
    "#77aadd",
    "#ee8866",
    "#eedd88",
    "#44bb99",
    "#ffaabb",
    "#99ddff",
    "#bbcc33",
    "#c9a6e8",
)

LINES = ("#0072b2", "#c24f00", "#00795a", "#a8497c", "#6b5b00", "#3d4ea8")

HEAT = (
    "#e3eef9",
    "#c8def2",
    "#a6cbe9",
    "#7fb4de",
    "#589bd0",
    "#3680be",
    "#1d65a6",
    "#0d4b86",
    "#072f5f",
)
"""From little to much."""

_AT_NIGHT = {
    PAPER: "#12161c",
    INK: "#e8ecf1",
    MUTED: "#a3adb8",
    GRID: "#3a434e",
    FAINT: "#1e252d",
    OTHER: "#5b6570",
    ALARM: "#ff8f85",
    LETTER: "#10141b",
}
_LINES_AT_NIGHT = ("#5cb8ff", "#ff9d5c", "#3fd0a5", "#f09bc8", "#d9c64a", "#a9b4ff")
_HEAT_AT_NIGHT = (
    "#1c2a38",
    "#1f3a54",
    "#214c72",
    "#245f92",
    "#2d76b4",
    "#4290d0",
    "#66aee6",
    "#93caf5",
    "#c6e5ff",
)
_NAMES = {
    PAPER: "paper",
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    FAINT: "faint",
    OTHER: "other",
    ALARM: "alarm",
    LETTER: "letter",
}


def _roles() -> dict[str, tuple[str, str]]:
    roles = {colour: (_NAMES[colour], night) for colour, night in _AT_NIGHT.items()}
    for colours, nights, name in (
        (POPULATIONS, POPULATIONS, "p"),
        (LINES, _LINES_AT_NIGHT, "l"),
        (HEAT, _HEAT_AT_NIGHT, "h"),
    ):
        for index, (colour, night) in enumerate(zip(colours, nights, strict=True)):
            roles[colour] = (f"{name}{index}", night)
    return roles


ROLES: Mapping[str, tuple[str, str]] = _roles()
"""Of each colour on white: the name of its variable, and its value on black."""


def light_css() -> str:
    """Declarations of every variable by day."""
    return ";".join(f"--{name}:{colour}" for colour, (name, _) in ROLES.items())


def dark_css() -> str:
    """Declarations of every variable at night."""
    return ";".join(f"--{name}:{night}" for name, night in ROLES.values())
