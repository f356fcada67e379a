"""Products by tables of sums: how tables lie in memory, whether they serve, and running them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.machine import MachineCode, compile_module
from somac.backends.crossbar.emulator.products import index_kernel, table_kernel
from somac.backends.crossbar.emulator.products.firing import Firing, Integers
from somac.backends.crossbar.emulator.products.index_kernel import index_text
from somac.backends.crossbar.emulator.products.layout import aligned, aligned_room, fits_words
from somac.backends.crossbar.emulator.products.lookups import Lookup
from somac.backends.crossbar.emulator.products.table_kernel import COLUMNS, TableForm, table_text

__all__ = ["Tables", "add_by_tables", "index_bytes", "samples_by_tables", "tables_of"]

_HALF: Final = 1 << 15
_BYTE: Final = (1 << 8) - 1
_MOST_PULSES: Final = 31
_MOST_TOGETHER: Final = 8

# indices that are computed together stay in the second cache
_INDEX_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Machine code with its arguments, all but those of a batch.

    Parameters
    ----------
    indices, products
        The functions, given the address of their arguments.
    index_given, given
        int64: their arguments.
    shape
        Of the indices of a vector of samples.
    samples
        In a vector.
    kept
        What the arguments point to.
    """

    indices: Callable[[int], None]
    products: Callable[[int], None]
    index_given: Integers
    given: Integers
    shape: tuple[int, ...]
    samples: int
    kept: tuple[NDArray[Any], ...]


def samples_by_tables(tables: Tables, samples: int) -> int:
    """How many of them, from the first on: no vector that is half empty or more."""
    rest = samples % tables.samples
    return samples if 2 * rest > tables.samples else samples - rest


