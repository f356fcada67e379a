"""Machine code that looks sums of rows up in tables, and converts the sums of columns.

A vector holds one column for some samples. Bytes that tables give are added up as bytes as long as
they stay below 256, then as 16-bit words: sums of the even bytes, and of the odd ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from somac.backends.crossbar.emulator.products.lookups import Lookup
from somac.backends.crossbar.emulator.products.text import Text, splat, vector

__all__ = ["ARGUMENTS", "COLUMNS", "FUNCTION", "TableForm", "table_text"]

FUNCTION: Final = "tables"
"""``void tables(int64_t *arguments)``, of `ARGUMENTS`."""

COLUMNS: Final = 64
"""That are computed before results are written."""

ARGUMENTS: Final = (
    # uint8 (columns, planes, groups, entries); what `index_kernel` writes
    *("tables", "indices"),
    # int64 (planes,): groups whose bytes are added up as bytes, and how often to do so
    *("together", "times"),
    # int16 (planes, columns): what sums are too large by; steps; the factor and the shift that
    # divide by twice a step; int32 (phases, planes, columns): what a code counts
    *("excess", "steps", "factors", "shifts", "weights"),
    # int64 (samples, columns) with a stride, which is added to
    "sums",
    *("samples", "stride", "planes", "phases", "groups", "blocks", "columns", "low", "high"),
)


@dataclass(frozen=True, slots=True)
class TableForm:
    """What machine code is made for.

    Parameters
    ----------
    lookup
        The instructions.
    count
        Pulses of a signal.
    signs
        2 if pulses may be negative.
    steps
        Whether there are steps of more than 1.
    short
        Whether what all pulses give fits 16 bits.
    """

    lookup: Lookup
    count: int
    signs: int
    steps: bool
    short: bool


def table_text(form: TableForm) -> str:
    """The module."""
    text, lookup = Text(), form.lookup
    given = {
        name: text.load("i64", text.element("%arguments", "i64", str(n)), 8)
        for n, name in enumerate(ARGUMENTS)
    }
    kernel = _Kernel(form, text, given)
    size = COLUMNS * lookup.samples
    results, turned = (text.new(f"alloca [{size} x i32], align 64") for _ in range(2))
    ahead = text.arithmetic("add", given["samples"], str(lookup.samples - 1))
    vectors = text.arithmetic("sdiv", ahead, str(lookup.samples))
    with text.loop(given["blocks"]) as block, text.loop(vectors) as place:
        first = text.arithmetic("mul", block.index, str(COLUMNS))
        with text.loop(str(COLUMNS)) as column:
            to = text.arithmetic("mul", column.index, str(lookup.samples))
            number = text.arithmetic("add", first, column.index)
            kernel.column(number, place.index, text.element(results, "i32", to))
        _turn(text, lookup.samples, results, turned)
        kernel.write(turned, first, place.index)
    head = f"define void @{FUNCTION}(ptr noalias %arguments)"
    lines = [f'{head} "prefer-vector-width"="512" {{', *text.lines, "  ret void", "}", ""]
    return "\n".join([lookup.declare, *lines])


@dataclass(slots=True)
class _Kernel:
    """The function under way."""

    form: TableForm
    text: Text
    given: dict[str, str]

    @property
    def half(self) -> int:
        """Samples in a vector of words."""
        return self.form.lookup.samples // 2

    def column(self, column: str, place: str, to: str) -> None:
        """Results of one column for a vector of samples: int32, put at an address."""
        text, given = self.text, self.given
        many = vector(self.half, "i32")
        parts = [text.element(to, many, str(n)) for n in range(2)]
        for part in parts:
            text.store(many, "zeroinitializer", part, 4)
        width = text.arithmetic("mul", given["blocks"], str(COLUMNS))
        with text.loop(given["planes"]) as plane:
            at = text.arithmetic("mul", column, given["planes"])
            at = text.arithmetic("add", at, plane.index)
            at = text.arithmetic("mul", at, given["groups"], str(self.form.lookup.entries))
            tables = text.element(self._pointer("tables"), "i8", at)
            here = text.arithmetic("mul", plane.index, width)
            here = text.arithmetic("add", here, column)
            with text.loop(given["phases"]) as phase:
                found = self._phase(tables, plane.index, here, place, phase.index)
                ahead = text.arithmetic("mul", phase.index, given["planes"], width)
                at = text.element(
                    self._pointer("weights"), "i32", text.arithmetic("add", ahead, here)
                )
                weight = splat(text, self.half, "i32", text.load("i32", at, 4))
                for part, value in zip(parts, found, strict=True):
                    more = text.new(f"mul {many} {self._whole(value)}, {weight}")
                    held = text.load(many, part, 4)
                    text.store(many, text.new(f"add {many} {held}, {more}"), part, 4)

    def write(self, results: str, first: str, place: str) -> None:
        """Add int32 (samples, columns) to the results of all."""
        text, given, samples = self.text, self.given, self.form.lookup.samples
        columns = self._least(text.arithmetic("sub", given["columns"], first), COLUMNS)
        ahead = text.arithmetic("mul", place, str(samples))
        count = self._least(text.arithmetic("sub", given["samples"], ahead), samples)
        with text.loop(count) as sample:
            at = text.arithmetic("add", ahead, sample.index)
            at = text.arithmetic("mul", at, given["stride"])
            to = text.element(self._pointer("sums"), "i64", text.arithmetic("add", at, first))
            own = text.arithmetic("mul", sample.index, str(COLUMNS))
            own = text.element(results, "i32", own)
            with text.loop(columns) as column:
                value = text.load("i32", text.element(own, "i32", column.index), 4)
                value = text.new(f"sext i32 {value} to i64")
                at = text.element(to, "i64", column.index)
                held = text.load("i64", at, 8)
                text.store("i64", text.arithmetic("add", held, value), at, 8)

    # -- one phase of one plane ---------------------------------------------

    def _phase(self, tables: str, plane: str, here: str, place: str, phase: str) -> list[str]:
        """What all pulses give, for both halves of the samples."""
        text, form, given = self.text, self.form, self.given
        kind = vector(self.half, "i16" if form.short else "i32")
        each = self._each(here)
        at = text.arithmetic("mul", place, given["phases"])
        at = text.arithmetic("add", at, phase)
        size = form.signs * form.count * form.lookup.samples
        at = text.arithmetic("mul", at, given["groups"], str(size))
        indices = text.element(self._pointer("indices"), "i8", at)
        found = ["zeroinitializer"] * 2
        # the highest bits first, so that what is there is shifted up
        for last in range(form.count, 0, -form.lookup.pulses):
            pulses = range(last - 1, max(last - 1 - form.lookup.pulses, -1), -1)
            sums = self._sums(tables, indices, plane, pulses)
            for n in range(0, len(sums), 2):
                for half, value in enumerate(self._halves(sums[n], sums[n + 1])):
                    code = self._code(value, each)
                    if not form.short:
                        code = text.new(f"sext {vector(self.half, 'i16')} {code} to {kind}")
                    twice = text.new(f"add {kind} {found[half]}, {found[half]}")
                    found[half] = text.new(f"add {kind} {twice}, {code}")
        return found

    def _sums(self, tables: str, indices: str, plane: str, pulses: Sequence[int]) -> list[str]:
        """Of each pulse two vectors of words: both bytes, and the odd bytes alone."""
        text, lookup = self.text, self.form.lookup
        bytes_, words = vector(lookup.samples, "i8"), vector(self.half, "i16")
        together, times = (
            text.load("i64", text.element(self._pointer(name), "i64", plane), 8)
            for name in ("together", "times")
        )
        eight = splat(text, self.half, "i16", "8")
        start = [(words, "zeroinitializer")] * 2 * len(pulses)
        with text.loop(times, start) as time:
            first = text.arithmetic("mul", time.index, together)
            begun = self._look(tables, indices, first, pulses, None)
            further = text.arithmetic("sub", together, "1")
            with text.loop(further, [(bytes_, value) for value in begun], empty=True) as group:
                number = text.arithmetic("add", first, group.index, "1")
                group.next += self._look(tables, indices, number, pulses, group.values)
            for n, value in enumerate(group.values):
                both = text.new(f"bitcast {bytes_} {value} to {words}")
                odd = text.new(f"lshr {words} {both}, {eight}")
                for before, more in zip(time.values[2 * n : 2 * n + 2], (both, odd), strict=True):
                    time.next.append(text.new(f"add {words} {before}, {more}"))
        return time.values

    def _look(
        self,
        tables: str,
        indices: str,
        number: str,
        pulses: Sequence[int],
        before: Sequence[str] | None,
    ) -> list[str]:
        """What a group gives for every pulse, added to what is there."""
        text, form, lookup = self.text, self.form, self.form.lookup
        kind = vector(lookup.samples, "i8")
        at = text.arithmetic("mul", number, str(lookup.entries))
        table = lookup.table(text, text.element(tables, "i8", at))
        size = form.signs * form.count * lookup.samples
        own = text.element(indices, "i8", text.arithmetic("mul", number, str(size)))
        found = []
        for n, pulse in enumerate(pulses):
            value = None if before is None else before[n]
            for sign in range(form.signs):
                place = (sign * form.count + pulse) * lookup.samples
                index = text.load(kind, text.element(own, "i8", str(place)), 1)
                looked = lookup.look(text, table, index)
                value = looked if value is None else text.new(f"add {kind} {value}, {looked}")
            assert value is not None  # there are one or two signs
            found.append(value)
        return found

    def _halves(self, both: str, odd: str) -> tuple[str, str]:
        """Sums of the even bytes, and of the odd ones."""
        text, words = self.text, vector(self.half, "i16")
        eight = splat(text, self.half, "i16", "8")
        above = text.new(f"shl {words} {odd}, {eight}")
        return text.new(f"sub {words} {both}, {above}"), odd

    # -- conversion ---------------------------------------------------------

    def _each(self, here: str) -> dict[str, str]:
        """What belongs to a column and a plane, in every lane."""
        text = self.text
        names = ["excess", *(("steps", "factors", "shifts") if self.form.steps else ())]
        found = {}
        for name in names:
            value = text.load("i16", text.element(self._pointer(name), "i16", here), 2)
            found[name] = splat(text, self.half, "i16", value)
        for name in ("low", "high"):
            value = text.new(f"trunc i64 {self.given[name]} to i16")
            found[name] = splat(text, self.half, "i16", value)
        return found

    def _code(self, value: str, each: dict[str, str]) -> str:
        text, words = self.text, vector(self.half, "i16")
        value = text.new(f"sub {words} {value}, {each['excess']}")
        if self.form.steps:
            fifteen = splat(text, self.half, "i16", "15")
            sign = text.new(f"ashr {words} {value}, {fifteen}")
            size = text.new(f"sub {words} {text.new(f'xor {words} {value}, {sign}')}, {sign}")
            twice = text.new(f"add {words} {size}, {size}")
            raised = text.new(f"add {words} {twice}, {each['steps']}")
            high = self.form.lookup.high(text, raised, each["factors"])
            divided = text.new(f"lshr {words} {high}, {each['shifts']}")
            value = text.new(f"sub {words} {text.new(f'xor {words} {divided}, {sign}')}, {sign}")
        mask = vector(self.half, "i1")
        for order, name in (("gt", "low"), ("lt", "high")):
            within = text.new(f"icmp s{order} {words} {value}, {each[name]}")
            value = text.new(f"select {mask} {within}, {words} {value}, {words} {each[name]}")
        return value

    # -- values -------------------------------------------------------------

    def _pointer(self, name: str) -> str:
        return self.text.new(f"inttoptr i64 {self.given[name]} to ptr")

    def _whole(self, value: str) -> str:
        if not self.form.short:
            return value
        words, long = vector(self.half, "i16"), vector(self.half, "i32")
        return self.text.new(f"sext {words} {value} to {long}")

    def _least(self, value: str, limit: int) -> str:
        less = self.text.new(f"icmp slt i64 {value}, {limit}")
        return self.text.new(f"select i1 {less}, i64 {value}, i64 {limit}")


def _turn(text: Text, samples: int, source: str, to: str) -> None:
    """From int32 (columns, samples) to (samples, columns), a square of vectors at a time."""
    side = samples // 4
    kind = vector(side, "i32")
    masks = [
        ", ".join(f"i32 {n // 2 + first + (side if n % 2 else 0)}" for n in range(side))
        for first in (0, side // 2)
    ]
    with text.loop(str(COLUMNS // side)) as column, text.loop(str(samples // side)) as sample:
        first = text.arithmetic("mul", column.index, str(side))
        other = text.arithmetic("mul", sample.index, str(side))
        square = []
        for n in range(side):
            row = text.arithmetic("mul", text.arithmetic("add", first, str(n)), str(samples))
            at = text.element(source, "i32", text.arithmetic("add", row, other))
            square.append(text.load(kind, at, 4))
        for _ in range(side.bit_length() - 1):
            # rows of the upper half between those of the lower one
            pairs = zip(square[: side // 2], square[side // 2 :], strict=True)
            square = [
                text.new(f"shufflevector {kind} {a}, {kind} {b}, <{side} x i32> <{mask}>")
                for a, b in pairs
                for mask in masks
            ]
        for n, value in enumerate(square):
            row = text.arithmetic("mul", text.arithmetic("add", other, str(n)), str(COLUMNS))
            at = text.element(to, "i32", text.arithmetic("add", row, first))
            text.store(kind, value, at, 4)
