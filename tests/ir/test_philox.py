"""Philox against published vectors, and against another implementation of the same rounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from somac.ir.philox import MULTIPLIERS, ROUNDS, WEYL, philox

# kat_vectors of Random123 (Salmon et al.), lines philox4x32 10
KNOWN = (
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
)  # fmt: skip
WORD = st.integers(0, 2**32 - 1)
# of Philox4x64, which NumPy has
MULTIPLIERS_64 = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL_64 = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)


def plain(
    counter: list[int],
    key: list[int],
    bits: int,
    multipliers: tuple[int, int],
    weyl: tuple[int, int],
) -> list[int]:
    """The same rounds in Python's integers, for words of any size."""
    mask = (1 << bits) - 1
    a, b, c, d = counter
    for n in range(ROUNDS):
        low, high = multipliers[0] * a, multipliers[1] * c
        k, m = ((key[i] + n * weyl[i]) & mask for i in (0, 1))
        a, b, c, d = (high >> bits) ^ b ^ k, high & mask, (low >> bits) ^ d ^ m, low & mask
    return [a, b, c, d]


@pytest.mark.parametrize(("counter", "key", "drawn"), KNOWN)
def test_the_vectors_of_random123(counter: str, key: str, drawn: str) -> None:
    words = [[int(word, 16) for word in text.split()] for text in (counter, key, drawn)]
    np.testing.assert_array_equal(philox(words[0], words[1]), words[2])


@given(st.lists(st.lists(WORD, min_size=4, max_size=4), min_size=1, max_size=5), WORD, WORD)
def test_the_same_in_other_words(counters: list[list[int]], first: int, second: int) -> None:
    expected = [plain(c, [first, second], 32, MULTIPLIERS, WEYL) for c in counters]
    np.testing.assert_array_equal(philox(counters, [first, second]), expected)
    keys = np.broadcast_to([first, second], (len(counters), 2))
    np.testing.assert_array_equal(philox(counters, keys), expected)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2), st.integers(0, 2**64 - 5))
def test_those_other_words_are_numpys_with_64_bits(key: list[int], start: int) -> None:
    generator = np.random.Philox(
        key=np.array(key, np.uint64), counter=np.array([start, 3, 2, 1], np.uint64)
    )
    # NumPy counts before it draws
    expected = plain([start + 1, 3, 2, 1], key, 64, MULTIPLIERS_64, WEYL_64)
    assert [int(word) for word in generator.random_raw(4)] == expected


def test_words_are_uint32() -> None:
    assert philox(np.zeros((3, 2, 4), np.int64), (0, 0)).dtype == np.uint32
    assert philox(np.zeros((3, 2, 4), np.int64), (0, 0)).shape == (3, 2, 4)
