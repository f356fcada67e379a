"""Machine code that converts sums of columns while they are in registers.

Of some columns and some samples at a time, the sums of one firing and one plane are made whole,
converted and added to what those of other firings and planes gave, so that sums of columns are
never stored. How sums are made is another matter (`dense_kernel`, `listed_kernel`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from somac.backends.crossbar.emulator.products.form import ARGUMENTS, FUNCTION, Form
from somac.backends.crossbar.emulator.products.text import Text, splat, vector

__all__ = ["Sums", "Tile", "tiles_text"]


@dataclass(slots=True)
class Tile:
    """Some samples and some columns, under way: what sums are made of.

    Parameters
    ----------
    samples
        How many, from the number `%sample` on.
    given
        Arguments by name.
    scratch
        Room for int64 sums.
    """

    form: Form
    samples: int
    text: Text
    given: Mapping[str, str]
    scratch: str

    @property
    def many(self) -> int:
        """Vectors of sums: those of the columns of the first sample, then of the others."""
        return self.samples * self.form.path.vectors

    def pointer(self, name: str) -> str:
        """Of an argument that is an address."""
        return self.text.new(f"inttoptr i64 {self.given[name]} to ptr")

    def cells(self, plane: str, plane_bytes: str) -> str:
        """Where those of a plane begin."""
        place = self.text.arithmetic("mul", "%block", self.given["planes"])
        place = self.text.arithmetic("add", place, plane)
        place = self.text.arithmetic("mul", place, plane_bytes)
        return self.text.element(self.pointer("cells"), "i8", place)


Sums = Callable[[Tile, str, Sequence[str]], list[str]]
"""Writes sums of the columns of a plane, of firings by their numbers among those of all samples;
int32, or int64 if they are wide."""


def tiles_text(form: Form, sizes: Sequence[int], sums: Sums) -> str:
    """The module; `sizes` are numbers of samples that are computed together, at last 1."""
    main = Text()
    given = _given(main)
    with main.loop(given["blocks"]) as block:
        first = "0"
        for samples in sizes:
            # as many of them as there are; the next kind takes what is left
            left = main.arithmetic("sub", given["samples"], first)
            times = main.arithmetic("sdiv", left, str(samples))
            with main.loop(times, empty=True) as group:
                ahead = main.arithmetic("mul", group.index, str(samples))
                sample = main.arithmetic("add", ahead, first)
                where = f"i64 {sample}, i64 {block.index}"
                main.do(f"call void @tile{samples}(ptr %arguments, {where})")
            first = main.arithmetic("add", first, main.arithmetic("mul", times, str(samples)))
    parts = [form.path.declare, *_helpers(form)]
    for samples in sizes:
        parts += _tile(form, samples, sums)
    head = f"define void @{FUNCTION}(ptr noalias %arguments) {{"
    return "\n".join([*parts, head, *main.lines, "  ret void", "}", ""])


def _given(text: Text) -> dict[str, str]:
    return {
        name: text.load("i64", text.element("%arguments", "i64", str(n)), 8)
        for n, name in enumerate(ARGUMENTS)
    }


def _helpers(form: Form) -> list[str]:
    if form.conversion == "clip":
        return []
    kind = vector(form.path.lanes, form.conversion)
    return [f"declare {kind} {_copysign(form)}({kind}, {kind})"]


def _copysign(form: Form) -> str:
    return f"@llvm.copysign.v{form.path.lanes}f{64 if form.conversion == 'double' else 32}"


def _tile(form: Form, samples: int, sums: Sums) -> list[str]:
    """The function that computes so many samples of a block of columns."""
    text, path = Text(), form.path
    given = _given(text)
    many = samples * path.vectors
    result = _result(form)
    totals = text.new(f"alloca [{many} x {result}], align 64")
    phase_sums = text.new(f"alloca [{many} x {result}], align 64")
    scratch = text.new(f"alloca [{many} x {vector(path.lanes, 'i64')}], align 64")
    tile = Tile(form, samples, text, given, scratch)
    constants = _constants(tile)
    _clear(tile, totals)
    with text.loop(given["planes"]) as plane:
        column = text.arithmetic("mul", plane.index, given["blocks"])
        column = text.arithmetic("add", column, "%block")
        column = text.arithmetic("mul", column, str(path.width))
        with text.loop(given["phases"]) as phase:
            _clear(tile, phase_sums)
            with text.loop(given["count"]) as pulse:
                # the highest bits first, so that what is there is shifted up
                back = text.arithmetic("sub", given["count"], "1", pulse.index)
                firing = text.arithmetic("mul", phase.index, given["count"])
                numbers = _numbers(tile, text.arithmetic("add", firing, back))
                for n, value in enumerate(sums(tile, plane.index, numbers)):
                    sample, part = divmod(n, path.vectors)
                    number = numbers[sample] if form.noisy else None
                    whole = _noisy(tile, value, number, plane.index, part)
                    code = _converted(tile, constants, whole, column, part)
                    at = text.element(phase_sums, result, str(n))
                    held = text.load(result, at, 64)
                    held = text.new(f"shl {result} {held}, {constants['bits']}")
                    text.store(result, text.new(f"add {result} {held}, {code}"), at, 64)
            _weigh(tile, totals, phase_sums, phase.index, column)
    _add(tile, totals)
    head = f"define internal void @tile{samples}(ptr noalias %arguments, i64 %sample, i64 %block)"
    # else vectors are half as wide as they could be on some machines
    return [f'{head} noinline "prefer-vector-width"="512" {{', *text.lines, "  ret void", "}"]


def _result(form: Form) -> str:
    """The type of results."""
    return vector(form.path.lanes, f"i{form.result_bits}")


def _clear(tile: Tile, array: str) -> None:
    kind = _result(tile.form)
    for n in range(tile.many):
        tile.text.store(kind, "zeroinitializer", tile.text.element(array, kind, str(n)), 64)


def _constants(tile: Tile) -> dict[str, str]:
    """In every lane: bits of a pulse, the least and the largest code."""
    text, form, given = tile.text, tile.form, tile.given

    def whole(name: str, bits: int) -> str:
        value = given[name]
        if bits != 64:
            value = text.new(f"trunc i64 {value} to i{bits}")
        return splat(text, form.path.lanes, f"i{bits}", value)

    def real(name: str) -> str:
        value = text.new(f"sitofp i64 {given[name]} to {form.conversion}")
        return splat(text, form.path.lanes, form.conversion, value)

    found = {"bits": whole("bits", form.result_bits)}
    for name in ("low", "high"):
        found[name] = whole(name, form.sum_bits) if form.conversion == "clip" else real(name)
    return found


def _numbers(tile: Tile, firing: str) -> list[str]:
    """Of a firing of each sample, among those of all samples."""
    text = tile.text
    firings = text.arithmetic("mul", tile.given["phases"], tile.given["count"])
    found = []
    for sample in range(tile.samples):
        before = text.arithmetic("add", "%sample", str(sample))
        before = text.arithmetic("mul", before, firings)
        found.append(text.arithmetic("add", before, firing))
    return found


def _noisy(tile: Tile, value: str, number: str | None, plane: str, part: int) -> str:
    """A sum with what noise adds to it in a firing, int64; the sum if there is none."""
    if number is None:
        return value
    text, path = tile.text, tile.form.path
    kind = vector(path.lanes, "i64")
    at = text.arithmetic("mul", number, tile.given["planes"])
    at = text.arithmetic("add", at, plane)
    at = text.arithmetic("mul", at, tile.given["columns"])
    column = text.arithmetic("mul", "%block", str(path.width))
    at = text.arithmetic("add", at, column, str(part * path.lanes))
    noise = text.load(kind, text.element(tile.pointer("noise"), "i64", at), 8)
    if not tile.form.wide:
        value = text.new(f"sext {vector(path.lanes, 'i32')} {value} to {kind}")
    return text.new(f"add {kind} {value}, {noise}")


def _converted(tile: Tile, constants: Mapping[str, str], value: str, column: str, part: int) -> str:
    """The code of a sum, as wide as results."""
    text, form, lanes = tile.text, tile.form, tile.form.path.lanes
    kind, result = vector(lanes, f"i{form.sum_bits}"), _result(form)
    if form.conversion == "clip":
        value = _clipped(tile, "icmp s", kind, value, constants)
        if form.sum_bits == form.result_bits:
            return value
        how = "sext" if form.long else "trunc"
        return text.new(f"{how} {kind} {value} to {result}")
    real, size = vector(lanes, form.conversion), 8 if form.conversion == "double" else 4
    first = text.arithmetic("add", column, str(part * lanes))
    reciprocal, half = (
        text.load(real, text.element(tile.pointer(name), form.conversion, first), size)
        for name in ("reciprocals", "halves")
    )
    exact = text.new(f"sitofp {kind} {value} to {real}")
    half = text.new(f"call {real} {_copysign(form)}({real} {half}, {real} {exact})")
    scaled = text.new(f"fmul contract {real} {exact}, {reciprocal}")
    raised = text.new(f"fadd contract {real} {scaled}, {half}")
    kept = _clipped(tile, "fcmp o", real, raised, constants)
    code = text.new(f"fptosi {real} {kept} to {vector(lanes, 'i32')}")
    return text.new(f"sext {vector(lanes, 'i32')} {code} to {result}") if form.long else code


def _clipped(tile: Tile, compare: str, kind: str, value: str, constants: Mapping[str, str]) -> str:
    text, mask = tile.text, vector(tile.form.path.lanes, "i1")
    for order, name in (("gt", "low"), ("lt", "high")):
        limit = constants[name]
        within = text.new(f"{compare}{order} {kind} {value}, {limit}")
        value = text.new(f"select {mask} {within}, {kind} {value}, {kind} {limit}")
    return value


def _weigh(tile: Tile, totals: str, phase_sums: str, phase: str, column: str) -> None:
    """Add the codes of a phase and a plane, times what they count."""
    text, path, given = tile.text, tile.form.path, tile.given
    kind, element = _result(tile.form), f"i{tile.form.result_bits}"
    first = text.arithmetic("mul", phase, given["planes"], given["blocks"], str(path.width))
    first = text.arithmetic("add", first, column)
    base = tile.pointer("weights")
    weights = []
    for part in range(path.vectors):
        place = text.arithmetic("add", first, str(part * path.lanes))
        at = text.element(base, element, place)
        weights.append(text.load(kind, at, tile.form.result_bits // 8))
    for n in range(tile.many):
        held = text.load(kind, text.element(phase_sums, kind, str(n)), 64)
        more = text.new(f"mul {kind} {held}, {weights[n % path.vectors]}")
        at = text.element(totals, kind, str(n))
        total = text.load(kind, at, 64)
        text.store(kind, text.new(f"add {kind} {total}, {more}"), at, 64)


def _add(tile: Tile, totals: str) -> None:
    """Add to the results of all samples; the last block may go beyond the last column."""
    text, path, bits = tile.text, tile.form.path, tile.form.result_bits
    first = text.arithmetic("mul", "%block", str(path.width))
    left = text.arithmetic("sub", tile.given["columns"], first)
    less = text.new(f"icmp slt i64 {left}, {path.width}")
    columns = text.new(f"select i1 {less}, i64 {left}, i64 {path.width}")
    for sample in range(tile.samples):
        number = text.arithmetic("add", "%sample", str(sample))
        at = text.arithmetic("mul", number, tile.given["stride"])
        to = text.element(tile.pointer("sums"), "i64", text.arithmetic("add", at, first))
        own = text.element(totals, f"i{bits}", str(sample * path.width))
        with text.loop(columns) as column:
            value = text.load(f"i{bits}", text.element(own, f"i{bits}", column.index), bits // 8)
            if bits == 32:
                value = text.new(f"sext i32 {value} to i64")
            place = text.element(to, "i64", column.index)
            before = text.load("i64", place, 8)
            text.store("i64", text.arithmetic("add", before, value), place, 8)
