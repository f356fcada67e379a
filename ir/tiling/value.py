"""The value: blocks of a projection, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Operator
from somac.ir.digest import integers, read_only
from somac.ir.tiling.converters import Converters
from somac.ir.tiling.sums import Block, Summed

__all__ = ["Tiling"]

Raw = NDArray[np.int64]
Cells = NDArray[np.int32]

_EXACT = 1 << 53


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
        return f"{len(self)} block{'s' if len(self) != 1 else ''} of {self.converters}"

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
            here = [b for b in blocks if b.delay == delay]
            yield delay, Summed.of(self.converters, here, connectivity.target_size)


def _within(numbers: Raw, least: int, most: int) -> bool:
    return not numbers.size or bool(least <= numbers.min() and numbers.max() <= most)
