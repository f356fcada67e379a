"""Samples as lanes of vectors, for designs whose cycles do not depend on what is sent.

A group of samples goes through the steps together: what is sent, accumulators and states are
arrays (cells, lanes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emulator import lane_columns as c
from somac.backends.fpga.emulator.chunks import Stop, in_chunks
from somac.backends.fpga.emulator.decode import Decoded
from somac.backends.fpga.emulator.lane_rows import LANES
from somac.backends.fpga.emulator.lane_units import LaneUnit, LaneUnits
from somac.backends.fpga.emulator.recorder import Recorder
from somac.backends.fpga.emulator.timing import Readers, longest_delays
from somac.backends.fpga.emulator.units import ALIGNMENT, aligned

__all__ = ["LaneRun"]

Integers = NDArray[np.int64]
Inputs = Sequence[NDArray[np.integer[Any]]]

_ALL_STEPS = (1 << 62) - 1
"""The mask of what is kept for every step."""


class _Memory:
    """Places of arrays in one piece of memory, in bytes, each at a line of the cache.

    States are first. All that arrives in a step is read at once, so that sections take turns with
    one place for accumulators, and one for who sends.
    """

    def __init__(self, lanes: LaneUnits, kept: Sequence[int]) -> None:
        """For sections that keep what they sent in so many steps."""
        units = lanes.units
        self.size = 0
        self.states = [[self._place(values.nbytes) for values in u.states] for u in units]
        self.initial = aligned(self.size, np.uint8)
        for unit, own in zip(units, self.states, strict=True):
            for values, at in zip(unit.states, own, strict=True):
                self.initial[at : at + values.nbytes] = values.view(np.uint8)
        self.sums = self._place(max(u.sum_bytes for u in units))
        self.sends = self._place(max(u.part.section.cells for u in units) * LANES)
        self.strides = [u.part.section.cells * LANES * lanes.value_bits // 8 for u in units]
        self.kept = kept
        self.signals = [
            self._place(steps * stride) for steps, stride in zip(kept, self.strides, strict=True)
        ]
        self.bytes = aligned(self.size, np.uint8)
        self.base = int(self.bytes.ctypes.data)

    def _place(self, size: int) -> int:
        at = self.size
        self.size += -(-size // ALIGNMENT) * ALIGNMENT
        return at


class LaneRun:
    """Some samples on their way through the steps, in buffers of their own."""

    def __init__(
        self,
        decoded: Decoded,
        readers: Readers,
        lanes: LaneUnits,
        inputs: Inputs,
        recorder: Recorder,
        samples: range,
        stop: Stop,
    ) -> None:
        """For some samples of the inputs."""
        steps = inputs[0].shape[1]
        self._samples, self._steps, self._stop = samples, steps, stop
        own = [values[samples.start : samples.stop] for values in inputs]
        self._given = [_given(values, lanes.value_bits) for values in own]
        channels = sum(values.shape[2] for values in own)
        self.sent = np.zeros(sum(s.cells for s in decoded.senders), np.int64)
        self.sent[:channels] = np.concatenate([(v != 0).sum(axis=(0, 1)) for v in own])
        longest = longest_delays(decoded, steps)
        # powers of two: a step is found by its lowest bits
        kept = [1 << longest.get(u.part.section.id, 0).bit_length() for u in lanes.units]
        memory = _Memory(lanes, kept)
        self._keep, self._memory = lanes, memory
        plan, places, ends = _records(lanes, recorder, memory)
        sections, addresses = _sections(lanes.units, memory, channels, ends)
        self._tables = (
            _senders(self._given, memory),
            sections,
            _links(lanes.units, readers, memory),
            np.array(decoded.order, np.int64),
        )
        self._addresses = addresses
        self._records = plan, places, recorder.memory

    def run(self) -> None:
        """All of them, some steps at a time."""
        from somac.backends.fpga.emulator.lane_kernels import advance_lanes

        def advance(begin: int, end: int) -> None:
            advance_lanes(
                begin,
                end,
                self._samples.start,
                len(self._samples),
                self._steps,
                self._tables,
                self._addresses,
                self._memory.bytes,
                self._memory.initial,
                self._records,
                self.sent,
            )

        in_chunks(-(-len(self._samples) // LANES) * self._steps, self._stop, advance)


def _given(values: NDArray[np.integer[Any]], bits: int) -> NDArray[Any]:
    """An input as (groups, steps, channels, lanes), 0 where a lane has no sample."""
    samples, steps, channels = values.shape
    full, groups = samples // LANES, -(-samples // LANES)
    flat = aligned(groups * steps * channels * LANES, f"i{bits // 8}")
    given = flat.reshape(groups, steps, channels, LANES)
    whole = values[: full * LANES].reshape(full, LANES, steps, channels)
    given[:full] = whole.transpose(0, 2, 3, 1)
    if full < groups:
        given[full, :, :, : samples - full * LANES] = values[full * LANES :].transpose(1, 2, 0)
    return given


def _senders(given: Sequence[NDArray[Any]], memory: _Memory) -> Integers:
    table = np.zeros((len(given) + len(memory.signals), c.SENDER_COLUMNS), np.int64)
    for row, values in zip(table, given, strict=False):
        row[c.SENDER_ADDRESS] = values.ctypes.data
        row[c.SENDER_GROUP], row[c.SENDER_STRIDE] = values.strides[:2]
        row[c.SENDER_MASK] = _ALL_STEPS
    own = table[len(given) :]
    own[:, c.SENDER_ADDRESS] = np.array(memory.signals) + memory.base
    own[:, c.SENDER_STRIDE] = memory.strides
    own[:, c.SENDER_MASK] = np.array(memory.kept) - 1
    return table


def _sections(
    units: Sequence[LaneUnit], memory: _Memory, cells: int, ends: Sequence[int]
) -> tuple[Integers, Integers]:
    """The table of sections, whose cells come after so many, and what their updates are given."""
    table = np.zeros((len(units), c.SECTION_COLUMNS), np.int64)
    addresses: list[int] = []
    for n, (row, unit) in enumerate(zip(table, units, strict=True)):
        section, base = unit.part.section, memory.base
        row[c.SECTION_CELLS] = section.cells
        row[c.SECTION_KERNEL] = unit.code.address
        row[c.SECTION_ADDRESSES] = len(addresses)
        ports = range(len(section.ports))
        addresses += [base + memory.sums + port * unit.bank for port in ports]
        addresses += [base + at for at in memory.states[n]]
        addresses += [*unit.parameters, base + memory.sends, base + memory.signals[n]]
        row[c.SECTION_SIGNAL] = len(addresses) - 1
        row[c.SECTION_SENDS] = memory.sends
        row[c.SECTION_SENT] = cells
        row[c.SECTION_FIRST] = unit.part.first
        row[c.SECTION_BEYOND] = unit.part.first + len(unit.links)
        row[c.SECTION_RECORDS] = ends[n]
        row[c.SECTION_RECORDS_END] = ends[n + 1]
        cells += section.cells
    return table, np.array(addresses, np.int64)


def _links(units: Sequence[LaneUnit], readers: Readers, memory: _Memory) -> Integers:
    table = np.zeros((sum(len(u.links) for u in units), c.LINK_COLUMNS), np.int64)
    for unit in units:
        own = table[unit.part.first :]
        for row, link, rows in zip(own, unit.part.links, unit.links, strict=False):
            row[c.LINK_SENDER] = readers.number[link.source]
            row[c.LINK_DELAY] = link.delay
            row[c.LINK_KERNEL] = rows.code.address
            row[c.LINK_TABLE] = rows.table
            row[c.LINK_SUMS] = memory.base + memory.sums + rows.offset
    return table


def _records(
    lanes: LaneUnits, recorder: Recorder, memory: _Memory
) -> tuple[Integers, Integers, list[int]]:
    """What is recorded, by section: the plan, places of cells, and where a section begins."""
    plan: list[tuple[int, ...]] = []
    places: list[Integers] = [np.zeros(0, np.int64)]
    ends = [0]
    for n, unit in enumerate(lanes.units):
        section = unit.part.section
        for record in (r for r in recorder.records if r.part == n):
            # a stride, and a mask of the steps that are kept
            ring = (0, 0)
            if record.state:
                number = unit.kernel.states.index(record.state)
                bits, at = unit.kernel.bits[number], memory.states[n][number]
            elif section.bits:
                bits, at = lanes.value_bits, memory.signals[n]
                ring = (section.cells * LANES, memory.kept[n] - 1)
            else:
                bits, at = 8, memory.sends
            width = record.values.shape[2]
            where = sum(map(len, places))
            plan.append((bits, 8 * at // bits, *ring, where, record.begin, width))
            places.append(record.places)
        ends.append(len(plan))
    table = np.array(plan, np.int64).reshape(-1, c.RECORD_COLUMNS)
    return table, np.concatenate(places), ends
