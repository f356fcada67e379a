"""What blocks of cells add up to, and what converters make of it: the golden sums of tilings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.ir.tiling.converters import Converters

__all__ = ["Block", "Summed", "column_sums", "converted"]

Raw = NDArray[np.int64]
Cells = NDArray[np.int32]

# signals that are converted at once, times rows: they stay in the second cache
_BLOCK = 1 << 16
_EXACT_32, _EXACT_64 = 1 << 24, 1 << 53


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A matrix of weights on one array, and whom it serves: a view of a `Tiling`.

    Parameters
    ----------
    weights
        int32 (rows, columns).
    sources
        int32 (uses, rows): in each use, the source cell that drives a row; -1 for none.
    targets
        int32 (uses, columns): in each use, the target cell that a column adds to; -1 for none.
    delay
        Ticks on top of the projection's own.
    steps
        int64 (planes,): what one code of the converters stands for, per plane.
    """

    weights: Cells
    sources: Cells
    targets: Cells
    delay: int
    steps: Raw

    @property
    def uses(self) -> int:
        """How often it is used in a step of the model."""
        return len(self.sources)


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """What blocks add to `size` targets: int64 (samples, source) to (samples, target)."""

    blocks: tuple[_Prepared, ...]
    size: int

    @classmethod
    def of(cls, converters: Converters, blocks: Iterable[Block], size: int) -> Summed:
        """Of blocks of one delay."""
        return cls(tuple(_Prepared.of(converters, b) for b in blocks), size)

    def __call__(self, signal: Raw) -> Raw:
        """What comes of signals, (samples, source), modulo 2**64."""
        # a row that is not driven has number -1, and gets the 0 that stands last
        driving = np.concatenate((signal, np.zeros((len(signal), 1), np.int64)), axis=1)
        out = np.zeros((len(signal), self.size), np.int64)
        for block in self.blocks:
            some = max(1, _BLOCK // block.sources.size)
            for start in range(0, len(signal), some):
                part = slice(start, start + some)
                block.add(driving[part], out[part])
        return out


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A block as it is computed with: in floats as long as they are exact.

    `planes` are (rows, planes times columns); `weighs` int64 (firings, planes) what a code counts,
    modulo 2**64. Of all columns of all uses, `order` are those that serve a target, by target:
    those of `targets[k]` begin at `first[k]`.
    """

    converters: Converters
    sources: Cells
    steps: Raw
    planes: NDArray[Any]
    weighs: Raw
    order: NDArray[np.intp]
    targets: Raw
    first: Raw

    @classmethod
    def of(cls, converters: Converters, block: Block) -> _Prepared:
        """Whatever does not depend on signals."""
        rows = len(block.weights)
        largest = 2 * (rows << converters.pulse_bits + converters.cell_bits)
        largest += int(block.steps.max())
        # quotients of such numbers, too, are on the right side of every integer
        dtype = (
            np.float32 if largest < _EXACT_32 else np.float64 if largest < _EXACT_64 else np.int64
        )
        planes = converters.planes_of(block.weights).transpose(1, 0, 2).reshape(rows, -1)
        flat = block.targets.ravel()
        order = np.argsort(flat, kind="stable")[np.count_nonzero(flat < 0) :]
        targets, first = np.unique(flat[order], return_index=True)
        weighs = np.multiply.outer(converters.pulse_factors, converters.plane_factors * block.steps)
        return cls(
            converters,
            block.sources,
            block.steps,
            planes.astype(dtype),
            weighs,
            order,
            targets.astype(np.int64),
            first,
        )

    def add(self, driving: Raw, out: Raw) -> None:
        """Add to `out`, (samples, target), what comes of signals, (samples, source + 1)."""
        converters, planes = self.converters, len(self.steps)
        if not len(self.order):
            return
        driven = driving[:, self.sources]
        lines = driven.reshape(-1, driven.shape[-1])
        sums = np.zeros((len(lines), self.planes.shape[1] // planes), np.int64)
        for pulse, weighs in zip(converters.pulses_of(lines), self.weighs, strict=True):
            # no pulses, no sums, and the code of 0 is 0
            if pulse.any():
                codes = self._codes(pulse).reshape(len(lines), planes, -1)
                for plane, weigh in enumerate(weighs):
                    sums += codes[:, plane].astype(np.int64) * weigh
        if converters.offset:
            sums -= converters.offset * lines.sum(axis=1, keepdims=True)
        found = sums.reshape(len(out), -1)[:, self.order]
        if len(self.first) < len(self.order):
            found = np.add.reduceat(found, self.first, axis=1)
        out[:, self.targets] += found

    def _codes(self, pulse: Raw) -> NDArray[Any]:
        sums: NDArray[Any] = pulse.astype(self.planes.dtype) @ self.planes
        columns = sums.shape[1] // len(self.steps)
        if sums.dtype == np.int64:
            return self.converters.convert(sums, np.repeat(self.steps, columns))
        if (self.steps > 1).any():
            steps = np.repeat(self.steps, columns).astype(sums.dtype)
            signs = np.copysign(sums.dtype.type(1), sums)
            np.abs(sums, out=sums)
            sums *= 2
            sums += steps
            sums /= 2 * steps
            np.floor(sums, out=sums)
            sums *= signs
        return np.clip(sums, self.converters.low, self.converters.high, out=sums)


def converted(converters: Converters, block: Block, signals: Raw) -> Raw:
    """The codes that converters give of the sums of a block.

    Parameters
    ----------
    signals
        int64 (samples, source).

    Returns
    -------
    int64 (firings, samples, uses, planes, columns).
    """
    return converters.convert(column_sums(converters, block, signals), block.steps[:, None])


def column_sums(converters: Converters, block: Block, signals: Raw) -> Raw:
    """What converters are given: shapes as `converted`."""
    driven = np.where(block.sources < 0, 0, signals[:, block.sources])
    pulses = converters.pulses_of(driven)
    rows, columns = block.weights.shape
    flat = converters.planes_of(block.weights).transpose(1, 0, 2).reshape(rows, -1)
    sums = (pulses.reshape(-1, rows).astype(np.float64) @ flat.astype(np.float64)).astype(np.int64)
    return sums.reshape(*pulses.shape[:-1], converters.planes, columns)
