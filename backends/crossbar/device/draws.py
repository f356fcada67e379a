"""Random numbers of cells: an array for an array of cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.device.places import Corner, Purpose, checked_seed
from somac.ir.normal import quantiles

__all__ = ["cell_normals", "cell_words"]


def cell_words(
    shape: tuple[int, int],
    seed: int,
    purpose: Purpose,
    corner: Corner,
    *,
    step: int = 0,
    sample: int = 0,
    pulse: int = 0,
    firing: int = 0,
) -> NDArray[np.uint32]:
    """A uniform word per cell, uint32 (rows, columns); E0685 for places that have none."""
    from somac.backends.crossbar.device.kernels import draw_cells

    corner.covers(*shape)
    words = np.empty(shape, np.uint32)
    if words.size:
        place = (corner.core, corner.row, corner.column)
        draw_cells(words, place, checked_seed(seed), int(purpose), step, sample, pulse, firing)
    return words


def cell_normals(
    shape: tuple[int, int],
    seed: int,
    purpose: Purpose,
    corner: Corner,
    *,
    step: int = 0,
    sample: int = 0,
    pulse: int = 0,
    firing: int = 0,
) -> NDArray[np.int64]:
    """A normal integer (`somac.ir.normal`) per cell, int64 (rows, columns)."""
    from somac.backends.crossbar.device.kernels import make_normals

    words = cell_words(
        shape, seed, purpose, corner, step=step, sample=sample, pulse=pulse, firing=firing
    )
    numbers = np.empty(shape, np.int32)
    make_normals(numbers, words, quantiles())
    return numbers.astype(np.int64)
