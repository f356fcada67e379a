"""How many arrays rectangles take at least, by dual feasible functions.

A function f from the sizes of one side to [0, 1] is dual feasible if sizes that fit side by side
have values that sum to 1 at most. With one for the rows and one for the columns, ``sum f(height)
g(width)`` over all rectangles is no more than the number of arrays, however they lie (Fekete and
Schepers, Mathematical Methods of Operations Research 60 (2004)). Values are integers over a common
denominator.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["least_arrays"]

Integers = NDArray[np.int64]

_MOST_PARTS = 8
"""Into how many equal parts a side is cut by the functions that round sizes up to such parts."""


def least_arrays(
    heights: Integers, widths: Integers, counts: Integers, rows: int, columns: int
) -> int:
    """Arrays of `rows` x `columns` that so many rectangles of each size take at least.

    `heights`, `widths` and `counts` are int64 (sizes,); every rectangle fits an array.
    """
    if not counts.sum():
        return 0
    most = 0
    over_columns = list(_functions(widths, columns))
    for tall, first in _functions(heights, rows):
        for wide, second in over_columns:
            most = max(most, -(-int((counts * tall) @ wide) // (first * second)))
    return most


def _functions(sizes: Integers, side: int) -> Iterator[tuple[Integers, int]]:
    """Values of dual feasible functions at `sizes`, and their denominator."""
    yield sizes, side
    near = np.concatenate((sizes, sizes + 1, side - sizes, side - sizes + 1))
    for least in np.unique(near[(near > 0) & (2 * near <= side)]).tolist():
        # what leaves no room for the smaller ones counts as the whole side, and those as nothing
        yield np.where(sizes > side - least, side, np.where(sizes < least, 0, sizes)), side
    for parts in range(1, _MOST_PARTS):
        exact = (parts + 1) * sizes % side == 0
        rounded = (parts + 1) * sizes // side * side
        yield np.where(exact, sizes * parts, rounded), side * parts
