"""The engine cycle by cycle, as its registers have it: the compiled part of the emulator.

`advance` goes on until an update is due, whose results Python computes, or until the run is over.
Registers are int64 arrays whose columns have names here. A column of a matrix is known by its
`position` among the columns of all matrices, and by the step that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "BUSY",
    "CELLS",
    "CORE",
    "END",
    "FULL",
    "LANE",
    "LEFT",
    "MOST",
    "OUTPUTS",
    "OUTPUTS_COUNT",
    "STARVED",
    "TOO_LONG",
    "Plan",
    "Record",
    "Registers",
    "Values",
    "advance",
]

Integers = NDArray[np.int64]
_Function = TypeVar("_Function", bound=Callable[..., Any])

END: Final = 0
CELLS: Final = 1
OUTPUTS: Final = 2
TOO_LONG: Final = 3
"""Why `advance` comes back: all outputs have left, an update of cells or outputs is due, or it has
taken more cycles than it may."""

# the engine's own registers: what the sequencer does, how far the updates and the edge are
CYCLE, POSITION, STEP = 0, 1, 2
WAITING, WAIT_POSITION, WAIT_STEP = 3, 4, 5
CELLS_ISSUED, OUTPUTS_ISSUED = 6, 7
CELLS_COUNT, CELLS_FROM, CELLS_LEFT = 8, 9, 10
OUTPUTS_COUNT, OUTPUTS_FROM, OUTPUTS_LEFT = 11, 12, 13
IN_NEXT, IN_WHOLE, IN_GIVEN = 14, 15, 16
OUT_FILLED, OUT_SENT, OUT_VALID, OUT_TAKEN = 17, 18, 19, 20
DUE = 21
FULL, STARVED = 22, 23
CORE: Final = 24
"""How many there are; the last two count cycles in which a queue was full or no value was there."""

# those of a lane: the stage of the pointer, the head of the queue, four stages of an entry
FOUND, FOUND_POSITION, FOUND_STEP, BEGINS = 0, 1, 2, 3
HEAD, COUNT, MIDWAY, LATER, ROW = 4, 5, 6, 7, 8
THERE, MULTIPLY, LOOK, ADD = 9, 15, 21, 27
BUSY, MOST = 33, 34
LANE: Final = 35
"""How many there are; the last two count cycles with an entry and the fullest queue there was."""

# each stage of an entry
VALID, TOP, LAST, PLACE, TIME, ADDRESS = 0, 1, 2, 3, 4, 5
_STAGE: Final = 6

# columns that a lane has not done with: in its queue, for the cells, for the outputs
HELD, FOR_CELLS, FOR_OUTPUTS = 0, 1, 2
LEFT: Final = 3

_OUTPUT_VALUES: Final = 1
_CELL_VALUES: Final = 2


class Registers(NamedTuple):
    """(CORE,), (lanes, LANE), (lanes, LEFT), (lanes, depth, 4), (lanes, banks, rows, channels).

    A place of a queue holds position, step, begin and end.
    """

    core: Integers
    lane: Integers
    left: Integers
    queue: Integers
    sums: Integers


class Plan(NamedTuple):
    """What does not change: per position, per lane, and the last positions of the phases."""

    source_of: Integers
    bank_of: Integers
    matrix_of: Integers
    column_of: Integers
    ends: Integers
    weights: Integers
    skips: Integers
    ends_inputs: int
    ends_cells: int
    cells_latency: int
    outputs_latency: int


class Values(NamedTuple):
    """(steps, cells, channels); `y` has one step more, the first of which is 0."""

    x: Integers
    y: Integers
    m: Integers


class Record(NamedTuple):
    """(steps, matrices) of last sums, (steps, 2) of first results, and per beat of the streams,
    (steps, inputs) and (steps, outputs), when it is taken."""

    done: Integers
    started: Integers
    taken: Integers
    beats: Integers


def _part(function: _Function) -> _Function:
    result: _Function = njit(error_model="numpy", _nrt=False)(function)
    return result


def _compiled(function: _Function) -> _Function:
    result: _Function
    try:
        result = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        # no folder in which machine code could be kept may be written
        result = njit(nogil=True, error_model="numpy")(function)
    return result


@_part
def _column_done(k: int, r: Registers, plan: Plan, place: int) -> None:
    last_bank = r.sums.shape[1] - 1
    r.left[k, FOR_OUTPUTS if plan.bank_of[place] == last_bank else FOR_CELLS] -= 1


@_part
def _add(k: int, r: Registers, plan: Plan, values: Values, record: Record) -> None:
    """The last stage of an entry: its products are added to the sums of its row."""
    lane = r.lane[k]
    place, time = lane[ADD + PLACE], lane[ADD + TIME]
    bank, column, row = plan.bank_of[place], plan.column_of[place], lane[ROW]
    weight = plan.weights[k, lane[ADD + ADDRESS]]
    source = plan.source_of[place]
    for c in range(r.sums.shape[3]):
        if source == _CELL_VALUES:
            value = values.m[time, column, c]
        elif source == _OUTPUT_VALUES:
            value = values.y[time, column, c]
        else:
            value = values.x[time, column, c]
        r.sums[k, bank, row, c] += weight * value
    record.done[time, plan.matrix_of[place]] = r.core[CYCLE]
    if lane[ADD + LAST] == 1:
        _column_done(k, r, plan, place)


@_part
def _read_entry(k: int, r: Registers) -> None:
    """The column at the head of the queue gives an entry."""
    lane, queue = r.lane[k], r.queue[k]
    head = lane[HEAD]
    address = lane[LATER] if lane[MIDWAY] == 1 else queue[head, 2]
    last = 1 if address + 1 == queue[head, 3] else 0
    lane[THERE + TOP] = 1 - lane[MIDWAY]
    lane[THERE + LAST] = last
    lane[THERE + PLACE], lane[THERE + TIME] = queue[head, 0], queue[head, 1]
    lane[THERE + ADDRESS] = address
    lane[LATER] = address + 1
    lane[MIDWAY] = 1 - last
    lane[BUSY] += 1
    if last == 1:
        lane[HEAD] = (head + 1) % len(queue)
        lane[COUNT] -= 1
        r.left[k, HELD] -= 1


@_part
def _enqueue(k: int, r: Registers, plan: Plan, record: Record) -> None:
    """The pointer of a column has been read: it enters the queue if it has entries."""
    lane, queue = r.lane[k], r.queue[k]
    place, time = lane[FOUND_POSITION], lane[FOUND_STEP]
    begin, end = lane[BEGINS], plan.ends[k, place]
    if begin == end:
        r.left[k, HELD] -= 1
        _column_done(k, r, plan, place)
        record.done[time, plan.matrix_of[place]] = r.core[CYCLE]
    else:
        slot = (lane[HEAD] + lane[COUNT]) % len(queue)
        queue[slot, 0], queue[slot, 1], queue[slot, 2], queue[slot, 3] = place, time, begin, end
        lane[COUNT] += 1
        lane[MOST] = max(lane[MOST], lane[COUNT])
    lane[BEGINS] = 0 if place == len(plan.source_of) - 1 else end


@_part
def _lanes(r: Registers, plan: Plan, values: Values, record: Record, issue: bool) -> None:
    """A cycle of all lanes: the last stage first, so that each sees what the one before held."""
    for k in range(len(r.lane)):
        lane = r.lane[k]
        if lane[ADD] == 1:
            _add(k, r, plan, values, record)
        for field in range(_STAGE):
            lane[ADD + field] = lane[LOOK + field]
            lane[LOOK + field] = lane[MULTIPLY + field]
            lane[MULTIPLY + field] = lane[THERE + field]
        if lane[ADD] == 1:
            skip = plan.skips[k, lane[ADD + ADDRESS]]
            lane[ROW] = skip if lane[ADD + TOP] == 1 else lane[ROW] + 1 + skip
        lane[THERE] = 1 if lane[COUNT] > 0 else 0
        if lane[THERE] == 1:
            _read_entry(k, r)
        if lane[FOUND] == 1:
            _enqueue(k, r, plan, record)
        lane[FOUND] = 1 if issue else 0
        if issue:
            place = r.core[WAIT_POSITION]
            lane[FOUND_POSITION], lane[FOUND_STEP] = place, r.core[WAIT_STEP]
            r.left[k, HELD] += 1
            to_outputs = plan.bank_of[place] == r.sums.shape[1] - 1
            r.left[k, FOR_OUTPUTS if to_outputs else FOR_CELLS] += 1


@_part
def _there(core: Integers, source: int, column: int) -> bool:
    """Whether the value of a column can be read."""
    if source == _CELL_VALUES:
        return bool(core[CELLS_COUNT] > column)
    if source == _OUTPUT_VALUES:
        return bool(core[OUTPUTS_COUNT] > column)
    return bool(core[IN_WHOLE] != 0 or core[IN_NEXT] > column)


@_part
def _edge(core: Integers, values: Values, record: Record, written: bool, released: bool) -> None:
    """A beat in, a beat out: inputs come as fast as they are taken, outputs never wait."""
    steps, inputs, outputs = len(values.x), values.x.shape[1], values.y.shape[1]
    if core[OUT_VALID] == 1:
        taken = core[OUT_TAKEN]
        record.beats[taken // outputs, taken % outputs] = core[CYCLE]
        core[OUT_TAKEN] += 1
    core[OUT_VALID] = 1 if core[OUT_SENT] != core[OUT_FILLED] else 0
    core[OUT_SENT] += core[OUT_VALID]
    core[OUT_FILLED] += 1 if written else 0
    if core[OUT_VALID] == 1 and core[OUT_SENT] == outputs:
        core[OUT_SENT], core[OUT_FILLED] = 0, 0
    if core[IN_GIVEN] < steps * inputs and core[IN_WHOLE] != 2:
        record.taken[core[IN_GIVEN] // inputs, core[IN_GIVEN] % inputs] = core[CYCLE]
        core[IN_GIVEN] += 1
        core[IN_NEXT] += 1
        if core[IN_NEXT] == inputs:
            core[IN_NEXT] = 0
            core[IN_WHOLE] += 1
    core[IN_WHOLE] -= 1 if released else 0


@_compiled
def advance(r: Registers, plan: Plan, values: Values, record: Record, most_cycles: int) -> int:
    """Go on until something is due, and say what; at most until so many cycles have passed."""
    core = r.core
    depth, positions = r.queue.shape[1], len(plan.source_of)
    cells, outputs = values.m.shape[1], values.y.shape[1]
    while core[OUT_TAKEN] < len(values.x) * outputs:
        if core[CYCLE] >= most_cycles:
            return TOO_LONG
        # an update begins when no lane has a sum to add to any more
        room = r.left[:, HELD].max() < depth
        cells_start = core[CELLS_ISSUED] == 1 and r.left[:, FOR_CELLS].max() == 0
        outputs_start = core[OUTPUTS_ISSUED] == 1 and r.left[:, FOR_OUTPUTS].max() == 0
        outputs_start = outputs_start and core[OUT_FILLED] == 0
        if (cells_start or outputs_start) and core[DUE] == 0:
            core[DUE] = 1
            return CELLS if cells_start else OUTPUTS
        core[DUE] = 0

        position, issued = core[POSITION], core[WAIT_POSITION]
        there = _there(core, plan.source_of[position], plan.column_of[position])
        issue = core[WAITING] == 1 and room
        fetch = there and (core[WAITING] == 0 or issue)
        step_end = fetch and position == positions - 1
        core[FULL] += 1 if core[WAITING] == 1 and not room else 0
        core[STARVED] += 1 if core[WAITING] == 0 and not there else 0

        _lanes(r, plan, values, record, issue)

        if issue and issued == plan.ends_cells:
            core[CELLS_ISSUED] = 1
        elif cells_start:
            core[CELLS_ISSUED] = 0
        if issue and issued == positions - 1:
            core[OUTPUTS_ISSUED] = 1
        elif outputs_start:
            core[OUTPUTS_ISSUED] = 0
        if fetch:
            core[WAITING], core[WAIT_POSITION], core[WAIT_STEP] = 1, position, core[STEP]
            core[POSITION] = 0 if step_end else position + 1
        elif issue:
            core[WAITING] = 0

        # the updates: three cycles to their entry, then their stages; one result in a cycle
        cell = core[CELLS_LEFT] > 0 and core[CYCLE] >= core[CELLS_FROM]
        output = core[OUTPUTS_LEFT] > 0 and core[CYCLE] >= core[OUTPUTS_FROM]
        core[CELLS_LEFT] -= 1 if cell else 0
        core[CELLS_COUNT] += 1 if cell else 0
        core[OUTPUTS_LEFT] -= 1 if output else 0
        core[OUTPUTS_COUNT] += 1 if output else 0
        if cells_start:
            core[CELLS_FROM], core[CELLS_LEFT] = core[CYCLE] + 3 + plan.cells_latency, cells
            record.started[core[STEP], 0] = core[CELLS_FROM]
        if outputs_start:
            core[OUTPUTS_FROM] = core[CYCLE] + 3 + plan.outputs_latency
            core[OUTPUTS_LEFT] = outputs
            # the last column of the step has been read, so that the sequencer is at the next
            record.started[core[STEP] - 1, 1] = core[OUTPUTS_FROM]
        if step_end:
            core[STEP] += 1
            core[CELLS_COUNT], core[OUTPUTS_COUNT] = 0, 0

        _edge(core, values, record, output, fetch and position == plan.ends_inputs)
        core[CYCLE] += 1
    return END
