"""Results that are wider than a terminal."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.cli.render.fit import fitted
from somac.compiler.cli.render.layout import fields, table


def test_what_fits_stays() -> None:
    text = table(("what", "how much"), [("a" * 20, "12")]) + "\n(and more)\n"
    assert fitted(text, 30) == text


def test_the_widest_columns_get_lines() -> None:
    rows = [
        ("energy of a step, as far as figures are known", "0.276 nJ", "assumed"),
        ("time", "138 ns", "derived"),
    ]
    assert fitted(table(("cost", "quiet", "status"), rows, right=(1,)), 44).splitlines() == [
        "cost                          quiet  status",
        "energy of a step, as far   0.276 nJ  assumed",
        "as figures are known",
        "time                         138 ns  derived",
    ]


def test_values_of_names_stand_below_each_other() -> None:
    text = fields([("clock", "25 MHz"), ("area", "LUT 6,195 of 83,640, flip-flops 7,154")])
    assert fitted(text + "\nno table\n", 30).splitlines() == [
        "clock  25 MHz",
        "area   LUT 6,195 of 83,640,",
        "       flip-flops 7,154",
        "",
        "no table",
    ]


def test_other_lines_are_broken_where_they_end() -> None:
    text = "  " + "one two three " * 3 + "\nshort\n"
    assert fitted(text, 20).splitlines() == [
        "  one two three one",
        "  two three one two",
        "  three",
        "short",
    ]


def test_what_words_do_not_allow_stays() -> None:
    many = table("abcdefgh", [["x" * 10] * 8])
    assert fitted(many, 40) == many
    assert fitted("x" * 100, 40) == "x" * 100


WORDS = st.lists(st.text("ab1->,", min_size=1, max_size=9), min_size=1, max_size=8).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=4), st.sampled_from([(), (1,)]), st.data())
def test_no_word_is_lost(
    rows: list[tuple[str, str, str]], right: tuple[int, ...], data: st.DataObject
) -> None:
    text = table(("one", "two", "three"), rows, right=right) + data.draw(WORDS) + "\n"
    width = data.draw(st.integers(20, 120))
    found = fitted(text, width)
    assert Counter(found.split()) == Counter(text.split())
    # three columns of words of nine characters fit here, with two spaces between them
    assert width < 3 * 9 + 2 * 2 or max(map(len, found.splitlines())) <= width
