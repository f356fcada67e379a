"""Which core holds which cells, and how much goes along every link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from somac.compiler.report.data import Chip, Core, Placement
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.key import Key, draw_key, key_height, key_of
from somac.compiler.report.figures.links import busiest, draw_links, notes, widest
from somac.compiler.report.figures.text import clipped, compact, counted
from somac.compiler.report.palette import FAINT, GRID, INK, MUTED

__all__ = ["MOST_CHIPS", "core_title", "cores_drawn", "placement"]

MOST_CHIPS = 4
"""As many chips are drawn core by core."""
_LARGEST = 34.0
_HEAD = 13.0
_BETWEEN = 14.0
_BESIDE = 140.0
"""Points of the legend, where there is room for it beside the chips."""


def cores_drawn(section: Placement) -> bool:
    """Whether there are few enough chips that hold something to draw their cores."""
    return 0 < len({core.chip for core in section.cores}) <= MOST_CHIPS


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

    gap = 0.14 * unit
    side = unit - gap
    left, base = origin[0] + core.x * unit + gap / 2, origin[1] + core.y * unit + gap / 2
    title = core_title(section, core)
    if not core.usable:
        tile = Rectangle((left, base), side, side, facecolor="none", edgecolor=GRID, linewidth=0.5)
        plane.add_patch(tile)
        plane.plot(
            [left, left + side], [base, base + side], color=GRID, linewidth=0.5, clip_on=False
        )
        canvas.mark(tile, title)
        return
    tile = Rectangle((left, base), side, side, facecolor=FAINT, edgecolor="none")
    plane.add_patch(tile)
    total = sum(share.size for share in core.shares)
    at = left
    for share in core.shares:
        part = side * share.size / total
        strip = Rectangle(
            (at, base),
            part,
            side,
            facecolor=key.colour(share.population),
            edgecolor="none",
            hatch=key.hatch(share.population),
        )
        plane.add_patch(strip)
        letter = key.letter(share.population)
        size = min(9.0, 0.62 * side)
        if size >= 4 and part >= 0.8 * size * len(letter):
            key.write(plane, share.population, (at + part / 2, base + side / 2), size)
        at += part
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


def core_title(section: Placement, core: Core) -> str:
    """What a core holds, and have and need of each resource."""
    if not core.usable:
        return f"{core.name}: not usable"
    if not core.shares:
        return f"{core.name}: free"
    lines = [core.name]
    lines += [f"{s.population}: cells {s.start:,} to {s.stop - 1:,}" for s in core.shares[:8]]
    if len(core.shares) > 8:
        lines.append(f"and {len(core.shares) - 8} more")
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
