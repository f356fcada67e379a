"""Blocks on arrays: against brute force and bounds, by size, and what relieves the busiest one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.backends.crossbar.packing.bounds import least_arrays
from somac.backends.crossbar.packing.exact import placed
from somac.backends.crossbar.packing.fill import filled
from somac.backends.crossbar.packing.pack import Packing, pack
from somac.backends.crossbar.packing.relieve import Rectangles, Relieved, relieved

Sizes = Sequence[tuple[int, int]]


def packed(sizes: Sizes, side: tuple[int, int]) -> Packing:
    pairs = np.array(sizes, np.int64).reshape(-1, 2)
    packing = pack(pairs[:, 0], pairs[:, 1], *side)
    at = zip(packing.array.tolist(), packing.row.tolist(), packing.column.tolist(), strict=True)
    cells = np.zeros((max(packing.arrays, 1), *side), np.int64)
    for (height, width), (array, row, column) in zip(sizes, at, strict=True):
        assert 0 <= row <= side[0] - height
        assert 0 <= column <= side[1] - width
        cells[array, row : row + height, column : column + width] += 1
    assert cells.max(initial=0) <= 1
    assert packing.arrays == len(np.unique(packing.array))
    assert packing.bound <= packing.arrays
    return packing


def fits(sizes: Sizes, side: tuple[int, int]) -> bool:
    """Whether all lie on one array: every place is tried."""
    if not sizes:
        return True

    def put(number: int, taken: np.ndarray) -> bool:
        if number == len(sizes):
            return True
        height, width = sizes[number]
        for row in range(side[0] - height + 1):
            for column in range(side[1] - width + 1):
                here = taken[row : row + height, column : column + width]
                if not here.any():
                    here[:] = True
                    if put(number + 1, taken):
                        return True
                    here[:] = False
        return False

    return put(0, np.zeros(side, np.bool_))


def fewest(sizes: Sizes, side: tuple[int, int]) -> int:
    """Of all ways to deal rectangles to arrays."""
    for arrays in range(1, len(sizes) + 1):
        for dealt in itertools.product(range(arrays), repeat=len(sizes)):
            groups = [
                [size for size, array in zip(sizes, dealt, strict=True) if array == n]
                for n in range(arrays)
            ]
            if all(fits(group, side) for group in groups):
                return arrays
    return 0


@given(st.data())
def test_as_few_arrays_as_brute_force_finds(data: st.DataObject) -> None:
    side = data.draw(st.tuples(st.integers(2, 5), st.integers(2, 5)))
    size = st.tuples(st.integers(1, side[0]), st.integers(1, side[1]))
    sizes = data.draw(st.lists(size, min_size=1, max_size=5))
    packing = packed(sizes, side)
    assert packing.arrays == fewest(sizes, side)
    assert packing.bound <= packing.arrays


@given(st.data())
def test_no_two_overlap_and_all_are_inside(data: st.DataObject) -> None:
    side = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    size = st.tuples(st.integers(1, side[0]), st.integers(1, side[1]))
    sizes = data.draw(st.lists(size, max_size=40))
    packing = packed(sizes, side)
    if not sizes:
        assert (packing.arrays, packing.bound) == (0, 0)


def test_what_only_search_finds() -> None:
    # seven rectangles that tile an array exactly, of which no heuristic order makes one array
    sizes = [(6, 3), (6, 3), (4, 7), (4, 3), (2, 4), (3, 4), (1, 4)]
    assert sum(h * w for h, w in sizes) == 100
    packing = packed([*sizes, (10, 10)], (10, 10))
    assert packing.arrays == packing.bound == 2


def test_bounds_beat_the_area() -> None:
    sizes = np.array([[6, 6], [5, 5]])
    # nothing lies beside a rectangle of more than half of either side
    assert least_arrays(sizes[:1, 0], sizes[:1, 1], np.array([7]), 10, 10) == 7
    assert least_arrays(sizes[1:, 0], sizes[1:, 1], np.array([9]), 10, 10) == 3
    # three of 4 of 10 rows fit two by two, however narrow
    narrow = np.array([4])
    assert least_arrays(narrow, np.array([10]), np.array([6]), 10, 10) == 3


def test_search_proves_that_fewer_do_not_do() -> None:
    # 5 x 5 of 10 x 10 with a bar across: the area would do
    sizes = [(5, 5), (5, 5), (5, 5), (3, 8)]
    assert placed(sizes, 1, (10, 10)) is False
    assert packed(sizes, (10, 10)).arrays == 2


@pytest.mark.parametrize(
    ("side", "tiles", "arrays"), [(512, 48, 48), (256, 192, 177), (128, 736, 708)]
)
def test_the_largest_reservoir(side: int, tiles: int, arrays: int) -> None:
    """2,832 x 4,096 cells in tiles: full ones alone, rests side by side, as few as there can be."""
    heights = [min(side, 2832 - at) for at in range(0, 2832, side)]
    sizes = [(height, side) for height in heights for _ in range(4096 // side)]
    packing = packed(sizes, (side, side))
    assert len(sizes) == tiles
    assert (packing.arrays, packing.bound) == (arrays, arrays)


def test_thousands_of_few_sizes() -> None:
    sizes = [(72, 64)] * 900 + [(9, 32)] * 3000 + [(128, 100)] * 400 + [(200, 30)] * 200
    packing = packed(sizes, (256, 256))
    area = sum(h * w for h, w in sizes) / 256**2
    assert area <= packing.bound <= packing.arrays <= 1.1 * area + 1


def test_the_same_again() -> None:
    random = np.random.default_rng(1)
    sizes = random.integers(1, 60, (120, 2))
    first, second = (pack(sizes[:, 0], sizes[:, 1], 128, 128) for _ in range(2))
    np.testing.assert_array_equal(first.array, second.array)
    np.testing.assert_array_equal(first.row, second.row)
    np.testing.assert_array_equal(first.column, second.column)


def test_a_rectangle_larger_than_an_array() -> None:
    with pytest.raises(ValueError, match="does not fit an array of 8 x 8"):
        pack(np.array([9]), np.array([1]), 8, 8)


def test_filling_takes_what_is_there() -> None:
    places = filled([(2, 2), (1, 4)], [3, 9], [0, 1], (4, 4))
    # a fourth of the first would fit, but is not there; a row of four does not fit beside three
    assert Counter(place.size for place in places) == {0: 3}
    places = filled([(2, 2), (1, 4)], [3, 9], [1, 0], (4, 4))
    assert Counter(place.size for place in places) == {1: 4}


# the busiest array


def spread(
    uses: Sequence[int],
    side: tuple[int, int] = (8, 8),
    *,
    most: int,
    sizes: Sizes | None = None,
    single: Sequence[int] = (),
) -> Relieved:
    given = list(sizes or [side] * len(uses))
    packing = packed(given, side)
    pairs = np.array(given, np.int64)
    blocks = Rectangles(
        pairs[:, 0],
        pairs[:, 1],
        np.array(uses, np.int64),
        np.ones(len(uses), np.int64),
        np.isin(np.arange(len(uses)), single),
    )
    found = relieved(packing, blocks, side, most)
    cells = np.zeros((found.arrays, *side), np.int64)
    fired = np.zeros(found.arrays, np.int64)
    for block in range(len(uses)):
        own = [copy for copy in found.copies if copy.block == block]
        assert [copy.number for copy in own] == list(range(len(own)))
        assert 1 <= len(own) <= uses[block]
        for copy in own:
            fired[copy.array] += len(range(copy.number, uses[block], len(own)))
            height, width = given[block]
            cells[copy.array, copy.row : copy.row + height, copy.column : copy.column + width] += 1
    assert cells.max() <= 1
    assert fired.max() == found.busiest
    assert found.least <= found.busiest
    assert packing.arrays <= found.arrays <= max(most, packing.arrays)
    return found


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), st.integers(0, 20))
def test_copies_of_whole_arrays_are_dealt_as_well_as_can_be(uses: list[int], more: int) -> None:
    most = len(uses) + more
    best = next(t for t in range(1, 61) if sum(-(-u // t) for u in uses) <= most)
    assert spread(uses, most=most).busiest == best


def test_copies_go_where_there_is_room() -> None:
    # the other array has room for a copy of the first block, which is half of all firings then
    found = spread([100, 1, 1], most=2, sizes=[(3, 8), (5, 8), (4, 8)])
    assert (found.arrays, found.busiest, found.least) == (2, 51, 51)
    found = spread([100, 1], most=2, sizes=[(8, 5), (8, 4)])
    assert (found.arrays, found.busiest) == (2, 100)


def test_blocks_move_to_arrays_that_are_to_be_used() -> None:
    found = spread([10, 10], most=2, sizes=[(4, 8), (4, 8)])
    assert (found.arrays, found.busiest) == (2, 10)
    assert spread([10, 10], most=1, sizes=[(4, 8), (4, 8)]).busiest == 20


def test_cells_as_they_were_found_have_no_copies() -> None:
    found = spread([50, 50], most=9, single=[0])
    assert sum(copy.block == 0 for copy in found.copies) == 1
    assert (found.busiest, found.least) == (50, 50)
