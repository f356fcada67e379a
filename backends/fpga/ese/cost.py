"""What a step takes on a sparse engine, from the files of its bundle: cycles, exactly, and time.

No value changes them, so that all cases are alike. Shares no code with the emulator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Costs, EventCost, Rates
from somac.backends.fpga.cost.amounts import area_amounts, short, time_amounts
from somac.backends.fpga.cost.reading import read_part_data
from somac.backends.fpga.ese.description import Description, pointers_image, read_description
from somac.backends.fpga.ese.schedule import Latencies, Work, predict
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["costs", "work_in"]

_STEPS = 3
"""After which steps take equally long."""


def costs(program: Program, cases: Mapping[str, Rates]) -> dict[str, Costs]:
    """As `somac.backends.api.Backend.costs` says; nothing for a bundle without ``costs.json``.

    ``cycles`` are of each lane: those in which it reads an entry.
    """
    part = read_part_data(program)
    if part is None:
        return {}
    d = read_description(program)
    work = work_in(program, d)
    schedule = predict(work, d.depth, _STEPS)
    interval, latency = schedule.period, int(schedule.beats[0]) + d.outputs.cells
    busy = work.entries.sum(axis=1)
    busiest = int(busy.argmax())
    found = Costs(
        {
            **dict(time_amounts(interval, latency, interval, part, d.channels)),
            **dict(area_amounts(part)),
        },
        tuple(_events(d, busy)),
        f"lane {busiest}",
        tuple(short(cycles) for cycles in busy.tolist()),
    )
    return dict.fromkeys(cases, found)


def work_in(program: Program, d: Description) -> Work:
    """What decides on the cycles, as the pointers of the lanes have it.

    Raises
    ------
    SomacError
        E0703 for an image that is missing, E0711 for one that is damaged.
    """
    ends = np.array([_pointers(program, d, lane) for lane in range(d.lanes)])
    return Work(
        np.diff(ends, prepend=0, axis=1),
        tuple((m.source, m.columns) for m in d.matrices),
        d.input.cells,
        d.cells.cells,
        d.outputs.cells,
        Latencies(d.cells.latency, d.outputs.latency),
    )


def _pointers(program: Program, d: Description, lane: int) -> NDArray[np.int64]:
    file = f"mem/{pointers_image(lane)}"
    if file not in program.files:
        raise SomacError("E0703", f"the bundle has no file {file}", place=Place(file=file))
    try:
        found = np.array([int(line, 16) for line in program.files[file].split()], np.int64)
    except (ValueError, OverflowError):
        found = np.zeros(0, np.int64)
    ends = np.concatenate(([0], found))
    if len(found) != d.columns or (np.diff(ends) < 0).any() or found.max() > d.entries:
        raise SomacError("E0711", "these are no ends of columns", place=Place(file=file))
    return found


def _events(d: Description, busy: NDArray[np.int64]) -> Iterator[EventCost]:
    """What lanes and updates do in a step, and cycles that one takes."""
    cells = d.cells.cells + d.outputs.cells
    total, most = float(busy.sum()), float(busy.max())
    yield EventCost("entries", "entries of the streams, each a weight or a gap", total, most, 1.0)
    columns = float(d.columns)
    yield EventCost("columns", "columns, each sent to all lanes", columns, columns, 1.0)
    yield EventCost("updates", "updates, each of a cell of all samples", cells, cells, 1.0)
