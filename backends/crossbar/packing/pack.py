"""Rectangles of cells onto as few arrays as can be found, and how few there must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.packing.bounds import least_arrays
from somac.backends.crossbar.packing.exact import MOST_RECTANGLES, chosen, placed
from somac.backends.crossbar.packing.fill import Place, filled

__all__ = ["Packing", "pack"]

_FEW_SIZES = 24
"""Up to which each size is put first once, with each other one behind it, to make patterns."""

_MOST_PATTERNS = 2_000
"""That CP-SAT chooses among."""

Integers = NDArray[np.int64]
Pattern = tuple[Place, ...]
"""What lies on one array."""


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """Where rectangles lie.

    Parameters
    ----------
    array, row, column
        int64 (rectangles,): the array of each, and where it begins there.
    arrays
        How many there are, each with a rectangle.
    bound
        No packing has fewer.
    """

    array: Integers
    row: Integers
    column: Integers
    arrays: int
    bound: int


@dataclass(frozen=True, slots=True)
class _Stock:
    """How many rectangles there are of each size, on arrays of such sides."""

    sizes: tuple[tuple[int, int], ...]
    counts: tuple[int, ...]
    side: tuple[int, int]

    def bound(self) -> int:
        sizes = np.array(self.sizes, np.int64).reshape(-1, 2)
        return least_arrays(sizes[:, 0], sizes[:, 1], np.array(self.counts, np.int64), *self.side)


def pack(heights: Integers, widths: Integers, rows: int, columns: int) -> Packing:
    """Pack rectangles, without turning them.

    Rectangles of one size are as good as each other: the work depends on how many sizes there are,
    and how many rectangles share an array, not on how many rectangles there are. Heuristics make
    patterns, CP-SAT chooses among them and, where there are few rectangles, places all of them anew
    on fewer arrays or proves that it cannot be done. The same on every computer.

    Parameters
    ----------
    heights, widths
        int64 (rectangles,): of each, 1 or more; ValueError if one does not fit an array.
    rows, columns
        Of an array.
    """
    if len(heights) and (heights.max() > rows or widths.max() > columns):
        raise ValueError(f"a rectangle that does not fit an array of {rows} x {columns}")
    pairs = np.stack((heights, widths), axis=1)
    distinct, which = np.unique(pairs, axis=0, return_inverse=True)
    counts = np.bincount(which.ravel(), minlength=len(distinct))
    sizes = tuple((height, width) for height, width in distinct.tolist())
    stock = _Stock(sizes, tuple(counts.tolist()), (rows, columns))
    alone, shared = _parted(stock)
    patterns, bound = _patterns(shared)
    lonely = [(Place(n, 0, 0),) for n, count in enumerate(alone.counts) for _ in range(count)]
    return _told([*lonely, *patterns], which.ravel(), bound + len(lonely))


def _parted(stock: _Stock) -> tuple[_Stock, _Stock]:
    """Rectangles beside which nothing else fits on an array, and the others."""
    rows, columns = stock.side
    alone = []
    for (height, width), count in zip(stock.sizes, stock.counts, strict=True):
        lonely = all(
            height + h > rows and width + w > columns
            for (h, w), n in zip(stock.sizes, stock.counts, strict=True)
            if n - ((h, w) == (height, width)) > 0
        )
        alone.append(count if lonely else 0)
    rest = tuple(n - m for n, m in zip(stock.counts, alone, strict=True))
    return _Stock(stock.sizes, tuple(alone), stock.side), _Stock(stock.sizes, rest, stock.side)


def _patterns(stock: _Stock) -> tuple[list[Pattern], int]:
    """An array's pattern each, together the whole stock, and a bound on how many there are."""
    bound = stock.bound()
    if bound == 0:
        return [], 0
    tried = [_greedy(stock, order) for order in _orders(stock)]
    best = min(tried, key=len)
    if len(best) > bound:
        best = min(best, _covering(stock, tried, best), key=len)
    total = sum(stock.counts)
    least = bound
    while len(best) > least and total <= MOST_RECTANGLES:
        rectangles = _listed(stock)
        found = placed([stock.sizes[size] for size in rectangles], least, stock.side)
        if isinstance(found, list):
            best = _by_array(found, rectangles, least)
            break
        least += 1
        if found is False and least == bound + 1:
            bound = least
    return best, bound


