"""Synaptic words and the choice of their layout."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.backends.manycore.words import base_delays, choose_layout, pack
from somac.ir.target import WordLayout

NARROW = WordLayout("4/3/1/8", 4, 3, 1, 8)
BROAD = WordLayout("7/0/1/8", 7, 0, 1, 8)
WIDE = WordLayout("15/7/1/9", 15, 7, 1, 9)
LAYOUTS = (NARROW, BROAD, WIDE)


def test_words_bit_by_bit() -> None:
    words = pack(NARROW, np.array([5, -15]), np.array([0, 7]), np.array([255, 1]))
    assert words.dtype == np.dtype("<u2")
    assert [f"{word:016b}" for word in words] == ["0101000011111111", "1111111100000001"]
    (word,) = pack(WIDE, np.array([-32767]), np.array([100]), np.array([511]))
    assert f"{word:032b}" == "111111111111111" + "1100100" + "1" + "111111111"


@pytest.mark.parametrize(
    ("magnitude", "delays", "targets", "layout", "bases"),
    [
        (15, [1, 8], 256, NARROW, (1,)),
        (16, [1], 256, BROAD, (1,)),
        (127, [1, 2, 9], 10, BROAD, (1, 2, 9)),
        (128, [1, 128], 10, WIDE, (1,)),
        (3, [1], 257, WIDE, (1,)),
        (3, [1, 2, 9, 17], 200, NARROW, (1, 9, 17)),
    ],
)
def test_choice_of_layout(
    magnitude: int, delays: list[int], targets: int, layout: WordLayout, bases: tuple[int, ...]
) -> None:
    choice = choose_layout(LAYOUTS, magnitude, delays, targets)
    assert choice is not None
    assert (choice.layout, choice.bases) == (layout, bases)


def test_equal_layouts_are_taken_in_order() -> None:
    for layouts in ((NARROW, BROAD), (BROAD, NARROW)):
        choice = choose_layout(layouts, 3, [1], 10)
        assert choice is not None
        assert choice.layout is layouts[0]


@pytest.mark.parametrize(("magnitude", "targets"), [(32768, 1), (1, 513)])
def test_nothing_fits(magnitude: int, targets: int) -> None:
    assert choose_layout(LAYOUTS, magnitude, [1], targets) is None


@given(st.sets(st.integers(1, 200), max_size=20), st.integers(0, 7))
def test_every_delay_is_reached_from_one_base(delays: set[int], bits: int) -> None:
    bases = base_delays(sorted(delays), bits)
    for delay in delays:
        assert sum(base <= delay < base + (1 << bits) for base in bases) == 1
