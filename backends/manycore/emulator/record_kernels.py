"""What the fast engine records, in compiled code."""

from __future__ import annotations

from typing import Any

from somac.backends.compiled.jit import part
from somac.backends.manycore.emulator.columns import (
    RECORD_BEGIN,
    RECORD_BITS,
    RECORD_CELLS,
    RECORD_FIRST,
    RECORD_PLACES,
    SENDS,
    SIGNAL,
)

__all__ = ["record"]


@part
def record(
    plan: Any,
    number: int,
    row: int,
    places: Any,
    sends: Any,
    signal: Any,
    stored: Any,
    recorded: Any,
) -> None:
    """Write one row of signals or states; `stored` is the memory in words of 8 to 64 bits."""
    cells, bits, first = (
        plan[number, RECORD_CELLS],
        plan[number, RECORD_BITS],
        plan[number, RECORD_FIRST],
    )
    at, place = plan[number, RECORD_BEGIN] + row * cells, plan[number, RECORD_PLACES]
    if bits == SENDS:
        for c in range(cells):
            recorded[at + c] = sends[first + places[place + c]]
    elif bits == SIGNAL:
        for c in range(cells):
            recorded[at + c] = signal[first + places[place + c]]
    elif bits == 8:
        for c in range(cells):
            recorded[at + c] = stored[0][first + places[place + c]]
    elif bits == 16:
        for c in range(cells):
            recorded[at + c] = stored[1][first + places[place + c]]
    elif bits == 32:
        for c in range(cells):
            recorded[at + c] = stored[2][first + places[place + c]]
    else:
        for c in range(cells):
            recorded[at + c] = stored[3][first + places[place + c]]
