"""The fast engine: compiled code over flat arrays, sample by sample, samples side by side.

Signals wait in a history, by tick and source, until they arrive; rows are by source and delay, so
that what arrives in a tick is added to one set of accumulators, which stays in the cache. Cells
are updated by a kernel made for their program, with what they share as constants.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator import columns as c
from somac.backends.manycore.emulator.part_units import PartUnit, PartWorker, part_units
from somac.backends.manycore.emulator.recorder import Recorder
from somac.backends.manycore.emulator.synapses import FlatSynapses
from somac.backends.manycore.emulator.tables import tabulate
from somac.backends.manycore.emulator.units import Unit, Worker, units
from somac.backends.manycore.emulator.wiring import Wiring

__all__ = ["FastEngine", "Limits"]

Integers = NDArray[np.int64]
Inputs = Mapping[str, NDArray[np.integer[Any]]]

_CHUNK_SECONDS = 0.1
"""How long compiled code runs before Python may see that somebody wants it to stop."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How a run is cut up, which changes nothing in what it gives.

    Parameters
    ----------
    threads
        At most so many.
    batch
        Values of inputs that are looked through before what they hold is run.
    first_chunk
        Ticks after which it is known how long a tick takes.
    parallel
        Cell updates from which on threads pay.
    """

    threads: int
    batch: int = 1 << 26
    first_chunk: int = 16
    parallel: int = 1 << 22


class FastEngine:
    """Tables and machine code of a program."""

    def __init__(
        self, wiring: Wiring, synapses: FlatSynapses, limits: Limits | None = None
    ) -> None:
        """With as many threads as there are processors, unless `limits` says something else."""
        self._wiring = wiring
        self._limits = limits or Limits(_processors())
        self._rows, self._blocks = tabulate(wiring, synapses)
        self._units = units(wiring)
        self._parts = part_units(wiring, self._units)

    @property
    def table_bytes(self) -> int:
        """What the tables of synapses take."""
        return self._rows.bytes + self._blocks.bytes + sum(part.bytes for part in self._parts)

    def run(self, inputs: Inputs, recorder: Recorder) -> Integers:
        """Run all samples; see `somac.backends.manycore.emulator.run.Engine`."""
        wiring = self._wiring
        given = [_narrowed(inputs[i.name]) for i in wiring.experiment.inputs]
        samples, steps = given[0].shape[:2]
        last = max((g.start + (steps - 1) * g.period for g in wiring.groups), default=0)
        ticks = last + 1 if steps else 0
        cells = sum(group.cells for group in wiring.groups)
        limits = self._limits
        workers = limits.threads if samples * steps * cells >= limits.parallel else 1
        edges = np.linspace(0, samples, min(workers, max(samples, 1)) + 1).astype(int).tolist()
        stop = Event()
        runs = [
            _Run(self, recorder, given, range(first, end), ticks, stop)
            for first, end in pairwise(edges)
        ]
        if len(runs) == 1:
            runs[0].run()
        else:
            _side_by_side(runs, stop)
        sent: Integers = np.sum([run.worker.sent for run in runs], axis=0, dtype=np.int64)
        return sent


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _side_by_side(runs: Sequence[_Run], stop: Event) -> None:
    with ThreadPoolExecutor(len(runs)) as pool:
        try:
            done = [pool.submit(run.run) for run in runs]
            wait(done, return_when=FIRST_EXCEPTION)
        finally:
            # nothing to stop unless one failed or somebody interrupts
            stop.set()
    for future in done:
        future.result()


def _narrowed(values: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """In one of the two types that compiled code reads: uint8 where it fits, or int64."""
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    small = not values.size or 0 <= values.min() <= values.max() < 1 << 8
    return np.ascontiguousarray(values, dtype=np.uint8 if small else np.int64)


class _Run:
    """Some samples on their way through the ticks, in buffers of their own."""

    def __init__(
        self,
        engine: FastEngine,
        recorder: Recorder,
        given: Sequence[NDArray[np.integer[Any]]],
        samples: range,
        ticks: int,
        stop: Event,
    ) -> None:
        wiring = engine._wiring
        self._engine, self._given, self._samples, self._stop = engine, given, samples, stop
        self._ticks, self._steps = ticks, given[0].shape[1]
        self._period = wiring.experiment.period
        parts = engine._parts
        learnt = [pair for unit in parts for pair in unit.stored.values()]
        self.worker = Worker(wiring, engine._units, learnt)
        self._learning = PartWorker(wiring, parts, engine._units, self.worker)
        plan, places, ends = _records(wiring, engine._units, parts, recorder)
        self._groups = _groups(engine._units, parts, self.worker, ends)
        self._segments = np.array(
            [(s.first, s.cells, s.graded) for s in wiring.segments], dtype=np.int64
        ).reshape(-1, c.SEGMENT_COLUMNS)
        self._records = plan, places, recorder.memory

    def run(self) -> None:
        """All of them, a batch at a time."""
        channels = sum(values.shape[2] for values in self._given)
        batch = max(1, self._engine._limits.batch // max(1, self._steps * channels))
        for first in range(self._samples.start, self._samples.stop, batch):
            self._batch(range(first, min(first + batch, self._samples.stop)))

    def _batch(self, samples: range) -> None:
        from somac.backends.manycore.emulator.kernels import advance

        events = self._events(samples)
        rows, blocks = self._engine._rows, self._engine._blocks
        clock = np.array([self._ticks, self._steps, self._period, samples.start])
        learning = self._learning
        begin, end, chunk = 0, len(samples) * self._ticks, self._engine._limits.first_chunk
        while begin < end and not self._stop.is_set():
            before = time.perf_counter()
            until = min(begin + chunk, end)
            advance(
                begin,
                until,
                clock,
                self._groups,
                self._segments,
                (rows.plan, rows.delays, rows.index, rows.target, rows.weight),
                (blocks.plan, blocks.delays, blocks.index, blocks.target, blocks.weight),
                events,
                self.worker.buffers,
                (learning.table, learning.offsets, learning.cells, learning.signals),
                self._records,
            )
            seconds = max(time.perf_counter() - before, 1e-6)
            begin, chunk = until, max(1, min(8 * chunk, int(chunk * _CHUNK_SECONDS / seconds)))

    def _events(self, samples: range) -> tuple[Integers, NDArray[np.int32], NDArray[np.int32]]:
        """Where the events of each input and step begin, their channels and their values."""
        from somac.backends.manycore.emulator.events import events, spikes

        rows = len(samples) * self._steps
        room = 1024 + sum(v.shape[2] for v in self._given) * rows // 8
        while True:
            begin = np.zeros((len(self._given), rows + 1), dtype=np.int64)
            source, value = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
            found = 0
            for n, values in enumerate(self._given):
                dense = values[samples.start : samples.stop].reshape(-1)
                find = spikes if dense.dtype == np.uint8 else events
                found = find(dense, values.shape[2], begin[n], source, value, found)
            if found <= room:
                return begin, source, value
            room = found


def _groups(
    units: Sequence[Unit], parts: Sequence[PartUnit], worker: Worker, ends: Sequence[int]
) -> Integers:
    table = np.zeros((len(units), c.GROUP_COLUMNS), dtype=np.int64)
    # parts are in the order of their groups
    owners = [unit.part.group for unit in parts]
    for number, (row, unit) in enumerate(zip(table, units, strict=True)):
        group = unit.group
        row[c.GROUP_KERNEL] = unit.code.address
        row[c.GROUP_ADDRESSES] = worker.addresses[number].ctypes.data
        row[c.GROUP_CELLS] = group.cells
        row[c.GROUP_FIRST] = group.first
        row[c.GROUP_LAST] = group.first + len(group.ports) * group.stride
        row[c.GROUP_START] = group.start
        row[c.GROUP_PERIOD] = group.period
        row[c.GROUP_RECORDS] = ends[number]
        row[c.GROUP_RECORDS_END] = ends[number + 1]
        row[c.GROUP_PARTS] = np.searchsorted(owners, number)
        row[c.GROUP_PARTS_END] = np.searchsorted(owners, number, side="right")
    return table


def _records(
    wiring: Wiring, units: Sequence[Unit], parts: Sequence[PartUnit], recorder: Recorder
) -> tuple[Integers, Integers, list[int]]:
    """What is recorded, group by group: the plan, places of cells, and where a group begins.

    Last come the states of synapses, which are recorded at the end of a sample.
    """
    rows: list[list[int]] = []
    places: list[Integers] = [np.zeros(0, dtype=np.int64)]

    def add(bits: int, first: int, where: Integers, begin: int) -> None:
        row = [0] * c.RECORD_COLUMNS
        row[c.RECORD_BITS], row[c.RECORD_FIRST] = bits, first
        row[c.RECORD_CELLS], row[c.RECORD_PLACES] = len(where), sum(map(len, places))
        row[c.RECORD_BEGIN] = begin
        rows.append(row)
        places.append(where)

    ends = [0]
    for number, unit in enumerate(units):
        for record in (r for r in recorder.records if r.group == number):
            segment = wiring.segments[number]
            bits, first = c.SIGNAL if segment.graded else c.SENDS, segment.first
            if record.state:
                bits, offset = unit.stored(record.state)
                first = 8 * offset // bits
            add(bits, first, record.places, record.begin)
        ends.append(len(rows))
    for learnt in recorder.learnt:
        bits, offset = parts[learnt.part].state(learnt.state)
        add(bits, 8 * offset // bits, wiring.parts[learnt.part].order, learnt.begin)
    plan = np.array(rows, dtype=np.int64).reshape(-1, c.RECORD_COLUMNS)
    return plan, np.concatenate(places), ends
