"""What inputs hold, as events: most of their values are 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from somac.backends.compiled.instructions import NONZERO, first_bit, nonzero
from somac.backends.compiled.jit import compiled

__all__ = ["events", "spikes"]


@compiled
def spikes(dense: Any, channels: int, begin: Any, source: Any, value: Any, found: int) -> int:
    """`events` of bytes, `NONZERO` of which are looked at together."""
    whole = len(dense) // NONZERO * NONZERO
    row, end = 0, channels
    begin[0] = found
    for n in range(0, whole, NONZERO):
        there = nonzero(dense.ctypes.data + n)
        while there != 0:
            at = n + first_bit(there)
            there &= there - np.uint64(1)
            while at >= end:
                row, end = row + 1, end + channels
                begin[row] = found
            if found < len(source):
                source[found] = at - end + channels
                value[found] = dense[at]
            found += 1
    for at in range(whole, len(dense)):
        if dense[at] != 0:
            while at >= end:
                row, end = row + 1, end + channels
                begin[row] = found
            if found < len(source):
                source[found] = at - end + channels
                value[found] = dense[at]
            found += 1
    for rest in range(row + 1, len(begin)):
        begin[rest] = found
    return found


@compiled
def events(dense: Any, channels: int, begin: Any, source: Any, value: Any, found: int) -> int:
    """Find what is not 0 in `dense`, rows of `channels` one after the other.

    Event number `found` is the first to be written to `source` and `value`, and `begin` gets
    the number of the first event of each row and of the end, which is returned. What does not
    fit `source` and `value` is counted and not written.
    """
    row, end = 0, channels
    begin[0] = found
    for at in range(len(dense)):
        if at == end:
            row, end = row + 1, end + channels
            begin[row] = found
        if dense[at] != 0:
            if found < len(source):
                source[found] = at - end + channels
                value[found] = dense[at]
            found += 1
    for rest in range(row + 1, len(begin)):
        begin[rest] = found
    return found
