"""The backend: what `somac.backends.api` asks for, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from somac.backends.api import (
    Backend,
    BackendInfo,
    Capabilities,
    Costs,
    Emulator,
    Guidance,
    Machine,
    Parts,
    Placed,
    Rates,
    ResourceModel,
)
from somac.backends.fpga import INFO
from somac.backends.fpga.check import capabilities, check_options
from somac.backends.fpga.options import circuit_choice
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["FpgaBackend"]


class FpgaBackend(Backend):
    """Engines that begin a step as soon as what they read is there."""

    info: BackendInfo = INFO

    def capabilities(self, target: Target, /) -> Capabilities:
        """Circuits of any widths, products that are converted one by one, links of any kind."""
        return capabilities(target)

    def check(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> Iterable[Diagnostic]:
        """Options of another circuit than that which is wanted."""
        return tuple(check_options(guidance))

    def resources(
        self, network: IntegerNetwork, target: Target, guidance: Guidance, /
    ) -> ResourceModel:
        """Cells of an engine: what it takes of the part follows from how it is folded.

        SomacError E0663 for a network that does not fit however it is folded, E0670 for one of
        another form than the circuit that is wanted.
        """
        from somac.backends.fpga.circuits import CIRCUITS
        from somac.backends.fpga.resources import EngineResources

        CIRCUITS[circuit_choice(guidance).name].require(network, target, guidance)
        return EngineResources()

    def parts(self, network: IntegerNetwork, target: Target, guidance: Guidance, /) -> Parts | None:
        """The sparse engine is one part; of others each has what fits.

        SomacError as `resources`.
        """
        from somac.backends.fpga.circuits import CIRCUITS

        return CIRCUITS[circuit_choice(guidance).name].parts(network, target, guidance)

    def emit(
        self, network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance, /
    ) -> Program:
        """SystemVerilog, memory images, the description of both, and an account of the area."""
        from somac.backends.fpga.circuits import CIRCUITS

        return CIRCUITS[circuit_choice(guidance).name].emit(network, mapping, target, guidance)

    def emulator(self, program: Program, /) -> Emulator:
        """An emulator that has decoded the program's files."""
        from somac.backends.fpga.circuits import circuit_in

        return circuit_in(program).emulator(program)

    def verify(self, program: Program, network: IntegerNetwork, /) -> Iterable[Diagnostic]:
        """What is wrong with a program: its files, held against the network it is for."""
        from somac.backends.fpga.circuits import circuit_in

        try:
            circuit = circuit_in(program)
        except SomacError as error:
            return [replace(d, code="E0812") for d in error.diagnostics]
        return circuit.verify(program, network)

    def placed(self, program: Program, /) -> Sequence[Placed] | None:
        """By the description of engines; a sparse engine has all cells."""
        from somac.backends.fpga.circuits import circuit_in

        return circuit_in(program).placed(program)

    def machines(self) -> Sequence[Machine]:
        """Its SystemVerilog in simulators."""
        from somac.backends.fpga.circuits import MACHINES

        return MACHINES

    def missing(self, step: str, target: Target, /) -> Sequence[Diagnostic]:
        """Of yosys, nextpnr and what packs its results, as far as they know the part."""
        from somac.backends.fpga.synthesised import missing_tools

        return missing_tools(target)

    def build(self, program: Program, step: str, target: Target, /) -> Program:
        """The program with what its circuits take of the part, how fast they are, and bits."""
        from somac.backends.fpga.circuits import circuit_in
        from somac.backends.fpga.synthesised import with_synthesis

        return with_synthesis(program, target, circuit_in(program).edge(program))

    def costs(self, program: Program, cases: Mapping[str, Rates], /) -> Mapping[str, Costs]:
        """Cycles and time of a step, and area: `docs/reference/fpga-costs.md`."""
        from somac.backends.fpga.circuits import circuit_in

        return circuit_in(program).costs(program, cases)