def _orders(stock: _Stock) -> list[list[int]]:
    """Orders of sizes in which arrays are filled: the largest first in several senses."""
    senses: tuple[Callable[[int, int], tuple[int, int]], ...] = (
        lambda h, w: (h * w, h),
        lambda h, w: (h, w),
        lambda h, w: (w, h),
        lambda h, w: (max(h, w), min(h, w)),
        lambda h, w: (h + w, h),
    )
    there = [size for size, count in enumerate(stock.counts) if count]
    orders = [
        sorted(there, key=lambda n: (sense(*stock.sizes[n]), n), reverse=True) for sense in senses
    ]
    return [list(order) for order in dict.fromkeys(map(tuple, orders))]


def _greedy(stock: _Stock, order: Sequence[int]) -> list[Pattern]:
    """Array by array in one order; a pattern is used as often as there is stock for it."""
    left, found = list(stock.counts), []
    while order := [size for size in order if left[size]]:
        pattern = filled(stock.sizes, left, order, stock.side)
        taken = _content(pattern, len(left))
        often = min(have // takes for have, takes in zip(left, taken, strict=True) if takes)
        found += [pattern] * often
        left = [have - often * takes for have, takes in zip(left, taken, strict=True)]
    return found


def _covering(
    stock: _Stock, tried: Iterable[Sequence[Pattern]], best: list[Pattern]
) -> list[Pattern]:
    """As few patterns as CP-SAT chooses among those that were made, and some more; or `best`."""
    pool = dict.fromkeys(pattern for patterns in tried for pattern in patterns)
    order = _orders(stock)[0]
    for size in order if len(order) <= _FEW_SIZES else ():
        first = [size, *(n for n in order if n != size)]
        pool[filled(stock.sizes, stock.counts, first, stock.side)] = None
        for other in order:
            pool[filled(stock.sizes, stock.counts, [size, other], stock.side)] = None
    patterns = list(pool)
    if len(patterns) > _MOST_PATTERNS:
        return best
    often = chosen([_content(p, len(stock.counts)) for p in patterns], stock.counts)
    if often is None:
        return best
    left, found = list(stock.counts), []
    for pattern, times in zip(patterns, often, strict=True):
        for _ in range(times):
            kept = []
            for place in pattern:
                if left[place.size]:
                    left[place.size] -= 1
                    kept.append(place)
            found.append(tuple(kept))
    return [pattern for pattern in found if pattern]


def _content(pattern: Pattern, sizes: int) -> list[int]:
    counts = [0] * sizes
    for place in pattern:
        counts[place.size] += 1
    return counts


def _listed(stock: _Stock) -> list[int]:
    """The size of every rectangle, the largest first, equal ones side by side."""
    order = sorted(range(len(stock.sizes)), key=lambda n: (-_area(stock.sizes[n]), n))
    return [size for size in order for _ in range(stock.counts[size])]


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _by_array(
    found: Sequence[tuple[int, Place]], rectangles: Sequence[int], arrays: int
) -> list[Pattern]:
    patterns: list[list[Place]] = [[] for _ in range(arrays)]
    for array, place in found:
        patterns[array].append(Place(rectangles[place.size], place.row, place.column))
    return [tuple(pattern) for pattern in patterns if pattern]


def _told(patterns: Sequence[Pattern], which: Integers, bound: int) -> Packing:
    """Rectangles in their order to places of their size, array by array."""
    waiting: list[list[int]] = [[] for _ in range(int(which.max(initial=-1)) + 1)]
    for number in range(len(which) - 1, -1, -1):
        waiting[int(which[number])].append(number)
    at = np.zeros((3, len(which)), np.int64)
    for array, pattern in enumerate(patterns):
        for place in pattern:
            at[:, waiting[place.size].pop()] = array, place.row, place.column
    return Packing(at[0], at[1], at[2], len(patterns), bound)
