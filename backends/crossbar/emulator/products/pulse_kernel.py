"""Machine code that turns signals into pulses: as digits for products, or as lists of rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from somac.backends.crossbar.emulator.products.paths import PULSE_BITS, Path
from somac.backends.crossbar.emulator.products.text import Text

__all__ = ["ARGUMENTS", "FUNCTION", "digit_text", "list_text"]

FUNCTION: Final = "pulses"
"""``void pulses(int64_t *arguments)``, of `ARGUMENTS`."""

ARGUMENTS: Final = (
    # int64 (samples, rows) with a stride, and what is written for each firing: `dense_kernel` and
    # `listed_kernel` say what
    *("signals", "pulses", "beside"),
    *("samples", "apart", "rows", "count", "phases", "bits"),
    # 1 if negative signals are negative pulses
    "bipolar",
    # of digits: rows with those that are added to make up whole steps, digits of a pulse, and what
    # the sum of the pulses of a firing counts
    *("stride", "pulse_digits", "offset"),
)


def digit_text(path: Path) -> str:
    """The module that writes digits, all but those beyond the rows."""
    text, kind = Text(), f"i{path.bits}"
    given = _given(text)
    pulses, beside = (text.new(f"inttoptr i64 {given[n]} to ptr") for n in ("pulses", "beside"))
    raised = text.new(f"shl i64 1, {given['bits']}")
    most = text.arithmetic("sub", raised, "1")
    with _firings(text, given) as firing:
        with text.loop(given["pulse_digits"], [("i64", "0")]) as digit:
            above = text.arithmetic("mul", digit.index, str(PULSE_BITS))
            shift = text.arithmetic("add", firing.lowest, above)
            mask = text.arithmetic("and", text.arithmetic("lshr", most, above), str(_MOST))
            place = text.arithmetic("mul", firing.number, given["pulse_digits"])
            place = text.arithmetic("add", place, digit.index)
            place = text.arithmetic("mul", place, given["stride"])
            to = text.element(pulses, kind, place)
            with text.loop(given["rows"], [("i64", "0")]) as row:
                value = _digit(text, firing, row.index, shift, mask)
                row.next.append(text.arithmetic("add", row.values[0], value))
                narrow = text.new(f"trunc i64 {value} to {kind}")
                text.store(kind, narrow, text.element(to, kind, row.index), path.bits // 8)
            weighed = text.arithmetic("shl", row.values[0], above)
            digit.next.append(text.arithmetic("add", digit.values[0], weighed))
        total = text.arithmetic("mul", digit.values[0], given["offset"])
        text.store("i64", total, text.element(beside, "i64", firing.number), 8)
    return _module(text)


def list_text() -> str:
    """The module that lists rows with pulses of one bit."""
    text = Text()
    given = _given(text)
    pulses, beside = (text.new(f"inttoptr i64 {given[n]} to ptr") for n in ("pulses", "beside"))
    with _firings(text, given) as firing:
        to = text.element(pulses, "i32", text.arithmetic("mul", firing.number, given["rows"]))
        last = text.arithmetic("sub", given["rows"], "1")
        with text.loop(given["rows"], [("i64", "0"), ("i64", "0")]) as row:
            positive, negative = row.values
            value = _digit(text, firing, row.index, firing.lowest, "1")
            number = text.new(f"trunc i64 {row.index} to i32")
            # what is written beyond either end is written over, or is not read
            text.store("i32", number, text.element(to, "i32", positive), 4)
            above = text.new(f"icmp sgt i64 {value}, 0")
            more = text.new(f"zext i1 {above} to i64")
            below = text.new(f"icmp slt i64 {value}, 0")
            less = text.new(f"zext i1 {below} to i64")
            back = text.element(to, "i32", text.arithmetic("sub", last, negative))
            held = text.load("i32", back, 4)
            text.store("i32", text.new(f"select i1 {below}, i32 {number}, i32 {held}"), back, 4)
            row.next += [
                text.arithmetic("add", positive, more),
                text.arithmetic("add", negative, less),
            ]
        counts = text.arithmetic("mul", firing.number, "2")
        for offset, value in enumerate(row.values):
            place = text.arithmetic("add", counts, str(offset))
            text.store("i64", value, text.element(beside, "i64", place), 8)
    return _module(text)


_MOST: Final = (1 << PULSE_BITS) - 1


@dataclass(frozen=True, slots=True)
class _Firing:
    """One of a sample: its number among those of all, its rows, whether signs are turned round.

    `lowest` is the number of its lowest bit in a signal, `bipolar` whether pulses may be negative.
    """

    number: str
    rows: str
    turned: str
    lowest: str
    bipolar: str


def _given(text: Text) -> dict[str, str]:
    return {
        name: text.load("i64", text.element("%arguments", "i64", str(n)), 8)
        for n, name in enumerate(ARGUMENTS)
    }


@contextmanager
def _firings(text: Text, given: dict[str, str]) -> Iterator[_Firing]:
    """Every one of every sample."""
    signals = text.new(f"inttoptr i64 {given['signals']} to ptr")
    bipolar = text.new(f"icmp ne i64 {given['bipolar']}, 0")
    firings = text.arithmetic("mul", given["phases"], given["count"])
    with text.loop(given["samples"]) as sample:
        rows = text.element(signals, "i64", text.arithmetic("mul", sample.index, given["apart"]))
        first = text.arithmetic("mul", sample.index, firings)
        with text.loop(given["phases"]) as phase, text.loop(given["count"]) as pulse:
            before = text.arithmetic("mul", phase.index, given["count"])
            yield _Firing(
                text.arithmetic("add", first, before, pulse.index),
                rows,
                text.new(f"icmp ne i64 {phase.index}, 0"),
                text.arithmetic("mul", pulse.index, given["bits"]),
                bipolar,
            )


def _digit(text: Text, firing: _Firing, row: str, shift: str, mask: str) -> str:
    """Bits of the magnitude of a signal, with its sign; 0 of a negative one without pulses."""
    signal = text.load("i64", text.element(firing.rows, "i64", row), 8)
    opposite = text.arithmetic("sub", "0", signal)
    value = text.new(f"select i1 {firing.turned}, i64 {opposite}, i64 {signal}")
    negative = text.new(f"icmp slt i64 {value}, 0")
    opposite = text.arithmetic("sub", "0", value)
    opposite = text.new(f"select i1 {firing.bipolar}, i64 {opposite}, i64 0")
    magnitude = text.new(f"select i1 {negative}, i64 {opposite}, i64 {value}")
    digit = text.arithmetic("and", text.arithmetic("lshr", magnitude, shift), mask)
    return text.new(f"select i1 {negative}, i64 {text.arithmetic('sub', '0', digit)}, i64 {digit}")


def _module(text: Text) -> str:
    head = f"define void @{FUNCTION}(ptr noalias %arguments)"
    return "\n".join([f'{head} "prefer-vector-width"="512" {{', *text.lines, "  ret void", "}", ""])
