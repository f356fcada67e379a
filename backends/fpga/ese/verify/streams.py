"""Every synapse once with its weight, at its row of its lane, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from somac.backends.damage import require
from somac.backends.fpga.ese.description import Description, entries_image, pointers_image
from somac.backends.fpga.ese.verify.parts import Parts
from somac.backends.fpga.verify.images import FOLDER, Integers, fields, words
from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerProjection
from somac.ir.program import Program

__all__ = ["check_synapses"]

_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Synapses:
    """int64 (n,) each: the matrix, column and target cell, in one number, and the weight."""

    key: Integers
    weight: Integers


def check_synapses(program: Program, parts: Parts, d: Description) -> Iterator[Diagnostic]:
    """E0804 and E0805; DamagedError for streams that cannot be walked."""
    found = [_lane(program, d, lane) for lane in range(d.lanes)]
    key = np.concatenate([s.key for s in found])
    order = np.argsort(key)
    have = _Synapses(key[order], np.concatenate([s.weight for s in found])[order])
    projections = {p.name: p for p in parts.network.projections}
    targets = _targets(d)
    begin = np.cumsum([0, *(m.columns for m in d.matrices)])
    for number, m in enumerate(d.matrices):
        ends = np.searchsorted(have.key, begin[number : number + 2] * targets)
        own = slice(*ends.tolist())
        some = _Synapses(have.key[own] - begin[number] * targets, have.weight[own])
        if m.projection is None:
            cells = np.arange(m.columns)
            need = _Synapses(cells * targets + cells, np.ones(m.columns, np.int64))
        else:
            need = _meant(projections[m.projection], targets)
        yield from _compared(m.projection, some, need, targets)


def _targets(d: Description) -> int:
    return max(d.cells.cells, d.outputs.cells)


def _lane(program: Program, d: Description, lane: int) -> _Synapses:
    """What a lane does in a step, walked column by column."""
    file = FOLDER + entries_image(lane)
    pointer = max(1, d.entries.bit_length())
    bits = words(program, pointers_image(lane), d.columns, pointer)
    (ends,) = fields(bits, [(pointer, False)])
    counts = np.diff(ends, prepend=0)
    good = (counts >= 0).all() and ends[-1] <= d.entries
    require(bool(good), FOLDER + pointers_image(lane), "columns that do not follow one another")
    stream = words(program, entries_image(lane), d.entries, d.index_bits + d.weight_bits)
    skip, weight = fields(stream, [(d.index_bits, False), (d.weight_bits, True)])
    used = int(ends[-1])
    require(not stream[used:].any(), file, "entries behind the last column")
    skip, weight = skip[:used], weight[:used]
    gap = weight == 0
    longest = (1 << d.index_bits) - 1
    require(not (gap & (skip != longest)).any(), file, "an entry of weight 0 that crosses no gap")
    last = ends[counts > 0] - 1
    require(not gap[last].any(), file, "a column that ends with a gap")
    column = np.repeat(np.arange(d.columns), counts)
    # rows of a column begin again at its top
    gone = np.cumsum(skip + 1)
    before = np.concatenate(([0], gone))[ends - counts]
    row = gone - before[column] - 1
    target = row * d.lanes + lane
    outputs = np.repeat([m.source == "m" for m in d.matrices], [m.columns for m in d.matrices])
    size = np.where(outputs, d.outputs.cells, d.cells.cells)
    require(not (target >= size[column]).any(), file, "a row that is not there")
    return _Synapses((column * _targets(d) + target)[~gap], weight[~gap])


def _meant(p: IntegerProjection, targets: int) -> _Synapses:
    """The synapses of a projection; what joins the same cells is added up."""
    wiring = p.connectivity
    rows = wiring.rows(0, wiring.source_size)
    source = np.repeat(np.arange(wiring.source_size), np.diff(rows.indptr))
    key, at = np.unique(source * targets + rows.target, return_inverse=True)
    weight = np.zeros(len(key), np.int64)
    np.add.at(weight, at.reshape(-1), rows.weight.astype(np.int64))
    return _Synapses(key[weight != 0], weight[weight != 0])


def _compared(
    name: str | None, have: _Synapses, need: _Synapses, targets: int
) -> Iterator[Diagnostic]:
    pairs = [
        {*zip(s.key.tolist(), s.weight.tolist(), strict=True)}
        if not (np.array_equal(have.key, need.key) and np.array_equal(have.weight, need.weight))
        else set()
        for s in (have, need)
    ]
    for code, rest, what in (
        ("E0804", pairs[1] - pairs[0], "missing"),
        ("E0805", pairs[0] - pairs[1], "too many"),
    ):
        if rest:
            shown = "; ".join(
                f"[{key // targets}] -> [{key % targets}] weight {weight}"
                for key, weight in sorted(rest)[:_SHOWN]
            )
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            yield Diagnostic(
                code,
                f"{name}: {len(rest)} synapses {what}: {shown}{more}",
                Place(node=name),
                have=f"{len(have.key)} synapses",
                need=f"{len(need.key)} synapses",
            )
