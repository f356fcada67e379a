"""The plan of pulses: levels, tolerance, and what is written where."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose
from typing import Any

import numpy as np

from somac.backends.crossbar.description import Description
from somac.backends.crossbar.verify.arrays import Codes, Region
from somac.backends.crossbar.verify.files import document
from somac.ir.errors import Diagnostic, Place
from somac.ir.program import Program

__all__ = ["check_programming"]

_FILE = "programming.json"
_FIELDS = frozenset({"arrays", "figures", "format", "levels_us", "tolerances_us"})
_WINDOW = ("write_window_us", "write_window_relative")


def check_programming(
    program: Program, d: Description, codes: Codes, placed: tuple[tuple[Region, ...], ...]
) -> Iterator[Diagnostic]:
    """E0876; DamagedError."""
    data = document(program, _FILE, _FIELDS)
    top = (1 << d.chip.cell_bits) - 1
    distance = (d.device.g_max_us - d.device.g_min_us) / top
    levels = [d.device.g_min_us + code * distance for code in range(top + 1)]
    fixed, relative = (d.device.figures.get(name) for name in _WINDOW)
    within = (
        [distance / 4] * len(levels)
        if fixed is None and relative is None
        else [(fixed or 0.0) + (relative or 0.0) * level for level in levels]
    )
    for what, have, need in (
        ("levels", data["levels_us"], levels),
        ("tolerances", data["tolerances_us"], within),
    ):
        if not _alike(have, need):
            yield Diagnostic("E0876", f"other {what} than those of the cells", Place(file=_FILE))
    figures = {k: v for k, v in d.device.figures.items() if k.startswith("write_")}
    if data["figures"] != figures:
        yield Diagnostic("E0876", "other figures of writing", Place(file=_FILE))
    need_arrays = [
        {
            "codes": array.codes,
            "core": array.core,
            "regions": [f"{r.row} {r.column} {r.rows} {r.columns}" for r in here if not r.as_found],
            "cells": _counts(own, here, top + 1),
        }
        for array, own, here in zip(d.arrays, codes, placed, strict=True)
    ]
    given = data["arrays"] if isinstance(data["arrays"], list) else []
    if len(given) != len(need_arrays):
        yield Diagnostic(
            "E0876",
            "other arrays",
            Place(file=_FILE),
            have=f"{len(given)} arrays",
            need=f"{len(need_arrays)} arrays",
        )
        return
    for number, (found, meant) in enumerate(zip(given, need_arrays, strict=True)):
        if found != meant:
            yield Diagnostic(
                "E0876", f"array {number}: other cells than those of its blocks", Place(file=_FILE)
            )


def _alike(have: Any, need: list[float]) -> bool:
    return (
        isinstance(have, list)
        and len(have) == len(need)
        and all(
            type(a) in (int, float) and isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
            for a, b in zip(have, need, strict=True)
        )
    )


def _counts(own: np.ndarray[Any, Any], here: tuple[Region, ...], codes: int) -> str:
    """Cells of each code that are written."""
    counts = np.zeros(256, np.int64)
    for r in here:
        if not r.as_found:
            part = own[r.row : r.row + r.rows, r.column : r.column + r.columns]
            counts += np.bincount(part.ravel(), minlength=256)
    return " ".join(map(str, counts[:codes].tolist()))
