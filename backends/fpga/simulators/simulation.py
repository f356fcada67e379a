"""A design in a simulator: built once, run as often as wanted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from somac.backends.api.tools import Tool, execute, missing
from somac.backends.fpga.simulators import cxxrtl, iverilog, verilator
from somac.backends.fpga.simulators.design import Design, Records, Stimulus
from somac.backends.fpga.simulators.exchange import read_records, write_stimulus
from somac.ir.errors import Diagnostic, SomacError

__all__ = [
    "RESET_CYCLES",
    "SIMULATORS",
    "Simulation",
    "Simulator",
    "SimulatorName",
    "missing_tools",
    "open_simulation",
]

RESET_CYCLES = 4
"""Cycles for which rst is high before a sample."""

RUN_SECONDS = 3600.0
"""Time after which a run is taken to hang."""

SimulatorName = Literal["verilator", "iverilog", "cxxrtl"]


@dataclass(frozen=True, slots=True)
class Simulator:
    """A simulator: its name, what it needs, and how it makes a design of a folder a program.

    `build` takes the design, the folder that its files are in and an empty folder for what is
    built; it returns the command that runs it, and raises SomacError E0840 and E0841.
    """

    name: SimulatorName
    tools: tuple[Tool, ...]
    build: Callable[[Design, Path, Path], list[str | Path]]


SIMULATORS: Mapping[SimulatorName, Simulator] = MappingProxyType(
    {
        s.name: s
        for s in (
            Simulator("verilator", verilator.TOOLS, verilator.build_verilator),
            Simulator("iverilog", iverilog.TOOLS, iverilog.build_iverilog),
            Simulator("cxxrtl", cxxrtl.TOOLS, cxxrtl.build_cxxrtl),
        )
    }
)


def missing_tools(simulator: SimulatorName) -> tuple[Diagnostic, ...]:
    """E0840 for each tool of a simulator that would not be found."""
    return missing(SIMULATORS[simulator].tools)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A design that has been built; it is there as long as `open_simulation` is open."""

    design: Design
    _command: tuple[str | Path, ...]
    _folder: Path

    def run(self, stimulus: Stimulus, max_cycles: int, reset_cycles: int = RESET_CYCLES) -> Records:
        """Reset the design and feed it, sample by sample.

        Every input is valid as long as it has beats left, every output always ready. A sample
        ends when all that is awaited has come; `max_cycles` is the most it may take.

        Raises
        ------
        ValueError
            If the stimulus has not the streams of the design.
        SomacError
            E0843 if the simulator fails or complains, E0852 if the design takes more cycles,
            E0853 if something undefined comes out of it, where the simulator knows that.
        """
        stimulus.check(self.design)
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            folder = Path(made)
            write_stimulus(stimulus, max_cycles, reset_cycles, folder)
            command = [*self._command, f"+run={folder}"]
            said = execute(command, self._folder / "design", "the simulation", RUN_SECONDS)
            # files that are missing, too short or too long are told and then left alone
            if said.strip():
                raise SomacError("E0843", f"the simulation complains: {said}")
            return read_records(self.design, stimulus, max_cycles, folder)


@contextmanager
def open_simulation(design: Design, simulator: SimulatorName) -> Iterator[Simulation]:
    """Build a design for a simulator; the files are gone afterwards.

    Raises
    ------
    SomacError
        E0840 if a tool is missing, E0841 if one does not take the design.
    """
    with tempfile.TemporaryDirectory(prefix="somac-") as made:
        folder = Path(made)
        sources, built = folder / "design", folder / "built"
        for place in (sources, built):
            place.mkdir()
        for name, content in (*design.sources.items(), *design.images.items()):
            file = sources / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        command = SIMULATORS[simulator].build(design, sources, built)
        yield Simulation(design, tuple(command), folder)
