"""What every core takes of each resource that it has, as a strip of colours a resource."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from somac.compiler.report.data import Utilisation
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.heat import draw_scale, scale_height, share_colour
from somac.compiler.report.figures.text import between, clipped, counted, place_of
from somac.compiler.report.palette import GRID, MUTED, PAPER

__all__ = ["utilisation"]

_NARROWEST = 4.5
_STRIP = 18.0
_ROW = 36.0
_FOOT = 13.0


def utilisation(section: Utilisation, width: float) -> Drawing:
    """A column per core; where there are more than can be told apart, the fullest of several."""
    from matplotlib.patches import Rectangle

    count = len(section.labels)
    step = -(-count // int(width // _NARROWEST))
    groups = [range(first, min(first + step, count)) for first in range(0, count, step)]
    shares = section.share
    height = _ROW * len(section.resources) + _FOOT + scale_height()
    column = min(width / len(groups), 40.0)
    edge = 0.8 if column > 8 else 0.0
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        for index, resource in enumerate(section.resources):
            top = height - index * _ROW
            most, mean = 100 * shares[:, index].max(), 100 * shares[:, index].mean()
            text = f"{resource.name}: {most:.0f} % at most, {mean:.0f} % on average"
            plane.text(0, top - 9, clipped(text, width, 8))
            low = top - 13 - _STRIP
            parts = _parts(shares[:, index], groups, column, low)
            for colour, places in parts.items():
                canvas.rectangles(plane, np.array(places), colour)
            for place, group in enumerate(groups):
                tile = Rectangle((place * column, low), column, _STRIP, fill=False)
                tile.set_edgecolor(PAPER)
                tile.set_linewidth(edge)
                plane.add_patch(tile)
                canvas.mark(tile, _title(section, list(group), index))
            frame = (column * len(groups), _STRIP)
            plane.add_patch(Rectangle((0, low), *frame, fill=False, edgecolor=GRID, linewidth=0.6))
        base = scale_height() + 3
        ends = (section.labels[0], section.labels[-1])
        right = max(column * len(groups), 0.0)
        if count > 1 and right > 0.62 * 8 * (len(ends[0]) + len(ends[1]) + 2):
            plane.text(0, base, ends[0], color=MUTED)
            plane.text(right, base, ends[1], color=MUTED, ha="right")
        else:
            plane.text(0, base, clipped(between(ends), width, 8), color=MUTED)
        draw_scale(plane, (0, 3), "0", "100 %", "in use")
        fullest = np.unravel_index(int(np.argmax(shares)), shares.shape)
        description = (
            f"{counted(count, place_of(section.labels))} in use. Fullest: "
            f"{section.labels[fullest[0]]}, "
            f"{100 * shares[fullest]:.0f} % of {section.resources[fullest[1]].name}."
        )
        if step > 1:
            description += (
                f" A column has the fullest, the median and the emptiest of {step} cores."
            )
        return canvas.drawn(f"Utilisation of {place_of(section.labels)}s", description)


def _parts(
    shares: NDArray[np.float64], groups: Sequence[range], column: float, low: float
) -> dict[str, list[tuple[float, float, float, float]]]:
    """Rectangles by colour: of one core, or of fullest, median and emptiest of several."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for place, group in enumerate(groups):
        inside = np.sort(shares[group.start : group.stop])
        levels = [inside[0], inside[len(inside) // 2], inside[-1]] if len(inside) > 1 else inside
        part = _STRIP / len(levels)
        for row, share in enumerate(levels):
            base = low + row * part
            box = (place * column, base, (place + 1) * column, base + part)
            found.setdefault(share_colour(float(share)), []).append(box)
    return found


def _title(section: Utilisation, cores: list[int], index: int) -> str:
    resource = section.resources[index]
    shares = section.share[cores, index]
    fullest = cores[int(np.argmax(shares))]
    name = section.labels[fullest]
    if len(cores) > 1:
        name = f"{section.labels[cores[0]]} to {section.labels[cores[-1]]}\nfullest: {name}"
    unit = f" {resource.unit}" if resource.unit else ""
    need = int(section.need[fullest, index])
    share = 100 * float(shares.max())
    return (
        f"{name}\n{resource.name}: need {need:,}, have {resource.capacity:,}{unit} ({share:.0f} %)"
    )
