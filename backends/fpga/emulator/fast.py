"""The fast engine: compiled code over flat arrays, samples side by side.

What is sent waits in lists, by sender and step, until all links have read it. Rows are added to
accumulators as wide as their sums are proven to be, and cells are updated by a kernel made for
their section. Cycles follow from a few maxima per event (`somac.backends.fpga.emulator.timing`).
Where none depends on what is sent, samples run as lanes (`somac.backends.fpga.emulator.lanes`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import cache, lru_cache, partial
from itertools import pairwise
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emulator import columns as c
from somac.backends.fpga.emulator.chunks import in_chunks
from somac.backends.fpga.emulator.decode import Decoded
from somac.backends.fpga.emulator.lane_rows import LANES
from somac.backends.fpga.emulator.lane_units import make_lanes, runs_in_lanes
from somac.backends.fpga.emulator.lanes import LaneRun
from somac.backends.fpga.emulator.recorder import Recorder
from somac.backends.fpga.emulator.timing import Timing, Totals, longest_delays, readers_of
from somac.backends.fpga.emulator.units import Unit, aligned, make_units

__all__ = ["FastEngine"]

Integers = NDArray[np.int64]
Inputs = Sequence[NDArray[np.integer[Any]]]

_PARALLEL = 1 << 20
"""Updates of cells from which on threads pay."""

_LEAST = LANES // 4
"""Samples from which on it pays to run them as lanes, of which many may be idle."""


class FastEngine:
    """Tables and machine code of a design."""

    def __init__(self, decoded: Decoded, threads: int | None = None) -> None:
        """Samples run side by side in at most so many threads, or as there are processors."""
        self.decoded = decoded
        self.threads = threads or _processors()
        self.units = make_units(decoded)
        self.readers = readers_of(decoded)
        self._lanes = cache(partial(make_lanes, decoded))
        self._reckoned = lru_cache(maxsize=8)(self._one_sample)

    def run(self, inputs: Inputs, recorder: Recorder, timing: Timing, totals: Totals) -> None:
        """Run all samples; see `somac.backends.fpga.emulator.run.Engine`."""
        samples, steps = inputs[0].shape[:2]
        if not samples * steps:
            return
        if samples < _LEAST or not runs_in_lanes(self.decoded):
            self._one_by_one(inputs, recorder, timing, totals)
            return
        one, sections = self._reckoned(steps)
        timing.fill(one)
        totals.sections[:] += sections * samples
        groups, stop = -(-samples // LANES), Event()
        runs = [
            LaneRun(
                self.decoded,
                self.readers,
                self._lanes(),
                inputs,
                recorder,
                range(first * LANES, min(end * LANES, samples)),
                stop,
            )
            for first, end in pairwise(self._edges(groups, samples * steps))
        ]
        _side_by_side(runs, stop)
        for run in runs:
            totals.sent[:] += run.sent

    def _one_by_one(
        self, inputs: Inputs, recorder: Recorder, timing: Timing, totals: Totals
    ) -> None:
        samples, steps = inputs[0].shape[:2]
        given, stop = _joined(inputs), Event()
        runs = [
            _Run(self, given, recorder, timing, range(first, end), steps, stop)
            for first, end in pairwise(self._edges(samples, samples * steps))
        ]
        _side_by_side(runs, stop)
        for run in runs:
            totals.sent[:] += run.sent
            totals.sections[:] += run.totals

    def _one_sample(self, steps: int) -> tuple[Timing, Integers]:
        """Cycles and totals of the sections of a sample, where they do not depend on its values."""
        decoded = self.decoded
        inputs = [np.zeros((1, steps, i.cells), np.uint8) for i in decoded.description.inputs]
        timing, totals = Timing.empty(decoded, 1, steps), Totals.empty(decoded)
        self._one_by_one(inputs, Recorder(decoded, (), (), (1, steps)), timing, totals)
        return timing, totals.sections

    def _edges(self, things: int, steps: int) -> list[int]:
        """Where what each thread does begins, and ends; by the steps of all samples."""
        cells = sum(s.cells for s in self.decoded.senders)
        count = min(self.threads, things) if steps * cells >= _PARALLEL else 1
        edges: list[int] = np.linspace(0, things, count + 1).astype(int).tolist()
        return edges


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _side_by_side(runs: Sequence[_Run] | Sequence[LaneRun], stop: Event) -> None:
    if len(runs) == 1:
        runs[0].run()
        return
    with ThreadPoolExecutor(len(runs)) as pool:
        try:
            done = [pool.submit(run.run) for run in runs]
            wait(done, return_when=FIRST_EXCEPTION)
        finally:
            # nothing to stop unless one failed or somebody interrupts
            stop.set()
    for future in done:
        future.result()


def _joined(inputs: Inputs) -> NDArray[np.integer[Any]]:
    """Flat, all channels of a step together, in one of two types: uint8 where it fits, or int64."""
    small = all(
        v.dtype == np.uint8 or not v.size or 0 <= v.min() <= v.max() < 1 << 8 for v in inputs
    )
    dtype = np.uint8 if small else np.int64
    together: Any = np.concatenate(inputs, axis=2, dtype=dtype, casting="unsafe")
    flat: NDArray[np.integer[Any]] = together.reshape(-1)
    return flat


class _Run:
    """Some samples on their way through the steps, in buffers of their own."""

    def __init__(
        self,
        engine: FastEngine,
        given: NDArray[np.integer[Any]],
        recorder: Recorder,
        timing: Timing,
        samples: range,
        steps: int,
        stop: Event,
    ) -> None:
        decoded, units = engine.decoded, engine.units.units
        self._given, self._samples, self._steps, self._stop = given, samples, steps, stop
        senders, entries, first = _senders(decoded, steps)
        buffers, addresses, sums = _buffers(units, engine.units.value_bits, senders, entries, first)
        self._keep = buffers
        plan, places, ends = _records(units, recorder, senders, len(decoded.description.inputs))
        links, lengths = _links(decoded, units, sums)
        self._tables = (
            senders,
            np.array([(e.clear, e.drain, e.flight) for e in decoded.description.engines]),
            _sections(units, addresses, sums, ends),
            links,
            np.array(
                [
                    (engine.readers.number[o.source], o.delay, o.slots)
                    for o in decoded.description.outputs
                ]
            ),
        )
        word_of = np.concatenate([np.arange(s.cells) // s.width for s in decoded.senders])
        self._lists = (
            np.array(decoded.order, np.int64),
            engine.readers.readers,
            engine.readers.first,
            word_of.astype(np.int32),
            lengths,
        )
        self._buffers = buffers
        self._clocks = _clocks(decoded, steps)
        self._records = plan, places, recorder.memory
        self._timing = timing.flat()
        self.sent = np.zeros(first, np.int64)
        self.totals = np.zeros((len(units), Totals.KINDS), np.int64)

    def run(self) -> None:
        """All of them, some steps at a time."""
        from somac.backends.fpga.emulator.kernels import advance

        def step(begin: int, until: int) -> None:
            advance(
                begin,
                until,
                self._samples.start,
                self._steps,
                self._given,
                self._tables,
                self._lists,
                self._buffers,
                self._clocks,
                self._records,
                self._timing,
                (self.sent, self.totals),
            )

        in_chunks(len(self._samples) * self._steps, self._stop, step)


def _power(least: int) -> int:
    """The power of two that is not below."""
    return 1 << max(0, least - 1).bit_length()


def _senders(decoded: Decoded, steps: int) -> tuple[Integers, int, int]:
    """The table of senders, how long their lists are together, and how many cells they have.

    Lists are kept for as many steps as the longest delay that is less than the steps of a run.
    """
    table = np.zeros((len(decoded.senders), c.SENDER_COLUMNS), np.int64)
    first, entries, longest = 0, 0, longest_delays(decoded, steps)
    for row, sender in zip(table, decoded.senders, strict=True):
        kept = _power(1 + longest.get(sender.id, 0))
        row[c.SENDER_CELLS] = sender.cells
        row[c.SENDER_WORDS] = sender.words
        row[c.SENDER_FIRST] = first
        row[c.SENDER_GRADED] = sender.bits > 0
        row[c.SENDER_HISTORY] = entries
        row[c.SENDER_MASK] = kept - 1
        first += sender.cells
        entries += kept * sender.cells
    return table, entries, first


def _buffers(
    units: Sequence[Unit], value_bits: int, senders: Integers, entries: int, cells: int
) -> tuple[tuple[NDArray[Any], ...], list[int], list[int]]:
    """Arrays of a run; per section where its addresses begin, and where its accumulators are."""
    stored = [pair for u in units for pair in zip(u.states, u.offsets, strict=True)]
    size = max((offset + -(-v.nbytes // 64) * 64 for v, offset in stored), default=0)
    initial, memory = aligned(size, np.uint8), aligned(size, np.uint8)
    for values, offset in stored:
        initial[offset : offset + values.nbytes] = values.view(np.uint8)
    sums = aligned(sum(-(-u.sum_bytes // 64) * 64 for u in units), np.uint8)
    # read in whole lines, which may go beyond the end
    sends = aligned(cells + 64, np.uint8)
    signal = aligned(cells, f"i{value_bits // 8}")
    listed, kept = aligned(entries, np.int32), aligned(entries, f"i{value_bits // 8}")
    waiting = np.zeros((len(senders), 1 + int(senders[:, c.SENDER_MASK].max())), np.int64)
    addresses: list[int] = []
    begins, places = [], []
    at = int(sums.ctypes.data)
    for unit, sender in zip(units, senders[len(senders) - len(units) :], strict=True):
        begins.append(len(addresses))
        places.append(at)
        first = int(sender[c.SENDER_FIRST])
        bank = unit.sums.bank * unit.sums.bits // 8
        addresses += [at + port * bank for port in range(len(unit.part.section.ports))]
        addresses += [memory.ctypes.data + offset for offset in unit.offsets]
        addresses += [values.ctypes.data for values in unit.parameters]
        addresses += [sends.ctypes.data + first, signal.ctypes.data + first * value_bits // 8]
        at += -(-unit.sum_bytes // 64) * 64
    table = np.array(addresses, np.int64)
    return (initial, memory, sums, sends, signal, listed, kept, waiting, table), begins, places


def _sections(
    units: Sequence[Unit], addresses: Sequence[int], sums: Sequence[int], ends: Sequence[int]
) -> Integers:
    table = np.zeros((len(units), c.SECTION_COLUMNS), np.int64)
    for number, (row, unit) in enumerate(zip(table, units, strict=True)):
        section = unit.part.section
        row[c.SECTION_ENGINE] = unit.part.number
        row[c.SECTION_UPDATES] = section.words
        row[c.SECTION_FLIGHT] = section.flight
        row[c.SECTION_FIRST] = unit.part.first
        row[c.SECTION_BEYOND] = unit.part.first + len(unit.links)
        row[c.SECTION_KERNEL] = unit.code.address
        row[c.SECTION_ADDRESSES] = addresses[number]
        row[c.SECTION_PORTS] = len(section.ports)
        row[c.SECTION_SUMS] = sums[number]
        row[c.SECTION_BANK] = unit.sums.bank * unit.sums.bits // 8
        row[c.SECTION_RING] = unit.part.slots
        row[c.SECTION_RECORDS] = ends[number]
        row[c.SECTION_RECORDS_END] = ends[number + 1]
    return table


def _links(
    decoded: Decoded, units: Sequence[Unit], sums: Sequence[int]
) -> tuple[Integers, Integers]:
    """The table of links, and the lengths of rows where they differ."""
    number = {s.id: n for n, s in enumerate(decoded.senders)}
    table = np.zeros((len(decoded.links), c.LINK_COLUMNS), np.int64)
    lengths: list[Integers] = [np.zeros(0, np.int64)]
    for unit, address in zip(units, sums, strict=True):
        part = unit.part
        bank = unit.sums.bank * unit.sums.bits // 8
        for n, (link, weights, rows) in enumerate(
            zip(part.links, part.weights, unit.links, strict=True)
        ):
            row = table[part.first + n]
            row[c.LINK_SENDER] = number[link.source]
            row[c.LINK_DELAY] = link.delay
            row[c.LINK_SLOTS] = link.slots
            row[c.LINK_WHOLE] = link.kind == "whole"
            row[c.LINK_KERNEL] = rows.code.address
            row[c.LINK_TABLE] = rows.table
            row[c.LINK_SUMS] = address + link.port * bank
            row[c.LINK_LENGTHS] = sum(map(len, lengths))
            equal = len(weights.lengths) > 0 and (weights.lengths == weights.lengths[0]).all()
            row[c.LINK_LENGTH] = weights.lengths[0] if equal else -1
            if not equal:
                lengths.append(weights.lengths)
    return table, np.concatenate(lengths)


def _records(
    units: Sequence[Unit], recorder: Recorder, senders: Integers, inputs: int
) -> tuple[Integers, Integers, list[int]]:
    """What is recorded, by section: the plan, places of cells, and where a section begins."""
    rows: list[tuple[int, ...]] = []
    places: list[Integers] = [np.zeros(0, np.int64)]
    ends = [0]
    for number, unit in enumerate(units):
        for record in (r for r in recorder.records if r.part == number):
            bits, first = c.SIGNAL, int(senders[inputs + number, c.SENDER_FIRST])
            if record.state:
                bits, offset = unit.stored(record.state)
                first = 8 * offset // bits
            width = record.values.shape[2]
            rows.append((bits, first, sum(map(len, places)), record.begin, width))
            places.append(record.places)
        ends.append(len(rows))
    plan = np.array(rows, np.int64).reshape(-1, c.RECORD_COLUMNS)
    return plan, np.concatenate(places), ends


def _clocks(decoded: Decoded, steps: int) -> tuple[Integers, ...]:
    d = decoded.description
    readers = (*decoded.links, *d.outputs)
    slots = max(reader.slots for reader in readers)
    kept = _power(min(steps, slots + 1))
    engines, links = len(d.engines), len(decoded.links)
    return (
        np.zeros(engines, np.int64),
        np.zeros(engines, np.int64),
        np.zeros(len(d.inputs), np.int64),
        np.zeros(len(d.outputs), np.int64),
        np.zeros((len(decoded.senders), kept), np.int64),
        np.zeros((links, kept), np.int64),
        np.zeros((len(d.outputs), kept), np.int64),
    )
