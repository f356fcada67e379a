"""Plastic projections in compiled code: what arrives, and what follows the update of the cells."""

from __future__ import annotations

from typing import Any

from somac.backends.compiled.instructions import call, call5
from somac.backends.compiled.jit import part
from somac.backends.manycore.emulator.columns import (
    PART_ADDRESSES,
    PART_ARRIVALS,
    PART_CELLS,
    PART_EACH_STEP,
    PART_ON_POST,
    PART_ON_PRE,
    PART_POSTS,
    PART_ROWS,
    PART_TARGET,
    PART_TARGETS,
    PART_TRACE,
    PART_TRACE_ADDRESSES,
)

__all__ = ["adapt", "arrive", "forget"]


@part
def arrive(parts: Any, number: int, offsets: Any, arrived: Any, cells: Any, signals: Any) -> None:
    """Update traces, and the synapses of source cells from which something has arrived.

    `cells` and `signals` are room to note them.
    """
    first, count = parts[number, PART_ARRIVALS], 0
    for cell in range(parts[number, PART_CELLS]):
        signal = arrived[first + cell]
        if signal != 0:
            cells[count] = cell
            signals[count] = signal
            count += 1
    if parts[number, PART_TRACE] != 0:
        call(
            parts[number, PART_TRACE],
            parts[number, PART_TRACE_ADDRESSES],
            parts[number, PART_CELLS],
        )
    rows = parts[number, PART_ROWS]
    for n in range(count):
        cell = int(cells[n])
        arrived[first + cell] = 0
        call5(
            parts[number, PART_ON_PRE],
            parts[number, PART_ADDRESSES],
            offsets[rows + cell],
            offsets[rows + cell + 1],
            cell,
            int(signals[n]),
        )


@part
def adapt(parts: Any, number: int, offsets: Any, sends: Any) -> None:
    """Update the synapses of target cells that have sent, and then all, where the rule does."""
    addresses = parts[number, PART_ADDRESSES]
    kernel = parts[number, PART_ON_POST]
    if kernel != 0:
        posts, first = parts[number, PART_POSTS], parts[number, PART_TARGET]
        for cell in range(parts[number, PART_TARGETS]):
            if sends[first + cell] != 0:
                begin, end = offsets[posts + cell], offsets[posts + cell + 1]
                call5(kernel, addresses, begin, end, cell, 0)
    kernel = parts[number, PART_EACH_STEP]
    if kernel != 0:
        rows = parts[number, PART_ROWS]
        for cell in range(parts[number, PART_CELLS]):
            call5(kernel, addresses, offsets[rows + cell], offsets[rows + cell + 1], cell, 0)


@part
def forget(parts: Any, number: int, arrived: Any) -> None:
    """Clear what has arrived when nobody reads it."""
    first = parts[number, PART_ARRIVALS]
    for cell in range(parts[number, PART_CELLS]):
        arrived[first + cell] = 0
