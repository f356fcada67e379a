"""The SystemVerilog of a bundle in a simulator, from the files of the bundle alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.api.inputs import Taken, check_recorded, checked_inputs
from somac.backends.fpga.description import FILE, Description, read_description
from somac.backends.fpga.machines.longest import longest
from somac.backends.fpga.machines.records import emulation
from somac.backends.fpga.machines.streams import as_beats
from somac.backends.fpga.simulators.design import Design, Stimulus
from somac.backends.fpga.simulators.simulation import (
    Simulation,
    SimulatorName,
    open_simulation,
)
from somac.ir.program import Program

__all__ = ["Rtl", "open_rtl"]

Integers = NDArray[np.int64]


class Rtl:
    """A design that runs in a simulator."""

    def __init__(self, description: Description, simulation: Simulation) -> None:
        self.description = description
        self._simulation = simulation
        self._cycles = 0

    @property
    def figures(self) -> Mapping[str, int]:
        """Clock cycles of all that has been run."""
        return {"clock cycles simulated": self._cycles}

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
        """Run, as `somac.backends.api.Emulator` says.

        Raises
        ------
        SomacError
            E0715 if the inputs are not those of the design, E0716 if there is not what is to be
            recorded, E0843, E0852 and E0853 if the simulation fails, E0855 if a stream is wrong.
        """
        d = self.description
        taken = [Taken(i.name, i.cells, i.low, i.high) for i in d.inputs]
        given = {n: v.astype(np.int64) for n, v in checked_inputs(inputs, taken).items()}
        check_recorded(
            record,
            record_states,
            record_weights,
            inputs=[i.name for i in d.inputs],
            populations={s.population for e in d.engines for s in e.sections},
            file=FILE,
        )
        steps = next(iter(given.values())).shape[1]
        words = {s.id: s.words for s in d.senders()}
        stimulus = Stimulus(
            tuple(as_beats(given[i.name], i, d.sim.input_bits) for i in d.inputs),
            tuple(steps * words[o.source] for o in d.outputs),
            tuple(steps * s.words for e in d.engines for s in e.sections),
        )
        records = self._simulation.run(stimulus, longest(d, steps))
        self._cycles += int(records.cycles.sum())
        return emulation(d, records, given, record, record_states)


@contextmanager
def open_rtl(program: Program, simulator: SimulatorName) -> Iterator[Rtl]:
    """Build the SystemVerilog of a program for a simulator; the files are gone afterwards.

    Raises
    ------
    SomacError
        E0703 to E0710 if the design cannot be read, E0840 if a tool is missing, E0841 if one
        does not take the design.
    """
    description = read_description(program)
    ports = description.sim.model_dump()
    design = Design(program.under("rtl/"), program.under("mem/"), **ports)
    with open_simulation(design, simulator) as simulation:
        yield Rtl(description, simulation)
