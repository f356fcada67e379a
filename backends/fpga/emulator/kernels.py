"""What the fast engine does in compiled code: steps of samples, one after the other.

Imported only when that engine runs, as it takes Numba. Updates of sections and additions of rows
are compiled apart, for each design, and called by their addresses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from somac.backends.compiled.instructions import NONZERO, call, call6, first_bit, nonzero
from somac.backends.compiled.jit import compiled, inlined
from somac.backends.fpga.emulator.columns import (
    ENGINE_CLEAR,
    ENGINE_DRAIN,
    ENGINE_LONGEST,
    LINK_DELAY,
    LINK_KERNEL,
    LINK_LENGTH,
    LINK_LENGTHS,
    LINK_SENDER,
    LINK_SUMS,
    LINK_TABLE,
    LINK_WHOLE,
    OUTPUT_SENDER,
    RECORD_BEGIN,
    RECORD_BITS,
    RECORD_FIRST,
    RECORD_PLACES,
    RECORD_WIDTH,
    SECTION_ADDRESSES,
    SECTION_BANK,
    SECTION_BEYOND,
    SECTION_ENGINE,
    SECTION_FIRST,
    SECTION_FLIGHT,
    SECTION_KERNEL,
    SECTION_PORTS,
    SECTION_RECORDS,
    SECTION_RECORDS_END,
    SECTION_RING,
    SECTION_SUMS,
    SECTION_UPDATES,
    SENDER_CELLS,
    SENDER_FIRST,
    SENDER_GRADED,
    SENDER_HISTORY,
    SENDER_MASK,
    SENDER_WORDS,
    SIGNAL,
)
from somac.backends.fpga.emulator.timing_kernels import room, scan, scan_whole

__all__ = ["advance"]


@inlined
def _collect(
    first: int,
    cells: int,
    at: int,
    graded: bool,
    sends: Any,
    signal: Any,
    listed: Any,
    values: Any,
    sent: Any,
) -> int:
    """List which cells send, from place `at` on, and what, and count it; returns how many."""
    found = at
    for n in range(0, cells, NONZERO):
        sending = nonzero(sends.ctypes.data + first + n)
        some = min(cells - n, NONZERO)
        # what is not beyond the last cell
        every = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(NONZERO - some)
        sending &= every
        if sending == every and graded:
            for k in range(some):
                listed[found + k] = n + k
                values[found + k] = signal[first + n + k]
                sent[first + n + k] += 1
            found += some
            continue
        while sending != 0:
            cell = n + first_bit(sending)
            sending &= sending - np.uint64(1)
            listed[found] = cell
            if graded:
                values[found] = signal[first + cell]
            sent[first + cell] += 1
            found += 1
    return found - at


@inlined
def _enter(
    given: Any, row: int, first: int, cells: int, at: int, listed: Any, values: Any, sent: Any
) -> int:
    """The same of an input, whatever type it has."""
    found = at
    for cell in range(cells):
        value = given[row + cell]
        if value != 0:
            listed[found] = cell
            values[found] = value
            sent[first + cell] += 1
            found += 1
    return found - at


@compiled
def advance(
    begin: int,
    end: int,
    first_sample: int,
    steps: int,
    given: Any,
    tables: Any,
    lists: Any,
    buffers: Any,
    clocks: Any,
    records: Any,
    timing: Any,
    totals: Any,
) -> None:
    """Run steps `begin` to `end` (exclusive), counted over all samples from `first_sample` on.

    Parameters
    ----------
    given
        The inputs, one after the other, flat (samples, steps, channels).
    tables
        Senders, engines, sections, links, outputs (`somac.backends.fpga.emulator.columns`).
    lists
        The order of sections; who reads a sender, and where these begin; the word of each cell;
        lengths of rows.
    buffers
        Initial memory, memory, accumulators, sends, signals, listed cells, their values, how
        many are listed, addresses.
    clocks
        Per engine when it is free and quiet; per input and output when it is free; per sender,
        link and output when it was done with each of the last steps.
    records
        int64 (records, columns), places of cells, and where they are written.
    timing
        Flat (things, samples, steps): accepted, updates, outputs, waits, reads; per sample its
        cycles.
    totals
        Per cell of all senders how often it sent; per section waits, events and words of rows.
    """
    senders, engines, sections, links, outputs = tables
    order, readers, reader_first, word_of, lengths = lists
    initial, memory, sums, sends, signal, listed, values, waiting, addresses = buffers
    free, quiet, input_free, output_free, published, link_done, output_done = clocks
    plan, places, recorded = records
    accepted, updates, output_at, waits, reads, cycles = timing
    sent, stalls = totals
    stored = (
        memory.view(np.int8),
        memory.view(np.int16),
        memory.view(np.int32),
        memory.view(np.int64),
    )
    inputs = len(senders) - len(sections)
    mask = published.shape[1] - 1
    channels = 0
    for i in range(inputs):
        channels += senders[i, SENDER_CELLS]
    sample, step = begin // steps, begin % steps
    last = cycles[first_sample + sample] - 1
    for _ in range(begin, end):
        if step == 0:
            memory[:] = initial
            sums[:] = 0
            free[:] = engines[:, ENGINE_CLEAR]
            quiet[:] = 0
            input_free[:] = 0
            output_free[:] = 0
            last = 0
        now_at = step & mask
        at = (first_sample + sample) * steps + step
        row = at * channels
        for i in range(inputs):
            slot = step & senders[i, SENDER_MASK]
            number = senders[i, SENDER_CELLS]
            first = senders[i, SENDER_HISTORY] + slot * number
            own = senders[i, SENDER_FIRST]
            if given.itemsize == 1:
                sends[own : own + number] = given[row : row + number]
                graded = senders[i, SENDER_GRADED] != 0
                if graded:
                    signal[own : own + number] = given[row : row + number]
                count = _collect(own, number, first, graded, sends, signal, listed, values, sent)
            else:
                count = _enter(given, row, own, number, first, listed, values, sent)
            waiting[i, slot] = count
            row += number
            free_at = room(
                i, step, mask, readers, reader_first, links, outputs, link_done, output_done
            )
            start = max(input_free[i], free_at)
            accepted[i, at] = start
            input_free[i] = start + senders[i, SENDER_WORDS]
            published[i, now_at] = input_free[i] - 1
        for section in order:
            engine = sections[section, SECTION_ENGINE]
            ring = sections[section, SECTION_RING]
            ring_slot = step % ring if ring > 1 else 0
            now = free[engine]
            located, left, issued = -1, -1, -1
            waited, events, words = 0, 0, 0
            for link in range(sections[section, SECTION_FIRST], sections[section, SECTION_BEYOND]):
                then = step - links[link, LINK_DELAY]
                if then < 0:
                    link_done[link, now_at] = now
                    reads[link, at] = now
                    now += 1
                    continue
                sender = links[link, LINK_SENDER]
                slot = then & senders[sender, SENDER_MASK]
                count = waiting[sender, slot]
                first = senders[sender, SENDER_HISTORY] + slot * senders[sender, SENDER_CELLS]
                if count > 0:
                    call6(
                        links[link, LINK_KERNEL],
                        links[link, LINK_SUMS],
                        ring_slot,
                        links[link, LINK_TABLE],
                        listed.ctypes.data + first * listed.itemsize,
                        values.ctypes.data + first * values.itemsize,
                        count,
                    )
                ready = max(now, published[sender, then & mask] + 1)
                waited += ready - now
                length, step_words = links[link, LINK_LENGTH], senders[sender, SENDER_WORDS]
                if links[link, LINK_WHOLE] != 0:
                    count = step_words
                    now, located, left, issued, size = scan_whole(
                        step_words, length, ready + 2, located, left, issued
                    )
                else:
                    now, located, left, issued, size = scan(
                        listed,
                        first,
                        count,
                        step_words,
                        word_of,
                        senders[sender, SENDER_FIRST],
                        length,
                        lengths,
                        links[link, LINK_LENGTHS],
                        ready + 2,
                        located,
                        left,
                        issued,
                    )
                events += count
                words += size
                link_done[link, now_at] = now - 1
                reads[link, at] = now - 1
            given_at = sections[section, SECTION_ADDRESSES]
            if ring > 1:
                bank = sections[section, SECTION_BANK]
                ports = sections[section, SECTION_PORTS]
                for port in range(ports):
                    addresses[given_at + port] = (
                        sections[section, SECTION_SUMS] + (ring_slot * ports + port) * bank
                    )
            sender = inputs + section
            number = senders[sender, SENDER_CELLS]
            call(
                sections[section, SECTION_KERNEL],
                addresses.ctypes.data + given_at * addresses.itemsize,
                number,
            )
            slot = step & senders[sender, SENDER_MASK]
            first = senders[sender, SENDER_HISTORY] + slot * number
            graded = senders[sender, SENDER_GRADED] != 0
            own = senders[sender, SENDER_FIRST]
            count = _collect(own, number, first, graded, sends, signal, listed, values, sent)
            waiting[sender, slot] = count
            for r in range(
                sections[section, SECTION_RECORDS], sections[section, SECTION_RECORDS_END]
            ):
                to = plan[r, RECORD_BEGIN] + at * plan[r, RECORD_WIDTH]
                where, start, bits = (
                    plan[r, RECORD_PLACES],
                    plan[r, RECORD_FIRST],
                    plan[r, RECORD_BITS],
                )
                if bits == SIGNAL:
                    for n in range(first, first + count):
                        recorded[to + places[where + listed[n]]] = values[n] if graded else 1
                elif bits == 8:
                    for k in range(number):
                        recorded[to + places[where + k]] = stored[0][start + k]
                elif bits == 16:
                    for k in range(number):
                        recorded[to + places[where + k]] = stored[1][start + k]
                elif bits == 32:
                    for k in range(number):
                        recorded[to + places[where + k]] = stored[2][start + k]
                else:
                    for k in range(number):
                        recorded[to + places[where + k]] = stored[3][start + k]
            added = max(now, left + 1, issued + 1) + engines[engine, ENGINE_DRAIN]
            free_at = room(
                sender, step, mask, readers, reader_first, links, outputs, link_done, output_done
            )
            start = max(added, quiet[engine], free_at) + 1
            for_quiet = max(quiet[engine] - added, 0)
            for_room = max(free_at - max(added, quiet[engine]), 0)
            waits[3 * section, at] = waited
            waits[3 * section + 1, at] = for_quiet
            waits[3 * section + 2, at] = for_room
            stalls[section, 0] += waited
            stalls[section, 1] += for_quiet
            stalls[section, 2] += for_room
            stalls[section, 3] += events
            stalls[section, 4] += words
            updates[section, at] = start
            final = start + sections[section, SECTION_UPDATES] - 1
            free[engine] = final + 1
            quiet[engine] = final + engines[engine, ENGINE_LONGEST] + 1
            done = final + sections[section, SECTION_FLIGHT]
            published[sender, now_at] = done
            last = max(last, done)
        for o in range(len(outputs)):
            sender = outputs[o, OUTPUT_SENDER]
            words = senders[sender, SENDER_WORDS]
            ready = max(output_free[o], published[sender, now_at] + 1)
            output_at[o, at] = ready + 2
            output_done[o, now_at] = ready + words
            output_free[o] = ready + words + 1
            last = max(last, ready + words + 1)
        cycles[first_sample + sample] = last + 1
        step += 1
        if step == steps:
            step = 0
            sample += 1
