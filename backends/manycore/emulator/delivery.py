"""What a segment of sources sends, added into ring buffers: as rows, or as a matrix product.

Both give the sums modulo 2**32, which is all that an int32 accumulator is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Delivery", "Product", "Rows", "Sent", "deliveries"]

Integers = NDArray[np.int64]
Column = NDArray[np.int32]
Ring = NDArray[np.int32]

# A synapse in a row costs some 10 ns when its source sends, an element of a matrix 0.05 ns
# always: with a few per cent of sources sending, blocks denser than this are products. So are
# small ones, where the call is what costs; none is so large that it fills the memory.
_DENSE = 8
_SMALL, _LARGE = 1 << 12, 1 << 24


@dataclass(slots=True, eq=False)
class Sent:
    """The signals of a segment in one tick: int64 (samples, cells), and views made once."""

    signal: Integers
    _events: tuple[Integers, Integers, Integers] | None = None
    _real: dict[type[np.floating[Any]], NDArray[Any]] = field(default_factory=dict)

    def events(self) -> tuple[Integers, Integers, Integers]:
        """Sample, cell and value of every signal that is not 0."""
        if self._events is None:
            flat = self.signal.ravel()
            # nonzero of truth values is several times faster than of integers
            place = np.flatnonzero(flat != 0)
            sample, cell = np.divmod(place, self.signal.shape[1])
            self._events = sample, cell, flat[place]
        return self._events

    def real(self, dtype: type[np.floating[Any]]) -> NDArray[Any]:
        """The signals in floating point."""
        if dtype not in self._real:
            self._real[dtype] = self.signal.astype(dtype)
        return self._real[dtype]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Synapses by source cell, added one by one for the cells that send.

    Parameters
    ----------
    delay
        Ticks, the same for all.
    begin
        int64 (cells + 1,): the synapses of a cell.
    target
        int32 (synapses,): accumulators.
    weight
        (synapses,), of the narrowest integer type.
    unit
        Whether every signal that is not 0 is 1.
    """

    delay: int
    begin: Integers
    target: NDArray[np.int32]
    weight: NDArray[np.integer[Any]]
    unit: bool

    @property
    def bytes(self) -> int:
        """What it takes."""
        return self.begin.nbytes + self.target.nbytes + self.weight.nbytes

    def add(self, sent: Sent, ring: Ring) -> None:
        """Add to `ring`, int32 (samples, accumulators)."""
        sample, cell, value = sent.events()
        length = self.begin[cell + 1] - self.begin[cell]
        ends = np.cumsum(length)
        if not len(ends) or not ends[-1]:
            return
        pick = np.repeat(self.begin[cell] - (ends - length), length) + np.arange(ends[-1])
        place = np.repeat(sample * ring.shape[1], length) + self.target[pick]
        weight = self.weight[pick]
        if not self.unit:
            weight = weight * np.repeat(value, length)
        np.add.at(ring.reshape(-1), place, weight.astype(np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """The same as a matrix of floats that is exact: no sum reaches 2**24 or 2**53.

    `matrix` is (cells, accumulators) and adds to the accumulators from `first` on.
    """

    delay: int
    matrix: NDArray[Any]
    first: int

    @property
    def bytes(self) -> int:
        """What it takes."""
        return self.matrix.nbytes

    def add(self, sent: Sent, ring: Ring) -> None:
        """Add to `ring`, int32 (samples, accumulators)."""
        total = sent.real(self.matrix.dtype.type) @ self.matrix
        if total.dtype == np.float64:
            # int64 wraps where a conversion of floats to int32 would not
            total = total.astype(np.int64)
        ring[:, self.first : self.first + total.shape[1]] += total.astype(np.int32)


Delivery = Rows | Product


def deliveries(
    cells: int,
    largest: int,
    unit: bool,
    blocks: Integers,
    source: Column,
    target: Column,
    weight: Column,
    delay: Column,
) -> Iterator[Delivery]:
    """How to deliver what the `cells` of a segment send.

    Parameters
    ----------
    largest
        Magnitude of the largest signal.
    unit
        Whether every signal that is not 0 is 1.
    blocks
        int64 (blocks + 1,): accumulators in blocks of one port of one group, ascending.
    source, target, weight, delay
        int32 (synapses,): cell of the segment (ascending), accumulator, weight, total delay.
    """
    for ticks in np.unique(delay).tolist():
        chosen = np.flatnonzero(delay == ticks)
        block = np.searchsorted(blocks, target[chosen], side="right") - 1
        rest = [np.zeros(0, dtype=np.intp)]
        for number in np.unique(block).tolist():
            part = chosen[block == number]
            first, width = int(blocks[number]), int(blocks[number + 1] - blocks[number])
            matrix = None
            if _worth_a_product(len(part), cells * width):
                matrix = _matrix(
                    (cells, width), largest, source[part], target[part] - first, weight[part]
                )
            if matrix is None:
                rest.append(part)
            else:
                yield Product(ticks, matrix, first)
        sparse = np.concatenate(rest)
        if len(sparse):
            sparse.sort()
            ends = source[sparse], target[sparse]
            yield _rows(ticks, cells, unit, *ends, weight[sparse])


def _worth_a_product(synapses: int, area: int) -> bool:
    return area <= _SMALL or (area <= _LARGE and synapses * _DENSE >= area)


def _matrix(
    shape: tuple[int, int], largest: int, source: Column, target: Column, weight: Column
) -> NDArray[Any] | None:
    """The matrix in the narrowest float type in which every product is exact, if there is one."""
    magnitude = np.bincount(target, np.abs(weight.astype(np.float64)), minlength=shape[1])
    bound = float(magnitude.max(initial=0.0)) * largest
    if bound >= 2.0**53:
        return None
    matrix = np.zeros(shape, dtype=np.float32 if bound < 2.0**24 else np.float64)
    np.add.at(matrix, (source, target), weight)
    return matrix


def _rows(
    delay: int, cells: int, unit: bool, source: Column, target: Column, weight: Column
) -> Rows:
    begin = np.append(0, np.cumsum(np.bincount(source, minlength=cells)))
    narrow = np.result_type(*(np.min_scalar_type(w) for w in (weight.min(), weight.max(), -1)))
    return Rows(delay, begin, target, weight.astype(narrow), unit)
