"""Machine code that multiplies pulses by cells and converts the sums, while they are in registers.

Of some columns and some samples at a time, the sums of one firing and one plane are made whole,
converted and added to what those of other firings and planes gave, so that sums of columns are
never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from somac.backends.crossbar.emulator.products.paths import CELL_BITS, PULSE_BITS, Path
from somac.backends.crossbar.emulator.products.text import Text, splat, vector

__all__ = ["ARGUMENTS", "FUNCTION", "Conversion", "Form", "dense_text"]

FUNCTION = "products"
"""``void products(int64_t *arguments)``, of `ARGUMENTS`."""

ARGUMENTS = (
    # digits of cells (blocks, planes, cell digits, steps, vectors, lanes, together), and of pulses
    # (samples, firings, pulse digits, steps, together), both zero beyond the rows; int64
    # (samples, firings) that is added to sums
    *("cells", "pulses", "corrections"),
    # reciprocals of steps, and what is added before the fraction is dropped, float32 or float64
    # (planes, blocks, width); what a code counts, int32 or int64 (phases, planes, blocks, width)
    *("reciprocals", "halves", "weights"),
    # int64 (samples, columns) with a stride, which is added to; int64 (samples, firings, planes,
    # columns), with room for a block of columns behind it
    *("sums", "noise"),
    *("samples", "steps", "count", "phases", "planes", "blocks", "columns", "stride"),
    *("bits", "low", "high", "cell_digits", "pulse_digits"),
)

Conversion = Literal["clip", "float", "double"]


@dataclass(frozen=True, slots=True)
class Form:
    """What machine code is made for.

    Parameters
    ----------
    path
        The instructions.
    conversion
        Steps of 1 for all columns, or the floating-point type that holds sums and codes exactly
        enough (`somac.backends.crossbar.emulator.products.layout`).
    wide
        Whether sums of columns take more than 32 bits; pulses of one digit if not.
    long
        Whether results do.
    digits
        Whether cells have more than one digit.
    noisy
        Whether noise is added to sums.
    """

    path: Path
    conversion: Conversion
    wide: bool
    long: bool
    digits: bool
    noisy: bool

    @property
    def sum_bits(self) -> int:
        """Of a sum that is converted."""
        return 64 if self.wide or self.noisy else 32

    @property
    def result_bits(self) -> int:
        """Of what results are added up in."""
        return 64 if self.long else 32


def dense_text(form: Form) -> str:
    """The module."""
    main = Text()
    given = {
        name: main.load("i64", main.element("%arguments", "i64", str(n)), 8)
        for n, name in enumerate(ARGUMENTS)
    }
    with main.loop(given["blocks"]) as block:
        first = "0"
        for samples in form.path.samples:
            # as many of them as there are; the next kind takes what is left
            left = main.arithmetic("sub", given["samples"], first)
            times = main.arithmetic("sdiv", left, str(samples))
            some = main.new(f"icmp sgt i64 {times}, 0")
            before, label, after = main.at, main.fresh("some"), main.fresh("left")
            main.do(f"br i1 {some}, label %{label}, label %{after}")
            main.label(label)
            with main.loop(times) as group:
                ahead = main.arithmetic("mul", group.index, str(samples))
                sample = main.arithmetic("add", ahead, first)
                main.do(
                    f"call void @tile{samples}(ptr %arguments, i64 {sample}, i64 {block.index})"
                )
            taken = main.arithmetic("mul", times, str(samples))
            further = main.arithmetic("add", first, taken)
            end = main.at
            main.do(f"br label %{after}")
            main.label(after)
            first = main.new(f"phi i64 [{first}, %{before}], [{further}, %{end}]")
    parts = [form.path.declare, *_helpers(form)]
    for samples in form.path.samples:
        parts += _Tile(form, samples, Text()).lines()
    head = f"define void @{FUNCTION}(ptr noalias %arguments) {{"
    return "\n".join([*parts, head, *main.lines, "  ret void", "}", ""])


def _helpers(form: Form) -> list[str]:
    if form.conversion == "clip":
        return []
    kind = vector(form.path.lanes, form.conversion)
    return [f"declare {kind} {_copysign(form)}({kind}, {kind})"]


def _copysign(form: Form) -> str:
    return f"@llvm.copysign.v{form.path.lanes}f{64 if form.conversion == 'double' else 32}"


@dataclass(slots=True)
class _Tile:
    """Some samples and some columns, under way."""

    form: Form
    samples: int
    text: Text

    def lines(self) -> list[str]:
        text, path, form = self.text, self.form.path, self.form
        given = {
            name: text.load("i64", text.element("%arguments", "i64", str(n)), 8)
            for n, name in enumerate(ARGUMENTS)
        }
        many = self.samples * path.vectors
        result = vector(path.lanes, f"i{form.result_bits}")
        totals = text.new(f"alloca [{many} x {result}], align 64")
        phase_sums = text.new(f"alloca [{many} x {result}], align 64")
        wide = text.new(f"alloca [{many} x {vector(path.lanes, 'i64')}], align 64")
        self._clear(totals, result, many)
        constants = self._constants(given)
        firings = text.arithmetic("mul", given["phases"], given["count"])
        step_bytes = 4 * path.width
        digit_bytes = text.arithmetic("mul", given["steps"], str(step_bytes))
        plane_bytes = text.arithmetic("mul", digit_bytes, given["cell_digits"])
        with text.loop(given["planes"]) as plane:
            place = text.arithmetic("mul", "%block", given["planes"])
            place = text.arithmetic("add", place, plane.index)
            place = text.arithmetic("mul", place, plane_bytes)
            cells = text.element(self._pointer(given["cells"]), "i8", place)
            column = text.arithmetic("mul", plane.index, given["blocks"])
            column = text.arithmetic("add", column, "%block")
            column = text.arithmetic("mul", column, str(path.width))
            with text.loop(given["phases"]) as phase:
                self._clear(phase_sums, result, many)
                with text.loop(given["count"]) as pulse:
                    # the highest bits first, so that what is there is shifted up
                    back = text.arithmetic("sub", given["count"], "1")
                    back = text.arithmetic("sub", back, pulse.index)
                    before = text.arithmetic("mul", phase.index, given["count"])
                    firing = text.arithmetic("add", before, back)
                    numbers = [self._firing(firings, s, firing) for s in range(self.samples)]
                    sums = self._sums(given, wide, cells, digit_bytes, numbers)
                    for n, value in enumerate(sums):
                        sample, part = divmod(n, path.vectors)
                        number = numbers[sample] if form.noisy else None
                        whole = self._noisy(given, value, number, plane.index, part)
                        code = self._converted(given, constants, whole, column, part)
                        at = text.element(phase_sums, result, str(n))
                        held = text.load(result, at, 64)
                        held = text.new(f"shl {result} {held}, {constants['bits']}")
                        held = text.new(f"add {result} {held}, {self._resized(code)}")
                        text.store(result, held, at, 64)
                self._weigh(given, totals, phase_sums, phase.index, column, many)
        self._add(given, totals)
        head = f"define internal void @tile{self.samples}(ptr noalias %arguments, i64 %sample, "
        head += 'i64 %block) noinline "prefer-vector-width"="512" {'
        return [head, *text.lines, "  ret void", "}"]

    # -- values -------------------------------------------------------------

    def _pointer(self, address: str) -> str:
        return self.text.new(f"inttoptr i64 {address} to ptr")

    def _clear(self, array: str, kind: str, many: int) -> None:
        for n in range(many):
            at = self.text.element(array, kind, str(n))
            self.text.store(kind, "zeroinitializer", at, 64)

    def _constants(self, given: dict[str, str]) -> dict[str, str]:
        """In every lane: bits of a pulse, the least and the largest code."""
        text, lanes, form = self.text, self.form.path.lanes, self.form
        shift, kind = given["bits"], f"i{form.result_bits}"
        if kind != "i64":
            shift = text.new(f"trunc i64 {shift} to {kind}")
        found = {"bits": splat(text, lanes, kind, shift)}
        for name in ("low", "high"):
            if form.conversion != "clip":
                code = text.new(f"sitofp i64 {given[name]} to {form.conversion}")
                found[name] = splat(text, lanes, form.conversion, code)
            else:
                code, kind = given[name], f"i{form.sum_bits}"
                if kind != "i64":
                    code = text.new(f"trunc i64 {code} to {kind}")
                found[name] = splat(text, lanes, kind, code)
        return found

    def _firing(self, firings: str, sample: int, firing: str) -> str:
        """The number of a firing among those of all samples."""
        number = self.text.arithmetic("add", "%sample", str(sample))
        number = self.text.arithmetic("mul", number, firings)
        return self.text.arithmetic("add", number, firing)

    # -- sums ---------------------------------------------------------------

    def _sums(
        self, given: dict[str, str], wide: str, cells: str, digit_bytes: str, numbers: list[str]
    ) -> list[str]:
        """Sums of columns, sample by sample."""
        text, path, form = self.text, self.form.path, self.form
        pulse_bytes = text.arithmetic("mul", given["steps"], "4")
        firing_bytes = text.arithmetic("mul", pulse_bytes, given["pulse_digits"])
        base = self._pointer(given["pulses"])
        pulses = [
            text.element(base, "i8", text.arithmetic("mul", number, firing_bytes))
            for number in numbers
        ]
        corrections = self._pointer(given["corrections"])
        fixed = [text.load("i64", text.element(corrections, "i64", n), 8) for n in numbers]
        if form.wide:
            return self._wide(given, wide, cells, digit_bytes, pulses, pulse_bytes, fixed)
        narrow = vector(path.lanes, "i32")
        many = self.samples * path.vectors
        zeros = ["zeroinitializer"] * many
        if form.digits:
            # the highest digit first, modulo 2^32
            eight = splat(text, path.lanes, "i32", str(CELL_BITS))
            with text.loop(given["cell_digits"], [(narrow, z) for z in zeros]) as digit:
                raised = [text.new(f"shl {narrow} {value}, {eight}") for value in digit.values]
                back = text.arithmetic("sub", given["cell_digits"], "1")
                back = text.arithmetic("sub", back, digit.index)
                from_ = text.element(cells, "i8", text.arithmetic("mul", back, digit_bytes))
                digit.next += self._products(given, from_, pulses, raised)
            sums = digit.values
        else:
            sums = self._products(given, cells, pulses, zeros)
        fixed = [text.new(f"trunc i64 {value} to i32") for value in fixed]
        added = [splat(text, path.lanes, "i32", value) for value in fixed]
        return [
            text.new(f"add {narrow} {value}, {added[n // path.vectors]}")
            for n, value in enumerate(sums)
        ]

    def _wide(
        self,
        given: dict[str, str],
        wide: str,
        cells: str,
        digit_bytes: str,
        pulses: list[str],
        pulse_bytes: str,
        fixed: list[str],
    ) -> list[str]:
        """Sums of all pairs of digits, added up in int64."""
        text, path = self.text, self.form.path
        kind, narrow = vector(path.lanes, "i64"), vector(path.lanes, "i32")
        many = self.samples * path.vectors
        places = [text.element(wide, kind, str(n)) for n in range(many)]
        for n, place in enumerate(places):
            start = splat(text, path.lanes, "i64", fixed[n // path.vectors])
            text.store(kind, start, place, 64)
        with text.loop(given["pulse_digits"]) as left, text.loop(given["cell_digits"]) as right:
            ahead = text.arithmetic("mul", left.index, pulse_bytes)
            from_ = text.element(cells, "i8", text.arithmetic("mul", right.index, digit_bytes))
            driven = [text.element(pulse, "i8", ahead) for pulse in pulses]
            sums = self._products(given, from_, driven, ["zeroinitializer"] * many)
            shift = text.arithmetic(
                "add",
                text.arithmetic("mul", left.index, str(PULSE_BITS)),
                text.arithmetic("mul", right.index, str(CELL_BITS)),
            )
            shifts = splat(text, path.lanes, "i64", shift)
            for place, value in zip(places, sums, strict=True):
                more = text.new(f"sext {narrow} {value} to {kind}")
                more = text.new(f"shl {kind} {more}, {shifts}")
                held = text.load(kind, place, 64)
                text.store(kind, text.new(f"add {kind} {held}, {more}"), place, 64)
        return [text.load(kind, place, 64) for place in places]

    def _products(
        self, given: dict[str, str], cells: str, pulses: list[str], sums: list[str]
    ) -> list[str]:
        """Sums plus the products of all rows, of a digit of cells and one of pulses."""
        text, path = self.text, self.form.path
        narrow = vector(path.lanes, "i32")
        with text.loop(given["steps"], [(narrow, value) for value in sums]) as step:
            ahead = text.arithmetic("mul", step.index, str(4 * path.width))
            row = text.element(cells, "i8", ahead)
            held = [
                text.load(narrow, text.element(row, narrow, str(part)), 4)
                for part in range(path.vectors)
            ]
            for sample, pulse in enumerate(pulses):
                driven = text.load("i32", text.element(pulse, "i32", step.index), 4)
                each = splat(text, path.lanes, "i32", driven)
                for part, value in enumerate(held):
                    before = step.values[sample * path.vectors + part]
                    step.next.append(path.add(text, before, value, each))
        return step.values

    # -- conversion ---------------------------------------------------------

    def _noisy(
        self, given: dict[str, str], value: str, number: str | None, plane: str, part: int
    ) -> str:
        """A sum with what noise adds to it in a firing, int64; the sum if there is none."""
        if number is None:
            return value
        text, path, form = self.text, self.form.path, self.form
        kind = vector(path.lanes, "i64")
        at = text.arithmetic("mul", number, given["planes"])
        at = text.arithmetic("add", at, plane)
        at = text.arithmetic("mul", at, given["columns"])
        column = text.arithmetic("mul", "%block", str(path.width))
        at = text.arithmetic("add", at, column, str(part * path.lanes))
        noise = text.load(kind, text.element(self._pointer(given["noise"]), "i64", at), 8)
        if not form.wide:
            value = text.new(f"sext {vector(path.lanes, 'i32')} {value} to {kind}")
        return text.new(f"add {kind} {value}, {noise}")

    def _converted(
        self, given: dict[str, str], constants: dict[str, str], value: str, column: str, part: int
    ) -> str:
        """The code of a sum, int32."""
        text, path, form = self.text, self.form.path, self.form
        lanes, kind = path.lanes, vector(path.lanes, f"i{form.sum_bits}")
        if form.conversion == "clip":
            value = self._clipped("icmp s", kind, value, constants)
            if form.sum_bits == 32:
                return value
            return text.new(f"trunc {kind} {value} to {vector(lanes, 'i32')}")
        real, width = vector(lanes, form.conversion), 8 if form.conversion == "double" else 4
        first = text.arithmetic("add", column, str(part * lanes))
        reciprocal, half = (
            text.load(real, text.element(self._pointer(given[name]), form.conversion, first), width)
            for name in ("reciprocals", "halves")
        )
        exact = text.new(f"sitofp {kind} {value} to {real}")
        half = text.new(f"call {real} {_copysign(form)}({real} {half}, {real} {exact})")
        scaled = text.new(f"fmul contract {real} {exact}, {reciprocal}")
        raised = text.new(f"fadd contract {real} {scaled}, {half}")
        kept = self._clipped("fcmp o", real, raised, constants)
        return text.new(f"fptosi {real} {kept} to {vector(lanes, 'i32')}")

    def _clipped(self, compare: str, kind: str, value: str, constants: dict[str, str]) -> str:
        text, mask = self.text, vector(self.form.path.lanes, "i1")
        for order, name in (("gt", "low"), ("lt", "high")):
            within = text.new(f"{compare}{order} {kind} {value}, {constants[name]}")
            value = text.new(f"select {mask} {within}, {kind} {value}, {kind} {constants[name]}")
        return value

    def _resized(self, code: str) -> str:
        if not self.form.long:
            return code
        lanes = self.form.path.lanes
        return self.text.new(f"sext {vector(lanes, 'i32')} {code} to {vector(lanes, 'i64')}")

    # -- results ------------------------------------------------------------

    def _weigh(
        self,
        given: dict[str, str],
        totals: str,
        phase_sums: str,
        phase: str,
        column: str,
        many: int,
    ) -> None:
        """Add the codes of a phase and a plane, times what they count."""
        text, path, form = self.text, self.form.path, self.form
        kind = vector(path.lanes, f"i{form.result_bits}")
        first = text.arithmetic("mul", phase, given["planes"])
        first = text.arithmetic("mul", first, given["blocks"])
        first = text.arithmetic("mul", first, str(path.width))
        first = text.arithmetic("add", first, column)
        base = self._pointer(given["weights"])
        weights = [
            text.load(
                kind,
                text.element(
                    base,
                    f"i{form.result_bits}",
                    text.arithmetic("add", first, str(part * path.lanes)),
                ),
                form.result_bits // 8,
            )
            for part in range(path.vectors)
        ]
        for n in range(many):
            held = text.load(kind, text.element(phase_sums, kind, str(n)), 64)
            more = text.new(f"mul {kind} {held}, {weights[n % path.vectors]}")
            at = text.element(totals, kind, str(n))
            total = text.load(kind, at, 64)
            text.store(kind, text.new(f"add {kind} {total}, {more}"), at, 64)

    def _add(self, given: dict[str, str], totals: str) -> None:
        """Add to the results of all samples; the last block may be beyond the last column."""
        text, path, bits = self.text, self.form.path, self.form.result_bits
        first = text.arithmetic("mul", "%block", str(path.width))
        left = text.arithmetic("sub", given["columns"], first)
        less = text.new(f"icmp slt i64 {left}, {path.width}")
        columns = text.new(f"select i1 {less}, i64 {left}, i64 {path.width}")
        for sample in range(self.samples):
            number = text.arithmetic("add", "%sample", str(sample))
            at = text.arithmetic("mul", number, given["stride"])
            at = text.arithmetic("add", at, first)
            to = text.element(self._pointer(given["sums"]), "i64", at)
            own = text.element(totals, f"i{bits}", str(sample * path.width))
            with text.loop(columns) as column:
                value = text.load(
                    f"i{bits}", text.element(own, f"i{bits}", column.index), bits // 8
                )
                if bits == 32:
                    value = text.new(f"sext i32 {value} to i64")
                place = text.element(to, "i64", column.index)
                before = text.load("i64", place, 8)
                text.store("i64", text.arithmetic("add", before, value), place, 8)
