"""What runs samples as lanes, in compiled code: steps of some samples at once, group by group.

Imported only when it is used, as it takes Numba. As in `somac.backends.fpga.emulator.kernels`,
updates and additions of rows are compiled apart. No cycles are reckoned here: all samples have
the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from somac.backends.compiled.instructions import NONZERO, call, call3, count_bits, nonzero
from somac.backends.compiled.jit import compiled, inlined
from somac.backends.fpga.emulator.lane_columns import (
    LINK_DELAY,
    LINK_KERNEL,
    LINK_SENDER,
    LINK_SUMS,
    LINK_TABLE,
    RECORD_BEGIN,
    RECORD_BITS,
    RECORD_FIRST,
    RECORD_MASK,
    RECORD_PLACES,
    RECORD_STRIDE,
    RECORD_WIDTH,
    SECTION_ADDRESSES,
    SECTION_BEYOND,
    SECTION_CELLS,
    SECTION_FIRST,
    SECTION_KERNEL,
    SECTION_RECORDS,
    SECTION_RECORDS_END,
    SECTION_SENDS,
    SECTION_SENT,
    SECTION_SIGNAL,
    SENDER_ADDRESS,
    SENDER_GROUP,
    SENDER_MASK,
    SENDER_STRIDE,
)

__all__ = ["advance_lanes"]


@inlined
def _copy(
    recorded: Any,
    to: int,
    steps: int,
    width: int,
    places: Any,
    where: int,
    values: Any,
    first: int,
    cells: int,
    count: int,
) -> None:
    """Write what `count` samples have, from (cells, lanes) to (samples, steps, width)."""
    for cell in range(cells):
        at, begin = to + places[where + cell], first + cell * NONZERO
        for lane in range(count):
            recorded[at + lane * steps * width] = values[begin + lane]


@compiled
def advance_lanes(
    begin: int,
    end: int,
    first_sample: int,
    samples: int,
    steps: int,
    tables: Any,
    addresses: Any,
    memory: Any,
    initial: Any,
    records: Any,
    sent: Any,
) -> None:
    """Run steps `begin` to `end` (exclusive), counted over groups of samples, as many as lanes.

    Parameters
    ----------
    first_sample, samples
        The first, and how many from there on.
    tables
        Senders, sections, links (`somac.backends.fpga.emulator.lane_columns`), the order of
        sections.
    addresses
        What the updates are given.
    memory, initial
        Of a group, and what its first part, the states, begins with.
    records
        int64 (records, columns), places of cells, and where they are written.
    sent
        Per cell of all senders how often it sent; of sections only.
    """
    senders, sections, links, order = tables
    plan, places, recorded = records
    bytes_ = memory.view(np.int8)
    shorts = memory.view(np.int16)
    words = memory.view(np.int32)
    longs = memory.view(np.int64)
    inputs = len(senders) - len(sections)
    group, step = begin // steps, begin % steps
    for _ in range(begin, end):
        if step == 0:
            memory[: len(initial)] = initial
        count = min(NONZERO, samples - group * NONZERO)
        # what is not beyond the last sample
        every = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(NONZERO - count)
        for section in order:
            for link in range(sections[section, SECTION_FIRST], sections[section, SECTION_BEYOND]):
                then = step - links[link, LINK_DELAY]
                if then < 0:
                    continue
                sender = links[link, LINK_SENDER]
                call3(
                    links[link, LINK_KERNEL],
                    links[link, LINK_SUMS],
                    links[link, LINK_TABLE],
                    senders[sender, SENDER_ADDRESS]
                    + group * senders[sender, SENDER_GROUP]
                    + (then & senders[sender, SENDER_MASK]) * senders[sender, SENDER_STRIDE],
                )
            sender = inputs + section
            cells = sections[section, SECTION_CELLS]
            addresses[sections[section, SECTION_SIGNAL]] = (
                senders[sender, SENDER_ADDRESS]
                + (step & senders[sender, SENDER_MASK]) * senders[sender, SENDER_STRIDE]
            )
            call(
                sections[section, SECTION_KERNEL],
                addresses.ctypes.data + sections[section, SECTION_ADDRESSES] * addresses.itemsize,
                cells * NONZERO,
            )
            sends = memory.ctypes.data + sections[section, SECTION_SENDS]
            own = sections[section, SECTION_SENT]
            for cell in range(cells):
                sent[own + cell] += count_bits(nonzero(sends + cell * NONZERO) & every)
            for r in range(
                sections[section, SECTION_RECORDS], sections[section, SECTION_RECORDS_END]
            ):
                width, where = plan[r, RECORD_WIDTH], plan[r, RECORD_PLACES]
                at = (first_sample + group * NONZERO) * steps + step
                to = plan[r, RECORD_BEGIN] + at * width
                first = plan[r, RECORD_FIRST]
                first += (step & plan[r, RECORD_MASK]) * plan[r, RECORD_STRIDE]
                bits = plan[r, RECORD_BITS]
                if bits == 8:
                    _copy(recorded, to, steps, width, places, where, bytes_, first, cells, count)
                elif bits == 16:
                    _copy(recorded, to, steps, width, places, where, shorts, first, cells, count)
                elif bits == 32:
                    _copy(recorded, to, steps, width, places, where, words, first, cells, count)
                else:
                    _copy(recorded, to, steps, width, places, where, longs, first, cells, count)
        step += 1
        if step == steps:
            step = 0
            group += 1
