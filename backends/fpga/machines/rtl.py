"""The SystemVerilog of a bundle in a simulator, from the files of the bundle alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import Emulation
from somac.backends.fpga.description import Description, read_description
from somac.backends.fpga.machines.longest import longest
from somac.backends.fpga.machines.records import emulation
from somac.backends.fpga.machines.streams import as_beats
from somac.backends.fpga.simulators.design import Design, Stimulus
from somac.backends.fpga.simulators.simulation import (
    Simulation,
    SimulatorName,
    open_simulation,
)
from somac.ir.errors import Diagnostic, Place, SomacError
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
        *,
        record: Sequence[str] = (),
        record_states: Sequence[str] = (),
        record_weights: Sequence[str] = (),
    ) -> Emulation:
        """Run, as `somac.backends.api.Emulator` says.

        Raises
        ------
        SomacError
            E0715 if the inputs are not those of the design, E0716 if there is not what is to be
            recorded, E0843, E0852 and E0853 if the simulation fails, E0855 if a stream is wrong.
        """
        d = self.description
        given = _checked(d, inputs)
        _check_names(d, [*record], [*record_states], [*record_weights])
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


def _checked(d: Description, inputs: Mapping[str, NDArray[Any]]) -> dict[str, Integers]:
    """The inputs as int64; SomacError E0715 if their shapes or values are not as they must be."""
    problems = []
    found: dict[str, Integers] = {}
    first = next((np.shape(inputs[i.name]) for i in d.inputs if i.name in inputs), ())
    for i in d.inputs:
        shape = (*first[:2], i.cells)
        if i.name not in inputs or np.shape(inputs[i.name]) != shape:
            have = f"shape {np.shape(inputs[i.name])}" if i.name in inputs else "nothing"
            need = f"(samples, steps, {i.cells}), and the samples and steps of the others"
            message = f"input {i.name} is missing or has another shape"
            problems.append(Diagnostic("E0715", message, Place(node=i.name), have, need))
            continue
        found[i.name] = np.asarray(inputs[i.name], np.int64)
        low, high = int(found[i.name].min(initial=0)), int(found[i.name].max(initial=0))
        if low < i.low or high > i.high:
            have, need = f"values from {low} to {high}", f"{i.low} to {i.high}"
            message = f"input {i.name} has values that its stream cannot hold"
            problems.append(Diagnostic("E0715", message, Place(node=i.name), have, need))
    if problems:
        raise SomacError.of(problems)
    return found


def _check_names(
    d: Description, record: Sequence[str], record_states: Sequence[str], weights: Sequence[str]
) -> None:
    populations = {s.population for e in d.engines for s in e.sections}
    inputs = {i.name for i in d.inputs}
    unknown = [name for name in record if name not in populations | inputs]
    unknown += [name for name in record_states if name not in populations]
    unknown += weights
    if unknown:
        raise SomacError.of(
            Diagnostic("E0716", f"there is nothing of the name {name!r}", Place(node=name))
            for name in unknown
        )


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
    design = Design(_under(program, "rtl/"), _under(program, "mem/"), **ports)
    with open_simulation(design, simulator) as simulation:
        yield Rtl(description, simulation)


def _under(program: Program, folder: str) -> dict[str, bytes]:
    files = program.files.items()
    return {name.removeprefix(folder): text for name, text in files if name.startswith(folder)}
