"""What writes the cells: targets, tolerance and order, for a write-verify loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

from somac.backends.crossbar.description import Array, Block, Converters, Tiled
from somac.backends.crossbar.emit.cells import Codes
from somac.ir import target as ir

__all__ = ["programming", "regions_of", "writing_text"]

FORMAT = 1
_WRITING = "write_"
_WINDOW, _RELATIVE = "write_window_us", "write_window_relative"

_SHARE = 4
"""Parts of the distance of two levels, of which cells may be one off where no figure says more."""


def programming(
    array: ir.Array,
    arrays: Sequence[Array],
    codes: Sequence[Codes],
    regions: Sequence[Sequence[tuple[int, int, int, int]]],
) -> dict[str, Any]:
    """The contents of ``programming.json``.

    Cells of the regions of an array are written row by row; all others stay as they are after
    forming and reset, at the least conductance.

    Parameters
    ----------
    regions
        Per array first row and column, rows and columns of what is written.
    """
    top = (1 << array.cell_bits) - 1
    distance = (array.g_max_us - array.g_min_us) / top
    levels = [array.g_min_us + code * distance for code in range(top + 1)]
    written = []
    for described, own, here in zip(arrays, codes, regions, strict=True):
        counts = np.zeros(top + 1, np.int64)
        for row, column, rows, columns in here:
            part = own[row : row + rows, column : column + columns]
            counts += np.bincount(part.ravel(), minlength=top + 1)
        written.append(
            {
                "codes": described.codes,
                "core": described.core,
                "regions": [" ".join(map(str, region)) for region in here],
                "cells": " ".join(map(str, counts.tolist())),
            }
        )
    return {
        "format": FORMAT,
        "levels_us": levels,
        "tolerances_us": [_tolerance(array.figures, level, distance) for level in levels],
        "figures": {k: v for k, v in array.figures.items() if k.startswith(_WRITING)},
        "arrays": written,
    }


def _tolerance(figures: Mapping[str, float], level: float, distance: float) -> float:
    if _WINDOW in figures or _RELATIVE in figures:
        return figures.get(_WINDOW, 0.0) + figures.get(_RELATIVE, 0.0) * level
    return distance / _SHARE


def regions_of(
    count: int, tiled: Iterable[Tiled], blocks: Sequence[Block], converters: Sequence[Converters]
) -> list[list[tuple[int, int, int, int]]]:
    """Per array the regions that programmed blocks have, in order of rows, then columns."""
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in range(count)]
    for way in tiled:
        for block in blocks[way.first : way.stop]:
            if block.as_found:
                continue
            wide = block.columns * converters[way.converters].cells
            for copy in block.copies:
                found[copy.array].append((copy.row, copy.column, block.rows, wide))
    return [sorted(here) for here in found]


def writing_text(plan: Mapping[str, Any]) -> str:
    """How many cells are written, and about how many pulses that takes, for people.

    Pulses that all move a cell by ``write_set_us``, from the least conductance into the window.
    """
    counts = np.zeros(len(plan["levels_us"]), np.int64)
    for array in plan["arrays"]:
        counts += np.array(array["cells"].split(), np.int64)
    figures = plan["figures"]
    cells = int(counts.sum())
    text = f"{cells:,} cells, {int(counts[0]):,} of them at the least conductance"
    step = figures.get("write_set_us", 0.0)
    if step <= 0:
        return text
    least = plan["levels_us"][0]
    way = zip(plan["levels_us"], plan["tolerances_us"], strict=True)
    each = [max(0, ceil((level - within - least) / step)) for level, within in way]
    pulses = int((counts * each).sum())
    text += f"; about {pulses:,} pulses"
    if {"write_set_ns", "write_verify_ns"} <= figures.keys():
        pulse, read = figures["write_set_ns"], figures["write_verify_ns"]
        seconds = (pulses * pulse + (pulses + cells) * read) / 1e9
        text += f" and reads, {seconds:.3g} s one after the other"
    return text
