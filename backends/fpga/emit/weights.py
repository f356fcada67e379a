"""The row memories of an engine: what is put into them, and where it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.bits import signed_bits, span
from somac.backends.fpga.emit.design import RowKind
from somac.backends.fpga.emit.images import hex_image, packed
from somac.backends.fpga.emit.incoming import Heard
from somac.backends.fpga.rows import (
    SparseRows,
    dense_rows,
    duplicates,
    sparse_rows,
    sparse_words,
    whole_rows,
)
from somac.ir.mapping import Slice

__all__ = ["RowMemory", "row_kind", "rows_for"]

Integers = NDArray[np.int64]

_DENSE_SHARE = 0.5
"""A projection with fewer words in sparse rows than this share of a matrix is kept in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a link has: words of a matrix (words, lanes, factors), or sparse rows."""

    kind: RowKind
    dense: Integers | None = None
    sparse: SparseRows | None = None


def row_kind(h: Heard, target: Slice, lanes: int, *, whole: bool) -> RowKind:
    """How the rows of a link are kept."""
    if whole:
        return "whole"
    if h.spread or _parallel(h, target):
        return "sparse"
    if len(h.every) > 1:
        return "dense"
    groups = -(-target.size // lanes)
    matrix = (h.part.stop - h.part.start) * groups
    (projection,) = h.every
    words = sparse_words(projection.connectivity, *_ends(h, target), lanes)
    return "sparse" if words < _DENSE_SHARE * matrix else "dense"


def _parallel(h: Heard, target: Slice) -> bool:
    """Whether products are rounded that a matrix would have added up."""
    return h.cast.shift > 0 and any(
        duplicates(p.connectivity, *_ends(h, target)) for p in h.every
    )


def _ends(h: Heard, target: Slice) -> tuple[tuple[int, int], tuple[int, int]]:
    return (h.part.start, h.part.stop), (target.start, target.stop)


def rows_for(h: Heard, target: Slice, lanes: int, kind: RowKind) -> Rows:
    """The rows of a link."""
    groups = -(-target.size // lanes)
    source, cells = _ends(h, target)
    if kind == "sparse":
        (projection,) = h.every
        return Rows(kind, sparse=sparse_rows(projection.connectivity, source, cells, lanes, min(projection.connectivity.delays, default=0)))
    count = source[1] - source[0]
    matrix = np.zeros((count, len(h.projections), groups, lanes), np.int64)
    for port, projections in enumerate(h.projections):
        for p in projections:
            rows = dense_rows(p.connectivity, source, cells, lanes, groups)
            matrix[:, port] += rows.reshape(count, groups, lanes)
    words = matrix.reshape(-1, lanes)
    if kind == "whole":
        return Rows(kind, whole_rows(words, len(h.projections) * groups, h.part.sender.width))
    return Rows(kind, words[..., None])


@dataclass(frozen=True, slots=True, eq=False)
class RowMemory:
    """All rows of an engine.

    Parameters
    ----------
    bases
        Per link, where its rows begin, or its pointers.
    weight_bits
        Of a weight.
    images, depths
        Per kind of memory (``dense``, ``sparse``, ``pointers``) its contents and its words.
    """

    bases: tuple[int, ...]
    weight_bits: int
    images: Mapping[str, bytes]
    depths: Mapping[str, int]

    @classmethod
    def of(
        cls,
        links: Sequence[Rows],
        indices: Sequence[int],
        delay_bits: int,
        index_bits: int,
    ) -> RowMemory:
        """The rows of links one after the other; `indices` are their first accumulators."""
        weights = [r.dense if r.dense is not None else _of(r).weight for r in links]
        low = min((span(w)[0] for w in weights), default=0)
        high = max((span(w)[1] for w in weights), default=0)
        bits = signed_bits(low, high)
        bases: list[int] = []
        dense: list[Integers] = []
        sparse: list[tuple[SparseRows, int]] = []
        pointers: list[Integers] = []
        at, words, rows = 0, 0, 0
        for link, index in zip(links, indices, strict=True):
            if link.dense is not None:
                bases.append(at)
                dense.append(link.dense)
                at += len(link.dense)
                continue
            some = _of(link)
            bases.append(rows)
            pointers.append(some.pointers + [words, 0])
            sparse.append((some, index))
            rows += len(some.pointers)
            words += len(some.weight)
        images: dict[str, bytes] = {}
        depths: dict[str, int] = {}
        if dense:
            factors = max(rows.shape[2] for rows in dense)
            joined = np.concatenate(
                [np.pad(rows, [(0, 0), (0, 0), (0, factors - rows.shape[2])]) for rows in dense]
            )
            images["dense"] = hex_image(packed([(joined, bits)]))
            depths["dense"] = at
        if sparse:
            entries = np.concatenate([_entries(s, index) for s, index in sparse])
            if not len(entries):
                entries = np.zeros((1, *entries.shape[1:]), np.int64)
            fields = [(entries[..., 0], bits), (entries[..., 1], index_bits)]
            if delay_bits:
                fields.append((entries[..., 2], delay_bits))
            images["sparse"] = hex_image(_by_lane(fields))
            depths |= {"sparse": len(entries), "pointers": rows}
            # the count is the lower half of a pointer
            both = np.concatenate(pointers)[:, ::-1]
            address_bits = max(depth.bit_length() for depth in depths.values())
            images["pointers"] = hex_image(packed([(both, address_bits)]))
        return cls(tuple(bases), bits, images, depths)


def _of(rows: Rows) -> SparseRows:
    if rows.sparse is None:
        raise ValueError("a link has rows of one kind")
    return rows.sparse


def _entries(rows: SparseRows, index: int) -> Integers:
    """int64 (words, lanes, 3): weight, accumulator, delay."""
    return np.stack([rows.weight, rows.group + index, rows.delay], axis=-1)


def _by_lane(fields: Sequence[tuple[Integers, int]]) -> NDArray[np.bool_]:
    """Entries of fields (words, lanes), the entries of lanes one after the other."""
    count, lanes = fields[0][0].shape
    entries = packed([(values.reshape(-1, 1), width) for values, width in fields])
    return entries.reshape(count, lanes * entries.shape[1])
