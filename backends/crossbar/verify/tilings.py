"""Projections on arrays against the blocks of the network: converters, steps, tables, weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import FILE, Block, Description, Tiled
from somac.backends.crossbar.verify.arrays import Codes, weights_of
from somac.backends.crossbar.verify.files import array
from somac.backends.damage import require
from somac.ir import tiling as ir
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork, IntegerProjection
from somac.ir.program import Program

__all__ = ["Tables", "check_tilings", "check_ways", "read_tables"]

Cells = NDArray[np.int32]
Tables = tuple[Cells, Cells]
"""Sources and targets, of all blocks."""

_FIELDS = (
    "pulse_bits", "pulses", "signs", "cell_bits", "slices", "polarity", "low", "high",
)  # fmt: skip


def read_tables(program: Program, d: Description) -> Tables:
    """The tables; DamagedError if they are not those of the blocks one after the other."""
    found = []
    for file, what, wide in ((d.sources, "sources", "rows"), (d.targets, "targets", "columns")):
        at = 0
        for number, block in enumerate(d.blocks):
            begin = getattr(block, what)
            require(begin == at, FILE, f"{what} of block {number} begin at {begin}, not {at}")
            at += block.uses * getattr(block, wide)
        found.append(array(program, file, "int32", at))
    return found[0], found[1]


def check_ways(network: IntegerNetwork, d: Description) -> Iterator[Diagnostic]:
    """E0804 and E0805 for projections that are missing, more, or between others."""
    have = {
        (w.projection, tiled): (w.source, w.target, w.port, w.delay)
        for tiled, ways in ((False, d.digital), (True, d.tiled))
        for w in ways
    }
    need = {
        (p.name, p.tiling is not None and len(p.tiling) > 0): (p.source, p.target, p.port, p.delay)
        for p in network.projections
    }
    if len(d.digital) + len(d.tiled) > len(have):
        yield Diagnostic("E0805", "a projection that is there twice", Place(file=FILE))
    for key in sorted(have.keys() | need.keys()):
        if have.get(key) == need.get(key):
            continue
        name, tiled = key
        what = "on arrays" if tiled else "by adders"
        yield Diagnostic(
            "E0805" if key in have else "E0804",
            f"projection {name} {what}: missing, more, or another way",
            Place(file=FILE, node=name),
            have=_said(have.get(key)),
            need=_said(need.get(key)),
        )


def _said(way: tuple[str, str, str, int] | None) -> str:
    if way is None:
        return "none"
    source, target, port, delay = way
    return f"{source} -> {target}.{port} delay {delay}"


def check_tilings(
    network: IntegerNetwork, d: Description, codes: Codes, tables: Tables
) -> Iterator[Diagnostic]:
    """E0871 for other weights, E0874 for other converters or steps, E0875 for other tables."""
    projections = {p.name: p for p in network.projections}
    for number in sorted(set(range(len(d.converters))) - {way.converters for way in d.tiled}):
        yield Diagnostic("E0874", f"converters {number} of no projection", Place(file=FILE))
    for way in d.tiled:
        p = projections[way.projection]
        if p.tiling is not None:
            yield from _tiling(d, way, p, p.tiling, codes, tables)


def _tiling(
    d: Description,
    way: Tiled,
    p: IntegerProjection,
    tiling: ir.Tiling,
    codes: Codes,
    tables: Tables,
) -> Iterator[Diagnostic]:
    place = Place(file=FILE, node=p.name)
    how = d.converters[way.converters]
    have = [getattr(how, name) for name in _FIELDS]
    need = [getattr(tiling.converters, name) for name in _FIELDS]
    if have != need:
        yield Diagnostic(
            "E0874",
            f"projection {p.name}: other converters",
            place,
            have=" ".join(map(str, have)),
            need=" ".join(map(str, need)),
        )
        return
    if how.cell_bits > d.chip.cell_bits:
        yield Diagnostic(
            "E0874",
            f"projection {p.name}: cells that keep more than those of the chip",
            place,
            have=f"{d.chip.cell_bits} bits",
            need=f"{how.cell_bits} bits",
        )
    if way.stop - way.first != len(tiling):
        yield Diagnostic(
            "E0875",
            f"projection {p.name}: other blocks",
            place,
            have=f"{way.stop - way.first} blocks",
            need=f"{len(tiling)} blocks",
        )
        return
    for number, meant in zip(range(way.first, way.stop), tiling.blocks, strict=True):
        yield from _block(d, way, number, meant, codes, tables)


def _block(
    d: Description, way: Tiled, number: int, meant: ir.Block, codes: Codes, tables: Tables
) -> Iterator[Diagnostic]:
    b = d.blocks[number]
    what = f"projection {way.projection}: block {number}"
    place = Place(file=FILE, node=way.projection)
    rows, columns = meant.weights.shape
    have, need = (b.rows, b.columns, b.uses, b.delay), (rows, columns, meant.uses, meant.delay)
    if have != need:
        yield Diagnostic(
            "E0875",
            f"{what} has another shape, other uses, or another delay",
            place,
            have="{} x {}, {} uses, delay {}".format(*have),
            need="{} x {}, {} uses, delay {}".format(*need),
        )
        return
    if list(b.steps) != meant.steps.tolist():
        yield Diagnostic(
            "E0874",
            f"{what}: other steps of its converters",
            place,
            have=" ".join(map(str, b.steps)),
            need=" ".join(map(str, meant.steps.tolist())),
        )
    for table, file, begin, cells in (
        (tables[0], d.sources, b.sources, meant.sources),
        (tables[1], d.targets, b.targets, meant.targets),
    ):
        own = table[begin : begin + cells.size].reshape(cells.shape)
        uses, at = np.nonzero(own != cells)
        if len(uses):
            yield Diagnostic(
                "E0875",
                f"{what}: {len(uses)} other cells, the first in use {uses[0]} at {at[0]}",
                Place(file=file, node=way.projection),
                have=str(own[uses[0], at[0]]),
                need=str(cells[uses[0], at[0]]),
            )
    yield from _copies(d, way, number, b, meant, codes)


def _copies(
    d: Description, way: Tiled, number: int, b: Block, meant: ir.Block, codes: Codes
) -> Iterator[Diagnostic]:
    """Every copy against the network, so that all are the same."""
    what = f"projection {way.projection}: block {number}"
    if len(b.copies) > b.uses:
        yield Diagnostic(
            "E0875",
            f"{what} has copies that nothing uses",
            Place(file=FILE, node=way.projection),
            have=f"{len(b.copies)} copies",
            need=f"at most {b.uses} for its uses",
        )
    how = d.converters[way.converters]
    for copy in b.copies:
        place = Place(file=d.arrays[copy.array].codes, node=way.projection)
        found = weights_of(codes[copy.array], b, copy, how)
        if found is None:
            yield Diagnostic("E0871", f"{what}: codes that are no weights", place)
            continue
        rows, columns = np.nonzero(found != meant.weights)
        if len(rows):
            yield Diagnostic(
                "E0871",
                f"{what}: {len(rows)} other weights, the first in its row {rows[0]}, "
                f"column {columns[0]}",
                place,
                have=str(found[rows[0], columns[0]]),
                need=str(meant.weights[rows[0], columns[0]]),
            )
