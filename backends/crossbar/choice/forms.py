"""What a projection is to arrays: matrices of weights, and where each is used.

A matrix that all synapses have to themselves is used once. A convolution is the matrix of its
kernel (im2col) with a use for each place: unrolled, every place would have cells of its own, which
is never fewer; where arrays have room to spare, copies of a kernel buy the time back. A pool before
other weights is further uses of theirs, one for each place of its window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import (
    AllToAll,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
)
from somac.ir.connectivity.windows import positions

__all__ = ["Form", "Kernel", "Scattered", "fan_in", "form_of", "is_pooling"]

Raw = NDArray[np.int64]

DENSITY = 0.25
"""Share of synapses from which on a matrix is cut as a whole; below, columns that share sources
are put together."""

_MOST_CELLS = 1 << 26


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A whole matrix: arrays as those of `somac.ir.tiling.Block`, of any size, in int64.

    Every cell of it is `wanted` where weights of 0 are not nothing: those of a random device are
    0 only as far as they were read back.
    """

    weights: Raw
    sources: Raw
    targets: Raw
    delay: int
    wanted: bool = False

    def part(self, rows: Raw, columns: Raw) -> Kernel:
        """Only these rows and columns."""
        return Kernel(
            self.weights[np.ix_(rows, columns)],
            self.sources[:, rows],
            self.targets[:, columns],
            self.delay,
            self.wanted,
        )

    def compact(self) -> Kernel:
        """Without rows, columns and uses that have no synapse."""
        if self.wanted:
            return self
        here = self.weights != 0
        rows = np.flatnonzero(here.any(axis=1) & (self.sources >= 0).any(axis=0))
        columns = np.flatnonzero(here[rows].any(axis=0) & (self.targets >= 0).any(axis=0))
        few = self.part(rows, columns)
        uses = (few.sources >= 0).any(axis=1) & (few.targets >= 0).any(axis=1)
        if uses.all():
            return few
        return Kernel(few.weights, few.sources[uses], few.targets[uses], few.delay)


@dataclass(frozen=True, slots=True, eq=False)
class Scattered:
    """Synapses of one delay, no two of them between the same cells, by target, then source."""

    source: Raw
    target: Raw
    weights: Raw
    delay: int


Form = Kernel | Scattered


def is_pooling(connectivity: Connectivity) -> bool:
    """Whether it does not mix channels: cells one to one, or sums of a window times one weight."""
    if isinstance(connectivity, Chain):
        return all(map(is_pooling, connectivity.parts))
    return isinstance(connectivity, OneToOne | Pool)


def fan_in(connectivity: Connectivity) -> NDArray[np.float64]:
    """float64 (target,): ways that end at each cell, all delays together."""
    there = (connectivity.weights != 0).astype(np.float64)
    ones = np.ones(connectivity.source_size)
    maps = connectivity.with_weights(there).by_delay()
    return sum((operator(ones) for _, operator in maps), np.zeros(connectivity.target_size))


def form_of(connectivity: Connectivity, *, found: bool = False) -> tuple[Form, ...]:
    """Matrices and synapses that have every synapse once; one whole matrix if it was `found`.

    Raises
    ------
    ValueError
        If the weights of a chain add up beyond their dtype.
    """
    if found:
        return (replace(_matrix(connectivity.weights.T.astype(np.int64)), wanted=True),)
    return tuple(_forms(connectivity))


def _forms(wires: Connectivity) -> Iterator[Form]:
    match wires:
        case Chain():
            yield from _chain(wires)
        case Convolution():
            yield from _convolution(wires)
        case Dense() if _filled(wires.weight) >= DENSITY:
            yield _matrix(wires.weight.T.astype(np.int64))
        case AllToAll():
            shape = wires.source_size, wires.target_size
            yield _matrix(np.broadcast_to(wires.weight.astype(np.int64), shape))
        case _:
            yield from _scattered(wires)


def _filled(weights: NDArray[np.int32]) -> float:
    """Share of the weights where rows and columns meet that have any."""
    here = weights != 0
    room = int(here.any(axis=0).sum()) * int(here.any(axis=1).sum())
    return int(here.sum()) / max(1, room)


def _matrix(weights: Raw) -> Kernel:
    rows, columns = weights.shape
    return Kernel(weights, np.arange(rows)[None], np.arange(columns)[None], 0)


def _convolution(c: Convolution) -> Iterator[Kernel]:
    """The kernel of each group: rows are (channel in, *position), columns channels out."""
    per_in, per_out = c.weight.shape[1], c.weight.shape[0] // c.groups
    places = _windows(c)
    area_in, area_out = prod(c.input_shape[1:]), prod(c.output_shape[1:])
    for group in range(c.groups):
        inner = np.arange(group * per_in, (group + 1) * per_in) * area_in
        outer = np.arange(group * per_out, (group + 1) * per_out) * area_out
        sources = np.where(places[:, None] < 0, -1, places[:, None] + inner[:, None])
        kernel = c.weight[group * per_out : (group + 1) * per_out].reshape(per_out, -1)
        yield Kernel(
            kernel.T.astype(np.int64),
            sources.reshape(area_out, -1),
            np.arange(area_out)[:, None] + outer,
            0,
        )


