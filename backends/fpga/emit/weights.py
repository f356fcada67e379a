"""The row memories of an engine: what is put into them, and where it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.bits import signed_bits
from somac.backends.fpga.emit.design import RowKind
from somac.backends.fpga.emit.images import hex_image, packed
from somac.backends.fpga.emit.incoming import Heard
from somac.backends.fpga.emit.rowfacts import RowFacts
from somac.backends.fpga.rows import SparseRows, dense_rows, sparse_rows, whole_rows
from somac.ir.mapping import Slice

__all__ = ["RowPlan", "address_width", "row_images", "row_plan", "weight_bits"]

Integers = NDArray[np.int64]

_DENSE_SHARE = 0.5
"""A projection with fewer words in sparse rows than this share of a matrix is kept in them."""


@dataclass(frozen=True, slots=True)
class _Leading:
    """A link and the slice that it leads to, whose first accumulator is `index`."""

    heard: Heard
    target: Slice
    index: int

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """First and last of its source cells, and of its target cells."""
        part = self.heard.part
        return (part.start, part.stop), (self.target.start, self.target.stop)

    def groups(self, lanes: int) -> int:
        """Words of a row, per port, that is not sparse."""
        return -(-self.target.size // lanes)


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What the row memories of an engine will hold.

    Parameters
    ----------
    lanes
        Of the engine.
    links
        In their order.
    kinds, bases
        Per link, how its rows are kept, and where they or its pointers begin.
    words
        Per link, how many words its rows take on average: what an event costs.
    factors
        Weights of a lane in a word of a matrix.
    weight_bits
        Of a weight.
    depths
        Words per memory: ``dense``, ``sparse``, ``pointers``.
    """

    lanes: int
    links: tuple[_Leading, ...]
    kinds: tuple[RowKind, ...]
    bases: tuple[int, ...]
    words: tuple[float, ...]
    factors: int
    weight_bits: int
    depths: Mapping[str, int]


def row_plan(
    heard: Sequence[Heard],
    targets: Sequence[Slice],
    indices: Sequence[int],
    lanes: int,
    bits: int,
    facts: RowFacts,
    *,
    whole: bool,
) -> RowPlan:
    """Decide how the rows of links are kept, and where; `bits` are those of a weight."""
    links = tuple(map(_Leading, heard, targets, indices))
    kinds, bases, words = [], [], []
    depths = {"dense": 0, "sparse": 0, "pointers": 0}
    for link in links:
        kind, total = _kind(link, lanes, facts, whole=whole)
        cells = link.heard.part.stop - link.heard.part.start
        kinds.append(kind)
        bases.append(depths["pointers" if kind == "sparse" else "dense"])
        words.append(total / (link.heard.part.sender.words if kind == "whole" else cells))
        depths["sparse" if kind == "sparse" else "dense"] += total
        if kind == "sparse":
            depths["pointers"] += cells
    if depths["pointers"]:
        # an entry that is never read, where all rows are empty
        depths["sparse"] = max(1, depths["sparse"])
    widths = [link.heard.part.sender.width for link in links]
    return RowPlan(
        lanes,
        links,
        tuple(kinds),
        tuple(bases),
        tuple(words),
        max(widths, default=1) if whole else 1,
        bits,
        {kind: depth for kind, depth in depths.items() if depth},
    )


def _kind(link: _Leading, lanes: int, facts: RowFacts, *, whole: bool) -> tuple[RowKind, int]:
    """How the rows of a link are kept, and how many words they have."""
    h, groups = link.heard, link.groups(lanes)
    cells = h.part.stop - h.part.start
    row = len(h.projections) * groups
    if whole:
        return "whole", h.part.sender.words * row
    if len(h.every) > 1:
        return "dense", cells * row
    (projection,) = h.every
    words = facts.words(projection.connectivity, *link.ends, lanes)
    apart = h.cast.shift > 0 and facts.duplicates(projection.connectivity, *link.ends)
    if h.spread or apart or words < _DENSE_SHARE * cells * row:
        return "sparse", words
    return "dense", cells * row


