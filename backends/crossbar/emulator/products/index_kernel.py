"""Machine code that turns signals into indices of tables: which of some rows have a pulse.

It writes uint8 (vectors, phases, groups, signs, pulses, samples). With negative pulses there are
two signs, and the second has a bit for every row without one; zero where there is no row.
"""

from __future__ import annotations

from typing import Final

from somac.backends.crossbar.emulator.products.lookups import Lookup
from somac.backends.crossbar.emulator.products.text import Text

__all__ = ["ARGUMENTS", "FUNCTION", "index_text"]

FUNCTION: Final = "indices"
"""``void indices(int64_t *arguments)``, of `ARGUMENTS`."""

ARGUMENTS: Final = (
    # int64 (samples, rows) with a stride; groups are those with a row, `room` all of a vector
    *("signals", "indices", "samples", "apart", "rows", "groups", "room"),
    *("count", "phases", "signs"),
)


def index_text(lookup: Lookup) -> str:
    """The module."""
    text = Text()
    given = {
        name: text.load("i64", text.element("%arguments", "i64", str(n)), 8)
        for n, name in enumerate(ARGUMENTS)
    }
    signals, to = (text.new(f"inttoptr i64 {given[name]} to ptr") for name in ARGUMENTS[:2])
    size = lookup.rows * lookup.samples
    kept = [text.new(f"alloca [{size} x i32], align 64") for _ in range(2)]
    ahead = text.arithmetic("add", given["samples"], str(lookup.samples - 1))
    vectors = text.arithmetic("sdiv", ahead, str(lookup.samples))
    halves = text.arithmetic("mul", given["phases"], given["signs"])
    second = text.new(f"icmp sgt i64 {halves}, 1")
    two_signs = text.new(f"icmp sgt i64 {given['signs']}, 1")
    every = text.new(f"select i1 {two_signs}, i32 {lookup.entries - 1}, i32 0")
    with text.loop(vectors) as place, text.loop(given["groups"]) as group:
        _keep(text, given, lookup, signals, kept, place.index, group.index)
        for half, values in enumerate(kept):
            # of the second half, the sign or the phase is 1
            phase = text.new(f"select i1 {two_signs}, i64 0, i64 {half}")
            sign = text.new(f"select i1 {two_signs}, i64 {half}, i64 0")
            at = text.arithmetic("mul", place.index, given["phases"])
            at = text.arithmetic("add", at, phase)
            at = text.arithmetic("mul", at, given["room"])
            at = text.arithmetic("add", at, group.index)
            at = text.arithmetic("mul", at, given["signs"])
            at = text.arithmetic("add", at, sign)
            at = text.arithmetic("mul", at, given["count"], str(lookup.samples))
            own = text.element(to, "i8", at)
            pulses = given["count"]
            if half:
                pulses = text.new(f"select i1 {second}, i64 {pulses}, i64 0")
            with text.loop(pulses, empty=True) as pulse:
                turned = every if half else "0"
                _write(text, lookup, values, own, pulse.index, turned)
    head = f"define void @{FUNCTION}(ptr noalias %arguments)"
    return "\n".join([f'{head} "prefer-vector-width"="512" {{', *text.lines, "  ret void", "}", ""])


def _keep(
    text: Text,
    given: dict[str, str],
    lookup: Lookup,
    signals: str,
    kept: list[str],
    place: str,
    group: str,
) -> None:
    """Magnitudes of positive and of negative signals of a group, int32 (rows, samples).

    The first half of the samples is in the even bytes of a vector, the second in the odd ones.
    """
    first = text.arithmetic("mul", place, str(lookup.samples))
    with text.loop(str(lookup.rows)) as row, text.loop(str(lookup.samples)) as lane:
        number = text.arithmetic("mul", group, str(lookup.rows))
        number = text.arithmetic("add", number, row.index)
        odd = text.arithmetic("and", lane.index, "1")
        half = text.arithmetic("mul", odd, str(lookup.samples // 2))
        sample = text.arithmetic("add", first, text.arithmetic("lshr", lane.index, "1"), half)
        inside = text.new(f"icmp slt i64 {number}, {given['rows']}")
        there = text.new(f"icmp slt i64 {sample}, {given['samples']}")
        both = text.new(f"and i1 {inside}, {there}")
        at = text.arithmetic("add", text.arithmetic("mul", sample, given["apart"]), number)
        at = text.new(f"select i1 {both}, i64 {at}, i64 0")
        value = text.load("i64", text.element(signals, "i64", at), 8)
        value = text.new(f"select i1 {both}, i64 {value}, i64 0")
        own = text.arithmetic("mul", row.index, str(lookup.samples))
        own = text.arithmetic("add", own, lane.index)
        for values, signed in zip(kept, (value, text.arithmetic("sub", "0", value)), strict=True):
            above = text.new(f"icmp sgt i64 {signed}, 0")
            magnitude = text.new(f"select i1 {above}, i64 {signed}, i64 0")
            short = text.new(f"trunc i64 {magnitude} to i32")
            text.store("i32", short, text.element(values, "i32", own), 4)


def _write(text: Text, lookup: Lookup, values: str, to: str, pulse: str, turned: str) -> None:
    """The indices of a pulse."""
    bit = text.new(f"trunc i64 {pulse} to i32")
    at = text.element(to, "i8", text.arithmetic("mul", pulse, str(lookup.samples)))
    with text.loop(str(lookup.samples)) as lane:
        index = turned
        for row in range(lookup.rows):
            own = text.arithmetic("add", lane.index, str(row * lookup.samples))
            value = text.load("i32", text.element(values, "i32", own), 4)
            value = text.new(f"lshr i32 {value}, {bit}")
            value = text.new(f"and i32 {value}, 1")
            value = text.new(f"shl i32 {value}, {row}")
            index = text.new(f"xor i32 {index}, {value}")
        short = text.new(f"trunc i32 {index} to i8")
        text.store("i8", short, text.element(at, "i8", lane.index), 1)
