"""The emulator: a bundle, any number of samples, as `somac.backends.api.Emulator` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.backends.fpga.description import FILE
from somac.backends.fpga.ese.description import Description
from somac.backends.fpga.ese.emulator.decode import read_engine
from somac.backends.fpga.ese.emulator.run import EseRun, run_engine
from somac.ir.program import Program

__all__ = ["EseEmulator"]

Integers = NDArray[np.int64]


class EseEmulator:
    """An emulator of one bundle, whose files it decodes once."""

    def __init__(self, program: Program) -> None:
        """Decode; SomacError as `read_engine`."""
        self._engine = read_engine(program)

    @property
    def description(self) -> Description:
        """The engine."""
        return self._engine.description

    def run(
        self,
        inputs: Mapping[str, NDArray[Any]],
        /,
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
        first: int = 0,
    ) -> Emulation:
        """Emulate, as `somac.backends.api.Emulator` says: as many samples at a time as channels.

        Counts are ``cycles`` of all runs, the ``entries`` of streams that lanes read, and cycles in
        which the next column stood still: ``waits_for_queues``, ``waits_for_values``. Entries are
        in `per_core` by lane.

        Raises
        ------
        SomacError
            E0715 if the inputs do not fit the program, E0716 if there is nothing of a name
            to record, E0671 if the engine does not come to an end.
        """
        d = self.description
        x = checked_inputs(inputs, [Taken(d.input.name, d.input.cells, d.input.low, d.input.high)])
        raw = x[d.input.name].astype(np.int64)
        check_recorded(
            record,
            record_states,
            record_weights,
            inputs=[d.input.name],
            populations=d.populations(),
            file=FILE,
        )
        parts = [
            run_engine(self._engine, raw[at : at + d.channels])
            # of no samples, the shapes are known from an empty run
            for at in range(0, max(1, len(raw)), d.channels)
        ]
        return _emulation(d, raw, parts, record, record_states)


def _emulation(
    d: Description,
    raw: Integers,
    parts: Sequence[EseRun],
    record: Sequence[str],
    record_states: Sequence[str],
) -> Emulation:
    signals = {d.input.name: raw}
    states: dict[str, dict[str, Integers]] = {}
    if d.cells.population is not None:
        signals[d.cells.population] = np.concatenate([p.cells for p in parts])
        states[d.cells.population] = _joined([p.states for p in parts])
    outputs = np.concatenate([p.outputs for p in parts])
    if d.outputs.population is not None:
        signals[d.outputs.population] = outputs
        states[d.outputs.population] = _joined([p.output_states for p in parts])
    entries = np.sum([p.busy for p in parts], axis=0)
    return Emulation(
        {d.output.name: outputs},
        {name: signals[name] for name in record},
        {name: states[name] for name in record_states},
        {
            "cycles": sum(p.cycles for p in parts),
            "entries": int(entries.sum()),
            "waits_for_queues": sum(p.full for p in parts),
            "waits_for_values": sum(p.starved for p in parts),
        },
        {"entries": entries},
        {},
        {name: (value != 0).sum(axis=(0, 1)) for name, value in signals.items()},
        _cycles(d, parts),
    )


def _joined(parts: Sequence[Mapping[str, Integers]]) -> dict[str, Integers]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _cycles(d: Description, parts: Sequence[EseRun]) -> dict[str, Integers]:
    """When beats are taken, results leave the updates, and outputs the engine: for each sample
    those of the run that it was in."""

    def each(times: Callable[[EseRun], Integers]) -> Integers:
        found = [np.broadcast_to(times(p), (len(p.outputs), *times(p).shape)) for p in parts]
        return np.concatenate(found)

    return {
        f"input {d.input.name}": each(lambda p: p.taken),
        "cells": each(lambda p: p.cells_from[:, None] + np.arange(d.cells.cells)),
        "outputs": each(lambda p: p.outputs_from[:, None] + np.arange(d.outputs.cells)),
        f"output {d.output.name}": each(lambda p: p.beats),
    }
