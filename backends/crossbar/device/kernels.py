"""Random words, normal integers and noise of columns in compiled code.

The same numbers as `somac.ir.philox`, `somac.ir.normal` and `places.words_at`. Float64 serves for
the square root of an exact integer and two products, each correctly rounded by IEEE 754: neither
machine nor vector width nor the order of anything enters.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from somac.backends.compiled.instructions import leading_zeros
from somac.backends.compiled.jit import compiled, inlined, part
from somac.backends.crossbar.device.places import COUNTERS, FIRING, GROUP, PLANE, PULSE
from somac.ir.normal import PART_BITS, UNIT
from somac.ir.philox import MULTIPLIERS, ROUNDS, WEYL

__all__ = [
    "draw_cells",
    "draw_group",
    "draw_noise",
    "group_noise",
    "group_normals",
    "make_normals",
    "square_pulses",
]

_M0: Final = np.uint64(MULTIPLIERS[0])
_M1: Final = np.uint64(MULTIPLIERS[1])
_W0: Final = np.uint64(WEYL[0])
_W1: Final = np.uint64(WEYL[1])
_LOW: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)
_SIGN: Final = np.uint32(31)
_MAGNITUDE: Final = np.uint32(0x7FFFFFFF)
_HIGHEST: Final = 31 - PART_BITS


@inlined
def _philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    for _ in range(ROUNDS):
        low = _M0 * c0
        high = _M1 * c2
        c0 = (high >> _HALF) ^ c1 ^ k0
        c1 = high & _LOW
        c2 = (low >> _HALF) ^ c3 ^ k1
        c3 = low & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@part
def draw_group(words: Any, c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> None:
    """Uniform words of a group of `GROUP` columns into uint32 (GROUP,).

    `c0` is that of the first column; all are int64 of no more than 32 bits.
    """
    d1, d2, d3 = np.uint64(c1), np.uint64(c2), np.uint64(c3)
    e0, e1 = np.uint64(k0), np.uint64(k1)
    for i in range(COUNTERS):
        w0, w1, w2, w3 = _philox(np.uint64(c0 + i), d1, d2, d3, e0, e1)
        words[i] = np.uint32(w0)
        words[COUNTERS + i] = np.uint32(w1)
        words[2 * COUNTERS + i] = np.uint32(w2)
        words[3 * COUNTERS + i] = np.uint32(w3)


@part
def group_normals(numbers: Any, words: Any, table: Any, count: Any, work: Any) -> None:
    """Normal integers of the first `count` words, no more than `GROUP`, into int32.

    `table` is `normal.quantiles()`; `work` is int32 (2, GROUP). In three loops, of which only
    that in the middle reads the table: the compiler makes vector instructions of the others.
    """
    differences, shifts = work[0], work[1]
    for i in range(count):
        m = np.uint32(words[i] & _MAGNITUDE)
        shift = max(np.int32(_HIGHEST) - leading_zeros(m), np.int32(0))
        differences[i] = (np.int32(m) >> shift) + (shift << PART_BITS)
        shifts[i] = shift
    for i in range(count):
        at = differences[i]
        numbers[i] = table[at]
        differences[i] = table[at] - table[at + 1]
    for i in range(count):
        whole, low = np.int32(words[i] & _MAGNITUDE), shifts[i]
        rest = np.int64(whole - ((whole >> low) << low))
        magnitude = numbers[i] - np.int32((np.int64(differences[i]) * rest) >> low)
        numbers[i] = -magnitude if words[i] >> _SIGN else magnitude


@part
def group_noise(out: Any, variances: Any, scale: Any, numbers: Any, work: Any) -> None:
    """Normal integers times the square roots of ``variances * scale``, to the nearest int64.

    `out` and `variances` have no more than `GROUP` elements; `work` is float64 (GROUP,).
    """
    for i in range(len(out)):
        work[i] = numbers[i]
    for i in range(len(out)):
        work[i] = np.floor(np.sqrt(variances[i] * scale) * work[i] * UNIT + 0.5)
    for i in range(len(out)):
        out[i] = np.int64(work[i])


@part
def _silent(variances: Any) -> Any:
    i = 0
    while i < len(variances) and variances[i] == 0:
        i += 1
    return i == len(variances)


@compiled
def draw_cells(
    out: Any, corner: Any, seed: Any, purpose: Any, step: Any, sample: Any, pulse: Any, firing: Any
) -> None:
    """Uniform words of cells into uint32 (rows, columns); `corner` is int64 (core, row, column)."""
    rows, columns = out.shape
    core, row, column = corner
    words = np.empty(GROUP, np.uint32)
    high = pulse << PULSE | (firing >> 16) << FIRING
    c1 = core | (firing & 0xFFFF) << 16
    for r in range(rows):
        k1 = purpose | (row + r) << 8
        for group in range(column // GROUP, (column + columns - 1) // GROUP + 1):
            draw_group(words, group * COUNTERS | high, c1, step, sample, seed, k1)
            first = group * GROUP - column
            for c in range(max(first, 0), min(first + GROUP, columns)):
                out[r, c] = words[c - first]


@compiled
def make_normals(out: Any, words: Any, table: Any) -> None:
    """Normal integers int32 (rows, columns) of words of the same shape, as `group_normals`."""
    columns = words.shape[1]
    work = np.empty((2, GROUP), np.int32)
    for r in range(len(words)):
        for start in range(0, columns, GROUP):
            stop = min(start + GROUP, columns)
            group_normals(out[r, start:stop], words[r, start:stop], table, stop - start, work)


@compiled
def draw_noise(
    out: Any, variances: Any, scale: Any, when: Any, first: Any, seed: Any, purpose: Any, table: Any
) -> None:
    """Write a normal number of each variance, rounded to an integer.

    Parameters
    ----------
    out
        int64 (batch, pulses, planes, columns).
    variances, scale
        Integers in any type, of the same shape; float64 that they are multiplied with.
    when
        int64 (batch, 4): core, firing, time step, sample.
    first
        The column of the first of `columns`, a multiple of `GROUP`.
    seed, purpose, table
        As in `columns.draw_read_noise`; `normal.quantiles()`.
    """
    batch, pulses, planes, columns = out.shape
    words = np.empty(GROUP, np.uint32)
    numbers = np.empty(GROUP, np.int32)
    work, roots = np.empty((2, GROUP), np.int32), np.empty(GROUP)
    for b in range(batch):
        core, firing, step, sample = when[b, 0], when[b, 1], when[b, 2], when[b, 3]
        c1 = core | (firing & 0xFFFF) << 16
        for pulse in range(pulses):
            for plane in range(planes):
                high = plane << PLANE | pulse << PULSE | (firing >> 16) << FIRING
                row, spread = out[b, pulse, plane], variances[b, pulse, plane]
                for start in range(0, columns, GROUP):
                    lane = (first + start) // GROUP * COUNTERS
                    stop = min(start + GROUP, columns)
                    if _silent(spread[start:stop]):
                        # where no row is driven: what is not drawn is missed by nobody
                        row[start:stop] = 0
                        continue
                    draw_group(words, lane | high, c1, step, sample, seed, purpose)
                    group_normals(numbers, words, table, GROUP, work)
                    group_noise(row[start:stop], spread[start:stop], scale, numbers, roots)


@compiled
def square_pulses(out: Any, signals: Any, bits: Any, phases: Any) -> None:
    """Squares of pulses into floats (batch, pulses, rows), of int64 (batch, rows).

    With `phases`, the first half of the pulses is of what is positive, the second of what is not.
    """
    batch, pulses, rows = out.shape
    count = pulses // 2 if phases else pulses
    most = (1 << bits) - 1
    for b in range(batch):
        for p in range(pulses):
            shift = bits * (p % count)
            for r in range(rows):
                signal = signals[b, r]
                driven = not phases or (signal < 0) == (p >= count)
                pulse = (abs(signal) >> shift & most) if driven else 0
                out[b, p, r] = pulse * pulse
