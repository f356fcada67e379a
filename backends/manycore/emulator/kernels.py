"""What the fast engine does in compiled code: ticks of samples, one after the other.

Imported by nobody but that engine, and only when it runs: Numba takes a quarter of a second to
import, and as long again to load what it compiled before. The update of the cells is compiled
apart, for each neuron program (`somac.backends.codegen.llvm_kernel`), and called by its address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from somac.backends.manycore.emulator.columns import (
    BLOCK,
    GROUP_ADDRESSES,
    GROUP_CELLS,
    GROUP_FIRST,
    GROUP_KERNEL,
    GROUP_LAST,
    GROUP_PERIOD,
    GROUP_RECORDS,
    GROUP_RECORDS_END,
    GROUP_START,
    RECORD_BEGIN,
    RECORD_BITS,
    RECORD_CELLS,
    RECORD_FIRST,
    RECORD_PLACES,
    ROWS_DELAY,
    ROWS_DELAYS,
    ROWS_INDEX,
    ROWS_SEGMENT,
    SEGMENT_CELLS,
    SEGMENT_FIRST,
    SEGMENT_GRADED,
    SENDS,
    SIGNAL,
)

__all__ = ["advance", "events"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _inlined(function: _Function) -> _Function:
    result: _Function = njit(error_model="numpy")(function)
    return result


def _compiled(function: _Function) -> _Function:
    result: _Function
    try:
        result = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        # no folder in which machine code could be kept may be written
        result = njit(nogil=True, error_model="numpy")(function)
    return result


@intrinsic
def _call(context: Any, kernel: Any, addresses: Any, cells: Any) -> Any:
    """Call a kernel: its address, that of its table of addresses, and how many cells."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        function = ir.FunctionType(ir.VoidType(), [word, word])
        kernel = builder.inttoptr(arguments[0], function.as_pointer())
        builder.call(kernel, arguments[1:])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def _add_block(context: Any, sums: Any, weights: Any, weight: Any, factor: Any) -> Any:
    """Add `BLOCK` weights, of the type of `weight`, times a factor, to as many int32.

    `sums` and `weights` are addresses.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = ir.VectorType(ir.IntType(weight.bitwidth), BLOCK)
        wide = ir.VectorType(ir.IntType(32), BLOCK)
        at = builder.inttoptr(arguments[0], wide.as_pointer())
        given = builder.load(builder.inttoptr(arguments[1], narrow.as_pointer()), align=1)
        if weight.bitwidth < 32:
            given = builder.sext(given, wide)
        factor = builder.trunc(arguments[3], ir.IntType(32))
        one = builder.insert_element(ir.Constant(wide, ir.Undefined), factor, ir.IntType(32)(0))
        all_of_it = ir.Constant(wide, [0] * BLOCK)
        product = builder.mul(given, builder.shuffle_vector(one, one, all_of_it))
        builder.store(builder.add(builder.load(at, align=4), product), at, align=4)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, weight, types.int64), generate


@_inlined
def _add_rows(
    factor: int, first: int, last: int, target: Any, weight: Any, arrived: Any
) -> None:
    if factor == 1:
        for x in range(first, last):
            arrived[target[x]] += weight[x]
    else:
        for x in range(first, last):
            arrived[target[x]] += weight[x] * factor


@_inlined
def _add_blocks(
    factor: int, first: int, last: int, target: Any, weight: Any, arrived: Any
) -> None:
    sums, weights = arrived.ctypes.data, weight.ctypes.data
    size = weight.itemsize * BLOCK
    if factor == 1:
        for x in range(first, last):
            _add_block(sums + 4 * np.int64(target[x]), weights + x * size, weight[0, 0], 1)
    else:
        for x in range(first, last):
            _add_block(sums + 4 * np.int64(target[x]), weights + x * size, weight[0, 0], factor)


def _delivery(add: Any) -> Any:
    """Everything that arrives in a tick, from the history of what was sent."""

    def deliver(
        tick: int,
        width: int,
        segments: Any,
        plan: Any,
        delays: Any,
        index: Any,
        target: Any,
        weight: Any,
        history: Any,
        values: Any,
        waiting: Any,
        arrived: Any,
    ) -> None:
        mask = len(waiting) - 1
        for rows in plan:
            number, several = rows[ROWS_SEGMENT], rows[ROWS_DELAYS]
            segment = segments[number]
            for k in range(several):
                sent = tick - delays[rows[ROWS_DELAY] + k]
                if sent < 0:
                    break
                slot = sent & mask
                first = slot * width + segment[SEGMENT_FIRST]
                for event in range(first, first + waiting[slot, number]):
                    row = rows[ROWS_INDEX] + history[event] * several + k
                    factor = values[event] if segment[SEGMENT_GRADED] else 1
                    add(factor, index[row], index[row + 1], target, weight, arrived)

    return njit(error_model="numpy")(deliver)


_deliver_rows = _delivery(_add_rows)
_deliver_blocks = _delivery(_add_blocks)


@_inlined
def _collect(
    segment: Any, slot: int, sends: Any, signal: Any, history: Any, values: Any, sent: Any
) -> int:
    """Note which cells of a group send, and return how many."""
    first, found = segment[SEGMENT_FIRST], slot + segment[SEGMENT_FIRST]
    begin = found
    # cells are padded to whole blocks with cells that never send
    cells = -(-segment[SEGMENT_CELLS] // BLOCK) * BLOCK
    eights = sends[first : first + cells].view(np.uint64)
    for n in range(len(eights)):
        if eights[n] != 0:
            for cell in range(8 * n, 8 * n + 8):
                if sends[first + cell]:
                    history[found] = cell
                    if segment[SEGMENT_GRADED]:
                        values[found] = signal[first + cell]
                    sent[first + cell] += 1
                    found += 1
    return int(found - begin)


@_inlined
def _enter(
    segment: Any,
    slot: int,
    event: int,
    last: int,
    source: Any,
    value: Any,
    history: Any,
    values: Any,
    sent: Any,
) -> int:
    """Note which channels of an input send, and return how many."""
    first = segment[SEGMENT_FIRST]
    for n in range(last - event):
        channel = source[event + n]
        history[slot + first + n] = channel
        if segment[SEGMENT_GRADED]:
            values[slot + first + n] = value[event + n]
        sent[first + channel] += 1
    return int(last - event)


@_inlined
def _record(
    record: Any, row: int, places: Any, sends: Any, signal: Any, memory: Any, recorded: Any
) -> None:
    """Write one row of signals or states."""
    cells, bits, first = record[RECORD_CELLS], record[RECORD_BITS], record[RECORD_FIRST]
    at = record[RECORD_BEGIN] + row * cells
    place = places[record[RECORD_PLACES] : record[RECORD_PLACES] + cells]
    if bits == SENDS:
        for c in range(cells):
            recorded[at + c] = sends[first + place[c]]
    elif bits == SIGNAL:
        for c in range(cells):
            recorded[at + c] = signal[first + place[c]]
    elif bits == 8:
        for c in range(cells):
            recorded[at + c] = memory.view(np.int8)[first + place[c]]
    elif bits == 16:
        for c in range(cells):
            recorded[at + c] = memory.view(np.int16)[first + place[c]]
    elif bits == 32:
        for c in range(cells):
            recorded[at + c] = memory.view(np.int32)[first + place[c]]
    else:
        for c in range(cells):
            recorded[at + c] = memory.view(np.int64)[first + place[c]]


@_compiled
def advance(
    begin: int,
    end: int,
    clock: Any,
    groups: Any,
    segments: Any,
    rows: Any,
    blocks: Any,
    inputs: Any,
    buffers: Any,
    records: Any,
) -> None:
    """Run ticks `begin` to `end` (exclusive), counted over all samples of a batch.

    Parameters
    ----------
    clock
        int64: ticks of a sample, its steps, ticks per step, and the sample of the run that is
        the first of the batch.
    groups, segments
        int64 (groups or segments, columns), see `somac.backends.manycore.emulator.columns`.
    rows, blocks
        Plan, delays, index, targets and weights (`Table`).
    inputs
        Where the events of each input begin, their channel and their value
        (`somac.backends.manycore.emulator.fast`).
    buffers
        Initial memory, memory, sends, signal, arrived, history, its values, how many wait in
        it, and how often each source has sent.
    records
        int64 (records, columns), the places of the cells, and where they are written.
    """
    ticks, steps, period, first_sample = clock[0], clock[1], clock[2], clock[3]
    event_begin, source, value = inputs
    initial, memory, sends, signal, arrived, history, values, waiting, sent = buffers
    plan, places, recorded = records
    mask, width = len(waiting) - 1, len(sends)
    first_input = len(groups)
    for position in range(begin, end):
        sample, tick = position // ticks, position % ticks
        if tick == 0:
            memory[:] = initial
            arrived[:] = 0
            waiting[:] = 0
        now = tick & mask
        _deliver_rows(
            tick, width, segments, rows[0], rows[1], rows[2], rows[3], rows[4],
            history, values, waiting, arrived,
        )
        _deliver_blocks(
            tick, width, segments, blocks[0], blocks[1], blocks[2], blocks[3], blocks[4],
            history, values, waiting, arrived,
        )
        for g in range(len(groups)):
            group = groups[g]
            late = tick - group[GROUP_START]
            step = late // group[GROUP_PERIOD]
            waiting[now, g] = 0
            if late < 0 or late % group[GROUP_PERIOD] != 0 or step >= steps:
                # what arrives when nobody reads it is lost
                arrived[group[GROUP_FIRST] : group[GROUP_LAST]] = 0
                continue
            _call(group[GROUP_KERNEL], group[GROUP_ADDRESSES], group[GROUP_CELLS])
            waiting[now, g] = _collect(
                segments[g], now * width, sends, signal, history, values, sent
            )
            for r in range(group[GROUP_RECORDS], group[GROUP_RECORDS_END]):
                row = (first_sample + sample) * steps + step
                _record(plan[r], row, places, sends, signal, memory, recorded)
        step = tick // period
        for n in range(len(event_begin)):
            waiting[now, first_input + n] = 0
            if tick % period == 0 and step < steps:
                at = sample * steps + step
                waiting[now, first_input + n] = _enter(
                    segments[first_input + n], now * width, event_begin[n, at],
                    event_begin[n, at + 1], source, value, history, values, sent,
                )


@_compiled
def events(dense: Any, channels: int, begin: Any, source: Any, value: Any, found: int) -> int:
    """Find what is not 0 in `dense`, rows of `channels` one after the other.

    Event number `found` is the first to be written to `source` and `value`, and `begin` gets
    the number of the first event of each row and of the end, which is returned. What does not
    fit `source` and `value` is counted and not written.
    """
    row = 0
    begin[0] = found
    step = max(1, 8 // dense.itemsize)
    whole = len(dense) // step * step
    words = dense[:whole].view(np.uint64) if dense.itemsize < 8 else dense.view(np.uint64)
    for n in range(len(words) + len(dense) - whole):
        if n < len(words):
            if words[n] == 0:
                continue
            first, last = n * step, n * step + step
        else:
            first = whole + n - len(words)
            last = first + 1
        for at in range(first, last):
            x = dense[at]
            if x != 0:
                while at >= (row + 1) * channels:
                    row += 1
                    begin[row] = found
                if found < len(source):
                    source[found] = at - row * channels
                    value[found] = x
                found += 1
    for rest in range(row + 1, len(begin)):
        begin[rest] = found
    return found
