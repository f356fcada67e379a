"""Maps of all arrays side by side: of blocks, and of conductances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.crossbar.description import Description, read_description
from somac.backends.crossbar.pictures.png import png
from somac.backends.crossbar.pictures.svg import image, rectangle, svg, text
from somac.ir import npy
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["pictures"]

_SIDE = 160.0
"""Of the longer side of an array, in units of the picture."""

_GAP, _TITLE, _LEGEND = 12.0, 18.0, 28.0
_PIXELS = 256
"""Most pixels of a side of an array: of more cells, each pixel is the mean of some."""

_COLOURS = (
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#edc948", "#9c755f",
    "#ff9da7", "#86bcb6",
)  # fmt: skip
_SCALE_WIDTH = 320.0

_EMPTY, _LINE = "#f0f0f0", "#606060"

_GRID = 1 << 16
_SHADES = 255


def pictures(program: Program) -> Mapping[str, str]:
    """SVG by name of a file: ``tiles.svg``, ``conductances.svg``; nothing without arrays.

    Raises
    ------
    SomacError
        E0703 to E0711 for files that are missing or damaged.
    """
    d = read_description(program)
    if not d.arrays:
        return {}
    frame = _Frame.of(d)
    return {
        "tiles.svg": frame.picture(_tiles(d, frame), _names(d), _names_width(d)),
        "conductances.svg": frame.picture(_heat(program, d, frame), _scale(d), _SCALE_WIDTH),
    }


@dataclass(frozen=True, slots=True)
class _Frame:
    """Arrays in rows and columns, each `width` x `height` with its title above."""

    d: Description
    across: int
    width: float
    height: float

    @classmethod
    def of(cls, d: Description) -> _Frame:
        longest = max(d.chip.rows, d.chip.columns)
        across = ceil(sqrt(len(d.arrays)))
        return cls(d, across, _SIDE * d.chip.columns / longest, _SIDE * d.chip.rows / longest)

    def corner(self, number: int) -> tuple[float, float]:
        """Upper left of an array."""
        row, column = divmod(number, self.across)
        return (
            _GAP + column * (self.width + _GAP),
            _LEGEND + _TITLE + row * (self.height + _GAP + _TITLE),
        )

    def picture(self, arrays: Iterator[str], legend: Iterator[str], least: float) -> str:
        """All of it; the legend is `least` wide."""
        down = ceil(len(self.d.arrays) / self.across)
        titles = []
        for number, array in enumerate(self.d.arrays):
            x, y = self.corner(number)
            titles.append(text(x, y - 5, f"{number}: core {array.core}"))
        width = _GAP + self.across * (self.width + _GAP)
        height = _LEGEND + down * (self.height + _GAP + _TITLE)
        return svg(max(width, least), height, [*legend, *titles, *arrays])


def _tiles(d: Description, frame: _Frame) -> Iterator[str]:
    for number in range(len(d.arrays)):
        x, y = frame.corner(number)
        yield rectangle(x, y, frame.width, frame.height, _EMPTY, stroke=_LINE)
    across, down = frame.width / d.chip.columns, frame.height / d.chip.rows
    for which, way in enumerate(d.tiled):
        cells = d.converters[way.converters].cells
        for number in range(way.first, way.stop):
            b = d.blocks[number]
            for turn, copy in enumerate(b.copies):
                x, y = frame.corner(copy.array)
                uses = len(range(turn, b.uses, len(b.copies)))
                yield rectangle(
                    x + copy.column * across,
                    y + copy.row * down,
                    b.columns * cells * across,
                    b.rows * down,
                    _colour(which),
                    f"{way.projection}: block {number - way.first}, copy {turn}; "
                    f"{b.rows} rows x {b.columns} columns of weights from cell "
                    f"({copy.row}, {copy.column}); {uses} uses in a step"
                    + ("; as found" if b.as_found else ""),
                    _LINE,
                )


def _colour(which: int) -> str:
    return _COLOURS[which % len(_COLOURS)]


def _names(d: Description) -> Iterator[str]:
    x = _GAP
    for which, way in enumerate(d.tiled):
        yield rectangle(x, 6, 12, 12, _colour(which), way.projection)
        yield text(x + 16, 16, way.projection)
        x += _name_width(way.projection)


def _name_width(name: str) -> float:
    """About what a name takes, with its square before it."""
    return 28.0 + 7 * len(name)


def _names_width(d: Description) -> float:
    return _GAP + sum(_name_width(way.projection) for way in d.tiled)


def _heat(program: Program, d: Description, frame: _Frame) -> Iterator[str]:
    palette = _palette()
    for number, described in enumerate(d.arrays):
        level = _array(program, d, described.codes).astype(np.float64)
        if described.found is not None:
            found = _array(program, d, described.found)
            level = np.where(found < 0, level, found / _GRID - _rest(d))
        shade = np.clip(level / ((1 << d.chip.cell_bits) - 1), 0, 1) * _SHADES
        pixels = _smaller(shade)
        x, y = frame.corner(number)
        yield image(x, y, frame.width, frame.height, png(pixels.astype(np.uint8), palette))
        yield rectangle(x, y, frame.width, frame.height, "none", stroke=_LINE)


def _rest(d: Description) -> float:
    """The conductance of code 0, in distances of levels."""
    top = (1 << d.chip.cell_bits) - 1
    return d.device.g_min_us * top / (d.device.g_max_us - d.device.g_min_us)


def _smaller(shade: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of squares, no more than `_PIXELS` of them along a side."""
    by = ceil(max(shade.shape) / _PIXELS)
    rows, columns = (-(-size // by) for size in shade.shape)
    padded = np.full((rows * by, columns * by), np.nan)
    padded[: shade.shape[0], : shade.shape[1]] = shade
    found: NDArray[np.float64] = np.nanmean(padded.reshape(rows, by, columns, by), axis=(1, 3))
    return found.round()


def _palette() -> NDArray[np.uint8]:
    """uint8 (256, 3): from white by orange to dark red."""
    at = np.array([0, 0.25, 0.5, 0.75, 1]) * _SHADES
    stops = np.array(
        [(255, 255, 255), (253, 204, 138), (252, 141, 89), (215, 48, 31), (102, 0, 0)], np.float64
    )
    shades = np.arange(_SHADES + 1)
    return np.stack([np.interp(shades, at, c) for c in stops.T], axis=1).round().astype(np.uint8)


def _scale(d: Description) -> Iterator[str]:
    bar = np.arange(_SHADES + 1, dtype=np.uint8)[None]
    yield text(_GAP, 16, f"{d.device.g_min_us:g} uS")
    yield image(_GAP + 60, 6, 160, 12, png(bar, _palette()))
    yield text(_GAP + 228, 16, f"{d.device.g_max_us:g} uS")


def _array(program: Program, d: Description, file: str) -> NDArray[np.integer[Any]]:
    if file not in program.files:
        raise SomacError("E0703", f"the bundle has no file {file}", place=Place(file=file))
    try:
        found = npy.decode(program.files[file])
        if found.shape != (d.chip.rows, d.chip.columns) or found.dtype.kind not in "iu":
            raise ValueError(f"{found.dtype} of shape {found.shape}")
    except ValueError as error:
        raise SomacError(
            "E0711",
            f"the file is damaged: {error}",
            place=Place(file=file),
            hint="compile the model again",
        ) from None
    return found
