"""The backend: what `somac.backends.api` asks for, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from somac.backends.api import (
    BackendInfo,
    BuildStep,
    Costs,
    Emulator,
    Guidance,
    Legal,
    Machine,
    Rates,
    ResourceModel,
)
from somac.backends.digital import Digital
from somac.backends.fpga import INFO
from somac.backends.fpga.check import check_network
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["FpgaBackend"]


class FpgaBackend(Digital):
    """Engines that begin a step as soon as what they read is there."""

    info: BackendInfo = INFO
    steps: Sequence[BuildStep] = ("synth",)

    def check(self, network: IntegerNetwork, target: Target) -> Iterable[Diagnostic]:
        """Everything in the network that the target cannot do, all at once."""
        return tuple(check_network(network, target))

    def legalise(
        self,
        network: IntegerNetwork,
        target: Target,
        *,
        allow_extra_delay: bool = False,
        guidance: Guidance | None = None,
    ) -> Legal:
        """The network as it is: a link may have any delay, also none."""
        return Legal(network)

    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance | None = None
    ) -> ResourceModel:
        """Cells of an engine: what it takes of the part follows from how it is folded.

        SomacError E0663 for a network that does not fit however it is folded, E0670 for one of
        another form than the circuit that is wanted.
        """
        from somac.backends.fpga.circuits import CIRCUITS
        from somac.backends.fpga.resources import EngineResources

        wanted = guidance or Guidance()
        CIRCUITS[wanted.circuit.name].require(network, target, wanted)
        return EngineResources()

    def emit(
        self,
        network: IntegerNetwork,
        mapping: PlacedMapping,
        target: Target,
        guidance: Guidance | None = None,
    ) -> Program:
        """SystemVerilog, memory images, the description of both, and an account of the area."""
        from somac.backends.fpga.circuits import CIRCUITS

        wanted = guidance or Guidance()
        return CIRCUITS[wanted.circuit.name].emit(network, mapping, target, wanted)

    def emulator(self, program: Program) -> Emulator:
        """An emulator that has decoded the program's files."""
        from somac.backends.fpga.circuits import circuit_in

        return circuit_in(program).emulator(program)

    def verify(self, program: Program, network: IntegerNetwork) -> Iterable[Diagnostic]:
        """What is wrong with a program: its files, held against the network it is for."""
        from somac.backends.fpga.circuits import circuit_in

        try:
            circuit = circuit_in(program)
        except SomacError as error:
            return [replace(d, code="E0812") for d in error.diagnostics]
        return circuit.verify(program, network)

    def machines(self) -> Sequence[Machine]:
        """Its SystemVerilog in simulators."""
        from somac.backends.fpga.circuits import MACHINES

        return MACHINES

    def missing(self, step: BuildStep, target: Target) -> Sequence[Diagnostic]:
        """Of yosys, nextpnr and what packs its results, as far as they know the part."""
        from somac.backends.fpga.synthesised import missing_tools

        return missing_tools(target)

    def build(self, program: Program, step: BuildStep, target: Target) -> Program:
        """The program with what its circuits take of the part, how fast they are, and bits."""
        from somac.backends.fpga.circuits import circuit_in
        from somac.backends.fpga.synthesised import with_synthesis

        return with_synthesis(program, target, circuit_in(program).edge(program))

    def costs(self, program: Program, cases: Mapping[str, Rates]) -> Mapping[str, Costs]:
        """Cycles and time of a step, and area: `docs/reference/fpga-costs.md`."""
        from somac.backends.fpga.circuits import circuit_in

        return circuit_in(program).costs(program, cases)
