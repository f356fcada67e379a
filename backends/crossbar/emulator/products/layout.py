"""How cells and steps lie in memory for machine code, and which machine code suits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.emulator.products.dense_kernel import Conversion, Form
from somac.backends.crossbar.emulator.products.firing import Firing
from somac.backends.crossbar.emulator.products.paths import CELL_BITS, PULSE_BITS, Path

__all__ = ["Layout", "conversion_of", "form_of", "layout_of", "tables_of"]

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
    """Cells and converters for machine code; arrays are described in `dense_kernel.ARGUMENTS`.

    Parameters
    ----------
    blocks, steps, cell_digits, pulse_digits
        Of the loops.
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


def conversion_of(firing: Firing, *, noisy: bool) -> Conversion | None:
    """How sums become codes; None if float64 is not exact enough."""
    if firing.largest_step == 1:
        return "clip"
    most = firing.largest_sum + 2 * firing.largest_step
    if most < _FLOAT and not noisy:
        return "float"
    return "double" if most + (_NOISE if noisy else 0) < _DOUBLE else None


def form_of(firing: Firing, path: Path, *, noisy: bool) -> Form | None:
    """The machine code that computes it; None if there is none."""
    conversion = conversion_of(firing, noisy=noisy)
    pulse, cell = (1 << PULSE_BITS) - 1, (1 << CELL_BITS) - 1
    if conversion is None or firing.rows * pulse * cell >= _WORD:
        return None
    wide = firing.pulses.bits > PULSE_BITS or firing.largest_sum >= _WORD
    return Form(path, conversion, wide, _long(firing), _offset_and_digits(firing)[1] > 1, noisy)


def layout_of(firing: Firing, form: Form) -> Layout:
    """Lay it out."""
    path = form.path
    planes, rows, columns = firing.planes.shape
    blocks, steps = -(-columns // path.width), -(-rows // path.together)
    offset, digits = _offset_and_digits(firing)
    padded = np.zeros((planes, steps * path.together, blocks * path.width), np.int64)
    padded[:, :rows, :columns] = firing.planes + np.int64(offset)
    padded = padded.reshape(planes, steps, path.together, blocks, path.vectors, path.lanes)
    cells = _aligned(
        (blocks, planes, digits, steps, path.vectors, path.lanes, path.together),
        np.uint8 if path.bits == 8 else np.int16,
    )
    for digit in range(digits):
        part = padded >> CELL_BITS * digit & (1 << CELL_BITS) - 1
        cells[:, :, digit] = part.transpose(3, 0, 1, 4, 5, 2)
    parts = -(-firing.pulses.bits // PULSE_BITS)
    return Layout(blocks, steps, digits, parts, offset, cells, *tables_of(firing, form, columns))


def tables_of(
    firing: Firing, form: Form, columns: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Reciprocals, halves and weights, whole blocks of columns of each plane."""
    width = -(-columns // form.path.width) * form.path.width
    steps = np.ones((len(firing.planes), width), np.int64)
    steps[:, :columns] = firing.steps
    real = np.dtype(np.float32 if form.conversion == "float" else np.float64)
    measured = (steps * firing.unit).astype(np.float64)
    weights = steps * firing.plane_factors[:, None]
    signs = np.array([1, -1][: firing.pulses.phases]).reshape(-1, 1, 1)
    return (
        (1 / measured).astype(real),
        (0.5 + 0.25 / measured).astype(real),
        (signs * weights).astype(f"i{form.result_bits // 8}"),
    )


def _aligned(shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    """An array that begins at a whole line of the cache: a vector is within one line then."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    raw = np.empty(size + _LINE, np.uint8)
    skip = -raw.ctypes.data % _LINE
    return raw[skip : skip + size].view(kind).reshape(shape)


def _offset_and_digits(firing: Firing) -> tuple[int, int]:
    """What makes all cells 0 or more, and how many digits they have then."""
    least, most = int(firing.planes.min(initial=0)), int(firing.planes.max(initial=0))
    return -least, max(1, -(-(most - least).bit_length() // CELL_BITS))


def _long(firing: Firing) -> bool:
    """Whether results take more than 32 bits, or may on the way."""
    pulses = firing.pulses
    once = max(abs(firing.low), abs(firing.high)) * int(np.abs(pulses.factors).sum())
    counts = np.abs(firing.plane_factors[:, None] * firing.steps)
    return once * max(int(counts.sum(axis=0).max(initial=0)), 1) >= _WORD
