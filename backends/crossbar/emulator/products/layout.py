"""How cells and steps lie in memory for machine code, and which machine code suits them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.emulator.products.firing import Firing
from somac.backends.crossbar.emulator.products.form import CellBits, Conversion, Form
from somac.backends.crossbar.emulator.products.paths import CELL_BITS, PULSE_BITS, Path

__all__ = ["Layout", "aligned", "aligned_room", "fits_words", "form_of", "layout_of"]

_WORD: Final = 1 << 31

_LINE: Final = 64

# A code is the sum times a rounded reciprocal, plus a half and a quarter of 1 / step, without its
# fraction. That is the right one if errors stay below a quarter of 1 / step; of three roundings
# they are at most 3 (code + 1) times half a unit in the last place of 1.
_FLOAT: Final = 1 << 20
_DOUBLE: Final = 1 << 49

# noise is added to sums that were bounded without it
_NOISE: Final = 1 << 48


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Cells and converters for machine code; arrays are as `form.ARGUMENTS` wants them.

    Parameters
    ----------
    blocks, steps, cell_digits, pulse_digits
        Of the loops; steps are rows where cells are whole numbers.
    offset
        What was added to all cells, so that their digits are not negative.
    """

    blocks: int
    steps: int
    cell_digits: int
    pulse_digits: int
    offset: int
    cells: NDArray[Any]
    reciprocals: NDArray[Any]
    halves: NDArray[Any]
    weights: NDArray[Any]


def form_of(firing: Firing, path: Path, *, noisy: bool, listed: bool = False) -> Form | None:
    """The machine code that computes it, of lists of rows or of digits; None if there is none."""
    conversion = _conversion(firing, noisy=noisy)
    wide = firing.largest_sum >= _WORD
    if conversion is None:
        return None
    if listed:
        return Form(path, conversion, wide, not fits_words(firing), noisy, None, _cell_bits(firing))
    pulse, cell = (1 << PULSE_BITS) - 1, (1 << CELL_BITS) - 1
    if firing.rows * pulse * cell >= _WORD:
        return None
    wide = wide or firing.pulses.bits > PULSE_BITS
    digits = _offset_and_digits(firing)[1] > 1
    return Form(path, conversion, wide, not fits_words(firing), noisy, digits, 32)


def layout_of(firing: Firing, form: Form) -> Layout:
    """Lay it out."""
    path = form.path
    blocks = -(-firing.columns // path.width)
    tables = _tables(firing, form, blocks)
    if form.digits is None:
        whole = _padded(firing.planes, firing.rows, path)
        cells = aligned(whole.transpose(2, 0, 1, 3, 4), f"i{form.cell_bits // 8}")
        return Layout(blocks, firing.rows, 1, 1, 0, cells, *tables)
    offset, digits = _offset_and_digits(firing)
    steps = -(-firing.rows // path.together)
    raised = _padded(firing.planes + np.int64(offset), steps * path.together, path)
    parts = [raised >> CELL_BITS * n & (1 << CELL_BITS) - 1 for n in range(digits)]
    shape = (digits, len(firing.planes), steps, path.together, *raised.shape[2:])
    cells = aligned(
        np.stack(parts).reshape(shape).transpose(4, 1, 0, 2, 5, 6, 3), f"u{path.bits // 8}"
    )
    pulse_digits = -(-firing.pulses.bits // PULSE_BITS)
    return Layout(blocks, steps, digits, pulse_digits, offset, cells, *tables)


def _padded(planes: NDArray[Any], rows: int, path: Path) -> NDArray[Any]:
    """(planes, rows, blocks, vectors, lanes), zero beyond the rows and columns that there are."""
    count, given, columns = planes.shape
    blocks = -(-columns // path.width)
    found = np.zeros((count, rows, blocks * path.width), planes.dtype)
    found[:, :given, :columns] = planes
    return found.reshape(count, rows, blocks, path.vectors, path.lanes)


def aligned(values: NDArray[Any], kind: str) -> NDArray[Any]:
    """A copy that begins at a whole line of the cache."""
    found = aligned_room(values.shape, kind)
    found[:] = values
    return found


def aligned_room(shape: tuple[int, ...], kind: str) -> NDArray[Any]:
    """Not set, but at a whole line of the cache: a vector is within one line then."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    raw = np.empty(size + _LINE, np.uint8)
    skip = -raw.ctypes.data % _LINE
    return raw[skip : skip + size].view(kind).reshape(shape)


def _tables(
    firing: Firing, form: Form, blocks: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Reciprocals, halves and weights, whole blocks of columns of each plane."""
    steps = np.ones((len(firing.planes), blocks * form.path.width), np.int64)
    steps[:, : firing.columns] = firing.steps
    real = np.dtype(np.float32 if form.conversion == "float" else np.float64)
    measured = (steps * firing.unit).astype(np.float64)
    weights = steps * firing.plane_factors[:, None]
    signs = np.array([1, -1][: firing.pulses.phases]).reshape(-1, 1, 1)
    return (
        (1 / measured).astype(real),
        (0.5 + 0.25 / measured).astype(real),
        (signs * weights).astype(f"i{form.result_bits // 8}"),
    )


def _conversion(firing: Firing, *, noisy: bool) -> Conversion | None:
    """How sums become codes; None if float64 is not exact enough."""
    if firing.largest_step == 1:
        return "clip"
    most = firing.largest_sum + 2 * firing.largest_step
    if most < _FLOAT and not noisy:
        return "float"
    return "double" if most + (_NOISE if noisy else 0) < _DOUBLE else None


def _offset_and_digits(firing: Firing) -> tuple[int, int]:
    """What makes all cells 0 or more, and how many digits they have then."""
    least, most = int(firing.planes.min(initial=0)), int(firing.planes.max(initial=0))
    return -least, max(1, -(-(most - least).bit_length() // CELL_BITS))


def _cell_bits(firing: Firing) -> CellBits:
    """Of whole cells."""
    least, most = int(firing.planes.min(initial=0)), int(firing.planes.max(initial=0))
    if least >= -(1 << 7) and most < 1 << 7:
        return 8
    return 16 if least >= -(1 << 15) and most < 1 << 15 else 32


def fits_words(firing: Firing) -> bool:
    """Whether results take 32 bits at most, on the way too."""
    pulses = firing.pulses
    once = max(abs(firing.low), abs(firing.high)) * int(np.abs(pulses.factors).sum())
    counts = np.abs(firing.plane_factors[:, None] * firing.steps)
    return once * max(int(counts.sum(axis=0).max(initial=0)), 1) < _WORD
