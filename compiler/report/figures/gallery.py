"""All pictures that there are, by name: what they are of, and whether a report has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from somac.compiler.report.data import Placement, Report, Search, Utilisation
from somac.compiler.report.figures import columns, compiling, costs, parts, quantisation
from somac.compiler.report.figures.board import board
from somac.compiler.report.figures.canvas import Drawing
from somac.compiler.report.figures.placement import cores_drawn, placement
from somac.compiler.report.figures.raster import raster
from somac.compiler.report.figures.traces import traces
from somac.compiler.report.figures.traffic import traffic
from somac.compiler.report.figures.utilisation import utilisation

__all__ = ["PICTURES", "Picture"]

Draw = Callable[[float], Drawing]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by name.

    Parameters
    ----------
    name
        What the stem of its file is.
    section
        Name of the field of `Report` that it is drawn from.
    caption
        What it is and how it is to be read, in a sentence or two.
    of
        What draws the picture of a report at a width in points; None where there is nothing.
    """

    name: str
    section: str
    caption: str
    of: Callable[[Report], Draw | None]


def _picture(
    name: str,
    section: str,
    draw: Callable[[Any, float], Drawing],
    caption: str,
    has: Callable[[Any], bool] = lambda _: True,
) -> Picture:
    def of(report: Report) -> Draw | None:
        found = getattr(report, section)
        if found is None or not has(found):
            return None
        return lambda width: draw(found, width)

    return Picture(name, section, caption, of)


def _placement(section: Placement, width: float) -> Drawing:
    return placement(section, width) if cores_drawn(section) else board(section, width)


def _has_board(section: Placement) -> bool:
    return len(section.chips) > 1 and cores_drawn(section)


def _has_cores(section: Utilisation) -> bool:
    return bool(section.labels) and bool(section.resources)


def _has_course(section: Search) -> bool:
    return len({point.seconds for point in section.points}) > 1


PICTURES = (
    _picture(
        "placement",
        "placement",
        _placement,
        "Colour and letter say which population is where.",
        lambda s: bool(s.chips),
    ),
    _picture(
        "board",
        "placement",
        board,
        "Every chip of the board, filled as far as its cores are in use.",
        _has_board,
    ),
    _picture(
        "utilisation",
        "utilisation",
        utilisation,
        "A column per core in use, in colours for the share of the resource that it takes.",
        _has_cores,
    ),
    _picture(
        "traffic",
        "traffic",
        traffic,
        "Packets expected per tick, on a logarithmic scale.",
        lambda s: bool(s.labels),
    ),
    _picture(
        "raster",
        "raster",
        raster,
        "What the emulator sent stands upon what the golden model says.",
        lambda s: bool(s.populations),
    ),
    _picture(
        "traces",
        "traces",
        traces,
        "States of the most active cells, the emulator's upon the golden model's. A dashed line is "
        "an end of the format's range.",
        lambda s: bool(s.traces),
    ),
    _picture(
        "costs",
        "energy",
        costs.costs,
        "Each amount in every case, on a logarithmic scale. The word at the right says how well "
        "the weakest figure behind it is known.",
        costs.has_costs,
    ),
    _picture(
        "events",
        "energy",
        costs.events,
        "Kinds are in the order of what they take.",
        costs.has_events,
    ),
    _picture("cycles", "energy", columns.cycles, "What each takes for a step.", columns.has_cycles),
    _picture("shares", "energy", columns.shares, "What of it falls on each.", columns.has_shares),
    _picture("area", "area", parts.area, "The share of the part in use.", lambda s: bool(s.pools)),
    _picture(
        "errors",
        "quantisation",
        quantisation.errors,
        "Errors are relative to the root mean square of the floats.",
        quantisation.has_errors,
    ),
    _picture(
        "formats",
        "quantisation",
        quantisation.formats,
        "Bits of each format: in use, not used by the run, and more than can be needed.",
        quantisation.has_formats,
    ),
    _picture(
        "weights",
        "quantisation",
        quantisation.weights,
        "Raw weights over the range of their bits.",
        quantisation.has_weights,
    ),
    _picture(
        "devices",
        "devices",
        parts.devices,
        "Each effect alone, then all together: mean over the devices, line from least to most.",
        lambda s: bool(s.costs),
    ),
    _picture(
        "timings",
        "timings",
        compiling.timings,
        "Seconds of each pass by the clock.",
        lambda s: bool(s.passes),
    ),
    _picture(
        "search",
        "search",
        compiling.search,
        "No placement costs less than the bound.",
        _has_course,
    ),
)
"""In the order of a page."""
