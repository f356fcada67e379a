"""Which core holds which cells, and how much goes along every link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from somac.compiler.report.data import Chip, Core, Placement, Share
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.key import Key, draw_key, key_height, key_of
from somac.compiler.report.figures.links import busiest, draw_links, notes, widest
from somac.compiler.report.figures.text import clipped, compact, counted
from somac.compiler.report.palette import FAINT, GRID, INK, MUTED

__all__ = ["MOST_CHIPS", "MOST_CORES", "core_title", "cores_drawn", "placement"]

MOST_CHIPS, MOST_CORES = 3, 500
"""As many are drawn core by core."""
_MOST_SHARES = 5
"""Of a core are named and drawn, the largest; the others are in the table."""
_LARGEST = 34.0
_HEAD = 13.0
_BETWEEN = 14.0
_BESIDE = 140.0
"""Points of the legend, where there is room for it beside the chips."""


def cores_drawn(section: Placement) -> bool:
    """Whether there are few enough to draw each core of the chips that hold something."""
    chips = len({core.chip for core in section.cores})
    return 0 < chips <= MOST_CHIPS and len(section.cores) <= MOST_CORES


def placement(section: Placement, width: float) -> Drawing:
    """Every core of the chips that hold something, with their populations as strips of colour."""
    numbers = sorted({core.chip for core in section.cores})
    chips = [section.chips[i] for i in numbers]
    key = key_of(section.populations, _sizes(section.cores))
    words = notes(section)
    wide = width > 400
    room = width - _BESIDE - _BETWEEN if wide else width
    per_row = min(2, len(chips)) if wide else 1
    room = (room - (per_row - 1) * _BETWEEN) / per_row
    grids = [_grid(section, number) for number in numbers]
    unit = min(_LARGEST, room / max(columns for columns, _ in grids))
    rows = [range(i, min(i + per_row, len(chips))) for i in range(0, len(chips), per_row)]
    tall = [_HEAD + unit * max(grids[i][1] for i in row) + 6 for row in rows]
    beside = key_height(key, _BESIDE if wide else width, words)
    height = max(sum(tall), beside + _HEAD) if wide else sum(tall) + beside
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        origins: dict[int, tuple[float, float]] = {}
        top = height
        for row, high in zip(rows, tall, strict=True):
            for column, i in enumerate(row):
                left = column * (room + _BETWEEN)
                origins[numbers[i]] = (left, top - _HEAD - unit * grids[i][1])
                title = clipped(_chip_title(section, chips[i]), room, 8)
                plane.text(left, top - 8, title, color=MUTED)
            top -= high
        _draw_strips(canvas, plane, section, key, origins, unit)
        for core in section.cores:
            _draw_core(canvas, plane, section, core, key, origins[core.chip], unit)
        draw_links(canvas, plane, section, origins, unit)
        corner = (width - _BESIDE, height - _HEAD) if wide else (0.0, top)
        line = widest(unit)
        draw_key(canvas, plane, key, corner, _BESIDE if wide else width, line, words)
        return canvas.drawn(
            f"Placement on {counted(len(chips), 'chip')}", _description(section, chips)
        )


def _grid(section: Placement, chip: int) -> tuple[int, int]:
    """Columns and rows that hold a place of the chip."""
    inside = [core for core in section.cores if core.chip == chip]
    return max(core.x for core in inside) + 1, max(core.y for core in inside) + 1


def _chip_title(section: Placement, chip: Chip) -> str:
    if section.place == "engine":  # there are as many as the circuit has
        return counted(chip.used, section.place)
    return f"{chip.name}: {chip.used:,} of {counted(chip.cores, section.place)}"


def _sizes(cores: Sequence[Core]) -> Mapping[str, int]:
    sizes: dict[str, int] = {}
    for core in cores:
        for share in core.shares:
            sizes[share.population] = sizes.get(share.population, 0) + share.size
    return sizes


def _place(core: Core, origin: tuple[float, float], unit: float) -> tuple[float, float, float]:
    """Left and lower edge of the tile of a core, and how wide it is."""
    gap = 0.14 * unit
    return origin[0] + core.x * unit + gap / 2, origin[1] + core.y * unit + gap / 2, unit - gap


def _strips(core: Core, left: float, side: float) -> Iterator[tuple[Share | None, float, float]]:
    """The shares that are drawn, each with left edge and width; None for all others."""
    total = sum(share.size for share in core.shares)
    at = left
    for share in _largest(core):
        part = side * share.size / total
        yield share, at, part
        at += part
    if at < left + side - 0.01:
        yield None, at, left + side - at


def _draw_strips(
    canvas: Canvas,
    plane: Any,
    section: Placement,
    key: Key,
    origins: Mapping[int, tuple[float, float]],
    unit: float,
) -> None:
    """Draw what cores hold, all that looks alike as one shape, so that many stay small."""
    looks: dict[tuple[str, str | None], list[tuple[float, float, float, float]]] = {}
    for core in section.cores:
        if not core.usable:
            continue
        left, base, side = _place(core, origins[core.chip], unit)
        if not core.shares:
            box = (left, base, left + side, base + side)
            looks.setdefault((FAINT, None), []).append(box)
            continue
        for share, at, part in _strips(core, left, side):
            name = "" if share is None else share.population
            box = (at, base, at + part, base + side)
            looks.setdefault((key.colour(name), key.hatch(name)), []).append(box)
    for (colour, hatch), boxes in looks.items():
        canvas.rectangles(plane, np.array(boxes), colour, hatch=hatch)


def _draw_core(
    canvas: Canvas,
    plane: Any,
    section: Placement,
    core: Core,
    key: Key,
    origin: tuple[float, float],
    unit: float,
) -> None:
    from matplotlib.patches import Rectangle

    left, base, side = _place(core, origin, unit)
    title = core_title(section, core)
    if not core.usable:
        tile = Rectangle((left, base), side, side, facecolor="none", edgecolor=GRID, linewidth=0.5)
        plane.add_patch(tile)
        plane.plot(
            [left, left + side], [base, base + side], color=GRID, linewidth=0.5, clip_on=False
        )
        canvas.mark(tile, title)
        return
    size = min(9.0, 0.62 * side)
    for share, at, part in _strips(core, left, side):
        letter = "" if share is None else key.letter(share.population)
        if share is not None and size >= 4 and part >= 0.8 * size * max(1, len(letter)):
            key.write(plane, share.population, (at + part / 2, base + side / 2), size)
    # what is pointed at is the whole core, above its strips
    frame = Rectangle(
        (left, base),
        side,
        side,
        facecolor="none",
        edgecolor=INK if core.shares else GRID,
        linewidth=0.4,
    )
    plane.add_patch(frame)
    canvas.mark(frame, title)


def _largest(core: Core) -> list[Share]:
    """Shares that are drawn, in their order."""
    order = sorted(range(len(core.shares)), key=lambda i: -core.shares[i].size)
    return [core.shares[i] for i in sorted(order[:_MOST_SHARES])]


def core_title(section: Placement, core: Core) -> str:
    """What a core holds, and have and need of each resource."""
    if not core.usable:
        return f"{core.name}: not usable"
    if not core.shares:
        return f"{core.name}: free"
    lines = [core.name]
    lines += [f"{s.population}: cells {s.start:,} to {s.stop - 1:,}" for s in _largest(core)]
    if len(core.shares) > _MOST_SHARES:
        lines.append(f"and {len(core.shares) - _MOST_SHARES} more")
    for resource in section.resources:
        need = core.needs.get(resource.name)
        if need is None:
            continue
        unit = f" {resource.unit}" if resource.unit else ""
        share = f" ({100 * need / resource.capacity:.0f} %)" if resource.capacity else ""
        lines.append(f"{resource.name}: need {need:,}, have {resource.capacity:,}{unit}{share}")
    return "\n".join(lines)


def _description(section: Placement, chips: Sequence[Chip]) -> str:
    held = sum(1 for core in section.cores if core.shares)
    text = counted(held, section.place)
    if section.place != "engine":
        text += f" of {sum(chip.cores for chip in chips):,}"
    text += (
        f" {'holds' if held == 1 else 'hold'} {counted(len(section.populations), 'population')}."
    )
    if section.links:
        most = busiest(section)
        text += f" The busiest of {counted(len(section.links), 'link')} carries {compact(most)} "
        text += "packets per tick; the more, the wider."
    return text
