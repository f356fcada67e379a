"""One array filled from a stock of rectangles: maximal rectangles, best short side first.

After Jylänki, A thousand ways to pack the bin (2010). What is free is kept as all maximal
rectangles within it; a rectangle goes into the one that it leaves the narrowest rest of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Free", "Place", "filled"]

Rectangle = tuple[int, int, int, int]
"""First row and column, rows and columns."""


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of a size, by its number, and its first row and column."""

    size: int
    row: int
    column: int


class Free:
    """What is free of an array."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rectangles: list[Rectangle] = [(0, 0, rows, columns)]

    def best(self, height: int, width: int) -> tuple[int, int] | None:
        """First row and column of the best place; None if there is none."""
        found = min(
            (
                (min(h - height, w - width), max(h - height, w - width), row, column)
                for row, column, h, w in self.rectangles
                if h >= height and w >= width
            ),
            default=None,
        )
        return None if found is None else (found[2], found[3])

    def take(self, row: int, column: int, height: int, width: int) -> None:
        """The rectangle is free no longer."""
        below, right = row + height, column + width
        left: list[Rectangle] = []
        for r, c, h, w in self.rectangles:
            if r >= below or c >= right or r + h <= row or c + w <= column:
                left.append((r, c, h, w))
                continue
            if r < row:
                left.append((r, c, row - r, w))
            if r + h > below:
                left.append((below, c, r + h - below, w))
            if c < column:
                left.append((r, c, h, column - c))
            if c + w > right:
                left.append((r, right, h, c + w - right))
        self.rectangles = _maximal(left)


def _maximal(rectangles: Sequence[Rectangle]) -> list[Rectangle]:
    """Those that are not inside another."""
    kept: list[Rectangle] = []
    for r, c, h, w in sorted(set(rectangles), key=lambda one: (-one[2] * one[3], one)):
        if not any(
            r >= kr and c >= kc and r + h <= kr + kh and c + w <= kc + kw for kr, kc, kh, kw in kept
        ):
            kept.append((r, c, h, w))
    return kept


def filled(
    sizes: Sequence[tuple[int, int]],
    stock: Sequence[int],
    order: Sequence[int],
    side: tuple[int, int],
) -> tuple[Place, ...]:
    """What one array takes: of each size in `order` as many as are in stock and fit.

    Parameters
    ----------
    sizes
        Height and width of each.
    stock
        How many of each size there are.
    side
        Rows and columns of the array.
    """
    free, places = Free(*side), []
    for size in order:
        height, width = sizes[size]
        if not free.rectangles:
            break
        for _ in range(stock[size]):
            found = free.best(height, width)
            if found is None:
                break
            free.take(*found, height, width)
            places.append(Place(size, *found))
    return tuple(places)
