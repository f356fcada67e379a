"""What the fast engine does in compiled code: ticks of samples, one after the other.

Imported by nobody but that engine, and only when it runs: Numba takes a quarter of a second to
import, and as long again to load what it compiled before. The update of the cells is compiled
apart, for each neuron program (`somac.backends.codegen.llvm_kernel`), and called by its address.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from somac.backends.compiled.instructions import NONZERO, call, first_bit, nonzero
from somac.backends.compiled.jit import compiled, inlined, part
from somac.backends.manycore.emulator.columns import (
    BLOCK,
    GROUP_ADDRESSES,
    GROUP_CELLS,
    GROUP_FIRST,
    GROUP_KERNEL,
    GROUP_LAST,
    GROUP_PARTS,
    GROUP_PARTS_END,
    GROUP_PERIOD,
    GROUP_RECORDS,
    GROUP_RECORDS_END,
    GROUP_START,
    ROWS_DELAY,
    ROWS_DELAYS,
    ROWS_INDEX,
    ROWS_SEGMENT,
    ROWS_UNIFORM,
    SEGMENT_CELLS,
    SEGMENT_FIRST,
    SEGMENT_GRADED,
    SIDE_BY_SIDE,
)
from somac.backends.manycore.emulator.instructions import add_column, add_columns, add_row
from somac.backends.manycore.emulator.learning_kernels import adapt, arrive, forget
from somac.backends.manycore.emulator.record_kernels import record

__all__ = ["advance"]


@inlined
def _add_rows(factor: int, first: int, last: int, target: Any, weight: Any, arrived: Any) -> None:
    if factor == 1:
        for x in range(first, last):
            arrived[target[x]] += weight[x]
    else:
        for x in range(first, last):
            arrived[target[x]] += weight[x] * factor


@inlined
def _add_blocks(factor: int, first: int, last: int, target: Any, weight: Any, arrived: Any) -> None:
    targets = target.ctypes.data + first * target.itemsize
    weights = weight.ctypes.data + first * weight.itemsize * BLOCK
    sums, count = arrived.ctypes.data, last - first
    add_row(sums, targets, target[0], weights, weight[0, 0], count, factor)


@part
def _add_uniform(
    blocks: int,
    first: int,
    cells: int,
    count: int,
    target: Any,
    weight: Any,
    history: Any,
    arrived: Any,
) -> None:
    """Add the rows, of the same blocks each, of `count` cells that stand in the history."""
    size = weight.itemsize * BLOCK
    sums = arrived.ctypes.data + 4 * np.int64(target[first])
    weights = weight.ctypes.data + first * size
    listed = history.ctypes.data + 4 * cells
    block = 0
    while block + SIDE_BY_SIDE <= blocks:
        at, given = sums + 4 * BLOCK * block, weights + size * block
        add_columns(at, given, weight[0, 0], size * blocks, listed, count)
        block += SIDE_BY_SIDE
    while block < blocks:
        at, given = sums + 4 * BLOCK * block, weights + size * block
        add_column(at, given, weight[0, 0], size * blocks, listed, count)
        block += 1


@part
def _add_none(
    blocks: int,
    first: int,
    cells: int,
    count: int,
    target: Any,
    weight: Any,
    history: Any,
    arrived: Any,
) -> None:
    """Rows that are no blocks are not uniform."""


def _delivery(add: Any, add_uniform: Any) -> Any:
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
        for n in range(len(plan)):
            number, several = plan[n, ROWS_SEGMENT], plan[n, ROWS_DELAYS]
            graded = segments[number, SEGMENT_GRADED] != 0
            for k in range(several):
                sent = tick - delays[plan[n, ROWS_DELAY] + k]
                if sent < 0:
                    break
                slot = sent & mask
                first = slot * width + segments[number, SEGMENT_FIRST]
                count = waiting[slot, number]
                if count > 0 and several == 1 and plan[n, ROWS_UNIFORM] > 0 and not graded:
                    begin = np.int64(index[plan[n, ROWS_INDEX]])
                    add_uniform(
                        plan[n, ROWS_UNIFORM], begin, first, count, target, weight, history, arrived
                    )
                    continue
                for event in range(first, first + count):
                    row = plan[n, ROWS_INDEX] + history[event] * several + k
                    factor = np.int64(values[event]) if graded else 1
                    add(factor, index[row], index[row + 1], target, weight, arrived)

    return part(deliver)


_deliver_rows = _delivery(_add_rows, _add_none)
_deliver_blocks = _delivery(_add_blocks, _add_uniform)


@part
def _collect(
    first: int,
    cells: int,
    graded: bool,
    slot: int,
    sends: Any,
    signal: Any,
    history: Any,
    values: Any,
    sent: Any,
) -> int:
    """Note which cells of a group send, and return how many. `sends` has a byte for each."""
    found, end = slot + first, first + cells
    for n in range(first, end, NONZERO):
        sending = nonzero(sends.ctypes.data + n)
        if end - n < NONZERO:
            # those of the next group
            sending &= (np.uint64(1) << np.uint64(end - n)) - np.uint64(1)
        while sending != 0:
            cell = n + first_bit(sending)
            sending &= sending - np.uint64(1)
            history[found] = cell - first
            if graded:
                values[found] = signal[cell]
            sent[cell] += 1
            found += 1
    return found - slot - first


@part
def _enter(
    first: int,
    graded: bool,
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
    for n in range(last - event):
        channel = source[event + n]
        history[slot + first + n] = channel
        if graded:
            values[slot + first + n] = value[event + n]
        sent[first + channel] += 1
    return last - event


@compiled
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
    learning: Any,
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
    learning
        Plastic projections, offsets of their synapses, and room for what arrives
        (`somac.backends.manycore.emulator.part_units`).
    records
        int64 (records, columns), the places of the cells, and where they are written; after the
        records of the groups come those of the end of a sample.
    """
    ticks, steps, period, first_sample = clock[0], clock[1], clock[2], clock[3]
    # taken apart before the loop: in it, each access would count references
    row_plan, row_delays, row_index, row_target, row_weight = rows
    block_plan, block_delays, block_index, block_target, block_weight = blocks
    event_begin, source, value = inputs
    initial, memory, sends, signal, arrived, history, values, waiting, sent = buffers
    parts, offsets, arriving, arriving_signals = learning
    plan, places, recorded = records
    stored = (
        memory.view(np.int8),
        memory.view(np.int16),
        memory.view(np.int32),
        memory.view(np.int64),
    )
    stepped = np.empty(len(groups), dtype=np.int64)
    mask, width = len(waiting) - 1, len(sends)
    sample, tick = begin // ticks, begin % ticks
    for _ in range(begin, end):
        if tick == 0:
            memory[:] = initial
            arrived[:] = 0
            waiting[:] = 0
        now = tick & mask
        slot = now * width
        _deliver_rows(
            tick,
            width,
            segments,
            row_plan,
            row_delays,
            row_index,
            row_target,
            row_weight,
            history,
            values,
            waiting,
            arrived,
        )
        _deliver_blocks(
            tick,
            width,
            segments,
            block_plan,
            block_delays,
            block_index,
            block_target,
            block_weight,
            history,
            values,
            waiting,
            arrived,
        )
        for g in range(len(groups)):
            late = tick - groups[g, GROUP_START]
            step = late // groups[g, GROUP_PERIOD]
            if late < 0 or step * groups[g, GROUP_PERIOD] != late or step >= steps:
                # what arrives when nobody reads it is lost
                for a in range(groups[g, GROUP_FIRST], groups[g, GROUP_LAST]):
                    arrived[a] = 0
                for p in range(groups[g, GROUP_PARTS], groups[g, GROUP_PARTS_END]):
                    forget(parts, p, arrived)
                stepped[g] = -1
                continue
            for p in range(groups[g, GROUP_PARTS], groups[g, GROUP_PARTS_END]):
                arrive(parts, p, offsets, arrived, arriving, arriving_signals)
            call(groups[g, GROUP_KERNEL], groups[g, GROUP_ADDRESSES], groups[g, GROUP_CELLS])
            for p in range(groups[g, GROUP_PARTS], groups[g, GROUP_PARTS_END]):
                adapt(parts, p, offsets, sends)
            stepped[g] = step
        step = tick // period
        for n in range(len(event_begin)):
            number = len(groups) + n
            waiting[now, number] = 0
            if step * period == tick and step < steps:
                at = sample * steps + step
                waiting[now, number] = _enter(
                    segments[number, SEGMENT_FIRST],
                    segments[number, SEGMENT_GRADED] != 0,
                    slot,
                    event_begin[n, at],
                    event_begin[n, at + 1],
                    source,
                    value,
                    history,
                    values,
                    sent,
                )
        # what a kernel has just written is slow to read: by now it is out of the way
        for g in range(len(groups)):
            waiting[now, g] = 0
            if stepped[g] < 0:
                continue
            waiting[now, g] = _collect(
                segments[g, SEGMENT_FIRST],
                segments[g, SEGMENT_CELLS],
                segments[g, SEGMENT_GRADED] != 0,
                slot,
                sends,
                signal,
                history,
                values,
                sent,
            )
            for r in range(groups[g, GROUP_RECORDS], groups[g, GROUP_RECORDS_END]):
                row = (first_sample + sample) * steps + stepped[g]
                record(plan, r, row, places, sends, signal, stored, recorded)
        tick += 1
        if tick == ticks:
            for r in range(groups[-1, GROUP_RECORDS_END], len(plan)):
                row = first_sample + sample
                record(plan, r, row, places, sends, signal, stored, recorded)
            sample, tick = sample + 1, 0
