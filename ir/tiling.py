"""A projection on arrays of memory cells: what converters make of the sums of its products.

Signals come in as pulses, weights are kept as codes of cells, and the sum of a column is rounded
and clipped by a converter before it is added to others. `docs/semantics.md` (3.11) is the
specification.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Operator
from somac.ir.digest import integers, read_only
from somac.ir.fixed import Format

__all__ = [
    "Block",
    "Converters",
    "Polarity",
    "Signs",
    "Tiling",
    "column_sums",
    "converted",
    "tiling_problem",
]

Raw = NDArray[np.int64]
Cells = NDArray[np.int32]

Signs = Literal["none", "bipolar", "phases"]
"""Negative signals: none, negative pulses, or phases of their own."""

Polarity = Literal["differential", "separate", "offset"]
"""Signs of weights: in pairs of cells that are subtracted before or after conversion, or by an
offset that is taken off the sum."""

# signals that are converted at once, times rows: they stay in the second cache
_BLOCK = 1 << 16

_EXACT_32, _EXACT = 1 << 24, 1 << 53


@dataclass(frozen=True, slots=True)
class Converters:
    """How signals become pulses, weights codes of cells, and sums of columns numbers again.

    Parameters
    ----------
    pulse_bits
        Of a signal that a pulse carries.
    pulses
        That carry the magnitude of a signal, one after the other, the lowest bits first.
    signs
        What becomes of negative signals.
    cell_bits
        Of a weight that a cell keeps.
    slices
        Cells that keep a weight, or its magnitude, the lowest bits first.
    polarity
        What becomes of negative weights.
    low, high
        The least and the largest code of a converter; 0 is between them.

    Raises
    ------
    ValueError
        If signals would have more than 48 bits, weights more than 31, or codes no range.
    """

    pulse_bits: int
    pulses: int
    signs: Signs
    cell_bits: int
    slices: int
    polarity: Polarity
    low: int
    high: int

    def __post_init__(self) -> None:
        if min(self.pulse_bits, self.pulses, self.cell_bits, self.slices) < 1:
            raise ValueError("pulses and cells carry one bit or more")
        if self.pulse_bits * self.pulses > 48:
            raise ValueError(f"{self.pulses} pulses of {self.pulse_bits} bits, more than 48 in all")
        if self.cell_bits * self.slices > 31:
            raise ValueError(f"{self.slices} cells of {self.cell_bits} bits, more than 31 in all")
        if not self.low <= 0 < self.high:
            raise ValueError(f"codes from {self.low} to {self.high}")

    def __str__(self) -> str:
        return (
            f"{self.pulses}x{self.pulse_bits} {self.signs} pulses, "
            f"{self.slices}x{self.cell_bits} {self.polarity} cells, {self.low}..{self.high}"
        )

    @property
    def pulse_factors(self) -> Raw:
        """int64 (firings,): what a pulse counts, for each that a row gets in a use."""
        once = np.left_shift(1, np.arange(self.pulses) * self.pulse_bits)
        return np.concatenate((once, -once)) if self.signs == "phases" else once

    @property
    def plane_factors(self) -> Raw:
        """int64 (planes,): what the sum of a plane counts."""
        once = np.left_shift(1, np.arange(self.slices) * self.cell_bits)
        return np.stack((once, -once), axis=1).ravel() if self.polarity == "separate" else once

    @property
    def planes(self) -> int:
        """Conversions of a weight's column in one firing."""
        return self.slices * (2 if self.polarity == "separate" else 1)

    @property
    def cells(self) -> int:
        """Cells of a weight."""
        return self.slices * (1 if self.polarity == "offset" else 2)

    @property
    def offset(self) -> int:
        """What weights are shifted by to be codes."""
        return 1 << (self.cell_bits * self.slices - 1) if self.polarity == "offset" else 0

    @property
    def signals(self) -> tuple[int, int]:
        """The least and the largest signal that pulses can carry."""
        most = (1 << (self.pulse_bits * self.pulses)) - 1
        return (0 if self.signs == "none" else -most), most

    @property
    def weights(self) -> tuple[int, int]:
        """The least and the largest weight that cells can keep."""
        if self.offset:
            return -self.offset, self.offset - 1
        most = (1 << (self.cell_bits * self.slices)) - 1
        return -most, most

    def pulses_of(self, signals: Raw) -> Raw:
        """int64 (firings, ...): the pulses of signals of any shape."""
        if self.signs == "phases":
            positive, negative = np.maximum(signals, 0), np.maximum(-signals, 0)
            return np.concatenate((self._digits(positive), self._digits(negative)))
        digits = self._digits(np.abs(signals))
        return digits if self.signs == "none" else digits * np.sign(signals)

    def _digits(self, magnitudes: Raw) -> Raw:
        shifts = np.arange(self.pulses) * self.pulse_bits
        digits = magnitudes >> shifts.reshape(-1, *(1,) * magnitudes.ndim)
        return np.asarray(digits & ((1 << self.pulse_bits) - 1))

    def planes_of(self, weights: NDArray[np.int32]) -> Raw:
        """int64 (planes, ...): what weights of any shape add in each plane, per unit of a pulse."""
        whole = weights.astype(np.int64)
        shifts = (np.arange(self.slices) * self.cell_bits).reshape(-1, *(1,) * whole.ndim)
        mask = (1 << self.cell_bits) - 1
        if self.polarity == "offset":
            return np.asarray((whole + self.offset) >> shifts & mask)
        digits = np.sign(whole) * (np.abs(whole) >> shifts & mask)
        if self.polarity == "differential":
            return np.asarray(digits)
        both = np.stack((np.maximum(digits, 0), np.maximum(-digits, 0)), axis=1)
        return both.reshape(self.planes, *whole.shape)

    def convert(self, sums: Raw, steps: Raw) -> Raw:
        """Codes of sums in steps of their own: the nearest, half away from zero, then clipped."""
        rounded = np.sign(sums) * ((2 * np.abs(sums) + steps) // (2 * steps))
        return np.asarray(np.clip(rounded, self.low, self.high))


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
class Tiling:
    """Blocks that have every synapse of a projection once, and their converters.

    A matrix is used once in a step; the kernel of a convolution once per place. Numbers of all
    blocks stand one after the other: `blocks` gives them one by one.

    Parameters
    ----------
    converters
        Of all blocks.
    rows, columns, uses, delay
        int64 (blocks,).
    weights
        int32: of each block its rows, one after the other.
    sources, targets
        int32: of each block its uses, one after the other; see `Block`.
    steps
        int64 (blocks, planes), 1 to 2**53.

    Raises
    ------
    ValueError
        If the lengths do not agree, or a block has no row, column or use.
    """

    converters: Converters
    rows: Raw
    columns: Raw
    uses: Raw
    delay: Raw
    weights: Cells
    sources: Cells
    targets: Cells
    steps: Raw

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "uses", "delay", "steps"):
            object.__setattr__(self, name, read_only(integers(getattr(self, name))))
        for name in ("weights", "sources", "targets"):
            given = integers(getattr(self, name))
            narrow = given.astype(np.int32)
            if not np.array_equal(narrow, given):
                raise ValueError(f"{name} of a tiling take more than 32 bits")
            object.__setattr__(self, name, read_only(narrow))
        count = len(self.rows)
        for name in ("rows", "columns", "uses", "delay"):
            given, least = getattr(self, name), 0 if name == "delay" else 1
            if given.shape != (count,) or (given < least).any():
                raise ValueError(f"{name} of a tiling are not {least} or more for each block")
        for name, need in (
            ("weights", self.rows * self.columns),
            ("sources", self.uses * self.rows),
            ("targets", self.uses * self.columns),
        ):
            if getattr(self, name).shape != (int(need.sum()),):
                raise ValueError(f"{name} of a tiling are not those of its blocks")
        steps = self.steps
        if steps.shape != (count, self.converters.planes) or not _within(steps, 1, _EXACT):
            raise ValueError("steps of a tiling are not 1 to 2**53 for each block and plane")
        most = (
            int(self.rows.max(initial=0)) << self.converters.pulse_bits + self.converters.cell_bits
        )
        if most >= _EXACT:
            raise ValueError(f"sums of columns up to {most}, which float64 does not hold exactly")

    @classmethod
    def of(cls, converters: Converters, blocks: Sequence[Block]) -> Tiling:
        """From blocks one by one."""
        extents = np.array([(*b.weights.shape, b.uses, b.delay) for b in blocks], np.int64).reshape(
            -1, 4
        )

        def flat(name: str) -> Cells:
            parts = [np.zeros(0, np.int32), *(getattr(b, name).ravel() for b in blocks)]
            return np.concatenate(parts)

        return cls(
            converters=converters,
            rows=extents[:, 0],
            columns=extents[:, 1],
            uses=extents[:, 2],
            delay=extents[:, 3],
            weights=flat("weights"),
            sources=flat("sources"),
            targets=flat("targets"),
            steps=np.array([b.steps for b in blocks], np.int64).reshape(-1, converters.planes),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return f"{len(self)} blocks of {self.converters}"

    @property
    def blocks(self) -> Iterator[Block]:
        """One by one."""
        weights = sources = targets = 0
        for n, (rows, columns, uses) in enumerate(
            zip(self.rows.tolist(), self.columns.tolist(), self.uses.tolist(), strict=True)
        ):
            ends = weights + rows * columns, sources + uses * rows, targets + uses * columns
            yield Block(
                self.weights[weights : ends[0]].reshape(rows, columns),
                self.sources[sources : ends[1]].reshape(uses, rows),
                self.targets[targets : ends[2]].reshape(uses, columns),
                int(self.delay[n]),
                self.steps[n],
            )
            weights, sources, targets = ends

    def by_delay(self, connectivity: Connectivity) -> Iterator[tuple[int, Operator]]:
        """As `Connectivity.by_delay` in int64, (samples, source) to (samples, target)."""
        blocks = list(self.blocks)
        for delay in np.unique(self.delay).tolist():
            here = tuple(_Prepared.of(self.converters, b) for b in blocks if b.delay == delay)
            yield delay, _Converted(here, connectivity.target_size)


@dataclass(frozen=True, slots=True, eq=False)
class _Converted:
    """What blocks of one delay add to `size` targets."""

    blocks: tuple[_Prepared, ...]
    size: int

    def __call__(self, signal: Raw) -> Raw:
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
        dtype = np.float32 if largest < _EXACT_32 else np.float64 if largest < _EXACT else np.int64
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


def _within(numbers: Raw, least: int, most: int) -> bool:
    return not numbers.size or bool(least <= numbers.min() and numbers.max() <= most)


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


def tiling_problem(tiling: Tiling, connectivity: Connectivity, sent: Format) -> str | None:
    """Why blocks are not the projection: signals, weights, or synapses that they do not have."""
    converters = tiling.converters
    (least, most), carried = (sent.minimum, sent.maximum), converters.signals
    if least < carried[0] or most > carried[1]:
        return f"it is sent {least} to {most}, and pulses carry {carried[0]} to {carried[1]}"
    weights, kept = tiling.weights, converters.weights
    if weights.size and (weights.min() < kept[0] or weights.max() > kept[1]):
        return f"its blocks weigh {weights.min()} to {weights.max()}, cells {kept[0]} to {kept[1]}"
    for name, size in (
        ("sources", connectivity.source_size),
        ("targets", connectivity.target_size),
    ):
        cells = getattr(tiling, name)
        if cells.size and not -1 <= cells.min() <= cells.max() < size:
            return f"{name} of its blocks are not within {size} cells"
    # a number for every way there can be, and the weight that goes along it
    delays = np.unique(np.array([*tiling.delay.tolist(), *connectivity.delays], np.int64))
    if connectivity.source_size * connectivity.target_size * len(delays) >= 1 << 63:
        return "its cells and delays are more than can be numbered"
    try:
        wanted = _wanted(connectivity, delays)
    except ValueError as error:
        return str(error)
    covered = _covered(tiling, connectivity.target_size, delays)
    if not all(map(np.array_equal, wanted, covered)):
        return "its blocks do not have every synapse once"
    return None


def _covered(tiling: Tiling, targets: int, delays: Raw) -> tuple[Raw, Raw]:
    """The ways of blocks, as `_summed`."""
    none = np.zeros(0, np.int64)
    ways, weights = [none], [none.astype(np.int32)]
    for block in tiling.blocks:
        rows, columns = np.nonzero(block.weights)
        source, target = block.sources[:, rows], block.targets[:, columns]
        there = (source >= 0) & (target >= 0)
        way = source[there].astype(np.int64) * targets + target[there]
        ways.append(way * len(delays) + np.searchsorted(delays, block.delay))
        each = np.broadcast_to(block.weights[rows, columns], there.shape)
        weights.append(each[there])
    return _summed(np.concatenate(ways), np.concatenate(weights))


def _wanted(connectivity: Connectivity, delays: Raw) -> tuple[Raw, Raw]:
    """The ways of synapses, as `_summed`."""
    rows = connectivity.rows(0, connectivity.source_size)
    source = np.repeat(np.arange(connectivity.source_size), np.diff(rows.indptr))
    way = source * connectivity.target_size + rows.target
    return _summed(way * len(delays) + np.searchsorted(delays, rows.delay), rows.weight)


def _summed(ways: Raw, weights: NDArray[np.int32]) -> tuple[Raw, Raw]:
    """Ways ascending, each once, and their weights; none of weight 0."""
    if (ways[1:] < ways[:-1]).any():
        order = np.argsort(ways, kind="stable")
        ways, weights = ways[order], weights[order]
    whole = weights.astype(np.int64)
    first = np.flatnonzero(np.concatenate(([True], ways[1:] != ways[:-1]))[: len(ways)])
    if len(first) < len(ways):
        ways, whole = ways[first], np.add.reduceat(whole, first)
    there = whole != 0
    return (ways, whole) if there.all() else (ways[there], whole[there])
