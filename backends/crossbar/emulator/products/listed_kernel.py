"""Sums of columns as sums of the rows that are driven: for pulses of one bit, when few are.

Cells are whole (blocks, planes, rows, vectors, lanes), int8, int16 or int32. Pulses are int32
(samples, firings, rows): the rows with positive pulses from the front, those with negative ones
from the back. `beside` is int64 (samples, firings, 2): how many there are of either.
"""

from __future__ import annotations

from collections.abc import Sequence

from somac.backends.crossbar.emulator.products.form import Form
from somac.backends.crossbar.emulator.products.text import vector
from somac.backends.crossbar.emulator.products.tile import Tile, tiles_text

__all__ = ["listed_text"]


def listed_text(form: Form) -> str:
    """The module."""
    return tiles_text(form, (1,), _sums)


def _sums(tile: Tile, plane: str, numbers: Sequence[str]) -> list[str]:
    text, path, form, given = tile.text, tile.form.path, tile.form, tile.given
    (number,) = numbers
    row_bytes = path.width * form.cell_bits // 8
    cells = tile.cells(plane, text.arithmetic("mul", given["steps"], str(row_bytes)))
    rows = text.element(
        tile.pointer("pulses"), "i32", text.arithmetic("mul", number, given["steps"])
    )
    counts = text.element(tile.pointer("beside"), "i64", text.arithmetic("mul", number, "2"))
    kind = vector(path.lanes, "i64" if form.wide else "i32")
    stored = vector(path.lanes, f"i{form.cell_bits}")
    whole = kind == stored
    sums = ["zeroinitializer"] * path.vectors
    last = text.arithmetic("sub", given["steps"], "1")
    for sign, operation in enumerate(("add", "sub")):
        count = text.load("i64", text.element(counts, "i64", str(sign)), 8)
        with text.loop(count, [(kind, value) for value in sums], empty=True) as driven:
            place = text.arithmetic("sub", last, driven.index) if sign else driven.index
            short = text.load("i32", text.element(rows, "i32", place), 4)
            row = text.new(f"zext i32 {short} to i64")
            row = text.element(cells, "i8", text.arithmetic("mul", row, str(row_bytes)))
            for part, before in enumerate(driven.values):
                at = text.element(row, stored, str(part))
                cell = text.load(stored, at, form.cell_bits // 8)
                if not whole:
                    cell = text.new(f"sext {stored} {cell} to {kind}")
                driven.next.append(text.new(f"{operation} {kind} {before}, {cell}"))
        sums = driven.values
    return sums
