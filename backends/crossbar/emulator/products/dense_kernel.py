"""Sums of columns as products of all rows, digits of cells times digits of pulses.

Cells are uint8 or int16 digits (blocks, planes, cell digits, steps, vectors, lanes, together), the
lowest first; pulses int8 or int16 (samples, firings, pulse digits, steps, together); both are zero
beyond the rows. `beside` is int64 (samples, firings): what is added to sums, since cells were made
positive.
"""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.crossbar.emulator.products.form import Form
from somac.backends.crossbar.emulator.products.paths import CELL_BITS, PULSE_BITS
from somac.backends.crossbar.emulator.products.text import splat, vector
from somac.backends.crossbar.emulator.products.tile import Tile, tiles_text

__all__ = ["dense_text"]


def dense_text(form: Form) -> str:
    """The module."""
    return tiles_text(form, form.path.samples, _sums)


def _sums(tile: Tile, plane: str, numbers: Sequence[str]) -> list[str]:
    text, path, form, given = tile.text, tile.form.path, tile.form, tile.given
    digit_bytes = text.arithmetic("mul", given["steps"], str(4 * path.width))
    cells = tile.cells(plane, text.arithmetic("mul", digit_bytes, given["cell_digits"]))
    pulse_bytes = text.arithmetic("mul", given["steps"], "4")
    firing_bytes = text.arithmetic("mul", pulse_bytes, given["pulse_digits"])
    base, beside = tile.pointer("pulses"), tile.pointer("beside")
    pulses = [text.element(base, "i8", text.arithmetic("mul", n, firing_bytes)) for n in numbers]
    fixed = [text.load("i64", text.element(beside, "i64", n), 8) for n in numbers]
    if form.wide:
        return _wide(tile, cells, digit_bytes, pulses, pulse_bytes, fixed)
    narrow = vector(path.lanes, "i32")
    zeros = ["zeroinitializer"] * tile.many
    if form.digits:
        # the highest digit first, modulo 2^32
        up = splat(text, path.lanes, "i32", str(CELL_BITS))
        with text.loop(given["cell_digits"], [(narrow, zero) for zero in zeros]) as digit:
            raised = [text.new(f"shl {narrow} {value}, {up}") for value in digit.values]
            back = text.arithmetic("sub", given["cell_digits"], "1", digit.index)
            own = text.element(cells, "i8", text.arithmetic("mul", back, digit_bytes))
            digit.next += _products(tile, own, pulses, raised)
        sums = digit.values
    else:
        sums = _products(tile, cells, pulses, zeros)
    fixed = [text.new(f"trunc i64 {value} to i32") for value in fixed]
    added = [splat(text, path.lanes, "i32", value) for value in fixed]
    return [
        text.new(f"add {narrow} {value}, {added[n // path.vectors]}")
        for n, value in enumerate(sums)
    ]


def _wide(
    tile: Tile,
    cells: str,
    digit_bytes: str,
    pulses: Sequence[str],
    pulse_bytes: str,
    fixed: Sequence[str],
) -> list[str]:
    """Sums of all pairs of digits, added up in int64."""
    text, path, given = tile.text, tile.form.path, tile.given
    kind, narrow = vector(path.lanes, "i64"), vector(path.lanes, "i32")
    places = [text.element(tile.scratch, kind, str(n)) for n in range(tile.many)]
    for n, place in enumerate(places):
        start = splat(text, path.lanes, "i64", fixed[n // path.vectors])
        text.store(kind, start, place, 64)
    with text.loop(given["pulse_digits"]) as left, text.loop(given["cell_digits"]) as right:
        ahead = text.arithmetic("mul", left.index, pulse_bytes)
        own = text.element(cells, "i8", text.arithmetic("mul", right.index, digit_bytes))
        driven = [text.element(pulse, "i8", ahead) for pulse in pulses]
        sums = _products(tile, own, driven, ["zeroinitializer"] * tile.many)
        up = text.arithmetic("mul", left.index, str(PULSE_BITS))
        more = text.arithmetic("mul", right.index, str(CELL_BITS))
        shifts = splat(text, path.lanes, "i64", text.arithmetic("add", up, more))
        for place, value in zip(places, sums, strict=True):
            added = text.new(f"sext {narrow} {value} to {kind}")
            added = text.new(f"shl {kind} {added}, {shifts}")
            held = text.load(kind, place, 64)
            text.store(kind, text.new(f"add {kind} {held}, {added}"), place, 64)
    return [text.load(kind, place, 64) for place in places]


def _products(tile: Tile, cells: str, pulses: Sequence[str], sums: Sequence[str]) -> list[str]:
    """Sums plus the products of all rows, of a digit of cells and one of pulses."""
    text, path = tile.text, tile.form.path
    narrow = vector(path.lanes, "i32")
    with text.loop(tile.given["steps"], [(narrow, value) for value in sums]) as step:
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
