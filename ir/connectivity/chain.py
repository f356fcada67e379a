"""Linear maps one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity.protocol import Arithmetic, Connectivity, Operator, Rows, Weights
from somac.ir.connectivity.simple import OneToOne

__all__ = ["Chain"]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Linear maps one after the other, the first at the source.

    All but one of `parts` have one shared weight (0-d), so that the chain has one set of
    weights; anything else is multiplied out before. The delays along a way add up.
    """

    parts: tuple[Connectivity, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a chain has at least one part")
        for first, second in zip(self.parts, self.parts[1:], strict=False):
            if first.target_size != second.source_size:
                raise ValueError(f"{first.target_size} cells meet {second.source_size}")
        if sum(part.weights.ndim > 0 for part in self.parts) > 1:
            raise ValueError("a chain has at most one part with weights of its own")
        own, factor = self.parts[self._main].weights, self._factor
        if own.dtype.kind != "f":
            largest = max(1, -int(own.min(initial=0)), int(own.max(initial=0)))
            if largest * abs(factor) > np.iinfo(own.dtype).max:
                raise ValueError(f"weights of {own.dtype} times {factor} are beyond {own.dtype}")

    @property
    def source_size(self) -> int:
        """Number of source cells."""
        return self.parts[0].source_size

    @property
    def target_size(self) -> int:
        """Number of target cells."""
        return self.parts[-1].target_size

    @property
    def _main(self) -> int:
        """The part whose weights are the chain's."""
        ranks = [part.weights.ndim for part in self.parts]
        return ranks.index(max(ranks))

    @property
    def _factor(self) -> Any:
        """The product of the other parts' weights: an int or a float."""
        others = (part.weights for index, part in enumerate(self.parts) if index != self._main)
        return prod(weights.item() for weights in others)

    @property
    def weights(self) -> Weights:
        """Those of the part that has them, the shared weights of the others multiplied in."""
        return np.asarray(self.parts[self._main].weights * self._factor)

    @property
    def delays(self) -> tuple[int, ...]:
        """Every sum of one delay of each part."""
        return tuple(sorted({sum(steps) for steps in product(*(p.delays for p in self.parts))}))

    def with_weights(self, weights: Weights) -> Chain:
        """The same structure with other weights; those shared by a part become 1."""
        one = np.ones((), weights.dtype)
        return Chain(
            tuple(
                part.with_weights(weights if index == self._main else one)
                for index, part in enumerate(self.parts)
            )
        )

    def target_channel(self) -> NDArray[np.int64] | None:
        """That of the weights, if the parts behind them keep the cells apart."""
        behind = self.parts[self._main + 1 :]
        if all(isinstance(part, OneToOne) for part in behind):
            return self.parts[self._main].target_channel()
        return None

    def rows(self, start: int, stop: int) -> Rows:
        """Synapses of a range of source cells.

        Raises
        ------
        ValueError
            If integer weights along several ways between two cells add up beyond their dtype.
        """
        dtype = self.weights.dtype
        rows = self.parts[0].rows(start, stop)
        for part in self.parts[1:]:
            rows = _follow(rows, part)
        weight = rows.weight.astype(dtype)
        if dtype.kind != "f" and not np.array_equal(weight, rows.weight):
            raise ValueError(f"the weights of a chain add up beyond {dtype}")
        return Rows(rows.indptr, rows.target, weight, rows.delay)

    def by_delay(self, arithmetic: Arithmetic = np.float64) -> Iterator[tuple[int, Operator]]:
        """The products of the parts' maps, summed where their delays add up to the same."""
        ways: dict[int, list[Sequence[Operator]]] = {ticks: [] for ticks in self.delays}
        for steps in product(*(tuple(part.by_delay(arithmetic)) for part in self.parts)):
            ways[sum(ticks for ticks, _ in steps)].append([operator for _, operator in steps])
        for ticks, operators in ways.items():
            yield ticks, _sum_of_products(operators)


def _sum_of_products(ways: Sequence[Sequence[Operator]]) -> Operator:
    def along(way: Sequence[Operator], x: NDArray[Any]) -> NDArray[Any]:
        for operator in way:
            x = operator(x)
        return x

    def apply(x: NDArray[Any]) -> NDArray[Any]:
        total = along(ways[0], x)
        for way in ways[1:]:
            total = total + along(way, x)
        return total

    return apply


def _follow(rows: Rows, part: Connectivity) -> Rows:
    """Rows of the product: the targets of `rows` are the sources of `part`.

    Integer weights come out as int64, so that no product of two is beyond it.
    """
    # the cells between that are in use, and their rows
    middle, where = np.unique(rows.target, return_inverse=True)
    first, last = (int(middle[0]), int(middle[-1]) + 1) if len(middle) else (0, 0)
    further = part.rows(first, last)
    begin = further.indptr[middle - first][where]
    count = further.indptr[middle - first + 1][where] - begin
    # a synapse for every way over a cell between
    source = np.repeat(np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr)), count)
    pick = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(count.sum())
    target = further.target[pick]
    wide = np.float64 if rows.weight.dtype.kind == "f" else np.int64
    weight = np.repeat(rows.weight.astype(wide), count) * further.weight[pick]
    delay = np.repeat(rows.delay, count) + further.delay[pick]
    # several ways from one source to one target are one synapse, if their delays agree
    order = np.lexsort((delay, target, source))
    source, target, weight, delay = source[order], target[order], weight[order], delay[order]
    new = np.ones(len(source), np.bool_)
    new[1:] = (np.diff(source) != 0) | (np.diff(target) != 0) | (np.diff(delay) != 0)
    starts = np.flatnonzero(new)
    if len(starts):
        weight = np.add.reduceat(weight, starts)
    return Rows.of_synapses(
        source[starts], target[starts], weight, delay[starts], len(rows.indptr) - 1
    )