def weight_bits(heard: Sequence[Heard], targets: Sequence[Slice], facts: RowFacts) -> int:
    """Bits of every weight that is kept; synapses that a matrix would add up count together."""
    low = high = 0
    for h, target in zip(heard, targets, strict=True):
        ends = _Leading(h, target, 0).ends
        for projections in h.projections:
            least = most = 0
            for p in projections:
                down, up = facts.span(p.connectivity, *ends)
                least, most = least + down, most + up
            low, high = min(low, least), max(high, most)
    return signed_bits(low, high)


def row_images(plan: RowPlan, delay_bits: int, index_bits: int) -> dict[str, bytes]:
    """The contents of the row memories, by kind."""
    dense: list[Integers] = []
    sparse: list[tuple[SparseRows, int]] = []
    for link, kind in zip(plan.links, plan.kinds, strict=True):
        if kind == "sparse":
            (projection,) = link.heard.every
            wires = projection.connectivity
            rows = sparse_rows(wires, *link.ends, plan.lanes, min(wires.delays, default=0))
            sparse.append((rows, link.index))
        else:
            dense.append(_matrix(link, kind, plan))
    images: dict[str, bytes] = {}
    if dense:
        images["dense"] = hex_image(packed([(np.concatenate(dense), plan.weight_bits)]))
    if sparse:
        words = np.concatenate([_entries(rows, index) for rows, index in sparse])
        if not len(words):
            words = np.zeros((1, *words.shape[1:]), np.int64)
        fields = [(words[..., 0], plan.weight_bits), (words[..., 1], index_bits)]
        if delay_bits:
            fields.append((words[..., 2], delay_bits))
        images["sparse"] = hex_image(_by_lane(fields))
        # the count is the lower half of a pointer
        begins = np.cumsum([0, *(len(rows.weight) for rows, _ in sparse)])
        pointers = [
            rows.pointers + np.array([at, 0]) for (rows, _), at in zip(sparse, begins, strict=False)
        ]
        width = address_width(plan.depths)
        images["pointers"] = hex_image(packed([(np.concatenate(pointers)[:, ::-1], width)]))
    return images


def address_width(depths: Mapping[str, int]) -> int:
    """Bits of an address of rows or pointers, and of how many there are."""
    return max((depth.bit_length() for depth in depths.values()), default=1)


def _matrix(link: _Leading, kind: RowKind, plan: RowPlan) -> Integers:
    """int64 (words, lanes, factors): rows of all projections of a link."""
    h, lanes, groups = link.heard, plan.lanes, link.groups(plan.lanes)
    cells = h.part.stop - h.part.start
    matrix = np.zeros((cells, len(h.projections), groups, lanes), np.int64)
    for port, projections in enumerate(h.projections):
        for p in projections:
            rows = dense_rows(p.connectivity, *link.ends, lanes, groups)
            matrix[:, port] += rows.reshape(cells, groups, lanes)
    words = matrix.reshape(-1, lanes)
    if kind == "dense":
        return words[..., None]
    whole = whole_rows(words, len(h.projections) * groups, h.part.sender.width)
    return np.pad(whole, [(0, 0), (0, 0), (0, plan.factors - whole.shape[2])])


def _entries(rows: SparseRows, index: int) -> Integers:
    """int64 (words, lanes, 3): weight, accumulator, delay."""
    return np.stack([rows.weight, rows.group + index, rows.delay], axis=-1)


def _by_lane(fields: Sequence[tuple[Integers, int]]) -> NDArray[np.bool_]:
    """Entries of fields (words, lanes), the entries of lanes one after the other."""
    count, lanes = fields[0][0].shape
    entries = packed([(values.reshape(-1, 1), width) for values, width in fields])
    return entries.reshape(count, lanes * entries.shape[1])