def add_by_tables(tables: Tables, signals: Integers, sums: Integers) -> None:
    """Add products of int64 (samples, rows) to int64 (samples, columns)."""
    together = tables.samples * max(1, _INDEX_BYTES // int(np.prod(tables.shape)))
    for first in range(0, len(signals), together):
        part = slice(first, first + together)
        _add(tables, signals[part], sums[part])


def index_bytes(firing: Firing, lookup: Lookup) -> int:
    """Of the indices of a vector of samples."""
    groups = -(-firing.rows // lookup.rows)
    return groups * firing.pulses.firings * _signs(firing) * lookup.samples


def _signs(firing: Firing) -> int:
    return 2 if firing.pulses.signs == "bipolar" else 1


def tables_of(firing: Firing, lookup: Lookup) -> Tables | None:
    """Make tables; None if a sum or a code takes more bits than they have room for."""
    pulses = firing.pulses
    signs = _signs(firing)
    most = max(abs(firing.low), abs(firing.high))
    largest = firing.largest_sum if firing.largest_step == 1 else _raised(firing)
    if pulses.bits > 1 or pulses.count > _MOST_PULSES or not firing.planes.size:
        return None
    if largest >= _HALF or most >= _HALF or not fits_words(firing):
        return None
    # what a group adds at most to a byte: (planes, groups, columns)
    groups = -(-firing.rows // lookup.rows)
    rows = _grouped(firing.planes, groups * lookup.rows, lookup)
    reach = signs * np.abs(rows).sum(axis=2)
    together = [_together(plane) for plane in reach]
    if 0 in together:
        return None
    times = [-(-groups // some) for some in together]
    room = max(some * often for some, often in zip(together, times, strict=True))
    short = most * ((1 << pulses.count) - 1) < _HALF
    form = TableForm(lookup, pulses.count, signs, firing.largest_step > 1, short)
    made = _tables(_grouped(firing.planes, room * lookup.rows, lookup), lookup)
    columns = _columns(firing, signs)
    arrays = {
        "tables": made,
        "together": np.array(together, np.int64),
        "times": np.array(times, np.int64),
        **columns,
    }
    numbers = {name: array.ctypes.data for name, array in arrays.items()}
    numbers |= {
        "planes": len(firing.planes),
        "phases": pulses.phases,
        "room": room,
        "blocks": columns["excess"].shape[1] // COLUMNS,
        "columns": firing.columns,
        "low": firing.low,
        "high": firing.high,
        "rows": firing.rows,
        "count": pulses.count,
        "signs": signs,
    }
    return Tables(
        _callable(_index_code(lookup)),
        _callable(_table_code(form)),
        _arguments(numbers | {"groups": groups}, index_kernel.ARGUMENTS),
        _arguments(numbers | {"groups": room}, table_kernel.ARGUMENTS),
        (pulses.phases, room, signs, pulses.count, lookup.samples),
        lookup.samples,
        tuple(arrays.values()),
    )


def _add(tables: Tables, signals: Integers, sums: Integers) -> None:
    samples = len(signals)
    indices = aligned_room((-(-samples // tables.samples), *tables.shape), "u1")
    given = tables.index_given.copy()
    given[:4] = (
        *(signals.ctypes.data, indices.ctypes.data),
        *(samples, signals.strides[0] // signals.itemsize),
    )
    tables.indices(given.ctypes.data)
    given = tables.given.copy()
    given[1] = indices.ctypes.data
    given[_SUMS : _SUMS + 3] = sums.ctypes.data, samples, sums.strides[0] // sums.itemsize
    tables.products(given.ctypes.data)


_SUMS: Final = table_kernel.ARGUMENTS.index("sums")


def _raised(firing: Firing) -> int:
    """The largest number that is divided by twice a step."""
    return 2 * firing.largest_sum + firing.largest_step


def _grouped(planes: NDArray[np.int32], rows: int, lookup: Lookup) -> Integers:
    """(planes, groups, rows of a group, columns), zero beyond the rows."""
    count, given, columns = planes.shape
    found = np.zeros((count, rows, columns), np.int64)
    found[:, :given] = planes
    return found.reshape(count, -1, lookup.rows, columns)


def _together(reach: Integers) -> int:
    """How many groups may be added up as bytes, of (groups, columns); 0 if not even one."""
    for some in range(_MOST_TOGETHER, 0, -1):
        padded = np.zeros((-(-len(reach) // some) * some, reach.shape[1]), np.int64)
        padded[: len(reach)] = reach
        if padded.reshape(-1, some, reach.shape[1]).sum(axis=1).max() <= _BYTE:
            return some
    return 0


def _tables(rows: Integers, lookup: Lookup) -> NDArray[Any]:
    """uint8 (columns, planes, groups, entries): sums of sets of rows, above the least of them."""
    sets = np.arange(lookup.entries)[:, None] >> np.arange(lookup.rows) & 1
    cells = rows.transpose(3, 0, 1, 2)
    # whole numbers far below 2^24
    sums = cells.astype(np.float32) @ sets.T.astype(np.float32)
    sums -= np.minimum(cells, 0).sum(axis=3, keepdims=True)
    blocks = -(-len(cells) // COLUMNS)
    found = np.zeros((blocks * COLUMNS, *sums.shape[1:]), np.uint8)
    found[: len(cells)] = sums
    return aligned(found, "u1")


def _columns(firing: Firing, signs: int) -> dict[str, NDArray[Any]]:
    """What belongs to columns, whole blocks of them."""
    blocks = -(-firing.columns // COLUMNS)

    def whole(values: Integers, kind: str) -> NDArray[Any]:
        found = np.ones((*values.shape[:-1], blocks * COLUMNS), np.int64)
        found[..., : firing.columns] = values
        return found.astype(kind)

    planes = firing.planes.astype(np.int64)
    excess = (np.abs(planes) if signs == 2 else np.maximum(-planes, 0)).sum(axis=1)
    steps = firing.steps * firing.unit
    # the factor has 16 bits: 2^15 or more, and less than 2^16
    shifts = np.ceil(np.log2(steps)).astype(np.int64)
    factors = -(-(np.int64(1) << 16 + shifts) // (2 * steps))
    phases = np.array([1, -1][: firing.pulses.phases]).reshape(-1, 1, 1)
    return {
        "excess": whole(excess, "u2"),
        "steps": whole(steps, "u2"),
        "factors": whole(factors, "u2"),
        "shifts": whole(shifts, "u2"),
        "weights": whole(phases * firing.plane_factors[:, None] * firing.steps, "i4"),
    }


def _arguments(numbers: dict[str, int], names: tuple[str, ...]) -> Integers:
    return np.array([numbers.get(name, 0) for name in names], np.int64)


def _callable(code: MachineCode) -> Callable[[int], None]:
    found: Callable[[int], None] = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code.address)
    return found


@cache
def _table_code(form: TableForm) -> MachineCode:
    return compile_module(table_text(form), table_kernel.FUNCTION)


@cache
def _index_code(lookup: Lookup) -> MachineCode:
    return compile_module(index_text(lookup), index_kernel.FUNCTION)
