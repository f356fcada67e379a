"""Which chips of a board hold which populations, and how much goes from chip to chip."""

from __future__ import annotations

from typing import Any

from somac.compiler.report.data import Chip, Link, Placement
from somac.compiler.report.figures.canvas import Canvas, Drawing
from somac.compiler.report.figures.key import Key, draw_key, key_height, key_of
from somac.compiler.report.figures.links import busiest, draw_link, notes, widest, width_of
from somac.compiler.report.figures.text import compact, counted
from somac.compiler.report.palette import FAINT, GRID, INK, MUTED

__all__ = ["board"]

_BESIDE = 140.0
_BETWEEN = 14.0
_TILE = 0.7
"""Of the distance of chips: the rest is for links."""


def board(section: Placement, width: float) -> Drawing:
    """Every chip, filled as far as its cores are in use, with the populations on it by size."""
    sizes: dict[str, int] = {}
    for chip in section.chips:
        for name, cells in chip.cells.items():
            sizes[name] = sizes.get(name, 0) + cells
    key = key_of(section.populations, sizes)
    links = [link for link in section.links if link.crosses]
    words = notes(section) if links else []
    wide = width > 400
    room = width - _BESIDE - _BETWEEN if wide else width
    columns = max(chip.x for chip in section.chips) + 1
    rows = max(chip.y for chip in section.chips) + 1
    unit = min(room / columns, 60.0)
    beside = key_height(key, _BESIDE if wide else width, words)
    height = max(unit * rows, beside) if wide else unit * rows + 8 + beside
    with Canvas.open(width, height) as canvas:
        plane = canvas.plane()
        base = height - unit * rows

        def middle(chip: Chip) -> tuple[float, float]:
            return (chip.x + 0.5) * unit, base + (chip.y + 0.5) * unit

        _draw_links(canvas, plane, section, links, [middle(c) for c in section.chips], unit)
        for chip in section.chips:
            x, y = middle(chip)
            half = _TILE * unit / 2
            _draw_chip(canvas, plane, section, chip, key, (x - half, y - half), 2 * half)
        corner = (width - _BESIDE, height) if wide else (0.0, base - 8)
        draw_key(canvas, plane, key, corner, _BESIDE if wide else width, widest(unit), words)
        used = sum(1 for chip in section.chips if chip.used)
        hold = "holds" if used == 1 else "hold"
        description = f"{used:,} of {counted(len(section.chips), 'chip')} {hold} cells, "
        description += counted(sum(chip.used for chip in section.chips), section.place)
        description += " in all."
        return canvas.drawn(f"Board of {counted(len(section.chips), 'chip')}", description)


def _draw_links(
    canvas: Canvas,
    plane: Any,
    section: Placement,
    links: list[Link],
    places: list[tuple[float, float]],
    unit: float,
) -> None:
    most = busiest(section)
    for link in sorted(links, key=lambda k: -k.load):
        ends = [places[link.source[0]], places[link.target[0]]]
        draw_link(canvas, plane, section, link, ends, width_of(link.load, most, widest(unit)), unit)


def _draw_chip(
    canvas: Canvas,
    plane: Any,
    section: Placement,
    chip: Chip,
    key: Key,
    corner: tuple[float, float],
    side: float,
) -> None:
    from matplotlib.patches import Rectangle

    x, y = corner
    plane.add_patch(Rectangle(corner, side, side, facecolor=FAINT, edgecolor="none", zorder=3))
    high = side * chip.used / chip.cores if chip.cores else 0.0
    total = sum(chip.cells.values())
    at = x
    held = sorted(chip.cells.items(), key=lambda item: -item[1])
    for name, cells in held:
        part = side * cells / total
        plane.add_patch(
            Rectangle(
                (at, y),
                part,
                high,
                facecolor=key.colour(name),
                edgecolor="none",
                hatch=key.hatch(name),
                zorder=3,
            )
        )
        size = min(8.0, 0.3 * side)
        if size >= 5 and part >= 0.8 * size * len(key.letter(name)) and high >= size:
            key.write(plane, name, (at + part / 2, y + high / 2), size, zorder=4)
        at += part
    if not chip.used and side > 18:
        place = f"{chip.x},{chip.y}"
        middle = (x + side / 2, y + side / 2)
        plane.text(*middle, place, color=MUTED, fontsize=6.5, ha="center", va="center", zorder=4)
    frame = Rectangle(
        corner,
        side,
        side,
        facecolor="none",
        edgecolor=INK if chip.used else GRID,
        linewidth=0.5,
        zorder=5,
    )
    plane.add_patch(frame)
    canvas.mark(frame, _title(section, chip, held))


def _title(section: Placement, chip: Chip, held: list[tuple[str, int]]) -> str:
    share = f" ({100 * chip.used / chip.cores:.0f} %)" if chip.cores else ""
    lines = [f"{chip.name}: {chip.used:,} of {counted(chip.cores, section.place)} in use{share}"]
    lines += [f"{name}: {compact(cells)} cells" for name, cells in held[:8]]
    if len(held) > 8:
        lines.append(f"and {len(held) - 8} more")
    return "\n".join(lines)
