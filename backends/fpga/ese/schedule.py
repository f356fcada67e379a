"""When everything happens: the cycles of a run, from the lengths of the columns alone.

The engine never looks at a value to decide what to do next, so that a recurrence over the columns
gives every cycle. For lane p and the columns in their order, with n entries in a column:

    fetch   a column is read from its buffer when its value is there and the one before has left
    issue   it goes to the queues of all lanes in the first later cycle in which none is full
    first   = max(issue + 2, last of the lane's column before + 1)
    last    = first + n - 1, and the place in the queue is free in the cycle after

A column without entries takes a place in the cycle after its issue, and no work. The functions take
the places of D columns per lane, as a window over the last D that had entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.ese.description import Source

__all__ = ["ADD", "DRAIN", "Latencies", "Schedule", "Work", "predict"]

Integers = NDArray[np.int64]

QUEUE = 2
"""Cycles from the issue of a column to the first read of an entry: its pointer, the queue."""

ADD = 4
"""Cycles from the read of an entry to the one in which its sum is written."""

START = 2
"""Cycles from the last sum of a phase to the first address of a row of sums."""

DRAIN = 2
"""Cycles from the address of a row of sums to the cycle in which they enter the update."""

SEND = 2
"""Cycles from a result of the outputs to the cycle in which it leaves the engine."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Register stages of the two update pipelines: cycles from entering to leaving."""

    cells: int
    outputs: int


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """All that decides on the cycles of a run, but for the places of the queues.

    Parameters
    ----------
    counts
        int64 (lanes, columns): entries of each lane in each column, of all matrices.
    matrices
        Per matrix, where its columns come from, and how many there are.
    inputs, cells, outputs
        How many there are.
    """

    counts: Integers
    matrices: tuple[tuple[Source, int], ...]
    inputs: int
    cells: int
    outputs: int
    latencies: Latencies

    @property
    def lanes(self) -> int:
        """P."""
        return len(self.counts)

    @property
    def entries(self) -> Integers:
        """Entries per lane and matrix, padding among them, (lanes, matrices)."""
        first = np.cumsum([0, *(columns for _, columns in self.matrices[:-1])])
        return np.add.reduceat(self.counts, first, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Cycles, counted from the first without reset.

    Parameters
    ----------
    issued
        int64 (steps, matrices): issue of the last column.
    done
        int64 (steps, matrices): the last sum of any lane is written.
    cells, outputs
        int64 (steps,): the first result of the update leaves; the others follow one a cycle.
    beats
        int64 (steps,): the first output leaves the engine where its reader never waits.
    """

    issued: Integers
    done: Integers
    cells: Integers
    outputs: Integers
    beats: Integers

    @property
    def per_matrix(self) -> Integers:
        """Cycles by which each matrix lengthens the run, (steps, matrices).

        From the end of the matrix before it to its own end. The work of the update that no
        product hides is part of the first matrix that waits for it.
        """
        ends = np.diff(self.done.ravel(), prepend=0)
        return ends.reshape(self.done.shape)

    @property
    def period(self) -> int:
        """Cycles of a step when steps follow one another."""
        return int(self.done[-1, -1] - self.done[-2, -1]) if len(self.done) > 1 else self.latency

    @property
    def latency(self) -> int:
        """Cycles until the first output of the first step has left."""
        return int(self.beats[0]) + 1


def predict(work: Work, depth: int, steps: int = 2) -> Schedule:
    """The schedule of a run whose inputs come as fast as they are taken.

    `depth` is D, the columns that a queue holds. Exact: the RTL and the emulator take the same
    cycles.
    """
    run = _Run(work, depth)
    for _ in range(steps):
        run.step()
    return Schedule(*(np.array(column) for column in run.rows()))


class _Lanes:
    """The lanes under the columns so far: when their work ends, when their places are free."""

    def __init__(self, lanes: int, depth: int) -> None:
        # last reads of the last `depth` columns that had entries, the latest first
        self.reads = np.full((depth, lanes), -1)
        self.empty = np.zeros(lanes, np.bool_)
        self.issued = -2

    def issue(self, earliest: int, counts: Integers) -> int:
        """The next column may go out from cycle `earliest` on; the cycle in which it does."""
        free = int(self.reads[-1].max()) + 1
        at = max(earliest, free)
        if at == self.issued + 1 and self.empty.any():
            # a column without entries holds a place for one cycle more
            depth = len(self.reads)
            if depth == 1 or self.reads[-2][self.empty].max() >= at:
                at += 1
        self.issued = at
        self.empty = counts == 0
        reads = np.maximum(at + QUEUE, self.reads[0] + 1) + counts - 1
        self.reads = np.where(
            self.empty, self.reads, np.concatenate((reads[None], self.reads[:-1]))
        )
        return at

    def done(self) -> int:
        """The last cycle in which a sum is written, or a column found to have no entries."""
        work = int(self.reads[0].max())
        return max(work + ADD, self.issued + 1) if work >= 0 else self.issued + 1


class _Run:
    """A run so far: where its lanes, its buffers and its updates are."""

    def __init__(self, work: Work, depth: int) -> None:
        self.work, self.latencies = work, work.latencies
        self.counts = np.ascontiguousarray(work.counts.T)
        self.lanes = _Lanes(work.lanes, depth)
        self.issued = 0
        self.inputs = _Inputs(work.inputs)
        # what the outputs were before the first step is there from the beginning
        self.outputs_from = -work.outputs
        self.outputs_free = 0
        self.record: list[tuple[list[int], list[int], int, int, int]] = []

    def rows(self) -> list[Sequence[object]]:
        """The record of all steps, a sequence for each field of a `Schedule`."""
        return [list(column) for column in zip(*self.record, strict=True)]

    def step(self) -> None:
        """All columns of a step, and its two updates."""
        issued: list[int] = []
        done: list[int] = []
        first = cells_from = 0
        sources = [source for source, _ in self.work.matrices]
        for number, (source, columns) in enumerate(self.work.matrices):
            if source == "m" and number and sources[number - 1] != "m":
                cells_from = done[-1] + START + DRAIN + self.latencies.cells
            for column in range(columns):
                there = self._there(source, column, cells_from)
                # read in the cycle in which the column before leaves, at the earliest
                fetch = max(there, self.issued)
                self.issued = self.lanes.issue(fetch + 1, self.counts[first + column])
            if source == "x" and sources[number + 1] != "x":
                self.inputs.release(fetch)
            first += columns
            issued.append(self.issued)
            done.append(self.lanes.done())
        taken = max(done[-1] + START, self.outputs_free)
        self.outputs_from = taken + DRAIN + self.latencies.outputs
        beats = self.outputs_from + SEND
        # the buffer of the outputs is free when the last of them has been read
        self.outputs_free = beats + self.work.outputs
        self.record.append((issued, done, cells_from, self.outputs_from, beats))

    def _there(self, source: Source, column: int, cells_from: int) -> int:
        """The first cycle in which a value can be fetched."""
        if source == "x":
            return self.inputs.there(column)
        first = cells_from if source == "m" else self.outputs_from
        # written at the end of the cycle in which it leaves the update
        return first + column + 1


class _Inputs:
    """The double buffer of the inputs: it takes one in each cycle while it has room."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.starts = [0, size]
        self.step = 0

    def there(self, column: int) -> int:
        return self.starts[self.step] + column + 1

    def release(self, fetch: int) -> None:
        """The last value of the step is read in that cycle: its half takes the step after next."""
        begin = max(fetch + 1, self.starts[-1] + self.size)
        self.starts.append(begin)
        self.step += 1
