"""Running an engine from its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.ese.emulator.decode import (
    CELL_VALUES,
    INPUT_VALUES,
    Cells,
    Engine,
)
from somac.ir.errors import SomacError

if TYPE_CHECKING:
    from somac.backends.fpga.ese.emulator.kernel import Plan

__all__ = ["EseRun", "run_engine"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class EseRun:
    """What an engine did: raw integers, and the cycles, from the first without reset.

    Parameters
    ----------
    outputs
        int64 (channels, steps, outputs): y.
    cells
        int64 (channels, steps, cells): m.
    states, output_states
        Per state of the cells, or of the outputs, int64 (channels, steps, cells), after each
        update.
    taken
        int64 (steps, inputs): the cycle in which each input comes in.
    beats
        int64 (steps, outputs): the cycle in which each output leaves.
    done
        int64 (steps, matrices): the last sum of a matrix, or of one before it, is written.
    cells_from, outputs_from
        int64 (steps,): the first result of an update leaves it; the others follow one a cycle.
    busy
        int64 (lanes,): cycles with an entry.
    most
        int64 (lanes,): columns in the queue when it was fullest.
    full, starved
        Cycles in which the next column waited for a queue, or for its value.
    """

    outputs: Integers
    cells: Integers
    states: Mapping[str, Integers]
    output_states: Mapping[str, Integers]
    taken: Integers
    beats: Integers
    done: Integers
    cells_from: Integers
    outputs_from: Integers
    busy: Integers
    most: Integers
    full: int
    starved: int

    @property
    def cycles(self) -> int:
        """Of the whole run."""
        return int(self.beats.max(initial=-1)) + 1


def run_engine(engine: Engine, x: Integers) -> EseRun:
    """Run from reset.

    Parameters
    ----------
    x
        int64 (channels, steps, inputs): raw values; channels that are not given are 0.

    Raises
    ------
    ValueError
        If there are more channels or another number of inputs than the engine has.
    SomacError
        E0671 if it never comes to an end.
    """
    if x.ndim != 3 or x.shape[0] > engine.channels or x.shape[2] != engine.inputs:
        raise ValueError(f"{x.shape} for {engine.channels} channels of {engine.inputs} inputs")
    run = _Running(engine, x)
    run.to_the_end()
    return run.result(x.shape[0])


class _Running:
    """A run under way."""

    def __init__(self, engine: Engine, x: Integers) -> None:
        from somac.backends.fpga.ese.emulator import kernel

        self.engine, self.kernel = engine, kernel
        given, steps, inputs = x.shape
        channels, lanes = engine.channels, engine.lanes
        self.values = kernel.Values(
            np.zeros((steps, inputs, channels), np.int64),
            np.zeros((steps + 1, engine.outputs.size, channels), np.int64),
            np.zeros((steps, engine.cells.size, channels), np.int64),
        )
        self.values.x[:, :, :given] = x.transpose(1, 2, 0)
        banks = len(engine.cells.ports) + 1
        rows = -(-max(engine.cells.size, engine.outputs.size) // lanes)
        self.registers = kernel.Registers(
            np.zeros(kernel.CORE, np.int64),
            np.zeros((lanes, kernel.LANE), np.int64),
            np.zeros((lanes, kernel.LEFT), np.int64),
            np.zeros((lanes, engine.depth, 4), np.int64),
            np.zeros((lanes, banks, rows, channels), np.int64),
        )
        # nothing was sent before the first step: that is there from the beginning
        self.registers.core[kernel.OUTPUTS_COUNT] = engine.outputs.size
        self.plan = _plan(engine)
        self.record = kernel.Record(
            np.zeros((steps, len(engine.matrices)), np.int64),
            np.zeros((steps, 2), np.int64),
            np.zeros((steps, inputs), np.int64),
            np.zeros((steps, engine.outputs.size), np.int64),
        )
        sums = self.registers.sums
        self.cells = _Updating(engine.cells, sums[:, : banks - 1], lanes, steps)
        self.outputs = _Updating(engine.outputs, sums[:, banks - 1 :], lanes, steps)

    def to_the_end(self) -> None:
        kernel, values = self.kernel, self.values
        most = self._most_cycles()
        while True:
            why = kernel.advance(self.registers, self.plan, values, self.record, most)
            if why == kernel.CELLS:
                sent = self.cells.update()
                values.m[self.cells.step] = sent
            elif why == kernel.OUTPUTS:
                sent = self.outputs.update()
                values.y[self.outputs.step + 1] = sent
            elif why == kernel.END:
                return
            else:
                have = f"{most:,} cycles"
                raise SomacError("E0671", "the engine does not come to an end", have=have)

    def _most_cycles(self) -> int:
        """More than any run takes, whatever its queues and lanes do."""
        engine = self.engine
        columns = engine.ends.shape[1]
        work = int(engine.ends[:, -1].sum()) + 8 * columns
        cells = engine.cells.size + engine.outputs.size + engine.inputs
        latency = engine.cells.latency + engine.outputs.latency
        return int((len(self.values.x) + 1) * (work + 4 * cells + latency + 100))

    def result(self, given: int) -> EseRun:
        record, registers, values, kernel = self.record, self.registers, self.values, self.kernel
        done = np.maximum.accumulate(record.done.ravel()).reshape(record.done.shape)
        return EseRun(
            values.y[1:, :, :given].transpose(2, 0, 1),
            values.m[:, :, :given].transpose(2, 0, 1),
            self.cells.states(given),
            self.outputs.states(given),
            record.taken,
            record.beats,
            done,
            record.started[:, 0],
            record.started[:, 1],
            registers.lane[:, kernel.BUSY],
            registers.lane[:, kernel.MOST],
            int(registers.core[kernel.FULL]),
            int(registers.core[kernel.STARVED]),
        )


def _plan(engine: Engine) -> Plan:
    from somac.backends.fpga.ese.emulator.kernel import Plan

    plans = engine.matrices
    widths = [p.columns for p in plans]
    source_of = np.repeat([p.source for p in plans], widths)
    return Plan(
        source_of,
        np.repeat([p.bank for p in plans], widths),
        np.repeat(np.arange(len(plans)), widths),
        np.concatenate([np.arange(w) for w in widths]),
        engine.ends,
        engine.weights,
        engine.skips,
        int(np.flatnonzero(source_of == INPUT_VALUES)[-1]),
        int(np.flatnonzero(source_of != CELL_VALUES)[-1]),
        engine.cells.latency,
        engine.outputs.latency,
    )


class _Updating:
    """A population whose sums lie in the lanes: (lanes, ports, rows, channels)."""

    def __init__(self, cells: Cells, sums: Integers, lanes: int, steps: int) -> None:
        self.cells, self.sums = cells, sums
        self.lane, self.row = np.arange(cells.size) % lanes, np.arange(cells.size) // lanes
        channels = sums.shape[3]
        shape = (cells.size, channels)
        self.state = {
            k: np.broadcast_to(v[:, None], shape).copy() for k, v in cells.initial.items()
        }
        self.parameters = {k: v[:, None] if v.ndim else v for k, v in self.cells.parameters.items()}
        self.record = {k: np.zeros((steps, *shape), np.int64) for k in self.state}
        self.step = -1

    def update(self) -> Integers:
        """Take the sums, go on by a step; returns what is sent, (cells, channels)."""
        self.step += 1
        cells = self.cells
        inputs = {
            port: cells.wrapped(port, self.sums[self.lane, bank, self.row])
            for bank, port in enumerate(cells.ports)
        }
        self.sums[...] = 0
        after, sent = cells.kernel(inputs, self.state, self.parameters)
        shape = (cells.size, self.sums.shape[3])
        for name in self.state:
            self.state[name] = np.broadcast_to(after[name], shape)
            self.record[name][self.step] = self.state[name]
        return np.broadcast_to(sent, shape)

    def states(self, given: int) -> dict[str, Integers]:
        """Of the first channels, (channels, steps, cells) per state."""
        return {k: v[:, :, :given].transpose(2, 0, 1) for k, v in self.record.items()}