def _windows(c: Convolution) -> Raw:
    """int64 (places, positions): the cell of the grid at each position of the kernel, or -1."""
    found = np.zeros((), np.int64)
    outside = np.zeros((), np.bool_)
    rank = len(c.stride)
    for axis, (size, count, kernel, step, spread, (before, _)) in enumerate(
        zip(
            c.input_shape[1:],
            c.output_shape[1:],
            c.weight.shape[2:],
            c.stride,
            c.dilation,
            c.padding,
            strict=True,
        )
    ):
        cell = np.arange(count)[:, None] * step + np.arange(kernel) * spread - before
        shape = [1] * (2 * rank)
        shape[axis], shape[rank + axis] = count, kernel
        cell = cell.reshape(shape)
        found = found * size + cell
        outside = outside | (cell < 0) | (cell >= size)
    return np.asarray(np.where(outside, -1, found).reshape(prod(c.output_shape[1:]), -1))


def _chain(chain: Chain) -> Iterator[Form]:
    """The weights in the chain, used once more for every way that leads to them."""
    ranks = [part.weights.ndim for part in chain.parts]
    main = ranks.index(max(ranks))
    before, after = chain.parts[:main], chain.parts[main + 1 :]
    simple = all(isinstance(p, OneToOne | Pool) and p.delays == (0,) for p in before) and all(
        isinstance(p, OneToOne) and p.delays == (0,) for p in after
    )
    forms = tuple(_forms(chain.parts[main].with_weights(chain.weights))) if simple else ()
    if not forms or any(isinstance(form, Scattered) for form in forms):
        yield from _scattered(chain)
        return
    ways = prod(prod(part.kernel) for part in before if isinstance(part, Pool))
    if ways * int(np.abs(chain.weights.astype(np.int64)).max(initial=0)) >= 1 << 31:
        # which may be too much where ways meet
        chain.rows(0, chain.source_size)
    for form in forms:
        assert isinstance(form, Kernel)
        sources, targets = form.sources, form.targets
        for part in reversed(before):
            from_cells = _ways(part)
            reached = np.where(sources < 0, -1, from_cells[:, sources])
            targets = np.tile(targets, (len(from_cells), 1))
            sources = reached.reshape(-1, sources.shape[1])
        yield Kernel(form.weights, sources, targets, form.delay)


def _ways(part: Connectivity) -> Raw:
    """int64 (ways, target): the source cell of each way into each target cell, or -1."""
    if not isinstance(part, Pool):
        return np.arange(part.target_size)[None]
    shape, out = part.input_shape, part.output_shape
    cells = np.arange(part.source_size).reshape(shape)
    ones = (1,) * len(part.kernel)
    found = []
    for _, inputs, outputs in positions(
        shape[1:], part.kernel, part.stride, part.padding, ones, out[1:]
    ):
        way = np.full(out, -1, np.int64)
        way[:, *outputs] = cells[:, *inputs]
        found.append(way.ravel())
    return np.array(found, np.int64).reshape(-1, part.target_size)


def _scattered(wires: Connectivity) -> Iterator[Form]:
    """Synapses by delay: a matrix where they are many for their cells."""
    rows = wires.rows(0, wires.source_size)
    source = np.repeat(np.arange(wires.source_size), np.diff(rows.indptr))
    for delay in np.unique(rows.delay).tolist():
        here = rows.delay == delay
        found = _merged(source[here], rows.target[here], rows.weight[here], delay)
        if not len(found.weights):
            continue
        sources, row = np.unique(found.source, return_inverse=True)
        targets, column = np.unique(found.target, return_inverse=True)
        room = len(sources) * len(targets)
        if len(found.weights) >= DENSITY * room and room <= _MOST_CELLS:
            weights = np.zeros((len(sources), len(targets)), np.int64)
            weights[row, column] = found.weights
            yield Kernel(weights, sources[None], targets[None], delay)
        else:
            yield found


def _merged(source: Raw, target: Raw, weight: NDArray[np.int32], delay: int) -> Scattered:
    """Several synapses between two cells are one."""
    order = np.lexsort((source, target))
    source, target, whole = source[order], target[order], weight[order].astype(np.int64)
    new = np.ones(len(source), np.bool_)
    new[1:] = (np.diff(source) != 0) | (np.diff(target) != 0)
    first = np.flatnonzero(new)
    if len(first):
        whole = np.add.reduceat(whole, first)
    keep = whole != 0
    first = first[keep]
    return Scattered(source[first], target[first], whole[keep], delay)
